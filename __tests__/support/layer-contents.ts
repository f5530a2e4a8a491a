/** Layers made of checksums, for code that compares layers by their files. */
import { EntryListWriter, readEntryList } from '../../src/layer/entry-list.ts'
import { FileFactsWriter } from '../../src/layer/file-facts.ts'
import type { Digest } from '../../src/oci/digest.ts'
import type { LayerReader } from '../../src/weigh/layer-reader.ts'

/** Checksums of the files of a layer, by path. Null if a checksum is not known. */
export type Checksums = Readonly<Record<string, number | null>>

/** Reads these layers. Each file has 10 bytes. Null for a layer whose entries are not known. */
export function readerOf(layers: ReadonlyMap<Digest, Checksums | null>): Pick<LayerReader, 'facts' | 'entries'> {
  return {
    facts: (digest) => {
      const files = layers.get(digest)
      if (!files) return Promise.resolve(null)
      const facts = new FileFactsWriter()
      for (const checksum of Object.values(files)) {
        facts.begin()
        if (checksum !== null) facts.setChecksum(checksum)
      }
      return Promise.resolve(facts.packed())
    },
    entries: (digest, onEntry) => {
      const writer = new EntryListWriter()
      for (const path of Object.keys(layers.get(digest) ?? {})) writer.add({ path, kind: 'file', fileBytes: 10 })
      return Promise.resolve(readEntryList(writer.list(digest)!, digest, onEntry))
    },
  }
}

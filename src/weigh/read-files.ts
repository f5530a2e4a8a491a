/** Reads the regular files of a layer with their checksums. */
import type { ListedEntry } from '../layer/entry-list.ts'
import { fileFactsOf } from '../layer/file-facts.ts'
import type { Digest } from '../oci/digest.ts'
import type { LayerReader } from './layer-reader.ts'

/** Passes each regular file to `onFile`. Returns false if the layer's entries, or the facts about them, are not known. */
export async function readFiles(
  digest: Digest,
  reader: Pick<LayerReader, 'entries' | 'facts'>,
  onFile: (file: ListedEntry, checksum: number | null) => void,
): Promise<boolean> {
  const facts = await reader.facts(digest)
  if (facts === null) return false
  const factsOfNext = fileFactsOf(facts)
  return reader.entries(digest, (entry) => {
    if (entry.kind === 'file') onFile(entry, factsOfNext().checksum)
  })
}

import type { Digest } from '../oci/digest.ts'
import { ContentsCollector } from './contents.ts'
import { EntryListWriter } from './entry-list.ts'
import type { LayerContents, LayerEntry, LayerIndex } from './layer-index.ts'

/** Counts the entries of one layer. */
export class LayerTally {
  readonly #totals = { fileBytes: 0, entries: 0, whiteouts: 0, opaqueWhiteouts: 0 }
  readonly #contents = new ContentsCollector()
  readonly #entries = new EntryListWriter()

  /** Throws where the sum of file sizes is no exact number any more. */
  add(entry: LayerEntry): void {
    const totals = this.#totals
    totals.entries += 1
    totals.fileBytes += entry.fileBytes
    if (entry.kind === 'whiteout') totals.whiteouts += 1
    if (entry.kind === 'opaque-whiteout') totals.opaqueWhiteouts += 1
    if (!Number.isSafeInteger(totals.fileBytes)) throw new Error('the sizes of its files are absurdly large')
    this.#contents.add(entry)
    this.#entries.add(entry)
  }

  totals(): Pick<LayerIndex, 'fileBytes' | 'entries' | 'whiteouts' | 'opaqueWhiteouts'> {
    return { ...this.#totals }
  }

  /** To be asked once, at the end. */
  contents(): LayerContents {
    return this.#contents.contents()
  }

  /** The packed list of all entries; null where it would be too long. To be asked once, at the end. */
  entries(digest: Digest): Buffer | null {
    return this.#entries.list(digest)
  }
}

import type { Digest } from '../oci/digest.ts'
import { PackageCollector, type ListEntries } from '../packages/package-collector.ts'
import type { PayloadReader } from '../packages/payload-reader.ts'
import { ContentsCollector } from './contents.ts'
import { EntryListWriter, readEntryList } from './entry-list.ts'
import type { LayerContents, LayerEntry, LayerIndex, LayerPackagesAndOthers } from './layer-index.ts'

/** The contents of a layer. */
export interface Tallied {
  readonly contents: LayerContents
  /** All entries, packed (see `readEntryList`). Null if they take too much room, or a path is too long. */
  readonly entries: Buffer | null
  /** Null if they are unknown because `entries` is null. */
  readonly packages: LayerPackagesAndOthers | null
}

/** Counts the entries of one layer. */
export class LayerTally {
  readonly #totals = { fileBytes: 0, entries: 0, whiteouts: 0, opaqueWhiteouts: 0 }
  readonly #contents = new ContentsCollector()
  readonly #entries = new EntryListWriter()
  readonly #packages = new PackageCollector()

  /**
   * Counts an entry.
   *
   * @returns a reader for the bytes of the file, if it is metadata of packages
   * @throws Error if the sum of file sizes can no longer be represented exactly
   */
  add(entry: LayerEntry): PayloadReader | null {
    const totals = this.#totals
    totals.entries += 1
    totals.fileBytes += entry.fileBytes
    if (entry.kind === 'whiteout') totals.whiteouts += 1
    if (entry.kind === 'opaque-whiteout') totals.opaqueWhiteouts += 1
    if (!Number.isSafeInteger(totals.fileBytes)) throw new Error('the sizes of its files are absurdly large')
    this.#contents.add(entry)
    this.#entries.add(entry)
    return this.#packages.add(entry.path, entry.kind, entry.fileBytes)
  }

  totals(): Pick<LayerIndex, 'fileBytes' | 'entries' | 'whiteouts' | 'opaqueWhiteouts'> {
    return { ...this.#totals }
  }

  /** Returns the contents. It may be called only once, after the last entry. */
  tallied(digest: Digest): Tallied {
    const entries = this.#entries.list(digest)
    return {
      contents: this.#contents.contents(),
      entries,
      packages: this.#packagesAndOthers((onEntry) => entries !== null && readEntryList(entries, digest, onEntry)),
    }
  }

  #packagesAndOthers(listEntries: ListEntries): LayerPackagesAndOthers | null {
    const others = new ContentsCollector()
    const packages = this.#packages.packages(listEntries, ({ path, pathLength, fileBytes }) => {
      others.add({ path: path.toString('utf8', 0, pathLength), kind: 'file', fileBytes })
    })
    return (
      packages && {
        ...packages,
        others: packages.packages.length === 0 ? null : others.contents(),
        owners: this.#packages.owners(),
      }
    )
  }
}

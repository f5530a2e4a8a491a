/** The whole lists of the layers that a run read, held until the page of its report is made. */
import type { Digest } from '../oci/digest.ts'
import type { LayerPackagesAndOthers } from './layer-index.ts'

export interface WholeLists {
  /** All entries, packed (`readEntryList`). */
  readonly entries: Buffer
  /** Null where they are not known. */
  readonly packages: LayerPackagesAndOthers | null
}

/** Bytes of packed entries that are held; some six bytes an entry. What comes later is not held. */
const mostBytes = 128 * 1024 * 1024

/** Only layers that this run read are in it: a record that names others gets nothing from a shared cache. */
export class LayerLists {
  readonly #lists = new Map<string, WholeLists>()
  #bytes = 0

  has(digest: Digest): boolean {
    return this.#lists.has(digest)
  }

  add(digest: Digest, lists: WholeLists): void {
    if (this.#lists.has(digest) || this.#bytes + lists.entries.length > mostBytes) return
    this.#bytes += lists.entries.length
    this.#lists.set(digest, lists)
  }

  /** @param digests of one layer: of its blob, and of its tar, under which it is known where there is no blob */
  of(...digests: readonly (string | null)[]): WholeLists | null {
    for (const digest of digests) {
      const found = digest === null ? undefined : this.#lists.get(digest)
      if (found !== undefined) return found
    }
    return null
  }
}

/** The complete lists of the layers that a run read. They are held in memory until the page of its report is made. */
import type { Digest } from '../oci/digest.ts'
import type { LayerPackagesAndOthers } from './layer-index.ts'

/** The complete lists of a layer. */
export interface WholeLists {
  /** All entries, packed (`readEntryList`). */
  readonly entries: Buffer
  /** Null if they are not known. */
  readonly packages: LayerPackagesAndOthers | null
}

/**
 * Limit for the packed entries in memory, in bytes. An entry takes about six bytes. Lists beyond the limit are not
 * held.
 */
const maxBytes = 128 * 1024 * 1024

/** Contains only layers that this run read. A record that names other layers gets nothing from a shared cache. */
export class LayerLists {
  readonly #lists = new Map<string, WholeLists>()
  #bytes = 0

  has(digest: Digest): boolean {
    return this.#lists.has(digest)
  }

  add(digest: Digest, lists: WholeLists): void {
    if (this.#lists.has(digest) || this.#bytes + lists.entries.length > maxBytes) return
    this.#bytes += lists.entries.length
    this.#lists.set(digest, lists)
  }

  /**
   * Returns the lists of a layer, or null.
   *
   * @param digests digests of the layer's blob and of its tar, which is used if there is no blob
   */
  of(...digests: readonly (string | null)[]): WholeLists | null {
    for (const digest of digests) {
      const found = digest === null ? undefined : this.#lists.get(digest)
      if (found !== undefined) return found
    }
    return null
  }
}

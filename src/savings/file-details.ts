/** What is known of the files of a stage besides their paths and sizes: their packages, and facts about their bytes. */
import type { ListedEntry } from '../layer/entry-list.ts'
import { fileFactsOf } from '../layer/file-facts.ts'
import type { Attributes, LayerPackagesAndOthers } from '../layer/layer-index.ts'
import { grown, larger } from '../layer/path-tree.ts'
import { ownersOf } from '../packages/owner-runs.ts'
import type { LayerPackage } from '../packages/package.ts'
import { SymbolicLinks } from './symbolic-links.ts'

/** What is known of one layer. A value is null if it is not known. */
export interface LayerDetails {
  /** See `fileFactsOf`. */
  readonly facts: string | null
  readonly packages: LayerPackagesAndOthers | null
}

/** Names of packages as in `LayerPackages`. Both are empty if they are not known. */
interface SparePackages {
  readonly recommended: ReadonlySet<string>
  readonly unwanted: ReadonlySet<string>
}

/** The setuid and the setgid bit of a mode. */
const setIds = 0o6000

/** Details of files, by their number in the `FileTable`. */
export class FileDetails {
  /** For each file: one more than its checksum; 0 if that is not known. */
  #checksums = new Float64Array(1024)
  readonly #debugBytes = new Map<number, number>()
  /** For each file: the position of its package in `#packages`, counted from 1; 0 for none. */
  #owners = new Uint32Array(1024)
  /** For each file: the position of its attributes in `#attributes`, counted from 1; 0 if they are not known. */
  #attributesOf = new Uint32Array(1024)
  readonly #attributes: Attributes[] = []
  readonly #packages: LayerPackage[] = []
  /** For each layer with dpkg's list of installed packages: those that the system does not need. */
  readonly #spare = new Map<number, SparePackages>()
  readonly #withSetIdFolder = new Set<number>()
  readonly links = new SymbolicLinks()

  /**
   * Begins a layer whose details are known.
   *
   * @returns a function that must be called for each of the layer's entries in turn, with the number of the last file.
   * Consecutive entries with the same attributes share one object
   */
  layer(position: number, { facts, packages }: LayerDetails): (entry: ListedEntry, file: number) => void {
    const factsOfNext = facts === null ? null : fileFactsOf(facts)
    const ownerOfNext = typeof packages?.owners === 'string' ? ownersOf(packages.owners) : null
    const first = this.#packages.length + 1
    if (packages !== null) {
      for (const one of packages.packages) this.#packages.push(one)
      const { recommended, unwanted } = packages
      if (recommended !== undefined)
        this.#spare.set(position, { recommended: new Set(recommended), unwanted: new Set(unwanted) })
    }
    return ({ kind, path, pathLength, linkTarget, attributes }, file) => {
      if (kind === 'symlink') this.links.add(path.toString('utf8', 0, pathLength), linkTarget)
      if (kind === 'directory' && attributes.mode > 0 && (attributes.mode & setIds) !== 0)
        this.#withSetIdFolder.add(position)
      if (kind !== 'file') return
      if (file >= this.#checksums.length) this.#grow(file)
      if (this.#attributes.at(-1) !== attributes) this.#attributes.push(attributes)
      this.#attributesOf[file] = this.#attributes.length
      const owner = ownerOfNext?.() ?? -1
      if (owner >= 0) this.#owners[file] = first + owner
      if (factsOfNext === null) return
      const { checksum, debugBytes } = factsOfNext()
      if (checksum !== null) this.#checksums[file] = checksum + 1
      if (debugBytes > 0) this.#debugBytes.set(file, debugBytes)
    }
  }

  /** Returns whether a layer has a folder with a setuid or setgid bit. */
  hasSetIdFolder(position: number): boolean {
    return this.#withSetIdFolder.has(position)
  }

  /** Returns the checksum of the content. Null if it is not known. */
  checksumOf(file: number): number | null {
    const found = this.#checksums[file] ?? 0
    return found === 0 ? null : found - 1
  }

  /** Returns mode, owner and group. Null if they are not known. */
  attributesOf(file: number): Attributes | null {
    return this.#attributes[(this.#attributesOf[file] ?? 0) - 1] ?? null
  }

  /** Returns the bytes of debug information and symbols. 0 also if they are not known. */
  debugBytesOf(file: number): number {
    return this.#debugBytes.get(file) ?? 0
  }

  /** Returns the package that the file belongs to. Null for none, and if that is not known. */
  packageOf(file: number): LayerPackage | null {
    return this.#packages[(this.#owners[file] ?? 0) - 1] ?? null
  }

  /**
   * Returns whether a Debian package of this layer came only because others recommend it, as the layer's own list of
   * installed packages says. If a later layer needs the package, it would install it anyway. A later layer may
   * have removed the package that recommended it.
   *
   * @param until the layer that removes the package. What later ones need, they install themselves
   */
  isRecommendedOnly(name: string, layer: number, until = Infinity): boolean {
    if (this.#spare.get(layer)?.recommended.has(name) !== true) return false
    return [...this.#spare].every(
      ([position, { recommended, unwanted }]) =>
        position < layer || position >= until || recommended.has(name) || unwanted.has(name),
    )
  }

  #grow(file: number): void {
    const size = Math.max(file + 1, larger(this.#checksums.length))
    this.#checksums = grown(this.#checksums, new Float64Array(size))
    this.#owners = grown(this.#owners, new Uint32Array(size))
    this.#attributesOf = grown(this.#attributesOf, new Uint32Array(size))
  }
}

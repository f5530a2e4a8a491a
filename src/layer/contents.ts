import { maxPathLength } from '../packages/path-bytes.ts'
import { DirectoryTree, type TreeLimits } from './directory-tree.ts'
import type { LayerContents, LayerEntry } from './layer-index.ts'

type File = LayerContents['files'][number]
type HeldFile = { -readonly [Key in keyof File]: File[Key] }
type Directory = LayerContents['directories'][number]

/** How many files, and how many directories, are listed for one layer at most. */
export const maxListed = 300
/** Limit for the characters of all paths in a list. Long paths make the list shorter. */
export const maxListedText = 100_000
/**
 * How many of each are kept while the heaviest are determined. When there are more, the lighter ones are dropped, many
 * at a time.
 */
const maxHeld = 4 * maxListed

/**
 * Determines the heaviest files and directories among the entries of one layer. Its memory is limited, whatever the
 * entries are.
 *
 * Every figure is exact, whatever is left out. A path that occurs twice is listed once, with the size of its last
 * entry. It counts twice in the directories above it, as it does in the sum of the layer. Paths of more than 4,096
 * characters are not listed, but their files count for the directories above.
 */
export class ContentsCollector {
  readonly #files = new Map<string, HeldFile>()
  /** The file that was added last, if it is held. */
  #last: HeldFile | null = null
  /** The heaviest file that was ever dropped. The list is known to be complete only for heavier files. */
  #dropped: File | null = null
  #leftOut = false
  readonly #tree: DirectoryTree

  constructor(limits?: TreeLimits) {
    this.#tree = new DirectoryTree(limits)
  }

  add(entry: LayerEntry): void {
    this.#addFile(entry)
    if (entry.kind === 'file') this.#tree.add(entry.path, entry.fileBytes)
  }

  /** Sets the checksum of the file that was added last. */
  setChecksum(checksum: number): void {
    if (this.#last !== null) this.#last.checksum = checksum
  }

  /** Returns the lists. It may be called only once, after the last entry. */
  contents(): LayerContents {
    const dropped = this.#dropped
    const files = heaviest([...this.#files.values()].filter((file) => dropped === null || byWeight(file, dropped) < 0))
    const directories = heaviestDirectories(this.#tree)
    return {
      files: files.list,
      directories: directories.list,
      complete: !this.#leftOut && !this.#tree.leftOut && dropped === null && files.all && directories.all,
    }
  }

  #addFile({ path, kind, fileBytes }: LayerEntry): void {
    this.#last = null
    if (path.length > maxPathLength) {
      if (fileBytes > 0) this.#leftOut = true
      return
    }
    const held = this.#files.get(path)
    if (kind !== 'file' || fileBytes === 0) {
      if (held !== undefined) this.#files.delete(path)
      return
    }
    const dropped = this.#dropped
    if (held === undefined && dropped !== null && fileBytes <= dropped.fileBytes) {
      if (fileBytes < dropped.fileBytes || path > dropped.path) return
    }
    const file = { path: held?.path ?? ownText(path), fileBytes }
    this.#files.set(file.path, file)
    this.#last = file
    if (this.#files.size > maxHeld) this.#dropLightFiles()
  }

  #dropLightFiles(): void {
    const light = [...this.#files.values()].sort(byWeight).slice(maxListed)
    for (const { path } of light) this.#files.delete(path)
    const [first] = light
    if (first !== undefined && (this.#dropped === null || byWeight(first, this.#dropped) < 0)) this.#dropped = first
  }
}

function heaviestDirectories(tree: DirectoryTree): { readonly list: readonly Directory[]; readonly all: boolean } {
  let some: Directory[] = []
  let least = 0
  let dropped = false
  for (const { path, fileBytes, files } of tree.sums()) {
    if (fileBytes === 0) continue
    if (fileBytes < least) dropped = true
    else some.push({ path: path(), fileBytes, files })
    if (some.length <= maxHeld) continue
    dropped = true
    some = some.sort(byWeight).slice(0, maxListed)
    least = some.at(-1)?.fileBytes ?? 0
  }
  const { list, all } = heaviest(some)
  return { list, all: all && !dropped }
}

/** Returns the heaviest of the entries that a list has room for, and whether these are all of them. */
function heaviest<T extends File>(entries: readonly T[]): { readonly list: readonly T[]; readonly all: boolean } {
  const some = entries.toSorted(byWeight).slice(0, maxListed)
  let text = 0
  const tooMany = some.findIndex(({ path }) => (text += path.length) > maxListedText)
  const list = tooMany === -1 ? some : some.slice(0, tooMany)
  return { list, all: list.length === entries.length }
}

/** Sorts the heaviest first, then by path in the order of code units, which does not depend on a locale. */
function byWeight(a: File, b: File): number {
  if (a.fileBytes !== b.fileBytes) return b.fileBytes - a.fileBytes
  return a.path < b.path ? -1 : a.path === b.path ? 0 : 1
}

/** Copies a string, because a substring keeps the whole string in memory. */
function ownText(text: string): string {
  return Buffer.from(text).toString()
}

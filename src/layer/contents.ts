import type { LayerContents, LayerEntry } from './layer-index.ts'

type File = LayerContents['files'][number]
type Directory = LayerContents['directories'][number]

/** Most files, and most directories, that are listed for one layer. */
const listed = 300
/** Most characters of all paths of a list together: long paths shorten it. */
const listedText = 100_000
/** Longest path, in characters, that is ever listed: no Linux has a longer one. */
const longestPath = 4096
/** Files held while a layer is read; past that the lighter ones go, many at a time. */
const heldFiles = 4 * listed

/** How many directories are held while a layer is read, before the deepest are counted for those above them only. */
export interface DirectoryLimits {
  readonly directories: number
  /** Characters of their paths, all together. */
  readonly text: number
  readonly depth: number
}

const defaultLimits: DirectoryLimits = { directories: 400_000, text: 32_000_000, depth: 64 }

/** Sums of a directory; files directly in it until the end, then those below it too. */
interface Sums {
  readonly depth: number
  fileBytes: number
  files: number
}

/**
 * Finds the heaviest files and directories among the entries of one layer. Memory is bounded by the limits, whatever
 * the entries are.
 *
 * Every figure is exact, whatever is left out. A path that occurs twice is listed once, with the size of its last
 * entry, but counts twice in the directories above it, as it does in the layer's own sum. Paths of over 4,096 characters
 * are not listed, though their files count for the directories above.
 */
export class ContentsCollector {
  readonly #files = new Map<string, number>()
  /** The heaviest file that was ever dropped: only heavier ones are known to be listed without a gap. */
  #dropped: File | null = null
  readonly #directories = new Map<string, Sums>()
  readonly #limits: DirectoryLimits
  #depth: number
  #directoryText = 0
  #complete = true
  /** What the last entry was, since neighbours share their directory and hostile entries one path of a megabyte. */
  #last: { readonly path: string; readonly directory: string; readonly sums: Sums | null } | null = null

  constructor(limits: DirectoryLimits = defaultLimits) {
    this.#limits = limits
    this.#depth = limits.depth
  }

  add(entry: LayerEntry): void {
    this.#addFile(entry)
    if (entry.kind !== 'file') return
    const sums = this.#sumsAbove(entry.path)
    if (sums === null) return
    sums.fileBytes += entry.fileBytes
    sums.files += 1
  }

  /** To be asked once, at the end. */
  contents(): LayerContents {
    this.#sumUp()
    const dropped = this.#dropped
    const files = [...this.#files].map(([path, fileBytes]): File => ({ path, fileBytes }))
    const directories = [...this.#directories].flatMap(([path, { fileBytes, files }]): Directory[] =>
      fileBytes === 0 ? [] : [{ path, fileBytes, files }],
    )
    const heaviestFiles = heaviest(dropped === null ? files : files.filter((file) => byWeight(file, dropped) < 0))
    const heaviestDirectories = heaviest(directories)
    return {
      files: heaviestFiles,
      directories: heaviestDirectories,
      complete:
        this.#complete &&
        heaviestFiles.length === files.length &&
        heaviestDirectories.length === directories.length,
    }
  }

  #addFile({ path, kind, fileBytes }: LayerEntry): void {
    if (path.length > longestPath) {
      if (fileBytes > 0) this.#complete = false
      return
    }
    const isFile = kind === 'file' && fileBytes > 0
    const isListed = this.#files.has(path)
    if (!isFile) {
      this.#files.delete(path)
      return
    }
    const dropped = this.#dropped
    if (!isListed && dropped !== null && fileBytes <= dropped.fileBytes) {
      if (fileBytes < dropped.fileBytes || path > dropped.path) return
    }
    this.#files.set(isListed ? path : ownText(path), fileBytes)
    if (this.#files.size > heldFiles) this.#dropLightFiles()
  }

  #dropLightFiles(): void {
    const files = [...this.#files].map(([path, fileBytes]): File => ({ path, fileBytes })).sort(byWeight)
    for (const { path } of files.slice(listed)) this.#files.delete(path)
    const first = files[listed]
    if (first !== undefined && (this.#dropped === null || byWeight(first, this.#dropped) < 0)) this.#dropped = first
    this.#complete = false
  }

  /** Of the deepest directory above the path that is held; null for a file in the root. */
  #sumsAbove(path: string): Sums | null {
    const last = this.#last
    if (last !== null && (last.path === path || isDirectlyIn(last.directory, path))) return last.sums
    const directory = this.#directoryOf(path)
    const sums = directory === '' ? null : (this.#directories.get(directory) ?? this.#hold(directory))
    this.#last = { path, directory, sums }
    return sums
  }

  #directoryOf(path: string): string {
    if (path.length > longestPath) this.#complete = false
    let end = -1
    for (let depth = 0; depth < this.#depth; depth += 1) {
      const slash = path.indexOf('/', end + 1)
      if (slash === -1 || slash > longestPath) return path.slice(0, Math.max(0, end))
      end = slash
    }
    if (path.includes('/', end + 1)) this.#complete = false
    return path.slice(0, Math.max(0, end))
  }

  /** Holds a directory and those above it. */
  #hold(directory: string): Sums {
    const text = ownText(directory)
    const depth = depthOf(text)
    const sums: Sums = { depth, fileBytes: 0, files: 0 }
    this.#directories.set(text, sums)
    this.#directoryText += text.length
    let path = text
    for (let at = depth - 1; at > 0; at -= 1) {
      path = above(path)
      if (this.#directories.has(path)) break
      this.#directories.set(path, { depth: at, fileBytes: 0, files: 0 })
      this.#directoryText += path.length
    }
    if (this.#directories.size <= this.#limits.directories && this.#directoryText <= this.#limits.text) return sums
    return this.#giveUpDepth(text, sums)
  }

  /** Counts the deepest directories for those above, until half the room is free. Gives the sums that stand for `of`. */
  #giveUpDepth(of: string, sums: Sums): Sums {
    const textAt: number[] = []
    const countAt: number[] = []
    for (const [path, { depth }] of this.#directories) {
      textAt[depth] = (textAt[depth] ?? 0) + path.length
      countAt[depth] = (countAt[depth] ?? 0) + 1
    }
    let depth = 0
    let count = 0
    let text = 0
    for (let next = 1; next <= this.#depth; next += 1) {
      count += countAt[next] ?? 0
      text += textAt[next] ?? 0
      if (count > this.#limits.directories / 2 || text > this.#limits.text / 2) break
      depth = next
    }
    this.#depth = depth
    this.#complete = false
    let standIn: Sums = { depth: 0, fileBytes: 0, files: 0 }
    for (const [path, { depth: own, fileBytes, files }] of this.#directories) {
      if (own <= depth) continue
      const above = this.#directories.get(pathAtDepth(path, depth))
      if (above !== undefined) {
        above.fileBytes += fileBytes
        above.files += files
      }
      if (path === of && above !== undefined) standIn = above
      this.#directories.delete(path)
      this.#directoryText -= path.length
    }
    return sums.depth <= depth ? sums : standIn
  }

  /** Adds what is in each directory to all above it, the deepest first. */
  #sumUp(): void {
    const levels: string[][] = []
    for (const [path, { depth }] of this.#directories) (levels[depth] ??= []).push(path)
    for (let depth = levels.length - 1; depth > 1; depth -= 1) {
      for (const path of levels[depth] ?? []) {
        const from = this.#directories.get(path)
        const to = this.#directories.get(above(path))
        if (from === undefined || to === undefined) continue
        to.fileBytes += from.fileBytes
        to.files += from.files
      }
    }
  }
}

/** The heaviest first, then by path in the order of code units, which no locale changes. */
function byWeight(
  a: { readonly path: string; readonly fileBytes: number },
  b: { readonly path: string; readonly fileBytes: number },
): number {
  if (a.fileBytes !== b.fileBytes) return b.fileBytes - a.fileBytes
  return a.path < b.path ? -1 : a.path === b.path ? 0 : 1
}

function heaviest<T extends { readonly path: string; readonly fileBytes: number }>(all: readonly T[]): T[] {
  const some = all.toSorted(byWeight).slice(0, listed)
  let text = 0
  const tooMany = some.findIndex(({ path }) => (text += path.length) > listedText)
  return tooMany === -1 ? some : some.slice(0, tooMany)
}

function isDirectlyIn(directory: string, path: string): boolean {
  const from = directory === '' ? 0 : directory.length + 1
  if (path.length > longestPath || path.length <= from) return false
  if (from > 0 && (path[from - 1] !== '/' || !path.startsWith(directory))) return false
  return !path.includes('/', from)
}

function above(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function depthOf(path: string): number {
  let depth = 1
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) depth += 1
  return depth
}

function pathAtDepth(path: string, depth: number): string {
  let end = 0
  for (let at = 0; at < depth; at += 1) end = path.indexOf('/', end + 1)
  return path.slice(0, end)
}

/** A copy: a part of a string keeps the whole of it in memory. */
function ownText(text: string): string {
  return Buffer.from(text).toString()
}

/** Finds bytes that are in the layers but not in the resulting file system. Pure. */
import type { Stage, Waste, WasteItem } from '../record/footprint.ts'
import type { FileSystem } from './file-system.ts'
import { none, root, type PathTree } from '../layer/path-tree.ts'

/** Limit for each list. */
const maxItems = 20
/** Number of layer pairs that are searched for items, the heaviest first. */
const maxPairs = 32
/** A directory with at most this number of wasteful parts is replaced by its parts. */
const fewParts = 3

/** The resulting file system of a stage and its waste. */
export interface FilesAndWaste {
  readonly fileSystem: { readonly files: number; readonly fileBytes: number }
  readonly waste: Waste
}

/**
 * Returns the files of the stage and its waste.
 *
 * @param layers all layers of the stage, which make up the file system; their sums are checked
 * @param baseLayers number of layers that belong to the base image; null if that is not known
 * @returns null if the sums do not match
 */
export function findWaste(
  fileSystem: FileSystem,
  layers: Stage['layers'],
  baseLayers: number | null,
): FilesAndWaste | null {
  const { tree } = fileSystem
  const added = layers.map(() => 0)
  let liveBytes = 0
  let baseFileBytes = 0
  const pairs = new Map<number, Pair>()
  for (let file = 1; file <= fileSystem.files.count; file += 1) {
    const fileBytes = fileSystem.files.sizeOf(file)
    const addedBy = fileSystem.files.adderOf(file)
    const hiddenBy = fileSystem.files.hiderOf(file)
    added[addedBy] = (added[addedBy] ?? 0) + fileBytes
    if (hiddenBy === none) liveBytes += fileBytes
    else if (baseLayers !== null && hiddenBy < baseLayers) baseFileBytes += fileBytes
    else if (fileBytes > 0) {
      const key = addedBy * layers.length + hiddenBy
      const pair = pairs.get(key)
      if (!pair) pairs.set(key, { addedBy, hiddenBy, files: [file], fileBytes })
      else {
        pair.files.push(file)
        pair.fileBytes += fileBytes
      }
    }
  }
  if (layers.some(({ fileBytes }, position) => fileBytes !== added[position])) return null
  let files = 0
  for (let node = 0; node < tree.count; node += 1) if (fileSystem.fileAt(node) !== none) files += 1
  const waste = added.reduce((sum, bytes) => sum + bytes, 0) - liveBytes
  return {
    fileSystem: { files, fileBytes: liveBytes },
    waste: {
      fileBytes: waste,
      baseFileBytes: baseLayers === null ? null : baseFileBytes,
      items: itemsOf(fileSystem, [...pairs.values()]),
    },
  }
}

/** The layer that added files, and the layer that hides them. */
interface Pair {
  readonly addedBy: number
  readonly hiddenBy: number
  readonly files: number[]
  fileBytes: number
}

function itemsOf(fileSystem: FileSystem, pairs: readonly Pair[]): WasteItem[] {
  const heaviest = pairs.toSorted((a, b) => b.fileBytes - a.fileBytes).slice(0, maxPairs)
  const items = heaviest.flatMap((pair) => itemsOfPair(fileSystem, pair))
  return items.sort(byWeight).slice(0, maxItems)
}

function itemsOfPair(fileSystem: FileSystem, { addedBy, hiddenBy, files }: Pair): WasteItem[] {
  const { tree } = fileSystem
  const sums = new Sums(tree)
  for (const file of files)
    sums.add(fileSystem.files.nodeOf(file), fileSystem.files.sizeOf(file), fileSystem.files.isAgain(file))
  sums.moveUp()
  const open: number[] = [root]
  const items: WasteItem[] = []
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const parts = sums.partsOf(node)
    const own = sums.ownBytes(node)
    const largestPart = parts.reduce((largest, part) => Math.max(largest, sums.bytes(part)), own)
    // A path may have been a file in one layer and a directory in another.
    const isOnlyFile = parts.length === 0
    if (isOnlyFile || (node !== root && own === 0 && parts.length > fewParts && largestPart < sums.bytes(node) / 2)) {
      items.push({
        path: tree.path(node),
        kind: isOnlyFile ? 'file' : 'directory',
        ...sums.of(node),
        addedBy,
        hiddenBy,
      })
      continue
    }
    if (own > 0) items.push({ path: tree.path(node), kind: 'file', ...sums.ownOf(node), addedBy, hiddenBy })
    // A directory may have more parts than a call may have arguments.
    for (const part of parts) open.push(part)
  }
  return items
}

/** Bytes and files of each path, including everything inside of it. */
class Sums {
  readonly #tree: PathTree
  readonly #bytes: Float64Array
  readonly #sameSize: Float64Array
  readonly #files: Uint32Array
  /** Values of paths that are both files and directories. */
  readonly #own = new Map<number, { fileBytes: number; sameSizeBytes: number; files: number }>()

  constructor(tree: PathTree) {
    this.#tree = tree
    this.#bytes = new Float64Array(tree.count)
    this.#sameSize = new Float64Array(tree.count)
    this.#files = new Uint32Array(tree.count)
  }

  add(node: number, fileBytes: number, again: boolean): void {
    this.#put(node, fileBytes, again ? fileBytes : 0, 1)
    if (this.#tree.firstChild(node) === none) return
    const own = this.#own.get(node) ?? { fileBytes: 0, sameSizeBytes: 0, files: 0 }
    this.#own.set(node, {
      fileBytes: own.fileBytes + fileBytes,
      sameSizeBytes: own.sameSizeBytes + (again ? fileBytes : 0),
      files: own.files + 1,
    })
  }

  /** Adds the values of each path to its parent. Called once after everything was added. */
  moveUp(): void {
    for (let node = this.#tree.count - 1; node > root; node -= 1) {
      const { fileBytes, sameSizeBytes, files } = this.of(node)
      if (files > 0) this.#put(this.#tree.parent(node), fileBytes, sameSizeBytes, files)
    }
  }

  of(node: number): { fileBytes: number; sameSizeBytes: number; files: number } {
    return { fileBytes: this.bytes(node), sameSizeBytes: this.#sameSize[node] ?? 0, files: this.#files[node] ?? 0 }
  }

  ownOf(node: number): { fileBytes: number; sameSizeBytes: number; files: number } {
    return this.#own.get(node) ?? { fileBytes: 0, sameSizeBytes: 0, files: 0 }
  }

  bytes(node: number): number {
    return this.#bytes[node] ?? 0
  }

  ownBytes(node: number): number {
    return this.#own.get(node)?.fileBytes ?? 0
  }

  partsOf(node: number): number[] {
    const parts: number[] = []
    for (let at = this.#tree.firstChild(node); at !== none; at = this.#tree.nextSibling(at))
      if (this.bytes(at) > 0) parts.push(at)
    return parts
  }

  #put(node: number, fileBytes: number, sameSizeBytes: number, files: number): void {
    this.#bytes[node] = this.bytes(node) + fileBytes
    this.#sameSize[node] = (this.#sameSize[node] ?? 0) + sameSizeBytes
    this.#files[node] = (this.#files[node] ?? 0) + files
  }
}

function byWeight(a: WasteItem, b: WasteItem): number {
  return b.fileBytes - a.fileBytes || a.addedBy - b.addedBy || a.hiddenBy - b.hiddenBy || (a.path < b.path ? -1 : 1)
}

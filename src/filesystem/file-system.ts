/**
 * The file system that results from layers, by the rules of OCI layer.md as engines apply them. Each layer is first
 * unpacked on its own (`unpacked-layer.ts`). The layer is then laid over the layers below: two directories are merged,
 * and anything else hides what was there. So whiteouts affect lower layers only, wherever they are in their own layer.
 * Pure.
 */
import type { ListedEntry } from '../layer/entry-list.ts'
import { grown, larger, none, PathTree } from '../layer/path-tree.ts'
import { FileTable } from './file-table.ts'
import { SubtreeWalker } from './subtree-walker.ts'
import { UnpackedLayer } from './unpacked-layer.ts'

/** Limit for the number of layers: many times what images have. */
const maxLayers = 60_000
/** Limit for the number of entries that memory is reserved for in advance. */
const maxReserved = 4_000_000

/** Paths are nodes of `tree`. `files` contains every file that any layer added. */
export class FileSystem {
  readonly tree: PathTree
  readonly files: FileTable
  readonly #walker: SubtreeWalker
  readonly #upper: UnpackedLayer
  #layers = 0
  /** For each layer the number of nodes when it began. */
  readonly #firstNodes: number[] = []
  /** The file of each node in the layers below, counted from 1; 0 for none. */
  #below: Int32Array

  /**
   * Makes an empty file system.
   *
   * @param entries approximate number of entries to come. Arrays that have to grow are copied and leave garbage.
   * Reserved space that is not used takes no memory.
   */
  constructor(entries = 0) {
    const size = 1024 + Math.ceil(Math.min(entries, maxReserved) * 1.25)
    this.tree = new PathTree(size)
    this.files = new FileTable(size)
    this.#walker = new SubtreeWalker(this.tree)
    this.#upper = new UnpackedLayer(this.tree, this.files, this.#walker, size)
    this.#below = new Int32Array(size)
  }

  /**
   * False if an engine would reject a layer, so that there is no file system: an entry below a file of its own layer, a
   * whiteout for a path of the same layer, or a hard link to a missing file. Also false if a limit was exceeded.
   */
  get isValid(): boolean {
    return !this.#upper.isRejected && !this.#walker.isExhausted && this.#layers <= maxLayers
  }

  beginLayer(): void {
    this.#layers += 1
    this.#firstNodes.push(this.tree.count)
    this.#upper.begin()
  }

  add(entry: ListedEntry): void {
    if (this.isValid) this.#upper.add(entry)
  }

  /** Adds a file without a path of its own, which no other file hides. */
  addWithoutPath(fileBytes: number): void {
    if (this.isValid) this.#upper.addWithoutPath(fileBytes)
  }

  /** Lays the layer over the layers below. */
  endLayer(): void {
    const upper = this.#upper
    if (this.#below.length < this.tree.count)
      this.#below = grown(this.#below, new Int32Array(Math.max(this.tree.count, larger(this.#below.length))))
    const touched = upper.touched()
    for (const node of touched) {
      if (!upper.has(node)) continue
      this.#hide(node)
      if (!upper.isMerged(node)) this.#walker.visitInside(node, (inner) => this.#hide(inner))
    }
    for (const node of touched) {
      const file = upper.fileAt(node)
      if (file !== 0) this.#below[node] = file
    }
  }

  /** Returns the lowest node whose path no layer below this one has. Nodes are numbered layer by layer. */
  firstNodeOf(layer: number): number {
    return this.#firstNodes[layer] ?? this.tree.count
  }

  /** Returns the file that has this name after all layers, or `none`. */
  fileAt(node: number): number {
    return (this.#below[node] ?? 0) || none
  }

  /** Hides the file that the layers below have here. */
  #hide(node: number): void {
    const file = this.#below[node] ?? 0
    if (file === 0) return
    this.#below[node] = 0
    this.files.removeName(file, this.#layers - 1, this.#upper.fileAt(node))
  }
}

/** Every file that a layer added, in typed arrays. A file takes about twenty bytes, so millions fit in memory. */
import { grown, larger, none, root } from '../layer/path-tree.ts'

/**
 * Files by number, from 1 to `count`. A file is the bytes of a regular file with one or several names (hard links).
 * Layers are positions, from 0 for the lowest.
 */
export class FileTable {
  #count = 0
  #sizes: Float64Array
  /** Layers, counted from 1. */
  #adders: Uint16Array
  /** Layers, counted from 1; 0 while the file has a name. */
  #hiders: Uint16Array
  #names: Uint32Array
  #nodes: Int32Array
  /** The file that replaced it; 0 if it was deleted. */
  #successors: Int32Array

  // `size` is the number of files to reserve memory for.
  constructor(size: number) {
    this.#sizes = new Float64Array(size)
    this.#adders = new Uint16Array(size)
    this.#hiders = new Uint16Array(size)
    this.#names = new Uint32Array(size)
    this.#nodes = new Int32Array(size)
    this.#successors = new Int32Array(size)
  }

  get count(): number {
    return this.#count
  }

  sizeOf(file: number): number {
    return this.#sizes[file] ?? 0
  }

  adderOf(file: number): number {
    return (this.#adders[file] ?? 1) - 1
  }

  /** Returns the layer that removed its last name, or `none` if it still has a name. */
  hiderOf(file: number): number {
    return (this.#hiders[file] ?? 0) + none
  }

  /** Returns the file that replaced it at its path. Returns `none` if it was deleted or still exists. */
  successorOf(file: number): number {
    return (this.#successors[file] ?? 0) || none
  }

  /** Returns whether a file of the same size replaced it. */
  isAgain(file: number): boolean {
    const successor = this.successorOf(file)
    return successor !== none && this.sizeOf(successor) === this.sizeOf(file)
  }

  /** Returns the number of names that it has after all layers. */
  namesOf(file: number): number {
    return this.#names[file] ?? 0
  }

  /** Returns whether it has several names. */
  isLinked(file: number): boolean {
    return this.namesOf(file) > 1
  }

  /** Returns the node of the name that it was added with. */
  nodeOf(file: number): number {
    return this.#nodes[file] ?? root
  }

  /** Adds a file and returns its number. */
  add(node: number, fileBytes: number, layer: number): number {
    this.#count += 1
    const file = this.#count
    if (file >= this.#sizes.length) this.#grow()
    this.#sizes[file] = fileBytes
    this.#adders[file] = layer + 1
    this.#names[file] = 1
    this.#nodes[file] = node
    return file
  }

  addName(file: number): void {
    this.#names[file] = (this.#names[file] ?? 0) + 1
  }

  /**
   * Removes a name of a file.
   *
   * @param successor the file that replaces it; 0 for none
   */
  removeName(file: number, layer: number, successor: number): void {
    const names = (this.#names[file] ?? 1) - 1
    this.#names[file] = names
    if (names > 0) return
    this.#hiders[file] = layer + 1
    this.#successors[file] = successor
  }

  #grow(): void {
    const size = larger(this.#sizes.length)
    this.#sizes = grown(this.#sizes, new Float64Array(size))
    this.#adders = grown(this.#adders, new Uint16Array(size))
    this.#hiders = grown(this.#hiders, new Uint16Array(size))
    this.#names = grown(this.#names, new Uint32Array(size))
    this.#nodes = grown(this.#nodes, new Int32Array(size))
    this.#successors = grown(this.#successors, new Int32Array(size))
  }
}

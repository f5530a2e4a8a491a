/** Every file that a layer brought, in typed arrays: millions of them in some twenty bytes each. */
import { grown, larger, none, root } from '../layer/path-tree.ts'

/**
 * A file is the bytes of a regular file, under one name or several (hard links): a number from 1 to `count`. Layers are
 * positions, lowest first, from 0.
 */
export class FileTable {
  #count = 0
  #sizes: Float64Array
  /** Layers from 1. */
  #adders: Uint16Array
  /** Layers from 1; 0 while it has a name. */
  #hiders: Uint16Array
  #names: Uint32Array
  #nodes: Int32Array
  /** The file that took its place when it went; 0 where it was deleted. */
  #successors: Int32Array

  /** @param size files that room is made for */
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

  /** The layer in which its last name went; `none` while it has one. */
  hiderOf(file: number): number {
    return (this.#hiders[file] ?? 0) + none
  }

  /** The file that took its place, at its path, when it went; `none` where it was deleted or is still there. */
  successorOf(file: number): number {
    return (this.#successors[file] ?? 0) || none
  }

  /** Whether a file of the same size took its place when it went. */
  isAgain(file: number): boolean {
    const successor = this.successorOf(file)
    return successor !== none && this.sizeOf(successor) === this.sizeOf(file)
  }

  /** How many names it has in the end. */
  namesOf(file: number): number {
    return this.#names[file] ?? 0
  }

  /** Whether it has several names. */
  isLinked(file: number): boolean {
    return this.namesOf(file) > 1
  }

  /** The name that it came under. */
  nodeOf(file: number): number {
    return this.#nodes[file] ?? root
  }

  /** @returns the new file */
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

  /** @param successor the file that takes its place; 0 for none */
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

/** The files of a stage as savings see them: whose they are, and whether they are counted already. Pure. */
import type { FileSystem } from '../filesystem/file-system.ts'
import { none } from '../layer/path-tree.ts'
import type { Layer, Stage } from '../record/footprint.ts'

/**
 * Whether an edit of this Dockerfile can change a layer. Where the base image is not known, only a layer whose line is
 * known surely is no layer of it.
 */
export function isOwn({ origin, instruction }: Layer, stage: Stage): boolean {
  return origin !== 'base' && (stage.totals.baseLayers !== null || (instruction?.line ?? null) !== null)
}

export class StageFiles {
  readonly fileSystem: FileSystem
  readonly layers: readonly Layer[]
  readonly #own: readonly boolean[]
  /** For each file the layer that first had it, from 1: a copy for another owner or mode has that of its original. */
  readonly #origins: Uint16Array
  readonly #isCounted: Uint8Array

  constructor(fileSystem: FileSystem, stage: Stage) {
    const { files } = fileSystem
    this.fileSystem = fileSystem
    this.layers = stage.layers
    this.#own = stage.layers.map((layer) => isOwn(layer, stage))
    this.#origins = new Uint16Array(files.count + 1)
    this.#isCounted = new Uint8Array(files.count + 1)
    // Files of lower layers have lower numbers.
    for (let file = 1; file <= files.count; file += 1) {
      const origin = this.#origins[file] ?? 0
      this.#origins[file] = origin === 0 ? files.adderOf(file) + 1 : origin
      if (files.isAgain(file)) this.#origins[files.successorOf(file)] = this.#origins[file] ?? 0
    }
  }

  get count(): number {
    return this.fileSystem.files.count
  }

  /** Whether its bytes are in a layer that an edit can change, and in no saving yet. */
  isFree(file: number): boolean {
    return this.#isCounted[file] === 0 && this.isOwnLayer(this.fileSystem.files.adderOf(file)) && this.size(file) > 0
  }

  setCounted(file: number): void {
    this.#isCounted[file] = 1
  }

  isOwnLayer(position: number): boolean {
    return this.#own[position] ?? false
  }

  size(file: number): number {
    return this.fileSystem.files.sizeOf(file)
  }

  /** The layer that the file first came with. */
  originOf(file: number): number {
    return (this.#origins[file] ?? 1) - 1
  }

  /** Whether it is in the final file system. */
  isSeen(file: number): boolean {
    return this.fileSystem.files.hiderOf(file) === none
  }

  textOf(position: number): string {
    return this.layers[position]?.instruction?.text ?? ''
  }
}

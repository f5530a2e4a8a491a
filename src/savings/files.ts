/**
 * The files of a stage for the search for savings: which layers can be edited, and which files are already counted.
 * Pure.
 */
import type { FileSystem } from '../filesystem/file-system.ts'
import type { Attributes } from '../layer/layer-index.ts'
import { none } from '../layer/path-tree.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import type { FileSource } from './copied-files.ts'
import { FileDetails } from './file-details.ts'
import { isRun, says } from './rule.ts'

/**
 * Returns whether an edit of this Dockerfile can change a layer. What an `ONBUILD` of the base image makes has no known
 * instruction. If the base image is not known, only a layer with a known line certainly does not belong to it.
 */
export function isOwn({ origin, instruction }: Layer, stage: Stage): boolean {
  return origin !== 'base' && instruction !== null && (stage.totals.baseLayers !== null || instruction.line !== null)
}

/** The files of a stage, and which of them are already counted. */
export class StageFiles {
  readonly fileSystem: FileSystem
  readonly layers: readonly Layer[]
  readonly details: FileDetails
  readonly #own: readonly boolean[]
  /**
   * For each file the layer that first had it, counted from 1. A copy with another owner or mode has the layer of its
   * original. If a RUN wrote the file again with the same content, that is the layer of the RUN.
   */
  readonly #origins: Uint16Array
  /**
   * For copies of files of the base image the layer of the RUN that first wrote one, counted from 1. 0 if a RUN only
   * changed the owner or the mode.
   */
  readonly #rewrites = new Map<number, number>()
  /** For each file the number of the edit that counts it, from 1. 0 for none. */
  readonly #counters: Uint32Array
  readonly #sources: Map<number, FileSource>

  /** @param sources the steps of other stages that made copied files, by number of the file */
  constructor(
    fileSystem: FileSystem,
    stage: Stage,
    details: FileDetails = new FileDetails(),
    sources: ReadonlyMap<number, FileSource> = new Map(),
  ) {
    const { files } = fileSystem
    this.fileSystem = fileSystem
    this.layers = stage.layers
    this.details = details
    this.#own = stage.layers.map((layer) => isOwn(layer, stage))
    this.#origins = new Uint16Array(files.count + 1)
    this.#counters = new Uint32Array(files.count + 1)
    this.#sources = new Map(sources)
    // Files of lower layers have lower numbers.
    for (let file = 1; file <= files.count; file += 1) {
      const origin = this.#origins[file] ?? 0
      this.#origins[file] = origin === 0 ? files.adderOf(file) + 1 : origin
      if (!this.isAgain(file)) continue
      const later = files.adderOf(files.successorOf(file))
      const isOwn = this.isOwnLayer(this.originOf(file))
      // A RUN such as `npm ci` also writes a file again that has another owner then.
      const isWritten = isOwn && (this.#isRewrite(file, later) || isRunWithoutOwner(this.textOf(later)))
      this.#origins[files.successorOf(file)] = isWritten ? later + 1 : (this.#origins[file] ?? 0)
      if (!isOwn) this.#noteRewrite(file)
      const source = this.#sources.get(file)
      if (source !== undefined) this.#sources.set(files.successorOf(file), source)
    }
  }

  get count(): number {
    return this.fileSystem.files.count
  }

  /** Returns whether a file is in a layer that an edit can change and its bytes are not in a saving yet. */
  isFree(file: number): boolean {
    return !this.isCounted(file) && this.isEditable(file)
  }

  /** Returns whether a file has bytes in a layer that an edit can change. */
  isEditable(file: number): boolean {
    return this.isOwnLayer(this.fileSystem.files.adderOf(file)) && this.size(file) > 0
  }

  isCounted(file: number): boolean {
    return this.counterOf(file) !== 0
  }

  /** Returns the number of the edit that counts a file. 0 for none. */
  counterOf(file: number): number {
    return this.#counters[file] ?? 0
  }

  setCounted(file: number, edit: number): void {
    this.#counters[file] = edit
  }

  isOwnLayer(position: number): boolean {
    return this.#own[position] ?? false
  }

  size(file: number): number {
    return this.fileSystem.files.sizeOf(file)
  }

  /** Returns the files that a layer adds. Files of lower layers have lower numbers. */
  filesOf(layer: number): readonly number[] {
    const start = this.#firstFileOf(layer)
    return Array.from({ length: this.#firstFileOf(layer + 1) - start }, (_, at) => start + at)
  }

  /** Returns the layer that first had the file. */
  originOf(file: number): number {
    return (this.#origins[file] ?? 1) - 1
  }

  /**
   * Returns the layer whose instruction can leave the file out by deleting it. This is the layer that first had it, or
   * for a file of the base image that a RUN wrote again with the same content, the layer of that RUN. Returns null if
   * that is no layer of this Dockerfile.
   */
  deletableIn(file: number): number | null {
    const origin = this.originOf(file)
    return this.isOwnLayer(origin) ? origin : (this.#rewrites.get(file) ?? null)
  }

  /** Returns the step of another stage that made the file. Null if no stage was copied from, or it is not known. */
  sourceOf(file: number): FileSource | null {
    return this.#sources.get(file) ?? null
  }

  /** Returns whether a file of the same size, and as far as it is known of the same content, replaced it. */
  isAgain(file: number): boolean {
    if (!this.fileSystem.files.isAgain(file)) return false
    const checksum = this.details.checksumOf(file)
    const next = this.details.checksumOf(this.fileSystem.files.successorOf(file))
    return checksum === null || next === null || checksum === next
  }

  /** Returns whether it is known that a file of the same content replaced it. */
  isSurelyAgain(file: number): boolean {
    return (
      this.isAgain(file) &&
      this.details.checksumOf(file) !== null &&
      this.details.checksumOf(this.fileSystem.files.successorOf(file)) !== null
    )
  }

  /**
   * Returns the owner and the mode of the file that replaced it, and whether they are other ones than before. Returns
   * null if they are not known.
   */
  becomes(file: number): {
    readonly owner: string
    readonly mode: string
    readonly hasOtherOwner: boolean
    readonly hasOtherMode: boolean
  } | null {
    const [before, after] = [file, this.fileSystem.files.successorOf(file)].map((one) => this.details.attributesOf(one))
    if (!before || !after || !isKnown(before) || !isKnown(after)) return null
    return {
      owner: `${after.uid}:${after.gid}`,
      mode: after.mode.toString(8).padStart(3, '0'),
      hasOtherOwner: before.uid !== after.uid || before.gid !== after.gid,
      hasOtherMode: before.mode !== after.mode,
    }
  }

  /** Returns the first file of a layer, or of a later one. */
  #firstFileOf(layer: number): number {
    let [low, high] = [1, this.count + 1]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.fileSystem.files.adderOf(middle) < layer) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Notes that a copy of a file of the base image is in another layer because its RUN wrote it. */
  #noteRewrite(file: number): void {
    const copy = this.fileSystem.files.successorOf(file)
    const layer = this.#rewrites.get(file) ?? this.fileSystem.files.adderOf(copy)
    if (this.#rewrites.has(file) || this.#isRewrite(file, layer)) this.#rewrites.set(copy, layer)
  }

  /** Returns whether the RUN of a layer wrote the file again. Otherwise it changed the owner or the mode, or copied it. */
  #isRewrite(file: number, layer: number): boolean {
    return this.isOwnLayer(layer) && isRun(this.textOf(layer)) && !this.isCopiedForAttributes(file)
  }

  /** Returns whether a later layer has a copy with another owner or mode. Nothing else is known to have changed. */
  isCopiedForAttributes(file: number): boolean {
    if (!this.isAgain(file)) return false
    const becomes = this.becomes(file)
    if (becomes !== null) return becomes.hasOtherMode || becomes.hasOtherOwner
    return changesAttributes(this.textOf(this.fileSystem.files.adderOf(this.fileSystem.files.successorOf(file))))
  }

  /** Returns whether a file is in the final file system, or another edit counts it as a copy of one that is. */
  remains(file: number): boolean {
    return this.isSeen(file) || (this.isCounted(file) && this.isAgain(file))
  }

  /** Returns whether it is in the final file system. */
  isSeen(file: number): boolean {
    return this.fileSystem.files.hiderOf(file) === none
  }

  textOf(position: number): string {
    return this.layers[position]?.instruction?.text ?? ''
  }
}

const isRunWithoutOwner = (text: string): boolean => isRun(text) && !changesAttributes(text)

/** Returns whether an instruction changes the owner or the mode of files. */
export const changesAttributes = (text: string): boolean => says(text, 'chown', 'chmod', 'chgrp', 'setfacl')

const isKnown = ({ mode, uid, gid }: Attributes): boolean => mode >= 0 && uid >= 0 && gid >= 0

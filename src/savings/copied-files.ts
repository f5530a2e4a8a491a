/**
 * Finds out which step of a builder stage made the files that a COPY brought into another stage. Files are recognised
 * by their size, checksum and name, so it does not matter how the COPY selects and places them. If a checksum is not
 * known, the names of two directories above must be the same instead. Pure.
 */
import { parseInstructions } from '../dockerfile/instructions.ts'
import { referencesOf } from '../dockerfile/stage-references.ts'
import type { FileSystem } from '../filesystem/file-system.ts'
import type { Stage } from '../record/footprint.ts'
import type { FileDetails } from './file-details.ts'

/** The step of another stage that made a file. */
export interface FileSource {
  readonly stage: Stage
  /** Position of the layer in that stage. */
  readonly layer: number
  /** Path of the file in that stage, without a slash at its start. */
  readonly path: string
}

/** A file whose source is looked for, and the best match so far. */
interface Wanted {
  readonly file: number
  readonly fileBytes: number
  readonly checksum: number | null
  /** Path in the stage that copied it, in UTF-8. */
  readonly path: Buffer
  /** Number of bytes at the end of the two paths that are equal. */
  score: number
  layer: number
  found: string
}

/** Limit for files with the same size and name, so that the search takes linear time. */
const maxAlike = 256
const slash = 0x2f

/** Looks for files in the layers of one stage. */
export class StageSearch {
  readonly stage: Stage
  readonly #wanted: ReadonlyMap<number, readonly Wanted[]>

  constructor(stage: Stage, wanted: readonly Wanted[]) {
    this.stage = stage
    const byKey = Map.groupBy(wanted, ({ fileBytes, path }) => keyOf(fileBytes, path, path.length))
    for (const alike of byKey.values()) alike.splice(maxAlike)
    this.#wanted = byKey
  }

  /** Passes a regular file of a layer. Layers come in their order, the lowest first. */
  add(layer: number, path: Buffer, pathLength: number, fileBytes: number, checksum: number | null): void {
    if (fileBytes === 0) return
    for (const one of this.#wanted.get(keyOf(fileBytes, path, pathLength)) ?? []) {
      if (one.fileBytes !== fileBytes) continue
      const areKnown = checksum !== null && one.checksum !== null
      if (areKnown && checksum !== one.checksum) continue
      const score = sharedEnd(one.path, path, pathLength)
      // If several layers have the same file at the same path, the lowest one made it.
      if (score <= one.score || score < endOf(path, pathLength, areKnown ? 1 : 3)) continue
      one.score = score
      one.layer = layer
      one.found = path.toString('utf8', 0, pathLength)
    }
  }

  /** Returns the files that were found. */
  found(): readonly Readonly<Wanted>[] {
    return [...this.#wanted.values()].flat().filter(({ score }) => score > 0)
  }
}

/** Looks for the sources of all files that a stage copied from other stages. */
export class CopiedFiles {
  readonly #stages: readonly Stage[]
  readonly #sources = new Map<number, FileSource>()
  readonly #open = new Map<Stage, Wanted[]>()

  /** @param stages the stages of the same Dockerfile that were weighed */
  constructor(stage: Stage, stages: readonly Stage[], { tree, files }: FileSystem, details: FileDetails) {
    this.#stages = stages
    const origins = stage.layers.map((_, position) => this.#copiedFrom(stage, position))
    if (origins.every((origin) => origin === null)) return
    for (let file = 1; file <= files.count; file += 1) {
      const from = origins[files.adderOf(file)] ?? null
      if (from === null || files.sizeOf(file) === 0) continue
      this.#want(from, file, files.sizeOf(file), details.checksumOf(file), tree.path(files.nodeOf(file)))
    }
  }

  /** The sources that are known so far, by number of the file. */
  get sources(): ReadonlyMap<number, FileSource> {
    return this.#sources
  }

  /** Takes the next search, or returns null if there is none. It must be finished before the next one is taken. */
  next(): StageSearch | null {
    for (const [stage, wanted] of this.#open) {
      this.#open.delete(stage)
      return new StageSearch(stage, wanted)
    }
    return null
  }

  /** Uses what a search found. A file that its stage copied too is looked for in the stage before. */
  finish(search: StageSearch): void {
    const { stage } = search
    const origins = stage.layers.map((_, position) => this.#copiedFrom(stage, position))
    for (const { file, fileBytes, checksum, layer, found } of search.found()) {
      const from = origins[layer] ?? null
      if (from !== null) this.#want(from, file, fileBytes, checksum, found)
      else if (stage.layers[layer]?.origin !== 'base' && (stage.layers[layer]?.instruction?.line ?? null) !== null)
        this.#sources.set(file, { stage, layer, path: found })
    }
  }

  #want(from: Stage, file: number, fileBytes: number, checksum: number | null, path: string): void {
    const wanted = { file, fileBytes, checksum, path: Buffer.from(path), score: 0, layer: 0, found: '' }
    const others = this.#open.get(from)
    if (others === undefined) this.#open.set(from, [wanted])
    else others.push(wanted)
  }

  /** Returns the stage that the instruction of a layer copies from. Null if it is none, or was not weighed. */
  #copiedFrom(stage: Stage, position: number): Stage | null {
    const { origin, instruction } = stage.layers[position] ?? {}
    const text = instruction?.text ?? ''
    // Stages refer to earlier ones only, so a search always ends.
    if (origin === 'base' || !/from=/i.test(text)) return null
    const statement = parseInstructions(text).instructions[0]
    const reference = statement?.keyword === 'COPY' ? referencesOf(statement)[0]?.reference : undefined
    if (reference === undefined) return null
    const isNamed = ({ name, index }: Stage): boolean =>
      index < stage.index &&
      (/^\d+$/.test(reference) ? index === Number(reference) : name.toLowerCase() === reference.toLowerCase())
    return this.#stages.findLast(isNamed) ?? null
  }
}

/** Returns the number of bytes of the last `names` names of a path, with the slashes between them. */
function endOf(path: Buffer, pathLength: number, names: number): number {
  let left = names
  for (let at = pathLength; at > 0; at -= 1) {
    if (path[at - 1] === slash) left -= 1
    if (left === 0) return pathLength - at
  }
  return pathLength
}

function keyOf(fileBytes: number, path: Buffer, pathLength: number): number {
  let key = Math.imul(fileBytes % 2 ** 32, 0x9e3779b1)
  for (let at = pathLength - endOf(path, pathLength, 1); at < pathLength; at += 1)
    key = Math.imul(key ^ (path[at] ?? 0), 0x85ebca6b)
  return key
}

/** Returns how many bytes at the end of two paths are equal. */
function sharedEnd(a: Buffer, b: Buffer, bLength: number): number {
  let shared = 0
  while (shared < a.length && shared < bLength && a[a.length - 1 - shared] === b[bLength - 1 - shared]) shared += 1
  return shared
}

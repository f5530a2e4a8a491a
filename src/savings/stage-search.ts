/**
 * Looks for copied files in the layers of the stage that they were copied from. Files are recognised by their size,
 * checksum and name, and by the sources of the COPY. If a checksum is not known, the names of two directories above must
 * be the same instead. Pure.
 */
import type { Stage } from '../record/footprint.ts'
import { startsOf, type CopyPatterns } from './copy-patterns.ts'

/** A stage that copies files from another one. */
export interface CopyingStage {
  readonly stage: Stage
  /** Position of the first layer that copies from that other stage. */
  readonly layer: number
}

/** A file that is looked for in a stage. */
export interface Wanted {
  readonly file: number
  readonly fileBytes: number
  /** Null if it is not known. */
  readonly checksum: number | null
  /** Path in the stage that copied it, in UTF-8. */
  readonly path: Buffer
  /** The sources of the COPY. */
  readonly patterns: CopyPatterns
  /** The stages that copied it, the final one last. */
  readonly copying: readonly CopyingStage[]
}

/** Where a file was found. */
interface Match {
  /** Position of the lowest layer that has it. */
  readonly layer: number
  readonly path: string
  /** Whether another path fits too, so that it is not known which of them was copied. */
  isUnclear: boolean
}

/** Limit for files with the same size, checksum and name. */
const maxAlike = 256
/** Limit for the work of one search, in comparisons of up to 64 bytes. */
const maxWork = 20_000_000
const slash = 0x2f

/** Looks for files in the layers of one stage. */
export class StageSearch {
  readonly stage: Stage
  readonly #byChecksum: ReadonlyMap<number, readonly Wanted[]>
  readonly #byName: ReadonlyMap<number, readonly Wanted[]>
  readonly #matches = new Map<Wanted, Match>()
  #work = 0

  constructor(stage: Stage, wanted: readonly Wanted[]) {
    this.stage = stage
    this.#byChecksum = grouped(wanted, ({ checksum }) => checksum)
    this.#byName = grouped(wanted, () => null)
  }

  /** Passes a regular file of a layer. Layers come in their order, the lowest first. */
  add(layer: number, path: Buffer, pathLength: number, fileBytes: number, checksum: number | null): void {
    if (fileBytes === 0 || this.#work > maxWork) return
    const key = keyOf(fileBytes, path, pathLength, null)
    if (checksum === null) this.#match(this.#byName.get(key), layer, path, pathLength, fileBytes, checksum)
    else {
      const exact = this.#byChecksum.get(keyOf(fileBytes, path, pathLength, checksum))
      this.#match(exact, layer, path, pathLength, fileBytes, checksum)
      // The checksums of these are not known.
      this.#match(this.#byChecksum.get(key), layer, path, pathLength, fileBytes, checksum)
    }
  }

  /** Returns the files that were found, each with one clear place. Empty if the search took too much work. */
  found(): readonly (Wanted & Pick<Match, 'layer'> & { readonly found: string })[] {
    if (this.#work > maxWork) return []
    return [...this.#matches].flatMap(([wanted, { layer, path, isUnclear }]) =>
      isUnclear ? [] : [{ ...wanted, layer, found: path }],
    )
  }

  #match(
    alike: readonly Wanted[] = [],
    layer: number,
    path: Buffer,
    pathLength: number,
    fileBytes: number,
    checksum: number | null,
  ): void {
    let patterns: CopyPatterns | null = null
    let starts: readonly number[] = []
    for (const one of alike) {
      if (one.patterns !== patterns) {
        patterns = one.patterns
        starts = startsOf(patterns, path, pathLength)
        this.#work += patterns.length
      }
      this.#work += 1 + Math.floor(pathLength / 64)
      if (this.#work > maxWork) return
      const areKnown = checksum !== null && one.checksum !== null
      if (one.fileBytes !== fileBytes || (areKnown && checksum !== one.checksum)) continue
      const least = lastNames(path, pathLength, areKnown ? 1 : 3)
      if (!starts.some((start) => endsAlike(one.path, path, Math.min(start, least), pathLength))) continue
      const match = this.#matches.get(one)
      if (match === undefined)
        this.#matches.set(one, { layer, path: path.toString('utf8', 0, pathLength), isUnclear: false })
      else if (!match.isUnclear) match.isUnclear = match.path !== path.toString('utf8', 0, pathLength)
    }
  }
}

function grouped(
  wanted: readonly Wanted[],
  checksumOf: (one: Wanted) => number | null,
): ReadonlyMap<number, readonly Wanted[]> {
  const groups = Map.groupBy(wanted, (one) => keyOf(one.fileBytes, one.path, one.path.length, checksumOf(one)))
  for (const alike of groups.values()) alike.splice(maxAlike)
  return groups
}

function keyOf(fileBytes: number, path: Buffer, pathLength: number, checksum: number | null): number {
  let key = Math.imul(fileBytes % 2 ** 32, 0x9e3779b1)
  if (checksum !== null) key = Math.imul(key ^ (checksum + 1), 0xc2b2ae35)
  for (let at = lastNames(path, pathLength, 1); at < pathLength; at += 1)
    key = Math.imul(key ^ (path[at] ?? 0), 0x85ebca6b)
  return key
}

/** Returns where the last names of a path begin. */
function lastNames(path: Buffer, pathLength: number, names: number): number {
  let left = names
  for (let at = pathLength; at > 0; at -= 1) {
    if (path[at - 1] === slash) left -= 1
    if (left === 0) return at
  }
  return 0
}

/** Returns whether a path ends with the names of another one from that position on. */
function endsAlike(path: Buffer, other: Buffer, start: number, otherLength: number): boolean {
  const at = path.length - (otherLength - start)
  if (at < 0 || (at > 0 && path[at - 1] !== slash)) return false
  return path.compare(other, start, otherLength, at) === 0
}

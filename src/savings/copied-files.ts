/**
 * Finds out which step of a builder stage made the files that a COPY brought into another stage, through any number of
 * stages. Pure.
 */
import { parseInstructions } from '../dockerfile/instructions.ts'
import { referencesOf } from '../dockerfile/stage-references.ts'
import type { FileSystem } from '../filesystem/file-system.ts'
import type { Stage } from '../record/footprint.ts'
import { copyPatterns, type CopyPatterns } from './copy-patterns.ts'
import type { FileDetails } from './file-details.ts'
import { StageSearch, type CopyingStage, type Wanted } from './stage-search.ts'

/** The step of another stage that made a file. */
export interface FileSource {
  readonly stage: Stage
  /** Position of the layer in that stage. */
  readonly layer: number
  /** Path of the file in that stage, without a slash at its start. */
  readonly path: string
  /** The stages that copied it, the one to be shipped last. */
  readonly copying: readonly CopyingStage[]
  /** Whether another stage uses one of the stages that the file went through, so that it may need the file. */
  readonly isShared: boolean
}

/** A stage that uses another one of the same Dockerfile, whether or not it was built. Both are given by index. */
export interface StageUse {
  readonly user: number
  readonly used: number
  readonly via: 'from' | 'copy' | 'mount'
}

/** Where the files of a layer come from. */
interface Origin {
  readonly from: Stage
  readonly patterns: CopyPatterns
  readonly copying: CopyingStage
}

/** Looks for the sources of all files that a stage copied from other stages. */
export class CopiedFiles {
  readonly #stages: readonly Stage[]
  readonly #uses: readonly StageUse[]
  readonly #sources = new Map<number, FileSource>()
  readonly #open = new Map<Stage, Wanted[]>()

  /**
   * @param stages the stages of the same Dockerfile that were weighed
   * @param uses all uses of stages in the Dockerfile
   */
  constructor(
    stage: Stage,
    stages: readonly Stage[],
    uses: readonly StageUse[],
    { tree, files }: FileSystem,
    details: FileDetails,
  ) {
    this.#stages = stages
    this.#uses = uses
    const origins = this.#originsIn(stage)
    if (origins.every((origin) => origin === null)) return
    const chains = new Chains([])
    for (let file = 1; file <= files.count; file += 1) {
      const origin = origins[files.adderOf(file)] ?? null
      if (origin === null || files.sizeOf(file) === 0) continue
      const [fileBytes, checksum] = [files.sizeOf(file), details.checksumOf(file)]
      this.#want(origin, { file, fileBytes, checksum, copying: chains.with(origin) }, tree.path(files.nodeOf(file)))
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
    const origins = this.#originsIn(stage)
    const chains = new Map<readonly CopyingStage[], Chains>()
    const shared = new Map<string, boolean>()
    for (const { file, fileBytes, checksum, layer, found, copying } of search.found()) {
      const origin = origins[layer] ?? null
      const { origin: kind = 'base', instruction = null } = stage.layers[layer] ?? {}
      if (origin !== null) {
        const chain = chains.get(copying) ?? new Chains(copying)
        chains.set(copying, chain)
        this.#want(origin, { file, fileBytes, checksum, copying: chain.with(origin) }, found)
      } else if (kind !== 'base' && (instruction?.line ?? null) !== null) {
        const key = `${kind} ${copying.map((one) => one.stage.index).join(' ')}`
        const isShared = shared.get(key) ?? this.#isShared(stage, kind === 'inherited', copying)
        shared.set(key, isShared)
        this.#sources.set(file, { stage, layer, path: found, copying, isShared })
      }
    }
  }

  #want({ from, patterns }: Origin, wanted: Omit<Wanted, 'path' | 'patterns'>, path: string): void {
    const one = { ...wanted, path: Buffer.from(path), patterns }
    const others = this.#open.get(from)
    if (others === undefined) this.#open.set(from, [one])
    else others.push(one)
  }

  /** Returns for each layer where its files come from. Null if its instruction copies from no stage that was weighed. */
  #originsIn(stage: Stage): readonly (Origin | null)[] {
    const firsts = new Map<Stage, CopyingStage>()
    return stage.layers.map(({ origin, instruction }, layer) => {
      const from = origin === 'base' ? null : copiedFrom(stage, instruction?.text ?? '', this.#stages)
      if (from === null) return null
      const copying = firsts.get(from) ?? { stage, layer }
      firsts.set(from, copying)
      return { from, patterns: copyPatterns(instruction?.text ?? ''), copying }
    })
  }

  /**
   * Returns whether a stage that the file went through is used by more than the next one.
   *
   * @param isInherited whether a stage that this one is FROM made the file
   */
  #isShared({ index }: Stage, isInherited: boolean, copying: readonly CopyingStage[]): boolean {
    let used = index
    for (const { stage } of copying) {
      if (!this.#isOnlyFor(used, stage.index, 'copy')) return true
      used = stage.index
    }
    for (let user = index; isInherited;) {
      const parent = this.#uses.find((use) => use.user === user && use.via === 'from' && use.used < user)?.used
      if (parent === undefined) break
      if (!this.#isOnlyFor(parent, user, 'from')) return true
      user = parent
    }
    return false
  }

  #isOnlyFor(used: number, user: number, via: StageUse['via']): boolean {
    return this.#uses.every((use) => use.used !== used || (use.user === user && use.via === via))
  }
}

/** Returns the stage from which an instruction of another stage copies. Null if it is none of these. */
export function copiedFrom(stage: Stage, text: string, stages: readonly Stage[]): Stage | null {
  // Stages refer to earlier ones only, so a search always ends.
  if (!/from=/i.test(text)) return null
  const statement = parseInstructions(text).instructions[0]
  const reference = statement?.keyword === 'COPY' ? referencesOf(statement)[0]?.reference : undefined
  if (reference === undefined) return null
  const isNamed = ({ name, index }: Stage): boolean =>
    index < stage.index &&
    (/^\d+$/.test(reference) ? index === Number(reference) : name.toLowerCase() === reference.toLowerCase())
  return stages.findLast(isNamed) ?? null
}

/** Lists of copying stages that begin with one more. Files that went the same way share a list. */
class Chains {
  readonly #rest: readonly CopyingStage[]
  readonly #chains = new Map<CopyingStage, readonly CopyingStage[]>()

  constructor(rest: readonly CopyingStage[]) {
    this.#rest = rest
  }

  with({ copying }: Origin): readonly CopyingStage[] {
    const chain = this.#chains.get(copying) ?? [copying, ...this.#rest]
    this.#chains.set(copying, chain)
    return chain
  }
}

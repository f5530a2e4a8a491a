/** Compares builder stages that a run did not build, so that they are not among the stages that it weighed. Pure. */
import type { Image, Stage, UnbuiltStage } from '../record/footprint.ts'
import { lacksStages } from './image-side.ts'

/**
 * What is known about the builder stages that one of two runs did not build. `none`: there are none. `alike`: both
 * Dockerfiles make them from the same base with the same instructions, and the figures that are known, perhaps from an
 * earlier run, are the same. `differ`: one of them may have changed.
 */
export type UnweighedStages = 'none' | 'alike' | 'differ'

/** Returns what is known about the builder stages that one of two runs did not build. An image has no such stages. */
export function unweighedStages(before: Image, after: Image): UnweighedStages {
  if (lacksStages(before) || lacksStages(after)) return 'none'
  const [then, now] = [buildersOf(before), buildersOf(after)]
  const found = new Set(
    [...new Set([...then.keys(), ...now.keys()])].map((name) => comparePair(then.get(name), now.get(name))),
  )
  return found.has('differ') ? 'differ' : found.has('alike') ? 'alike' : 'none'
}

type AnyStage = Stage | UnbuiltStage

const buildersOf = ({ stages, unbuiltStages = [] }: Image): ReadonlyMap<string, AnyStage> =>
  new Map(
    [...stages, ...unbuiltStages]
      .filter(({ role }) => role === 'builder')
      .map((stage) => [stage.name.toLowerCase(), stage]),
  )

function comparePair(before: AnyStage | undefined, after: AnyStage | undefined): UnweighedStages {
  const some = [before, after].filter((stage) => stage !== undefined)
  // Stages that both runs weighed are compared by their layers.
  if (!some.some(isUnbuilt)) return 'none'
  if (before === undefined || after === undefined || !isMadeAlike(before, after)) return 'differ'
  const [then, now] = [totalsOf(before), totalsOf(after)]
  if (then !== null && now !== null)
    return then.layers === now.layers && then.uncompressedSize === now.uncompressedSize ? 'alike' : 'differ'
  // If one run weighed the stage and the other did not, its steps ran again for some reason.
  return isUnbuilt(before) && isUnbuilt(after) ? 'alike' : 'differ'
}

const isUnbuilt = (stage: AnyStage): stage is UnbuiltStage => 'built' in stage

/** Returns the figures of a stage, which may be those of an earlier run. Null if they are not known. */
const totalsOf = (stage: AnyStage): Stage['totals'] | null =>
  isUnbuilt(stage) ? (stage.recorded?.totals ?? null) : stage.totals

const baseOf = (stage: AnyStage): string | undefined => (isUnbuilt(stage) ? stage.baseReference : stage.base?.reference)

function isMadeAlike(before: AnyStage, after: AnyStage): boolean {
  const [some, others] = [before.instructions, after.instructions]
  return (
    baseOf(before) === baseOf(after) &&
    some !== undefined &&
    some.length === others?.length &&
    some.every(({ text }, position) => text === others[position]?.text)
  )
}

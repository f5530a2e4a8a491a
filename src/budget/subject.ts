/** Finds the stage of an image that a rule applies to. Pure. */
import type { ImageComparison, StageChange } from '../compare/comparison.ts'
import { nearest } from '../inputs/nearest.ts'
import { absenceOf, isNotBuilt } from '../record/absence.ts'
import type { Image, Stage, UnbuiltStage } from '../record/footprint.ts'
import { counted } from '../text.ts'

/** The stage that a rule applies to, or why it cannot be measured. */
export type Subject =
  | { readonly stage: Stage; readonly change: StageChange | null }
  /** `name`: a stage of the Dockerfile that was not weighed. `needed`: whether the target needs it. */
  | { readonly stage: null; readonly name: string | null; readonly reason: string; readonly needed: boolean }

/**
 * Returns the stage that a rule applies to.
 *
 * @param name null for the final stage
 */
export function subjectOf(name: string | null, image: Image, comparison: ImageComparison | null): Subject {
  const stage = name === null ? finalOf(image) : (named(image, name) ?? renamed(name, comparison))
  if (stage) return { stage, change: changeOf(stage, comparison) }
  if (name === null) return { stage: null, name: null, reason: 'the record has no final stage', needed: true }
  const unbuilt = image.unbuiltStages?.find((other) => isNamed(other, name))
  if (unbuilt)
    return {
      stage: null,
      name: unbuilt.name,
      reason: notWeighedReason(unbuilt),
      needed: true,
    }
  const notBuilt = image.stagesNotBuilt?.findLast((other) => isNamed(other, name))
  if (notBuilt)
    return {
      stage: null,
      name: notBuilt.name,
      reason: 'the target does not need this stage, so it was not built',
      needed: false,
    }
  const names = [...image.stages, ...(image.unbuiltStages ?? []), ...(image.stagesNotBuilt ?? [])]
    .toSorted((one, other) => one.index - other.index)
    .map((stage) => stage.name)
  return { stage: null, name: null, reason: noSuchStage(name, names), needed: false }
}

function notWeighedReason(stage: UnbuiltStage): string {
  const reasons = {
    absent: 'this stage was not built in this run, and no cache is known to hold it',
    caches: 'this stage was not built in this run, and with several caches, the builder did not offer it',
    changed: 'this run writes into the build context that this stage reads, so it was not weighed',
    busy: 'another build on the same builder was running the steps of this stage, so it was not weighed',
    unread: 'this stage was not weighed, perhaps because the builder cannot read a cache or an image that holds it',
    other: 'the builder returned no result of this stage that fits the image, so it was not weighed',
  }
  if (!stage.recorded) return reasons[absenceOf(stage)]
  const reason = isNotBuilt(stage) ? 'this stage was not built in this run' : reasons[absenceOf(stage)]
  return `${reason}, and budgets do not use the figures of earlier runs`
}

/** Returns why a stage of the head cannot be compared that the baseline has without layers. */
export function baselineReason(stage: UnbuiltStage): string {
  const reasons = {
    absent: 'this stage was not built for the baseline, and no cache held it',
    caches: 'this stage was not built for the baseline, and with several caches, the builder did not offer it',
    changed: 'the run that weighed the baseline wrote into the build context that this stage reads',
    busy: 'another build was running the steps of this stage when the baseline was weighed',
    unread: 'this stage could not be read from the builder when the baseline was weighed',
    other: 'the builder returned no result of this stage that fits the baseline',
  }
  return reasons[absenceOf(stage)]
}

const finalOf = (image: Image): Stage | undefined => image.stages.find((stage) => stage.role === 'final')

const isNamed = (stage: { readonly name: string }, name: string): boolean =>
  stage.name.toLowerCase() === name.toLowerCase()

/** Returns the stage with a name. If several share it, the last one is returned, as `--target` does. */
const named = (image: Image, name: string): Stage | undefined => image.stages.findLast((stage) => isNamed(stage, name))

/** Returns the stage that had this name before the change. Limits for the old name still apply to it. */
function renamed(name: string, comparison: ImageComparison | null): Stage | null {
  return (
    comparison?.stages.findLast(({ kind, before }) => kind === 'matched' && before !== null && isNamed(before, name))
      ?.after ?? null
  )
}

function changeOf(stage: Stage, comparison: ImageComparison | null): StageChange | null {
  if (!comparison) return null
  const { final, stages } = comparison
  if (stage.role === 'final') return final
  return stages.find(({ after }) => after?.index === stage.index) ?? null
}

/** How many of the existing stages a clause names. */
const maxNames = 10

/**
 * Returns a clause for a stage that does not exist. It suggests the one that was probably meant.
 *
 * @param names the stages that exist, in the order of the Dockerfile
 */
export function noSuchStage(name: string, names: readonly string[]): string {
  const shown = names.slice(0, maxNames).map(quote).join(', ')
  const more = names.length > maxNames ? ` and ${counted(names.length - maxNames, 'more stage')}` : ''
  const verb = names.length === 1 ? 'is only' : 'are'
  return `there is no stage ${quote(name)}: there ${verb} ${shown}${more}${hintFor(name, names)}`
}

function hintFor(name: string, names: readonly string[]): string {
  const placed = /^\d{1,4}$/.test(name) ? names[Number(name)] : undefined
  if (placed !== undefined) return `; stage ${name} is called ${quote(placed)}`
  if (name.length > 60) return ''
  const lower = names.map((other) => other.toLowerCase())
  const meant = nearest(name.toLowerCase(), lower)
  return meant === null ? '' : `; did you mean ${quote(names[lower.indexOf(meant)] ?? meant)}?`
}

const quote = (text: string): string => `"${text.length > 60 ? `${text.slice(0, 59)}…` : text}"`

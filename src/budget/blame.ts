/** Finds the layer and the cause that exceed a limit, for the line of an annotation. Pure. */
import type { Cause, LayerChange, StageChange } from '../compare/comparison.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import { causeOf, everyCause, growthByCause, layerGrowth, layerValue } from './measure.ts'
import type { BudgetRule } from './verdict.ts'

/** The line and the cause that exceed a limit. */
export interface Blame {
  /**
   * Dockerfile line of the layer that contributes most, or of the FROM that names the base image if that is it. If no such
   * layer has a line, the line of the stage's FROM.
   */
  readonly line: number | null
  readonly cause: Cause | null
  /** Set for a growth limit if another cause that counts grew, too. */
  readonly isPart?: true
}

/** Returns the blame for a growth limit: the cause with the largest part, and the layer that grew most from it. */
export function blameForGrowth(change: StageChange, stage: Stage, rule: BudgetRule, causes: readonly Cause[]): Blame {
  const parts = growthByCause(change, rule.measure)
  const most = largest(causes, (one) => parts[one])
  const layer = maxGrown(change.layers, rule, most === null ? causes : [most])
  const cause = most ?? (layer && causeOf(layer))
  const isPart = causes.some((one) => one !== cause && (parts[one] ?? 0) > 0)
  return { line: lineFor(layer?.after ?? null, stage), cause, ...(isPart ? { isPart } : {}) }
}

/**
 * Returns the blame for a ceiling: the cause without whose growth the limit would hold, and the layer that grew most
 * from it. If there is no such cause, it is the layer that grew most through the change, or else
 * the heaviest one above the base image.
 */
export function blameForCeiling(change: StageChange | null, stage: Stage, rule: BudgetRule, measured: number): Blame {
  if (rule.measure === 'savings') return { line: lineToEdit(stage), cause: null }
  const ceiling = rule.limit.amount
  const parts = change ? growthByCause(change, rule.measure) : null
  const cause =
    parts && ceiling !== null
      ? largest(
          everyCause.filter((one) => measured - (parts[one] ?? 0) <= ceiling),
          (one) => parts[one],
        )
      : null
  const grown = change?.before ? maxGrown(change.layers, rule, [cause ?? 'change'])?.after : null
  const layer =
    grown ??
    (cause ? null : heaviest(stage.layers, (one) => (one.origin === 'base' ? null : layerValue(one, rule.measure))))
  return { line: lineFor(layer, stage), cause }
}

function lineFor(layer: Layer | null, { base, line = null }: Stage): number | null {
  return layer?.instruction?.line ?? (layer?.origin === 'base' ? base?.line : null) ?? line
}

/** Returns the line of the instruction with the largest saving. */
function lineToEdit({ savings, layers, line = null }: Stage): number | null {
  const item = savings?.items.find(({ claim }) => claim === 'sure')
  const own = item === undefined ? null : (layers[item.layer]?.instruction?.line ?? null)
  return item?.source?.line ?? own ?? line
}

function maxGrown(layers: readonly LayerChange[], rule: BudgetRule, causes: readonly Cause[]): LayerChange | null {
  return heaviest(layers, (layer) => (causes.includes(causeOf(layer)) ? layerGrowth(layer, rule.measure) : null))
}

const largest = (causes: readonly Cause[], of: (cause: Cause) => number | null): Cause | null => heaviest(causes, of)

/** How much more than an earlier item a later one must have: a copy of files that an earlier line brought is no more. */
const clearlyMore = 1.001

/** Returns the first item with about the highest value. Returns null if no value is above 0. */
function heaviest<T>(all: readonly T[], of: (one: T) => number | null): T | null {
  let best: T | null = null
  let highest = 0
  for (const one of all) {
    const value = of(one) ?? 0
    if (value > highest * clearlyMore) {
      best = one
      highest = value
    }
  }
  return best
}

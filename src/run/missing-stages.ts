/** Finds budgets for stages that the Dockerfile does not have, before anything is built. Pure. */
import { placedRules, type BudgetSource } from '../budget/sources.ts'
import { noSuchStage } from '../budget/subject.ts'
import { readDirectives } from '../dockerfile/directives.ts'
import { outlineStages } from '../dockerfile/outline.ts'
import { FootprintError } from '../errors.ts'
import type { Footprint } from '../record/footprint.ts'
import type { Report } from '../report/report.ts'

/** A budget for a stage that the Dockerfile does not have. */
export interface MissingStage {
  /** Where the first such budget is. */
  readonly place: string
  readonly name: string
  /** The warning, without a full stop. */
  readonly warning: string
}

/** Missing stages by their name in lower case. Null for one about which the run has warned already. */
export type MissingStages = ReadonlyMap<string, MissingStage | null>

/**
 * Returns each such stage. It is a warning and not an error: a stage that the change renames is still found by its old
 * name if the baseline has it.
 *
 * @param files texts of budget files, by path
 * @param dockerfile text of the Dockerfile; null if it is not known before the build
 */
export function missingStages(
  sources: readonly BudgetSource[],
  files: ReadonlyMap<string, string>,
  dockerfile: string | null,
): ReadonlyMap<string, MissingStage> {
  const names = dockerfile === null ? [] : stageNames(dockerfile)
  if (names.length === 0) return new Map()
  const known = new Set(names.map((name) => name.toLowerCase()))
  const missing = new Map<string, MissingStage>()
  for (const { rule, place } of placedRules(sources, files)) {
    const { stage } = rule
    if (stage === null) continue
    const key = stage.toLowerCase()
    if (!known.has(key) && !missing.has(key))
      missing.set(key, { place, name: stage, warning: `${place}: ${noSuchStage(stage, names)}` })
  }
  return missing
}

/**
 * Returns the warnings that can be given before the comparison, and what is left for `warningsOf`: the stages that the
 * baseline has, because this change may have renamed them.
 *
 * @param baseline null if nothing is compared
 */
export function parted(
  missing: MissingStages,
  baseline: Footprint | null,
): { readonly warnings: readonly string[]; readonly left: MissingStages } {
  const old = new Set(
    (baseline?.images ?? []).flatMap(({ stages, unbuiltStages = [] }) =>
      [...stages, ...unbuiltStages].map(({ name }) => name.toLowerCase()),
    ),
  )
  const entries = [...missing]
  return {
    warnings: entries.flatMap(([name, stage]) => (stage === null || old.has(name) ? [] : [stage.warning])),
    left: new Map(entries.map(([name, stage]) => [name, old.has(name) ? stage : null])),
  }
}

/** Returns the warnings about the stages that are left, now that the comparison has paired renamed stages. */
export function warningsOf(
  missing: MissingStages | undefined,
  { verdict }: Pick<Report, 'verdict'>,
): readonly string[] {
  return [...(missing ?? [])].flatMap(([key, stage]) => {
    if (stage === null) return []
    const now = verdict?.results.find(({ rule, stage: found }) => rule.stage?.toLowerCase() === key && found !== null)
    return now?.stage == null
      ? [stage.warning]
      : [
          `${stage.place}: this change renames the stage "${stage.name}" to "${now.stage}", and the limit still applies in this run; write the new name in the budget, or it will not apply later`,
        ]
  })
}

/** Returns the names of the stages, as reports show them. Returns none if another frontend parses the Dockerfile. */
function stageNames(dockerfile: string): readonly string[] {
  const { syntax } = readDirectives(dockerfile.split('\n'))
  if (syntax !== null && !/^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/.test(syntax)) return []
  try {
    return outlineStages(dockerfile, null).stages.map(({ name, index }) => name ?? String(index))
  } catch (error) {
    // The build reports what is wrong with the Dockerfile.
    if (error instanceof FootprintError) return []
    throw error
  }
}

/** Finds budgets for stages that the Dockerfile does not have, before anything is built. Pure. */
import { placedRules, type BudgetSource } from '../budget/sources.ts'
import { noSuchStage } from '../budget/subject.ts'
import { readDirectives } from '../dockerfile/directives.ts'
import { outlineStages } from '../dockerfile/outline.ts'
import { FootprintError } from '../errors.ts'

/**
 * Returns a sentence without a full stop for each such stage, by its name in lower case. It is a warning and not an error:
 * a stage that the change renames is still found by its old name if the baseline has it.
 *
 * @param files texts of budget files, by path
 * @param dockerfile text of the Dockerfile; null if it is not known before the build
 */
export function missingStages(
  sources: readonly BudgetSource[],
  files: ReadonlyMap<string, string>,
  dockerfile: string | null,
): ReadonlyMap<string, string> {
  const names = dockerfile === null ? [] : stageNames(dockerfile)
  if (names.length === 0) return new Map()
  const known = new Set(names.map((name) => name.toLowerCase()))
  const missing = new Map<string, string>()
  for (const { rule, place } of placedRules(sources, files)) {
    const { stage } = rule
    if (stage === null) continue
    const key = stage.toLowerCase()
    if (!known.has(key) && !missing.has(key)) missing.set(key, `${place}: ${noSuchStage(stage, names)}`)
  }
  return missing
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

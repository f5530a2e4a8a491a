/** Checks budgets before anything is built. */
import { bareLimits } from '../budget/bare-limits.ts'
import { budgetFiles, parseBudgets, type BudgetSource } from '../budget/sources.ts'
import type { BudgetTexts } from './budget-texts.ts'
import { budgetsOnDisk } from './budgets-on-disk.ts'

/**
 * Checks the rules of the input or of flags before anything is built.
 *
 * @param workspace see `budgetsOnDisk`
 * @param mayHaveBase whether the text of a base revision may apply instead of a file in this one
 * @param onWarning receives what was probably meant differently, as a sentence without a full stop
 * @returns the texts of the files that these sources name, in this revision
 * @throws BudgetError if a rule is invalid; FootprintError UNREADABLE_INPUT if a file cannot be used
 */
export async function checkRules(
  sources: readonly BudgetSource[],
  workspace: string | null,
  mayHaveBase: boolean,
  onWarning: (sentence: string) => void,
): Promise<ReadonlyMap<string, BudgetTexts>> {
  const texts = await Promise.all(
    budgetFiles(sources).map(async (path) => [path, await budgetsOnDisk(path, workspace)] as const),
  )
  const readable = texts.map(([path, head]) => [path, mayHaveBase ? '' : (head ?? '')] as const)
  parseBudgets(sources, new Map(readable))
  const heads = new Map(texts.map(([path, head]) => [path, head ?? '']))
  bareLimits(sources, heads).forEach(onWarning)
  return new Map(texts.map(([path, head]) => [path, { base: head, head, note: null }]))
}

import { budgetFiles, parseBudgets, type BudgetSource } from '../budget/sources.ts'
import type { BudgetTexts } from './budget-texts.ts'
import { budgetsOnDisk } from './budgets-on-disk.ts'

/**
 * Refuses rules of the input or of flags that cannot be read, before anything is built.
 *
 * @param workspace see `budgetsOnDisk`
 * @returns the texts of the files that these sources name, of this revision alone
 * @throws BudgetError; FootprintError UNREADABLE_INPUT where a file is not what it should be
 */
export async function checkRules(
  sources: readonly BudgetSource[],
  workspace: string | null,
): Promise<ReadonlyMap<string, BudgetTexts>> {
  const texts = await Promise.all(
    budgetFiles(sources).map(async (path) => [path, await budgetsOnDisk(path, workspace)] as const),
  )
  // Of a file it may be the base revision's text that counts.
  parseBudgets(sources, new Map(texts.map(([path]) => [path, ''])))
  return new Map(texts.map(([path, head]) => [path, { base: head, head, note: null }]))
}

import { readFile } from 'node:fs/promises'
import { budgetFiles, parseBudgets, type BudgetSource } from '../budget/sources.ts'
import type { BudgetTexts } from './budget-texts.ts'

/**
 * Refuses rules of the input or of flags that cannot be read, before anything is built.
 *
 * @returns the texts of the files that these sources name, of this revision alone
 * @throws BudgetError
 */
export async function checkRules(sources: readonly BudgetSource[]): Promise<ReadonlyMap<string, BudgetTexts>> {
  const texts = await Promise.all(
    budgetFiles(sources).map(async (path) => [path, await readFile(path, 'utf8').catch(() => null)] as const),
  )
  // Of a file it may be the base revision's text that counts.
  parseBudgets(sources, new Map(texts.map(([path]) => [path, ''])))
  return new Map(texts.map(([path, head]) => [path, { base: head, head }]))
}

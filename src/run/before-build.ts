/** What a user named and nobody can find is said before anything is built, so far as that can be told without building. */
import { stat } from 'node:fs/promises'
import type { BaselineInput } from '../base/baseline-input.ts'
import { lostRevision, type BaselineWish } from '../base/find-baseline.ts'
import type { Located } from '../base/locate-revisions.ts'
import { FootprintError } from '../errors.ts'
import { reasonOf } from '../files.ts'
import { parseSource } from '../images/parse-source.ts'
import type { Unavailable } from '../unavailable.ts'
import { budgetTexts, type BudgetTexts, type BudgetTextsRequest } from './budget-texts.ts'
import { budgetsOnDisk } from './budgets-on-disk.ts'
import { requireText } from './budgets.ts'

/**
 * A baseline that is a path is looked for. An image of an engine or of a registry is not: nobody is asked before the
 * build but Git.
 *
 * @throws FootprintError UNREADABLE_INPUT where nothing is there, USAGE where it is written wrongly
 */
export async function requireBaselinePath(input: BaselineInput): Promise<void> {
  const path = pathOf(input)
  if (path === null || path === '-') return
  await stat(path).catch((cause: unknown) => {
    throw new FootprintError(
      'UNREADABLE_INPUT',
      (option) => `${option('baseline')} names ${path}, which cannot be read: ${reasonOf(cause)}`,
      { cause },
    )
  })
}

function pathOf(input: BaselineInput): string | null {
  if (input.kind === 'path') return input.path
  if (input.kind !== 'source') return null
  const source = parseSource(input.source)
  return 'path' in source ? source.path : null
}

export interface BeforeBuild extends Omit<BudgetTextsRequest, 'located'> {
  readonly baseline: BaselineWish
  /** Git is being asked. */
  readonly locating: Promise<Located | Unavailable>
}

/**
 * Waits for Git only where something depends on it.
 *
 * @returns texts of the files of budgets that had to be looked for in the revisions; the others are read after the build
 * @throws FootprintError UNREADABLE_INPUT where the revision that must be there is not, or where no revision that counts
 *   has a file of budgets
 */
export async function checkBeforeBuild({
  baseline,
  locating,
  ...budgets
}: BeforeBuild): Promise<ReadonlyMap<string, BudgetTexts>> {
  if (baseline.required && baseline.input.kind === 'revision') {
    const lost = lostRevision(baseline.input, await locating)
    if (lost !== null) throw lost
  }
  const onDisk = await Promise.all(
    budgets.paths.map(async (path) => [path, await budgetsOnDisk(path, budgets.workspace)] as const),
  )
  const missing = onDisk.filter(([, text]) => text === null).map(([path]) => path)
  if (missing.length === 0) return new Map()
  const texts = await budgetTexts({ ...budgets, paths: missing, located: await locating })
  for (const path of missing) requireText(path, texts.get(path))
  return texts
}

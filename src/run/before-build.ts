/** Checks before the build that what the user named exists, as far as that is possible without building. */
import { stat } from 'node:fs/promises'
import type { BaselineInput } from '../base/baseline-input.ts'
import type { BaselineOptions } from '../base/find-baseline.ts'
import type { Located } from '../base/locate-revisions.ts'
import { lostRevision } from '../base/lost-revision.ts'
import { FootprintError } from '../errors.ts'
import { exists, reasonOf } from '../files.ts'
import { parseSource } from '../images/parse-source.ts'
import type { Unavailable } from '../unavailable.ts'
import { budgetTexts, type BudgetTexts, type BudgetTextsRequest } from './budget-texts.ts'
import { budgetsOnDisk } from './budgets-on-disk.ts'
import { requireText } from './budgets.ts'

/**
 * Checks that a baseline that is a path exists. Images of an engine or a registry are not checked, because only Git is
 * called before the build.
 *
 * @throws FootprintError UNREADABLE_INPUT if it does not exist, USAGE if it is not written correctly
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

/**
 * Checks that a trend which the user named exists.
 *
 * @throws FootprintError UNREADABLE_INPUT if it does not
 */
export async function requireTrend({ trend: path }: { readonly trend: string | null }): Promise<void> {
  if (path !== null && !(await exists(path)))
    throw new FootprintError('UNREADABLE_INPUT', (option) => `there is no file or folder ${path} (${option('trend')})`)
}

/** Texts of budget files, as far as they were read before the build. */
export interface EarlyBudgetTexts {
  /** Texts in the revisions, for the files that do not exist in the current folder. The others are read after the build. */
  readonly texts: ReadonlyMap<string, BudgetTexts>
  /** Texts of the files in the current folder. */
  readonly onDisk: ReadonlyMap<string, string>
}

/** What is checked before the build. */
export interface BeforeBuild extends Omit<BudgetTextsRequest, 'located'> {
  readonly baseline: BaselineOptions
  /** The commits, which Git is being asked for. */
  readonly locating: Promise<Located | Unavailable>
}

/**
 * Checks baseline and budgets. It waits for Git only if something depends on the answer.
 *
 * @throws FootprintError UNREADABLE_INPUT if a required revision does not exist, or if no revision that applies has a
 * budget file
 */
export async function checkBeforeBuild({ baseline, locating, ...budgets }: BeforeBuild): Promise<EarlyBudgetTexts> {
  if (baseline.required && baseline.input.kind === 'revision') {
    const lost = lostRevision(baseline.input, await locating)
    if (lost !== null) throw lost
  }
  const onDisk = new Map<string, string>()
  for (const path of budgets.paths) {
    const text = await budgetsOnDisk(path, budgets.workspace)
    if (text !== null) onDisk.set(path, text)
  }
  const missing = budgets.paths.filter((path) => !onDisk.has(path))
  if (missing.length === 0) return { texts: new Map(), onDisk }
  const texts = await budgetTexts({ ...budgets, paths: missing, located: await locating })
  for (const path of missing) requireText(path, texts.get(path))
  return { texts, onDisk }
}

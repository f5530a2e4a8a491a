/** Determines the budgets that apply. For a file, that is the base revision's text, if there is one. */
import { countingBudgets, faultIn } from '../budget/edits.ts'
import { budgetFiles, parseBudgets, type Budgets, type BudgetSource } from '../budget/sources.ts'
import type { EditedBudgets } from '../budget/verdict.ts'
import { FootprintError } from '../errors.ts'
import type { BudgetTexts } from './budget-texts.ts'

/** The rules that apply, and what the report says about where they come from. */
export interface CountingRules extends Budgets {
  readonly edited: EditedBudgets | null
  /** Sentences about files whose text in the base revision cannot be read. */
  readonly notes: readonly string[]
}

/** Returns the sources of rules: lines of the action's input, or flags. */
export function budgetSourcesOf(kind: 'input' | 'flag', lines: readonly string[]): readonly BudgetSource[] {
  return kind === 'input'
    ? [{ kind, name: 'budgets', text: lines.join('\n') }]
    : lines.map((text) => ({ kind, name: '--budget', text }))
}

/**
 * Returns the rules that apply.
 *
 * @throws BudgetError if a rule is invalid; FootprintError UNREADABLE_INPUT if no revision has a named file
 */
export function countingRules(
  sources: readonly BudgetSource[],
  texts: ReadonlyMap<string, BudgetTexts>,
): CountingRules {
  const files = new Map<string, string>()
  const edits: EditedBudgets[] = []
  const notes: string[] = []
  for (const path of budgetFiles(sources)) {
    const { base = null, head = null, note = null } = texts.get(path) ?? {}
    if (note !== null) notes.push(note)
    const { edited } = countingBudgets(path, base, head)
    files.set(path, requireText(path, texts.get(path)))
    if (edited !== null) edits.push(edited)
  }
  return { ...parseBudgets(sources, files), edited: edits.length === 0 ? null : together(edits), notes }
}

/** Returns the rules that apply, null if there are none, or why they are invalid. A report is then made without them. */
export function rulesOrFault(
  sources: readonly BudgetSource[],
  texts: ReadonlyMap<string, BudgetTexts>,
): { readonly rules: CountingRules | null; readonly faulty: FootprintError | null } {
  if (sources.every(({ text }) => text === '')) return { rules: null, faulty: null }
  try {
    return { rules: countingRules(sources, texts), faulty: null }
  } catch (error) {
    if (error instanceof FootprintError) return { rules: null, faulty: error }
    throw error
  }
}

/**
 * Returns the text that applies.
 *
 * @throws FootprintError UNREADABLE_INPUT if no revision has the file
 */
export function requireText(path: string, texts: Pick<BudgetTexts, 'base' | 'head'> | undefined): string {
  const { text } = countingBudgets(path, texts?.base ?? null, texts?.head ?? null)
  if (text !== null) return text
  const fault = faultIn(path, texts?.base ?? null)
  if (fault !== null)
    throw new FootprintError(
      'UNREADABLE_INPUT',
      (option) =>
        `the budgets file ${path}, which ${option('budgets')} names, is not in this revision, and its text in the base is invalid: ${fault}`,
    )
  throw new FootprintError(
    'UNREADABLE_INPUT',
    (option) =>
      `the budgets file ${path}, which ${option('budgets')} names, is neither in this revision nor in its base: write the path relative to the current folder, or to the root of a Git context`,
  )
}

/** Combines the edits of several files. */
function together(edits: readonly EditedBudgets[]): EditedBudgets {
  const faults = edits.flatMap(({ fault }) => fault ?? [])
  return {
    file: edits.map(({ file }) => file).join(', '),
    judgedBy: edits.some(({ judgedBy }) => judgedBy === 'base') ? 'base' : 'head',
    added: edits.flatMap(({ added }) => added),
    removed: edits.flatMap(({ removed }) => removed),
    fault: faults.length === 0 ? null : faults.join('; '),
  }
}

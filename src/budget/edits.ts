/** Budgets that a change edits: the base revision's text counts, and what differs is shown. Pure. */
import { BudgetError, canonical, linesOf, parseBudgets } from './sources.ts'
import type { EditedBudgets } from './verdict.ts'
import { RuleProblem } from './words.ts'

export interface CountingBudgets {
  /** What to judge by; null where neither revision has the file. */
  readonly text: string | null
  readonly edited: EditedBudgets | null
}

/**
 * - The base revision's text, so that a change cannot raise its own limit, nor drop it by deleting the file.
 * - Where the base has no such file, the head's: a new file cannot raise a limit that did not exist.
 * - Where the base's text cannot be read, the head's as well: else no change could ever mend or delete it.
 *
 * In each case what differs is shown.
 * @param file its path, for the report
 * @param baseText null where the base revision has no such file
 * @param headText null where the head has none
 */
export function countingBudgets(file: string, baseText: string | null, headText: string | null): CountingBudgets {
  const text = judgedBy(baseText) === 'base' ? baseText : headText
  return { text, edited: editedBudgets(file, baseText, headText) }
}

/** Null where both mean the same: comments, spacing, order and spelling do not matter. Never throws. */
export function editedBudgets(file: string, baseText: string | null, headText: string | null): EditedBudgets | null {
  const [base, head] = [meanings(baseText), meanings(headText)]
  const only = (one: Meanings, other: Meanings): readonly string[] =>
    [...one].filter(([meaning]) => !other.has(meaning)).map(([, text]) => text)
  const [added, removed] = [only(head, base), only(base, head)]
  return added.length === 0 && removed.length === 0 ? null : { file, judgedBy: judgedBy(baseText), added, removed }
}

function judgedBy(baseText: string | null): EditedBudgets['judgedBy'] {
  return baseText === null || isBroken(baseText) ? 'head' : 'base'
}

function isBroken(text: string): boolean {
  try {
    parseBudgets([{ kind: 'file', name: '', text }], new Map())
    return false
  } catch (error) {
    if (error instanceof BudgetError) return true
    throw error
  }
}

/** What a line means, to its text as written. */
type Meanings = ReadonlyMap<string, string>

function meanings(text: string | null): Meanings {
  return new Map(
    linesOf({ text: text ?? '' }).flatMap(({ text: written, number, line }): readonly [string, string][] => {
      const trimmed = written.replace(/\s+/g, ' ').trim()
      // It may be a line of any file, which is nothing to show.
      const untold = `line ${number}, which is not a rule`
      if (line instanceof RuleProblem) return [[`? ${trimmed}`, untold]]
      switch (line.kind) {
        case 'nothing':
          return []
        case 'file':
          return [[canonical(line), untold]]
        case 'noise':
          return [[canonical(line), line.text]]
        case 'rule':
          return [[canonical(line), line.rule.text]]
      }
    }),
  )
}

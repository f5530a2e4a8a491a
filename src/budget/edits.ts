/** Decides which revision's budgets apply if a change edits them, and what the edit is. Pure. */
import { BudgetError, canonical, linesOf, parseBudgets } from './sources.ts'
import type { EditedBudgets } from './verdict.ts'
import { RuleProblem } from './tokens.ts'

/** The budgets of a file that apply. */
export interface CountingBudgets {
  /** The text to judge by. Null if neither revision has the file. */
  readonly text: string | null
  readonly edited: EditedBudgets | null
}

/**
 * Returns the budgets that apply, and the difference between the two revisions.
 * - The base revision's text applies, so that a change can neither raise its own limit nor drop it by deleting the
 *   file.
 * - If the base has no such file, the head's applies. A new file cannot raise a limit that did not exist.
 * - If the base's text is invalid, the head's applies too. Otherwise no change could fix or delete it.
 *
 * @param file its path, for the report
 * @param baseText null if the base revision has no such file
 * @param headText null if the head has no such file
 */
export function countingBudgets(file: string, baseText: string | null, headText: string | null): CountingBudgets {
  const text = judgedBy(baseText) === 'base' ? baseText : headText
  return { text, edited: editedBudgets(file, baseText, headText) }
}

/**
 * Returns the difference between two texts, or null if both mean the same. Comments, spacing, order and spelling do not
 * matter. Never throws.
 */
export function editedBudgets(file: string, baseText: string | null, headText: string | null): EditedBudgets | null {
  const [base, head] = [meanings(baseText), meanings(headText)]
  const only = (one: Meanings, other: Meanings): readonly string[] =>
    [...one].filter(([meaning]) => !other.has(meaning)).map(([, text]) => text)
  const [added, removed] = [only(head, base), only(base, head)]
  if (added.length === 0 && removed.length === 0) return null
  const judge = judgedBy(baseText)
  return { file, judgedBy: judge, added, removed, fault: judge === 'base' ? faultIn(file, headText) : null }
}

function judgedBy(baseText: string | null): EditedBudgets['judgedBy'] {
  return baseText === null || faultIn('', baseText) !== null ? 'head' : 'base'
}

/** Returns what is wrong with the text of a file, in one line of untrusted text. Null if nothing is, or there is no text. */
export function faultIn(file: string, text: string | null): string | null {
  if (text === null) return null
  try {
    parseBudgets([{ kind: 'file', name: file, text }], new Map())
    return null
  } catch (error) {
    if (error instanceof BudgetError) return error.message.replaceAll('\n', '; ')
    throw error
  }
}

/** Maps the meaning of each line to its text as written. */
type Meanings = ReadonlyMap<string, string>

function meanings(text: string | null): Meanings {
  return new Map(
    linesOf({ text: text ?? '' }).flatMap(({ text: written, number, line }): readonly [string, string][] => {
      const trimmed = written.replace(/\s+/g, ' ').trim()
      // It may be a line of any file, so it is not shown.
      const hidden = `line ${number}, which is not a rule`
      if (line instanceof RuleProblem) return [[`? ${trimmed}`, hidden]]
      switch (line.kind) {
        case 'nothing':
          return []
        case 'file':
          return [[canonical(line), hidden]]
        case 'noise':
          return [[canonical(line), line.text]]
        case 'rule':
          return [[canonical(line), line.rule.text]]
      }
    }),
  )
}

/** Budgets that are exceeded, as annotations on lines of the Dockerfile. Pure; plain text. */
import type { BudgetResult, Verdict } from '../budget/verdict.ts'
import { escapeTerminal } from './escape.ts'
import { verdictSentence } from './verdict-sentence.ts'

export interface Annotation {
  /** Path of the Dockerfile in the repository. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly title: string
  readonly message: string
  readonly level: 'error' | 'warning'
}

/** Worst first, one for each rule and line: what several platforms have in common is said once. */
export function growthAnnotations(verdict: Verdict, dockerfile: string): readonly Annotation[] {
  const several = new Set(verdict.results.map(imageOf)).size > 1
  const groups = Map.groupBy(
    verdict.results.filter(({ outcome, line }) => line !== null && (outcome === 'fail' || outcome === 'warn')),
    ({ rule, line, outcome, overridden }) => JSON.stringify([rule.text, line, outcome, overridden]),
  )
  return [...groups.values()].flatMap((results): readonly Annotation[] => {
    const [first] = results
    if (!first || first.line === null) return []
    const messages = results.map((result) => {
      const sentence = verdictSentence(result, plain, plain)
      return several ? `${escapeTerminal(imageOf(result))}: ${sentence}` : sentence
    })
    return [{ file: dockerfile, line: first.line, title: titleOf(first), message: messages.join('\n'), level: levelOf(first) }]
  })
}

const plain = (text: string): string => escapeTerminal(text)

const imageOf = ({ image }: BudgetResult): string => `${image.name} ${image.platform}`

const levelOf = ({ outcome, overridden }: BudgetResult): Annotation['level'] =>
  outcome === 'fail' && !overridden ? 'error' : 'warning'

const titleOf = ({ rule }: BudgetResult): string =>
  rule.kind === 'growth' ? 'Grew more than its budget' : 'Larger than its budget'

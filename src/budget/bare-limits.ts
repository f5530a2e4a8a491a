/** Finds limits that were probably meant to have a unit, such as `pull <= 80`. Pure. */
import { isCount } from './grammar.ts'
import { placedRules, type BudgetSource } from './sources.ts'
import { tokensOf } from './tokens.ts'

/** Bytes below which no image, and hardly any growth, stays. */
const smallBytes = 10_000

/**
 * Returns a sentence without a full stop for each such limit. It is a warning and not an error, because a number without
 * a unit is a number of bytes.
 *
 * @param files texts of budget files, by path
 */
export function bareLimits(sources: readonly BudgetSource[], files: ReadonlyMap<string, string>): readonly string[] {
  return placedRules(sources, files).flatMap(({ rule: { text, measure, limit }, place }) => {
    const { amount } = limit
    if (isCount(measure) || amount === null || amount === 0 || amount >= smallBytes || !hasBareNumber(text)) return []
    return [
      `${place}: a limit of ${amount} without a unit is ${amount === 1 ? '1 byte' : `${amount} bytes`}; write ${amount}MB if that is what you mean, or ${amount}B`,
    ]
  })
}

/** Returns whether a number that is no percentage has nothing behind it that could be a unit. */
function hasBareNumber(rule: string): boolean {
  const tokens = tokensOf(rule)
  return tokens.some(
    ({ kind, text }, at) =>
      kind === 'word' &&
      /^\d[\d_]*$/.test(text) &&
      at > tokens.findIndex((token) => token.kind === 'at-most') &&
      isNoUnit(tokens[at + 1]?.kind === 'word' ? (tokens[at + 1]?.text ?? '') : ''),
  )
}

const isNoUnit = (word: string): boolean => ['', 'and', 'including', 'warn', 'fail'].includes(word.toLowerCase())

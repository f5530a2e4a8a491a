/** Parses `since WHEN`, the earlier commit that a rule on growth compares with. Pure. */
import { measuresOfTrend } from './since.ts'
import type { Measure, Since } from './verdict.ts'
import { RuleProblem, type Cursor, type Token } from './tokens.ts'

/** Length limit for a tag, branch or commit, in characters. */
const maxRevisionLength = 200

/** The shape of a number of days or weeks, which a tag with the same name has to be distinguished from by quotes. */
const daysShape = /^(\d{1,5})([dw])$/i

/** The shape of a number with another unit. A hash has at least four characters, so it is not one. */
const otherUnit =
  /^(\d{1,2}[a-z]|\d{3}[g-z]|[+.\d]{1,9}(hours?|days?|weeks?|mo|months?|years?)|\d{0,5}[+.]\d{1,5}[dw])$/i

/**
 * Returns what follows `growth`, or null if the next word is not `since`.
 *
 * @throws RuleProblem if it cannot be used, or a trend does not know what the rule measures
 */
export function sinceOf(
  cursor: Cursor,
  { stage, measure }: { readonly stage: string | null; readonly measure: Measure },
): Since | null {
  const keyword = cursor.peek()
  if (!cursor.takes('since')) return null
  if (stage !== null) throw new RuleProblem('since is for the final stage: a trend has no builder stages', keyword)
  if (!measuresOfTrend.some((known) => known === measure))
    throw new RuleProblem(`a trend has no ${measure}: since is for ${measuresOfTrend.join(', ')}`, keyword)
  const token = cursor.next()
  if (token.kind === 'quoted' && token.text !== '') return revisionOf(token.text, token)
  if (token.kind !== 'word')
    throw new RuleProblem('expected a number of days such as 30d, or a tag or commit, after since', token)
  const [, number = '', unit = ''] = daysShape.exec(token.text) ?? []
  if (number !== '') return daysOf(Number(number) * (unit.toLowerCase() === 'w' ? 7 : 1), token)
  if (/^\d{1,6}$/.test(token.text))
    throw new RuleProblem(
      `${token.text} has no unit: write ${token.text}d for days, or "${token.text}" for a tag`,
      token,
      'this number has no unit: write 30d for days, or a tag in quotes',
    )
  if (otherUnit.test(token.text))
    throw new RuleProblem(
      `${token.text} is no number of days: write 30d or 4w, or "${token.text}" for a tag`,
      token,
      'this is no number of days: write 30d or 4w, or a tag in quotes',
    )
  return revisionOf(token.text, token)
}

type Place = Pick<Token, 'from' | 'to'>

function daysOf(days: number, at: Place): Since {
  if (days === 0) throw new RuleProblem('since needs at least one day, such as 1d', at)
  return { kind: 'days', days }
}

function revisionOf(revision: string, at: Place): Since {
  if (revision.startsWith('-') || revision.length > maxRevisionLength || /\p{Cc}/u.test(revision))
    throw new RuleProblem('expected a number of days such as 30d, or a tag or commit, after since', at)
  return { kind: 'revision', revision }
}

/** Returns text that parses to the same. */
export function formatSince(since: Since): string {
  if (since.kind === 'days') return `${since.days}d`
  const { revision } = since
  const isPlain =
    /^[^\s<>=≤≥,"#]+$/u.test(revision) &&
    !daysShape.test(revision) &&
    !otherUnit.test(revision) &&
    !/^\d{1,6}$/.test(revision)
  return isPlain ? revision : `"${revision.replaceAll('"', '""')}"`
}

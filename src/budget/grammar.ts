/**
 * Parses one line of budgets, from the input `budgets`, from `--budget` or from a file. Pure.
 *
 *     [final | stage NAME] MEASURE [growth [since WHEN]] <= LIMIT [including CAUSE, …] [warn | fail]
 *     noise SIZE
 *     @FILE
 */
import { nearest } from '../inputs/nearest.ts'
import { parseByteSize } from './byte-size.ts'
import { sinceOf } from './parse-since.ts'
import type { BudgetRule, Measure } from './verdict.ts'
import { cursorOver, isWord, RuleProblem, tokensOf, type Cursor, type Token } from './tokens.ts'

/** A rule without the place where it is written. */
export type RuleBody = Omit<BudgetRule, 'place'>

/** What one line of budgets says. `nothing` is an empty line or a comment. */
export type BudgetLine =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'rule'; readonly rule: RuleBody }
  | { readonly kind: 'noise'; readonly bytes: number; readonly text: string }
  | { readonly kind: 'file'; readonly path: string }

/** All measures, in the order of messages. */
export const measures: readonly Measure[] = ['pull', 'unpacked', 'added', 'layers', 'metadata-only-steps', 'savings']
const causes = ['base-image', 'drift'] as const
const actions = ['warn', 'fail'] as const

/** A stage with one of these names must be quoted. */
export const keywords: readonly string[] = [
  ...measures,
  ...causes,
  ...actions,
  'final',
  'stage',
  'noise',
  'growth',
  'and',
  'including',
]

/** Returns whether a measure is a count. Other measures are bytes. */
export const isCount = (measure: Measure): boolean => measure === 'layers' || measure === 'metadata-only-steps'

/**
 * Parses one line.
 *
 * @throws RuleProblem with the position in the line
 */
export function parseBudgetLine(line: string): BudgetLine {
  if (line.trimStart().startsWith('@')) return fileLine(line)
  const tokens = tokensOf(line)
  const cursor = cursorOver(tokens)
  const first = cursor.peek()
  if (first.kind === 'end') return { kind: 'nothing' }
  const text = line.slice(first.from, tokens.at(-1)?.from)
  if (cursor.takes('noise')) return { kind: 'noise', bytes: noiseOf(cursor), text }
  const stage = subjectOf(cursor)
  const measure = measureOf(cursor, stage === undefined, tokens)
  const growth = cursor.peek()
  const kind = cursor.takes('growth') ? 'growth' : 'ceiling'
  if (measure === 'savings' && kind === 'growth')
    throw new RuleProblem('savings have no growth: limit the whole of them, such as savings <= 1MB', growth)
  const since = kind === 'growth' ? sinceOf(cursor, { stage: stage ?? null, measure }) : null
  const before = kind === 'ceiling' && measure !== 'savings' ? 'growth or ' : ''
  atMost(cursor, `${before}${kind === 'growth' && since === null ? 'since or ' : ''}<=`)
  const limit = limitOf(cursor, measure, kind)
  return { kind: 'rule', rule: { text, stage: stage ?? null, measure, kind, since, limit, ...endOf(cursor, kind) } }
}

function fileLine(line: string): BudgetLine {
  const from = line.indexOf('@')
  const path = line
    .slice(from + 1)
    .replace(/\s#.*$/su, '')
    .trim()
  if (path === '') throw new RuleProblem('expected the path of a file after @', { from, to: from + 1 })
  return { kind: 'file', path }
}

function noiseOf(cursor: Cursor): number {
  if (cursor.peek().kind === 'at-most') cursor.next()
  const { amount } = quantityOf(cursor, 'pull', 'ceiling')
  if (amount === null) throw new RangeError('a ceiling has no percentage')
  expectEnd(cursor, 'nothing more: noise is one size, such as noise 10kB')
  return amount
}

/** Returns the stage of a rule: null for the final stage, undefined if the rule names none. */
function subjectOf(cursor: Cursor): string | null | undefined {
  if (cursor.takes('final')) return null
  if (!cursor.takes('stage')) return undefined
  const name = cursor.next()
  if (name.kind === 'quoted' && name.text.trim() !== '') return name.text
  if (name.kind !== 'word') throw expected('the name of a stage, or the position of an unnamed one', name)
  if (keywords.includes(name.text.toLowerCase()))
    throw new RuleProblem(
      `expected the name of a stage, found the keyword ${name.text}: for a stage of that name, write "${name.text}"`,
      name,
      'expected the name of a stage, found a keyword: if this is the name of a stage, write it in quotes',
    )
  return name.text
}

function measureOf(cursor: Cursor, subjectLeftOut: boolean, tokens: readonly Token[]): Measure {
  const token = cursor.next()
  const measure = measures.find((known) => isWord(token, known))
  if (measure) return measure
  const what = `a measure (${measures.join(', ')})`
  if (!subjectLeftOut) throw expected(what, token, meant(token, measures))
  const second = tokens[tokens.indexOf(token) + 1]
  const isName = second !== undefined && measures.some((known) => isWord(second, known))
  const hint =
    isName && (token.kind === 'word' || token.kind === 'quoted') && !meantBy(token, ['final', 'stage'])
      ? `: if this is the name of a stage, write stage in front of it`
      : meant(token, [...measures, 'final', 'stage', 'noise'])
  throw expected(`final, stage NAME or ${what}`, token, hint)
}

function atMost(cursor: Cursor, what: string): void {
  const token = cursor.next()
  if (token.kind === 'at-most') return
  if (token.kind === 'symbol') throw expected('<=', token, ': a limit is always a maximum')
  const hint = meant(
    token,
    ['growth', 'since'].filter((word) => what.startsWith(word)),
  )
  throw expected(what, token, hint)
}

interface Limit {
  readonly amount: number | null
  readonly percent: number | null
}

function limitOf(cursor: Cursor, measure: Measure, kind: BudgetRule['kind']): Limit {
  const first = quantityOf(cursor, measure, kind)
  if (!cursor.takes('and')) return first
  const at = cursor.peek()
  const second = quantityOf(cursor, measure, kind)
  if ((first.amount === null) === (second.amount === null))
    throw new RuleProblem('expected the other kind after and: a rule with and has one percentage and one amount', at)
  return { amount: first.amount ?? second.amount, percent: first.percent ?? second.percent }
}

/** Reads a size, a count or a percentage. The number and its unit may be two words. */
function quantityOf(cursor: Cursor, measure: Measure, kind: BudgetRule['kind']): Limit {
  const token = cursor.next()
  const what = `${isCount(measure) ? 'a number such as 12' : 'a size such as 10MB'}${kind === 'growth' ? ' or a percentage such as 5%' : ''}`
  if (token.kind === 'word' && /^[-+\u2212]/u.test(token.text))
    throw new RuleProblem(`a limit has no sign: it is 0 or more, and what shrinks never exceeds it`, token)
  const shape = token.kind === 'word' ? /^([\d_.]*\d[\d_.]*)(.*)$/su.exec(token.text) : null
  if (!shape) throw expected(what, token)
  const [, number = '', attached = ''] = shape
  const behind = cursor.peek()
  if (behind.kind === 'symbol' && behind.text === ',' && behind.from === token.to)
    throw new RuleProblem('numbers have no commas: write 1_000_000, or a point as in 9.5 MB', behind)
  const apart =
    attached === '' && behind.kind === 'word' && !['and', 'including', ...actions].includes(behind.text.toLowerCase())
  const unitToken = apart ? cursor.next() : { from: token.from + number.length, to: token.to, text: attached }
  const unit = unitToken.text
  const numberAt = { from: token.from, to: token.from + number.length }
  if (unit === '%' || /^percent$/i.test(unit)) {
    if (kind === 'ceiling')
      throw new RuleProblem('a percentage is of the baseline, so it is for growth only: write growth <=', {
        from: token.from,
        to: unitToken.to,
      })
    return { amount: null, percent: percentOf(number, numberAt) }
  }
  if (isCount(measure)) {
    if (unit !== '') throw new RuleProblem(`${measure} are counted: write ${what}, without a unit`, unitToken)
    return { amount: countOf(number, numberAt), percent: null }
  }
  const size = parseByteSize(number, unit)
  if ('bytes' in size) return { amount: size.bytes, percent: null }
  throw new RuleProblem(
    size.problem,
    size.part === 'unit' ? unitToken : numberAt,
    size.isInBits === true ? size.problem : 'this is not a size: write one such as 12, 9.5MB or 1GiB',
  )
}

function percentOf(number: string, at: Place): number {
  if (/^\d{1,7}(?:\.\d{1,3})?$/.test(number)) return Number(number)
  throw new RuleProblem(
    `${number} % is not a valid percentage: write up to three digits after the point, such as 5% or 0.125%`,
    at,
    'a percentage has up to three digits after the point, such as 5% or 0.125%',
  )
}

function countOf(number: string, at: Place): number {
  if (/^\d+(?:_\d+)*$/.test(number)) {
    const count = Number(number.replaceAll('_', ''))
    if (Number.isSafeInteger(count)) return count
  }
  throw new RuleProblem(
    `${number} is not a count: write a whole number such as 12`,
    at,
    'this is not a count: write a whole number such as 12',
  )
}

type Place = Pick<Token, 'from' | 'to'>

/** Reads `including …` and `warn` or `fail`. Each may occur once, in any order. */
function endOf(cursor: Cursor, kind: BudgetRule['kind']): Pick<BudgetRule, 'including' | 'action'> {
  let including: BudgetRule['including'] | null = null
  let action: BudgetRule['action'] | null = null
  for (;;) {
    const token = cursor.peek()
    const written = actions.find((known) => isWord(token, known))
    if (action === null && written) {
      action = written
      cursor.next()
    } else if (including === null && cursor.takes('including')) {
      if (kind === 'ceiling')
        throw new RuleProblem('including is for growth: a ceiling limits the whole value, whatever caused it', token)
      including = causesOf(cursor)
    } else {
      const left = [
        ...(including === null && kind === 'growth' ? ['including'] : []),
        ...(action === null ? actions : []),
      ]
      expectEnd(cursor, left.length === 0 ? 'the end of the rule' : `${left.join(', ')} or the end of the rule`, left)
      return { including: including ?? [], action: action ?? 'fail' }
    }
  }
}

function causesOf(cursor: Cursor): BudgetRule['including'] {
  const given = new Set<(typeof causes)[number]>()
  do {
    const token = cursor.next()
    const cause = causes.find((known) => isWord(token, known))
    if (!cause) {
      const hint = isWord(token, 'change') ? ': growth from the change always counts' : meant(token, causes)
      throw expected('base-image or drift', token, hint)
    }
    given.add(cause)
  } while (isComma(cursor) || cursor.takes('and'))
  return causes.filter((cause) => given.has(cause))
}

function isComma(cursor: Cursor): boolean {
  const token = cursor.peek()
  if (token.kind !== 'symbol' || token.text !== ',') return false
  cursor.next()
  return true
}

function expectEnd(cursor: Cursor, what: string, known: readonly string[] = []): void {
  const token = cursor.next()
  if (token.kind !== 'end') throw expected(what, token, meant(token, known))
}

/**
 * Makes the error for an unexpected token.
 *
 * @param hint text that contains only our own words
 */
function expected(what: string, token: Token, hint = ''): RuleProblem {
  const found = token.kind === 'end' ? 'found the end of the rule' : `found ${token.text}`
  return new RuleProblem(`expected ${what}, ${found}${hint}`, token, `expected ${what}${hint}`)
}

function meantBy(token: Token, known: readonly string[]): string | null {
  return token.kind !== 'word' || token.text.length > 40 ? null : nearest(token.text.toLowerCase(), known)
}

function meant(token: Token, known: readonly string[]): string {
  const word = meantBy(token, known)
  return word === null ? '' : `; did you mean ${word}?`
}

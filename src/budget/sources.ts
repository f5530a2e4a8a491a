/** Reads budgets from the action's input, the command line and files. Errors show the place. Pure. */
import { defaultNoise } from '../compare/noise.ts'
import { FootprintError } from '../errors.ts'
import { counted } from '../text.ts'
import { formatRule } from './format.ts'
import { parseBudgetLine, type BudgetLine, type RuleBody } from './grammar.ts'
import type { BudgetRule } from './verdict.ts'
import { RuleProblem } from './tokens.ts'

/** A text with budgets and where it comes from. */
export interface BudgetSource {
  readonly kind: 'input' | 'flag' | 'file'
  /** `budgets`, `--budget`, or the path of the file. */
  readonly name: string
  readonly text: string
}

/** Parsed budgets. */
export interface Budgets {
  readonly rules: readonly BudgetRule[]
  /** In bytes. Growth up to this value is ignored. */
  readonly noise: number
}

/** What is wrong with budgets. The message has several lines and is safe to print. */
export class BudgetError extends FootprintError {}

/** Returns the files that these sources name as `@FILE`, each once. Their texts are then passed to `parseBudgets`. */
export function budgetFiles(sources: readonly BudgetSource[]): readonly string[] {
  const paths = sources.flatMap((source) =>
    linesOf(source).flatMap(({ line }) => (line instanceof RuleProblem || line.kind !== 'file' ? [] : [line.path])),
  )
  return [...new Set(paths)]
}

/**
 * Parses budgets. A repeated rule counts once.
 *
 * @param files text by path, for each of `budgetFiles` that exists
 * @throws BudgetError USAGE, or UNREADABLE_INPUT if the first error is in a file. The message lists up to five errors.
 */
export function parseBudgets(sources: readonly BudgetSource[], files: ReadonlyMap<string, string>): Budgets {
  const rules = new Map<string, BudgetRule>()
  const faults: Fault[] = []
  let noise: { readonly bytes: number; readonly place: string } | null = null
  for (const { source, text, number, line } of allLines(sources, files)) {
    const place = placeOf(source, number)
    const fault = (sentence: string): void => {
      faults.push({ source, text, number, problem: new RuleProblem(sentence, wholeOf(text)) })
    }
    if (line instanceof RuleProblem) {
      faults.push({ source, text, number, problem: line })
    } else if (line.kind === 'rule') {
      const key = canonical(line)
      if (!rules.has(key)) rules.set(key, { ...line.rule, place })
    } else if (line.kind === 'noise') {
      if (noise && noise.bytes !== line.bytes) fault(`noise is set already, to another size (${noise.place})`)
      noise ??= { bytes: line.bytes, place }
    } else if (line.kind === 'file') {
      fault(source.kind === 'file' ? 'a file of budgets cannot name another' : `there is no file ${line.path}`)
    }
  }
  const [first] = faults
  if (first) throw new BudgetError(first.source.kind === 'file' ? 'UNREADABLE_INPUT' : 'USAGE', messageFor(faults))
  return { rules: [...rules.values()], noise: noise?.bytes ?? defaultNoise }
}

/** A rule and where it is written. */
export interface PlacedRule {
  readonly rule: RuleBody
  readonly place: string
}

/** Returns all rules. Lines with errors are left out. See `parseBudgets`. */
export function placedRules(
  sources: readonly BudgetSource[],
  files: ReadonlyMap<string, string>,
): readonly PlacedRule[] {
  return allLines(sources, files).flatMap(({ source, number, line }) =>
    line instanceof RuleProblem || line.kind !== 'rule' ? [] : [{ rule: line.rule, place: placeOf(source, number) }],
  )
}

/** Returns equal text for lines with the same meaning. Returns the text itself if it is not a rule. */
export function canonical(line: BudgetLine): string {
  switch (line.kind) {
    case 'nothing':
      return ''
    case 'rule':
      return formatRule({ ...line.rule, stage: line.rule.stage?.toLowerCase() ?? null })
    case 'noise':
      return `noise ${line.bytes}`
    case 'file':
      return `@${line.path}`
  }
}

/** A parsed line with its number. */
export interface NumberedLine {
  readonly text: string
  /** Counted from 1. */
  readonly number: number
  readonly line: BudgetLine | RuleProblem
}

/** More than anybody needs. It limits the time to read an untrusted file. */
const maxLines = 1_000

/** Returns the lines of a text, parsed and numbered. */
export function linesOf({ text }: Pick<BudgetSource, 'text'>): readonly NumberedLine[] {
  return text
    .replace(/^\ufeff/, '')
    .replace(/(?:\r\n|\n|\r)$/, '')
    .split(/\r\n|\n|\r/, maxLines + 1)
    .map((line, index) => ({ text: line, number: index + 1, line: index < maxLines ? attempt(line) : tooMany(line) }))
}

const tooMany = (text: string): RuleProblem =>
  new RuleProblem(`no more than ${maxLines} lines of budgets are read`, wholeOf(text))

function attempt(text: string): BudgetLine | RuleProblem {
  try {
    return parseBudgetLine(text)
  } catch (error) {
    if (error instanceof RuleProblem) return error
    throw error
  }
}

type SourceLine = NumberedLine & { readonly source: BudgetSource }

/** Returns all lines in order. The lines of a file are at the place of the first line that names it. */
function allLines(sources: readonly BudgetSource[], files: ReadonlyMap<string, string>): readonly SourceLine[] {
  const read = new Set<string>()
  return sources.flatMap((source) =>
    linesOf(source).flatMap((numbered): readonly SourceLine[] => {
      const { line } = numbered
      const path = !(line instanceof RuleProblem) && line.kind === 'file' && source.kind !== 'file' ? line.path : null
      const text = path === null ? undefined : files.get(path)
      if (path === null || text === undefined) return [{ ...numbered, source }]
      if (read.has(path)) return []
      read.add(path)
      const file: BudgetSource = { kind: 'file', name: path, text }
      return linesOf(file).map((inFile) => ({ ...inFile, source: file }))
    }),
  )
}

interface Fault {
  readonly source: BudgetSource
  readonly text: string
  readonly number: number
  readonly problem: RuleProblem
}

function placeOf({ kind, name, text }: BudgetSource, line: number): string {
  if (kind === 'file') return `${name}:${line}`
  const where = kind === 'input' ? `input ${name}` : name
  return kind === 'flag' && !/[\r\n]/.test(text.trim()) ? where : `${where}, line ${line}`
}

function wholeOf(text: string): { readonly from: number; readonly to: number } {
  return { from: text.length - text.trimStart().length, to: text.trimEnd().length }
}

const maxFaults = 5

function messageFor(faults: readonly Fault[]): string {
  const shown = faults.slice(0, maxFaults).map(showFault)
  const more = faults.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${counted(more, 'more rule')} with an error`] : [])].join('\n')
}

/** Number of characters around the error that are shown of a longer line. */
const maxShown = 100

/**
 * Returns the message for an error. It shows the line if that comes from the input or a flag. A change can make `@FILE`
 * name any file, so the content of files is not shown.
 */
function showFault({ source, text, number, problem }: Fault): string {
  const { from, to } = problem
  const place = `${visible(shorten(placeOf(source, number)))}, column ${from + 1}`
  if (source.kind === 'file') return `${place}: ${visible(shorten(problem.withoutText))}`
  const begin = from <= maxShown - 20 ? 0 : from - 20
  const part = text.slice(begin, begin + maxShown)
  const marks = '^'.repeat(Math.max(1, Math.min(to, begin + part.length) - from))
  const gutter = String(number)
  return [
    `${place}: ${visible(shorten(problem.message))}`,
    `  ${gutter} | ${visible(part)}`,
    `  ${' '.repeat(gutter.length)} | ${' '.repeat(from - begin)}${marks}`,
  ].join('\n')
}

const shorten = (text: string): string => (text.length <= 300 ? text : `${text.slice(0, 300)}…`)

/**
 * Returns text that is safe to print. Characters that are invisible, end a line or start a command of the runner's log
 * are replaced one by one, so that the mark below stays in its column.
 */
function visible(text: string): string {
  return text
    .replace(/\s/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/gu, (found) =>
      '\ufffd'.repeat(found.length),
    )
    .replace(/##(?=\[)/g, '#\ufffd')
    .replace(/^( *):(?=:)/, '$1\ufffd')
}

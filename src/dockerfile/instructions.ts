import { parseJson } from '../files.ts'
import { readDirectives, type Directives } from './directives.ts'
import { heredocsOf, TerminatorLines, type Heredoc } from './heredocs.ts'
import {
  cutContinuation,
  readLogicalLine,
  sourceLines,
  type Escape,
  type LogicalLine,
  type Piece,
  type SourceLine,
} from './logical-line.ts'

/**
 * A Dockerfile split into instructions by the rules of BuildKit's parser. Where BuildKit rejects a file, this parser is
 * lenient, because the build itself reports errors.
 */
export interface ParsedDockerfile extends Directives {
  readonly instructions: readonly Instruction[]
}

/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In upper case. */
  readonly keyword: string
  /**
   * As written, including continued lines, the comments between them, and heredocs. There is no line break at the end.
   */
  readonly text: string
  /** First and last line, counted from 1. */
  readonly line: number
  readonly endLine: number
  /** `--name=value` before the arguments. Quotes and escapes are resolved. */
  readonly flags: readonly Flag[]
  /** The text after the flags on the logical line. */
  readonly rest: string
}

/** A flag of an instruction. The value is null without `=`. */
export interface Flag {
  readonly name: string
  readonly value: string | null
}

/** What the frontend supports. */
export interface ParseOptions {
  /** False for frontends that do not support heredocs (docker/dockerfile 1.3 and older). */
  readonly heredocs?: boolean
}

/** Splits a Dockerfile into instructions. */
export function parseInstructions(dockerfile: string, options: ParseOptions = {}): ParsedDockerfile {
  const lines = sourceLines(dockerfile)
  const terminators = new TerminatorLines(lines.map(({ text }) => text))
  const directives = readDirectives(lines.map((line) => line.text))
  const instructions: Instruction[] = []
  let index = 0
  while (index < lines.length) {
    const first = index
    const { statement, end } = readInstruction(lines, index, directives.escape, terminators, options)
    index = end
    // A lone escape character continues nothing, so it is not an instruction.
    if (statement === null) continue
    instructions.push({ ...statement, text: textOf(lines, first, index), line: first + 1, endLine: index })
  }
  return { ...directives, instructions }
}

interface Reading {
  readonly logical: LogicalLine
  /** Null for a comment, an empty line, or a lone escape character. */
  readonly statement: Statement | null
  /** Index of the line after the instruction and its heredocs. */
  readonly end: number
}

/** Reads the instruction that begins at a physical line. */
function readInstruction(
  lines: readonly SourceLine[],
  first: number,
  escape: Escape,
  terminators: TerminatorLines,
  { heredocs }: ParseOptions,
): Reading {
  const logical = readLogicalLine(lines, first, escape)
  const end = first + logical.lineCount
  if (logical.text.trim() === '') return { logical, statement: null, end }
  const statement = splitStatement(logical.text, escape)
  if (heredocs === false || !opensHeredocs(statement, escape)) return { logical, statement, end }
  return { logical, statement, end: skipHeredocs(terminators, end, heredocsOf(logical.text)) ?? end }
}

/**
 * Returns the text of an instruction as the Dockerfile parser sees it: continued lines are joined, comments and empty
 * lines between them are removed, and heredocs stay as they are. The escape character is found by trying both: with the
 * wrong one, the text would be more than one instruction, or its first line would begin a command substitution (`…`)
 * that does not end there. Text that is not an instruction is returned unchanged. Of a long text, only the beginning is
 * read.
 */
export function joinLines(text: string): string {
  if (!text.includes('\n')) return text
  const isCut = text.length > maxJoinedLength
  const lines = sourceLines(text.slice(0, maxJoinedLength))
  const first = lines[0]?.text ?? ''
  const opensBacktick = (first.match(/`/g)?.length ?? 0) % 2 === 1 && cutContinuation(first, '`') !== null
  for (const escape of opensBacktick ? (['`', '\\'] as const) : (['\\', '`'] as const)) {
    const { logical, statement, end } = readInstruction(
      lines,
      0,
      escape,
      new TerminatorLines(lines.map((line) => line.text)),
      {},
    )
    if (statement !== null && (end === lines.length || (isCut && cutContinuation(first, escape) !== null)))
      return [logical.text, ...lines.slice(logical.lineCount).map((line) => line.text)].join('\n')
  }
  return text
}

/** Length limit, in UTF-16 code units. */
export const maxJoinedLength = 4_096

function textOf(lines: readonly SourceLine[], first: number, end: number): string {
  return lines
    .slice(first, end)
    .map((line) => line.text)
    .join('\n')
}

/** A logical line, split into its parts. */
export type Statement = Pick<Instruction, 'keyword' | 'flags' | 'rest'>

/** Splits a logical line into keyword, flags and arguments. */
export function splitStatement(logical: string, escape: Escape): Statement {
  const [, keyword = '', tail = ''] = /^([^\t\v\f\r ]*)[\t\v\f\r ]*([^]*)$/.exec(logical.trim()) ?? []
  const { words, end } = readFlags(tail, escape)
  return { keyword: keyword.toUpperCase(), flags: words.map(flagOf), rest: tail.slice(end).trim() }
}

function flagOf(word: string): Flag {
  const equals = word.indexOf('=')
  return equals < 0
    ? { name: word.slice(2), value: null }
    : { name: word.slice(2, equals), value: word.slice(equals + 1) }
}

/**
 * Returns the words that begin with `--`, unquoted, and the offset of the first other word. A lone `--` ends the flags.
 */
function readFlags(text: string, escape: Escape): { readonly words: readonly string[]; readonly end: number } {
  const words: string[] = []
  let position = 0
  for (;;) {
    while (position < text.length && /\s/.test(text.charAt(position))) position++
    if (!text.startsWith('--', position)) return { words, end: position }
    let word = ''
    let quote = ''
    for (; position < text.length; position++) {
      const char = text.charAt(position)
      if (quote === '' && /\s/.test(char)) break
      if (char === quote) quote = ''
      else if (quote === '' && (char === '"' || char === "'")) quote = char
      else if (char === escape) word += text.charAt(++position)
      else word += char
    }
    if (word === '--') return { words, end: position }
    words.push(word)
  }
}

/** Heredocs are allowed in RUN, COPY and ADD, also after ONBUILD, unless the arguments are a JSON array. */
function opensHeredocs(statement: Statement, escape: Escape): boolean {
  const inner = statement.keyword === 'ONBUILD' ? splitStatement(statement.rest, escape) : statement
  return ['RUN', 'COPY', 'ADD'].includes(inner.keyword) && jsonArray(inner.rest) === null
}

/**
 * Returns the index of the line after the last terminator. Returns null if one is missing. Then BuildKit does not treat
 * any of them as heredocs.
 */
function skipHeredocs(lines: TerminatorLines, first: number, heredocs: readonly Heredoc[]): number | null {
  let index = first
  for (const heredoc of heredocs) {
    const end = lines.next(heredoc, index)
    if (end === null) return null
    index = end + 1
  }
  return index
}

/** The words of a FROM, with their positions in the logical line. */
export interface FromWords {
  readonly pieces: readonly Piece[]
  readonly base: Word
  readonly name: Word | null
}

/** A word, from offset `from` up to and excluding offset `to` of the logical line. */
export interface Word {
  readonly text: string
  readonly from: number
  readonly to: number
}

/** Reads the FROM that begins at a line (counted from 1). Returns null if there is none. */
export function readFrom(lines: readonly SourceLine[], line: number, escape: Escape): FromWords | null {
  const { text, pieces } = readLogicalLine(lines, line - 1, escape)
  const { keyword, rest } = splitStatement(text, escape)
  if (keyword !== 'FROM') return null
  const start = text.trimEnd().length - rest.length
  const words = Array.from(rest.matchAll(/[^\t\v\f\r ]+/g), (match): Word => {
    const from = start + match.index
    return { text: match[0], from, to: from + match[0].length }
  })
  const [base, as, name] = words
  if (base === undefined) return null
  return { pieces, base, name: as?.text.toUpperCase() === 'AS' ? (name ?? null) : null }
}

/** Returns the arguments of an instruction in JSON form, or null if they are not in this form. */
export function jsonWords(rest: string): readonly string[] | null {
  const words = jsonArray(rest)
  return words?.every((word) => typeof word === 'string') === true ? words : null
}

/** Returns the paths of a COPY or ADD as written: its sources, and then its target. */
export const copiedWords = (rest: string): readonly string[] => jsonWords(rest) ?? rest.trim().split(/\s+/)

function jsonArray(text: string): readonly unknown[] | null {
  const json = text.startsWith('[') ? parseJson(text) : null
  return Array.isArray(json) ? (json as readonly unknown[]) : null
}

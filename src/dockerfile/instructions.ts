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
 * A Dockerfile split into instructions, after the rules of BuildKit's parser. It is lenient where BuildKit
 * refuses: the build itself reports errors.
 */
export interface ParsedDockerfile extends Directives {
  readonly instructions: readonly Instruction[]
}

export interface Instruction {
  /** Upper case. */
  readonly keyword: string
  /** As written, with continued lines, comments between them and heredocs; no line break at the end. */
  readonly text: string
  /** First and last line, counted from 1. */
  readonly line: number
  readonly endLine: number
  /** `--name=value` before the arguments; value null without `=`. Quotes and escapes are resolved. */
  readonly flags: readonly Flag[]
  /** What follows the flags on the logical line. */
  readonly rest: string
}

export interface Flag {
  readonly name: string
  readonly value: string | null
}

export interface ParseOptions {
  /** False for frontends from before heredocs (docker/dockerfile 1.3 and older). */
  readonly heredocs?: boolean
}

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
    // A lone escape character continues onto nothing: no instruction.
    if (statement === null) continue
    instructions.push({ ...statement, text: textOf(lines, first, index), line: first + 1, endLine: index })
  }
  return { ...directives, instructions }
}

interface Reading {
  readonly logical: LogicalLine
  /** Null for a comment, an empty line, or a lone escape character. */
  readonly statement: Statement | null
  /** The index of the line after it, and after its heredocs. */
  readonly end: number
}

/** What begins at a physical line. */
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
 * The text of an instruction as the Dockerfile reads it: continued lines joined, comments and empty lines between them
 * left out, heredocs as they are. Which character continues a line shows in the text: with the other one it would be
 * more than one instruction, or its first line a command substitution (`…`) that does not end there. Text that is none
 * comes back as it is. Of a long text it is the beginning: nobody reads more of it.
 */
export function joinLines(text: string): string {
  if (!text.includes('\n')) return text
  const isCut = text.length > longestJoined
  const lines = sourceLines(text.slice(0, longestJoined))
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

/** In UTF-16 code units. */
const longestJoined = 4_096

function textOf(lines: readonly SourceLine[], first: number, end: number): string {
  return lines
    .slice(first, end)
    .map((line) => line.text)
    .join('\n')
}

export type Statement = Pick<Instruction, 'keyword' | 'flags' | 'rest'>

/** Keyword, flags and arguments of a logical line. */
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

/** Words that begin with `--`, unquoted, and the offset of the first other word. `--` alone ends them. */
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

/** RUN, COPY and ADD, also after ONBUILD, unless their arguments are a JSON array. */
function opensHeredocs(statement: Statement, escape: Escape): boolean {
  const inner = statement.keyword === 'ONBUILD' ? splitStatement(statement.rest, escape) : statement
  return ['RUN', 'COPY', 'ADD'].includes(inner.keyword) && !isJsonArray(inner.rest)
}

function isJsonArray(text: string): boolean {
  if (!text.startsWith('[')) return false
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}

/** The index of the line after the last terminator; null if one is missing, when they are no heredocs at all. */
function skipHeredocs(lines: TerminatorLines, first: number, heredocs: readonly Heredoc[]): number | null {
  let index = first
  for (const heredoc of heredocs) {
    const end = lines.next(heredoc, index)
    if (end === null) return null
    index = end + 1
  }
  return index
}

/** The words of a FROM, each with its place in the logical line. */
export interface FromWords {
  readonly pieces: readonly Piece[]
  readonly base: Word
  readonly name: Word | null
}

export interface Word {
  readonly text: string
  readonly from: number
  readonly to: number
}

/** Reads the FROM that begins at a line (from 1); null if there is none. */
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

/** The arguments of an instruction in JSON form; null where they are not. */
export function jsonWords(rest: string): readonly string[] | null {
  if (!rest.startsWith('[')) return null
  try {
    const words: unknown = JSON.parse(rest)
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : null
  } catch {
    return null
  }
}

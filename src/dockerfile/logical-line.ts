/** Physical lines, and the logical line that continued ones make, with the way back to each character. */
import { trimEndOf } from '../text.ts'

export interface SourceLine {
  /** Without its line break, without a byte order mark. */
  readonly text: string
  /** Offset of its first character in the source. */
  readonly start: number
}

/** A stretch of the source that is part of a logical line. */
export interface Piece {
  readonly text: string
  readonly start: number
}

export interface LogicalLine {
  readonly text: string
  readonly pieces: readonly Piece[]
  /** Number of physical lines read, comments and empty lines within a continuation included. */
  readonly lineCount: number
}

export type Escape = '\\' | '`'

export function sourceLines(source: string): readonly SourceLine[] {
  const lines: SourceLine[] = []
  let start = 0
  while (start < source.length) {
    const end = source.indexOf('\n', start)
    const next = end < 0 ? source.length : end + 1
    const mark = start === 0 && source.startsWith('\uFEFF') ? 1 : 0
    lines.push({ text: trimEndOf(source.slice(start + mark, next), '\r\n'), start: start + mark })
    start = next
  }
  return lines
}

const isComment = (line: string): boolean => line.trimStart().startsWith('#')

/** Continued by an escape character that no second one precedes; spaces and tabs may follow it. */
export function cutContinuation(line: string, escape: Escape): string | null {
  const trimmed = trimEndOf(line, ' \t')
  if (!trimmed.endsWith(escape) || trimmed.endsWith(escape + escape)) return null
  return trimmed.slice(0, -1)
}

/** The logical line that begins at a physical line; its text is empty for a comment or an empty line. */
export function readLogicalLine(lines: readonly SourceLine[], first: number, escape: Escape): LogicalLine {
  const pieces: Piece[] = []
  let index = first
  for (; index < lines.length; index++) {
    const { text, start } = lines[index] as SourceLine
    const leading = index === first ? text.length - text.trimStart().length : 0
    const content = text.slice(leading)
    if (isComment(content)) {
      if (index === first) break
      continue
    }
    if (index > first && content.trimStart() === '') continue
    const continued = cutContinuation(content, escape)
    pieces.push({ text: continued ?? content, start: start + leading })
    if (continued === null) break
  }
  const lineCount = Math.min(index + 1, lines.length) - first
  return { text: pieces.map((piece) => piece.text).join(''), pieces, lineCount }
}

/** Stretches of the source behind a range of the logical text, one for each piece it touches. */
export function sourceRanges(
  pieces: readonly Piece[],
  from: number,
  to: number,
): readonly { readonly start: number; readonly end: number }[] {
  const ranges: { start: number; end: number }[] = []
  let offset = 0
  for (const piece of pieces) {
    const start = Math.max(from - offset, 0)
    const end = Math.min(to - offset, piece.text.length)
    if (start < end) ranges.push({ start: piece.start + start, end: piece.start + end })
    offset += piece.text.length
  }
  return ranges
}

/**
 * Splits a Dockerfile into physical lines and joins continued ones into logical lines. Each character of a logical line
 * can be traced back to the source.
 */
import { trimEndOf } from '../text.ts'

/** A physical line. */
export interface SourceLine {
  /** Without its line break and without a byte order mark. */
  readonly text: string
  /** Offset of its first character in the source. */
  readonly start: number
}

/** A part of the source that belongs to a logical line. */
export interface Piece {
  readonly text: string
  readonly start: number
}

/** An instruction's first line with all its continuation lines. */
export interface LogicalLine {
  readonly text: string
  readonly pieces: readonly Piece[]
  /** Number of physical lines read, including comments and empty lines within a continuation. */
  readonly lineCount: number
}

/** The character that continues a line, as the `escape` directive sets it. */
export type Escape = '\\' | '`'

/** Splits a source text into physical lines. */
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

/**
 * Returns the line without its escape character if it continues on the next line, or null if it does not. A line
 * continues if it ends with one escape character, but not with two. Spaces and tabs may follow it.
 */
export function cutContinuation(line: string, escape: Escape): string | null {
  const trimmed = trimEndOf(line, ' \t')
  if (!trimmed.endsWith(escape) || trimmed.endsWith(escape + escape)) return null
  return trimmed.slice(0, -1)
}

/** Returns the logical line that begins at a physical line. Its text is empty for a comment or an empty line. */
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

/** Returns the source ranges for a range of the logical text, one for each piece that it touches. */
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

/** JSON that is printed, where a terminal or a runner reads it too. */
import { invisible } from './text.ts'

/**
 * Returns a value as JSON that is safe to print: invisible characters and `##[` are written as `\u` sequences, which
 * programs read as the same text.
 *
 * @param indent number of spaces for each level; 0 for a single line
 */
export function printedJson(value: unknown, indent = 0): string {
  return safe(JSON.stringify(value, null, indent))
}

/** Length of a part of a long JSON in UTF-16 code units, so that writing it takes little memory. */
const partLength = 65_536

/** Returns the same text in parts, which are made when they are needed. The value must be of JSON. */
export function* printedJsonParts(value: unknown, indent = 0): Generator<string, void> {
  let part = ''
  for (const piece of piecesOf(value, indent, 0)) {
    part += piece
    if (part.length < partLength) continue
    yield part
    part = ''
  }
  yield part
}

/** Levels of objects that are written field by field. Lists are written one by one at every level that this reaches. */
const openLevels = 4

function* piecesOf(value: unknown, indent: number, level: number): Generator<string, void> {
  const newline = (depth: number): string => (indent === 0 ? '' : `\n${' '.repeat(indent * depth)}`)
  const isList = Array.isArray(value)
  if (typeof value !== 'object' || value === null || (level >= openLevels && !isList)) {
    // Line breaks in texts are escaped, so these are between fields.
    yield safe(JSON.stringify(value, null, indent)).replaceAll('\n', newline(level))
    return
  }
  const [begin, end] = isList ? '[]' : '{}'
  let isFirst = true
  for (const [field, one] of Object.entries(value)) {
    if (one === undefined && !isList) continue
    const key = isList ? '' : `${safe(JSON.stringify(field))}:${indent === 0 ? '' : ' '}`
    yield `${isFirst ? begin : ','}${newline(level + 1)}${key}`
    yield* piecesOf(one ?? null, indent, level + 1)
    isFirst = false
  }
  yield isFirst ? `${begin}${end}` : `${newline(level)}${end}`
}

/** No character that is replaced stands between texts, and a text is never cut, so a part can be made safe alone. */
function safe(json: string): string {
  return withoutCommands(
    // JSON itself escapes line breaks in texts.
    json.replace(invisible, (character) => (character === '\n' ? character : asSequences(character))),
  )
}

function asSequences(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}

/**
 * Returns the same JSON without `##[`, which a runner looks for anywhere in a printed line, even across invisible
 * characters. Text that is not JSON is returned unchanged.
 */
export function jsonForRunner(text: string): string {
  return /^\s*[{[]/.test(text) ? withoutCommands(text) : text
}

const withoutCommands = (json: string): string => json.replace(/#(?=[^!-~]*#[^!-~]*\[)/g, '\\u0023')

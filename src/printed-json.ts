/** JSON that is printed, where a terminal or a runner reads it too. */
import { invisible } from './text.ts'

/**
 * Returns a value as JSON that is safe to print: invisible characters and `##[` are written as `\u` sequences, which
 * programs read as the same text.
 *
 * @param indent number of spaces for each level; 0 for a single line
 */
export function printedJson(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, null, indent)
  // JSON itself escapes line breaks in texts.
  return jsonForRunner(
    text.replace(invisible, (character) => (character === '\n' ? character : asSequences(character))),
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
  if (!/^\s*[{[]/.test(text)) return text
  return text.replace(/#(?=[^!-~]*#[^!-~]*\[)/g, '\\u0023')
}

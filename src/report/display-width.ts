/** Computes how many columns a text takes in a terminal. */

/** Characters that always take one column: ASCII, other Latin letters, punctuation, arrows and operators. */
const single = /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2027\u2190-\u22ff]*$/
/** Created on first use. That takes 15 ms, and reports in Latin script never need it. */
let segmenter: Intl.Segmenter | null = null

function charactersOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return segmenter.segment(text)
}

/** Wide and fullwidth characters (Unicode Standard Annex 11, Unicode 16), and characters that are drawn as an emoji. */
const wide =
  /^(?:[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\u4dff\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18df2}\u{1aff0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Emoji}\ufe0f)/u

function columnsOf(character: string): number {
  if (/^\p{Mark}+$/u.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/** Returns the columns of a text without control characters (`escapeTerminal`) and colours. */
export function displayWidth(text: string): number {
  if (single.test(text)) return text.length
  let width = 0
  for (const { segment } of charactersOf(text)) width += columnsOf(segment)
  return width
}

/** Returns the text shortened to a number of columns. An ellipsis replaces what is cut off. */
export function fit(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  if (columns <= 0) return ''
  if (single.test(text)) return `${text.slice(0, columns - 1)}…`
  let width = 0
  let kept = ''
  for (const { segment } of charactersOf(text)) {
    width += columnsOf(segment)
    if (width > columns - 1) break
    kept += segment
  }
  return `${kept}…`
}

/** Text helpers that take linear time. A regular expression such as `/\s+$/` starts again at every space. */

/** Returns the text without any of these characters at its end. */
export function trimEndOf(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** Returns the text without any of these characters at either end. */
export function trimOf(text: string, characters: string): string {
  let start = 0
  while (start < text.length && characters.includes(text.charAt(start))) start++
  return trimEndOf(text.slice(start), characters)
}

/** Returns a number with a noun whose plural ends in `s`, such as `1 layer` and `2 layers`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Returns the text before the first of these marks, or the whole text if there is none. */
export function textBefore(text: string, ...marks: readonly string[]): string {
  const places = marks.map((mark) => text.indexOf(mark)).filter((at) => at >= 0)
  return text.slice(0, Math.min(text.length, ...places))
}

/**
 * Characters without a visible shape: control characters, those that Unicode ignores by default, separators, lone
 * surrogates and the blank Braille pattern. Some of them control a terminal or reorder what it shows.
 */
export const invisible = /[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800\ufff9-\ufffb\p{Surrogate}]/gu

/**
 * Returns text for a place with other text after it. A name in a right-to-left script is isolated, since otherwise a
 * number after it would be shown before it (Unicode's bidirectional algorithm, UAX 9, "Isolating Characters").
 */
export function isolated(text: string): string {
  return hasRightToLeft(text) ? `\u2066${text}\u2069` : text
}

/** Returns whether text has characters of a right-to-left script. */
export const hasRightToLeft = (text: string): boolean => rightToLeft.test(text)

/** The blocks of scripts that are written from right to left. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u

/** Words in such scripts, with the blanks between them. */
export const rightToLeftWords =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]+(?: +[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]+)*/gu

/** The share of a shortened path that its start may take. */
const startShare = 1 / 3

/**
 * Shortens a path to a number of characters in its middle. Its start says where it is, such as in `app/.git/`, and its
 * end says what it is. Both end at a slash, unless the last name alone is too long. Then the middle of the name is
 * missing, because it begins with what it is called and ends with what kind it is.
 */
export function shortenPath(path: string, maxLength: number): string {
  // A character has at most two code units.
  const [first, last] = [Array.from(path.slice(0, 2 * maxLength + 2)), Array.from(path.slice(-2 * maxLength - 2))]
  if (first.length <= maxLength) return first.join('')
  const startOf = (length: number): readonly string[] =>
    first.slice(0, first.slice(0, Math.max(0, length)).lastIndexOf('/') + 1)
  const start = startOf(Math.floor(maxLength * startShare))
  const end = last.slice(start.length + 1 - maxLength)
  const slash = end.slice(0, -1).indexOf('/')
  if (slash !== -1) return `${start.join('')}…${end.slice(slash).join('')}`
  // The last name, with the slash before it, has to fit beside a shorter start.
  const before = last.slice(0, -1).lastIndexOf('/')
  const name = last.slice(before)
  if (before !== -1 && name.length < maxLength)
    return `${startOf(maxLength - 1 - name.length).join('')}…${name.join('')}`
  const at = path.lastIndexOf('/', path.length - 2) + 1
  const folder = at === start.join('').length ? '' : '…/'
  const room = maxLength - start.length - folder.length - 1
  const head = Array.from(path.slice(at, at + 2 * maxLength)).slice(0, Math.ceil(room / 2))
  return `${start.join('')}${folder}${head.join('')}…${last.slice(head.length - room).join('')}`
}

/** Returns words such as `line 7`, or `lines 2, 6 and 9`. */
export function enumerated(noun: string, items: readonly (string | number)[]): string {
  const [last, ...others] = items.toReversed()
  return others.length === 0 ? `${noun} ${last}` : `${noun}s ${others.toReversed().join(', ')} and ${last}`
}

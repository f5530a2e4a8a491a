/** Text of any kind. Cuts take time that grows with its length: a regular expression such as `/\s+$/` begins anew at each space. */

/** The text without any of these characters at its end. */
export function trimEndOf(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** The same at both ends. */
export function trimOf(text: string, characters: string): string {
  let start = 0
  while (start < text.length && characters.includes(text.charAt(start))) start++
  return trimEndOf(text.slice(start), characters)
}

/** What stands before the first of these characters or words; the whole text where there is none. */
export function textBefore(text: string, ...marks: readonly string[]): string {
  const places = marks.map((mark) => text.indexOf(mark)).filter((at) => at >= 0)
  return text.slice(0, Math.min(text.length, ...places))
}

/**
 * The same JSON without `##[`, which a runner looks for anywhere in a line that is printed, and which it finds across
 * characters that cannot be seen. Text that is no JSON comes back as it is.
 */
export function jsonForRunner(text: string): string {
  if (!/^\s*[{[]/.test(text)) return text
  return text.replace(/#(?=[^!-~]*#[^!-~]*\[)/g, '\\u0023')
}

/** Estimates the width of labels in a treemap, whose font is not known when they are made. Pure. */

/** Widths in pixels of the letters of DejaVu Sans at 11 pixels. Other usual fonts are narrower. */
const widths: readonly (readonly [characters: RegExp, pixels: number])[] = [
  [/[ ijl.,:;'|!/\\()[\]-]/, 4],
  [/[frtI"*]/, 5],
  [/[a-z0-9_$?<>=]/, 7.1],
  [/[A-Z&+−~^#]/, 9.3],
]
const widest = 11
const known = new Map<string, number>()

function widthOf(character: string): number {
  let width = known.get(character)
  if (width === undefined) {
    const isWide = 'mwMW@%'.includes(character)
    width = isWide ? widest : (widths.find(([characters]) => characters.test(character))?.[1] ?? widest)
    // Any character may occur in a name.
    if (known.size < 1_000) known.set(character, width)
  }
  return width
}

/** Returns the approximate width of a text, in pixels. */
export function textWidth(text: string): number {
  let sum = 0
  for (const character of text) sum += widthOf(character)
  return sum
}

/** Returns as much of a text as fits into a width, and at least an ellipsis. */
export function fitted(text: string, width: number): string {
  let sum = 0
  let kept = ''
  let end: string | null = null
  for (const character of text) {
    if (end === null && sum + widthOf(character) > width - widest) end = kept
    sum += widthOf(character)
    if (sum > width) return `${end ?? ''}…`
    kept += character
  }
  return text
}

/** Shows white space in names of files that nobody would see, or would take for another one. Pure. */

/** Line breaks and tabs, every space that is not the usual one, and usual ones at an end or beside each other. */
const unseen = /[\t\n\v\f\r]|(?! )\p{Zs}|^ +| +$| (?= )/gu

/** Returns a name with such white space as `\u{20}`, as other invisible characters are shown. */
export function visibleSpaces(name: string): string {
  return name.replace(unseen, (found) =>
    Array.from(found, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`).join(''),
  )
}

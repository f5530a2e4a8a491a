/** Shortens names so that those that differ still look different. Pure. */
import { fitted, textWidth } from './text-width.ts'

/** A name, and the part of the space that its start gets if its middle is cut out. */
export interface LongName {
  readonly name: string
  readonly startShare: number
}

/**
 * Returns each name as it is shown in this width, in the pixels of `textWidth`. A name that is too long loses its
 * middle. If several look the same then, the part in which each one differs from the others is shown. If that does not
 * help, they are numbered.
 */
export function shortNames(names: readonly LongName[], width: number): ReadonlyMap<string, string> {
  const all = new Map(names.map((one) => [one.name, one]))
  const found = new Map([...all.values()].map(({ name, startShare }) => [name, withoutMiddle(name, width, startShare)]))
  for (const alike of lookingAlike(found))
    for (const { name, differsAt } of differencesIn(alike))
      if (found.get(name) !== name) found.set(name, around(name, differsAt, width))
  for (const alike of lookingAlike(found))
    for (const name of alike) if (found.get(name) !== name) found.set(name, numbered(name, found, width))
  return found
}

/** Returns the groups of names that look the same. */
function lookingAlike(found: ReadonlyMap<string, string>): readonly (readonly string[])[] {
  return [...Map.groupBy(found, ([, shown]) => shown).values()]
    .filter(({ length }) => length > 1)
    .map((group) => group.map(([name]) => name))
}

/** Returns where each name begins to differ from all others, in characters. */
function differencesIn(names: readonly string[]): readonly { readonly name: string; readonly differsAt: number }[] {
  const sorted = names.toSorted().map((name) => ({ name, characters: Array.from(name) }))
  return sorted.map(({ name, characters }, at) => ({
    name,
    differsAt: Math.max(...[sorted[at - 1], sorted[at + 1]].map((other) => alikeUntil(characters, other?.characters))),
  }))
}

function alikeUntil(one: readonly string[], other: readonly string[] = []): number {
  const end = one.findIndex((character, at) => character !== other[at])
  return end === -1 ? one.length : end
}

function withoutMiddle(name: string, width: number, startShare: number): string {
  if (textWidth(name) <= width) return name
  const start = startOf(name, (width - ellipsisWidth) * startShare)
  return `${start}…${endOf(name, width - ellipsisWidth - textWidth(start))}`
}

/** Returns the start of a name, and what begins a little before a place in it. */
function around(name: string, place: number, width: number): string {
  const start = startOf(name, width / 4)
  const from = Math.max(0, place - 3)
  if (from <= Array.from(start).length) return fitted(name, width)
  const part = Array.from(name).slice(from).join('')
  return `${start}…${fitted(part, width - textWidth(start) - ellipsisWidth)}`
}

function numbered(name: string, found: ReadonlyMap<string, string>, width: number): string {
  const shown = new Set(found.values())
  for (let number = 1; ; number += 1) {
    const mark = ` (${number})`
    const next = `${fitted(name, width - textWidth(mark))}${mark}`
    if (!shown.has(next)) return next
  }
}

const ellipsisWidth = textWidth('…')

/** Returns as much of the start of a text as fits into a width. */
function startOf(text: string, width: number): string {
  let kept = ''
  let sum = 0
  for (const character of text) {
    sum += textWidth(character)
    if (sum > width) break
    kept += character
  }
  return kept.trimEnd()
}

/** Returns as much of the end of a text as fits into a width. */
function endOf(text: string, width: number): string {
  const start = startOf(Array.from(text).reverse().join(''), width)
  return Array.from(start).reverse().join('').trimStart()
}

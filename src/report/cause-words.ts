/** Says briefly why a layer grew, for a table cell or for lines of their own. Pure. */
import { defaultNoise } from '../compare/noise.ts'
import type { Repetition } from '../compare/comparison.ts'
import type { GrowthRow } from './growth-rows.ts'
import { deletionWords } from './deletion-words.ts'
import { askedPackages } from './asked-packages.ts'
import { listWords } from './list-words.ts'
import { changedWords, editedWords, pathWords } from './path-words.ts'
import { movesTogether, type RowCause } from './moves-together.ts'
import { packageWords, restOfParts } from './package-words.ts'
import type { Name } from './sentences.ts'
import { editElsewhereWords } from './edit-elsewhere-words.ts'
import { statusWords } from './status-words.ts'
import { formatCount, formatGrowth } from './units.ts'

/** How many causes of a row are shown. Packages may be more, because they say more than paths. */
export interface CauseLimits {
  readonly packages: number
  readonly paths: number
}

/** The limits for a report with enough space. */
export const causeLimits: CauseLimits = { packages: 5, paths: 3 }

/** For a report that shows all causes. */
export const noLimits: CauseLimits = { packages: Infinity, paths: Infinity }

/** What causes are: of one kind, or of both. */
export type RestKind = 'package' | 'path' | 'change'

/** The causes of a row in words. */
export interface RowCauses {
  /** What happened to the layer, followed by its largest growths and reductions. */
  readonly lines: readonly string[]
  /** The other packages and paths, for a separate list. */
  readonly rest: readonly string[]
  /** How many these are. Those of a few bytes share one of the words. */
  readonly restCount: number
  /** Whether these are packages, paths or both. */
  readonly restKind: RestKind
  /** Parts of these packages that their words leave out, such as modules of a Go binary, for a separate list. */
  readonly parts: readonly string[]
}

/** How the causes of a row are told. */
export interface CauseForm {
  readonly limits: CauseLimits
  /** Words of the final stage's causes, which a builder stage only counts. */
  readonly final?: ReadonlySet<string> | undefined
  /** Completes words such as `and 3 more, +10.3 kB`. Null if the lines do not mention the causes that are left out. */
  readonly left: ((words: string, count: number) => string) | null
}

/** Returns the causes of a row. With the figures of the lines, a reader can add up its growth. */
export function rowCauses(row: GrowthRow, name: Name, { limits, final = noWords, left }: CauseForm): RowCauses {
  const all = causesOf(row)
  const isInFinal = ({ words }: RowCause): boolean => final.has(words(name))
  const inFinal = all.filter(isInFinal)
  const others = all.filter((cause) => !isInFinal(cause))
  const packages = others.flatMap(({ change }) => change ?? [])
  const asked = row.repeats ? null : askedPackages({ ...row, packages }, name)
  const causes = movesTogether(others, asked?.packages ?? new Set(), limits.packages)
  const [chosen, rest] = split(causes, row.packages.length > 0 ? limits.packages : limits.paths)
  const shown = chosen.toSorted(inDirection(row))
  const isAsked = ({ change }: RowCause): boolean => change !== null && asked?.packages.has(change) === true
  const linesOf = (isWanted: (cause: RowCause) => boolean, start: string): string[] => [
    ...shown.filter(isWanted).map(({ words }) => `${start === '' ? '' : `${start} `}${words(name)}`),
    ...(left === null ? [] : restWords(rest.filter(isWanted), start || 'and', left)),
  ]
  const askedLines = asked === null ? [] : [asked.words, ...linesOf(isAsked, 'including')]
  const direction = directionOf(row)
  const isHeavier = ({ growth }: RowCause): boolean =>
    asked !== null && direction * growth > Math.max(0, direction * asked.growth)
  const behind = editElsewhereWords(row, name, limits.paths > causeLimits.paths)
  const lines = [
    ...statusWords(row, name),
    // Where the layer has packages, these say more.
    ...(row.packages.length === 0 ? behind : []),
    ...(row.changedFiles && !row.repeats ? [changedWords(row.changedFiles, name)] : []),
    ...deletionWords(row, name),
    ...(row.repeats ? [repeatedWords(row, row.repeats)] : []),
    ...linesOf((cause) => !isAsked(cause) && isHeavier(cause), ''),
    ...askedLines,
    ...linesOf((cause) => !isAsked(cause) && !isHeavier(cause), ''),
    ...(inFinal.length === 0
      ? []
      : [
          `the same ${inFinal.length === 1 ? 'change' : `${inFinal.length} changes`} as in the final stage, ${formatGrowth(growthOf(inFinal))} in files`,
        ]),
    ...elseWords(row, all, shown),
    ...contraryWords(row, all),
    ...(row.editedFiles && !row.repeats ? [editedWords(row.editedFiles, name)] : []),
    ...(row.packages.length === 0 ? [] : behind),
  ]
  return {
    lines: lines.length > 0 ? lines : [contentsWords(row)],
    parts: shown.flatMap(({ change }) => (change === null ? [] : restOfParts(change, name))),
    rest: foldedWords(rest, causes, name, left === null),
    restCount: rest.length,
    restKind: nounOf(rest),
  }
}

/** Returns the causes that are shown, and the others. */
function split(causes: readonly RowCause[], limit: number): readonly [readonly RowCause[], readonly RowCause[]] {
  const [first] = causes
  const large = limit === Infinity || !first || isSmall(first) ? causes : causes.filter((cause) => !isSmall(cause))
  // A note about one more cause would take as much space as the cause itself.
  const count = limit > 1 && causes.length === limit + 1 ? limit + 1 : limit
  const shown = large.slice(0, count)
  return [shown, causes.slice(shown.length)]
}

/** Returns words such as `and 3 more packages, +10.3 kB` for causes that are not shown. Empty if there are none. */
function restWords(rest: readonly RowCause[], start: string, left: NonNullable<CauseForm['left']>): readonly string[] {
  if (rest.length === 0) return []
  const words = `${start} ${formatCount(rest.length, `more ${nounOf(rest)}`)}, ${formatGrowth(growthOf(rest))}`
  return [left(words, rest.length)]
}

/**
 * Returns the words of the causes in a separate list. Beside a large cause, those of a few bytes are summed up, except for
 * packages of another version.
 *
 * @param isOnlyPlace whether the lines say nothing about these causes
 */
function foldedWords(
  rest: readonly RowCause[],
  all: readonly RowCause[],
  name: Name,
  isOnlyPlace: boolean,
): readonly string[] {
  const small = all.every(isSmall) ? [] : rest.filter((cause) => isSmall(cause) && cause.change?.kind !== 'updated')
  const listed = rest.filter((cause) => !small.includes(cause)).map(({ words }) => words(name))
  // The lines may already sum up what is left.
  if (small.length === 0 || (listed.length === 0 && !isOnlyPlace)) return listed
  return [...listed, `${formatCount(small.length, `smaller ${nounOf(small)}`)}, ${formatGrowth(growthOf(small))}`]
}

/** Returns whether a cause is too small to matter beside a large one. */
const isSmall = ({ weight }: RowCause): boolean => weight <= defaultNoise

/** Returns what these causes are: packages, paths, or both. */
function nounOf(causes: readonly RowCause[]): RestKind {
  const packages = causes.filter(({ change }) => change !== null).length
  return packages === causes.length ? 'package' : packages === 0 ? 'path' : 'change'
}

/** Bytes that no cause explains are mentioned beyond this share of the row's unpacked growth, and this number. */
const minElse = 0.02
const minElseBytes = 10_000
/** The same share for what the archive needs beside the bytes of its files. */
const minArchive = 0.25

/**
 * Returns words for what the causes leave of the row's unpacked growth: files that are not listed, if they are more
 * than a cause that is shown or a large share of the growth, and what the archive needs beside the bytes of its files.
 */
function elseWords({ growth }: GrowthRow, all: readonly RowCause[], shown: readonly RowCause[]): readonly string[] {
  const { fileBytes, uncompressedSize } = growth
  if (all.length === 0 || fileBytes === null || uncompressedSize === null) return []
  const least = (share: number): number => Math.max(minElseBytes, share * Math.abs(uncompressedSize))
  const lightest = Math.min(...shown.map(({ weight }) => weight))
  const [files, archive] = [fileBytes - growthOf(all), uncompressedSize - fileBytes]
  return [
    ...(Math.abs(files) > Math.min(least(minElse), Math.max(minElseBytes, lightest))
      ? [`everything else, ${formatGrowth(files)}`]
      : []),
    ...(Math.abs(archive) > least(minArchive)
      ? [`headers and padding of the tar archive, ${formatGrowth(archive)}`]
      : []),
  ]
}

/** Returns words for a row that grew or shrank to pull although all of its causes did the opposite. */
function contraryWords(
  { growth: { compressedSize, fileBytes, uncompressedSize }, sortedBy, codec }: GrowthRow,
  all: readonly RowCause[],
): readonly string[] {
  const direction = Math.sign(compressedSize ?? 0)
  const isAgainst = all.some(({ growth }) => growth !== 0) && all.every(({ growth }) => growth * direction <= 0)
  if (direction === 0 || sortedBy !== 'compressedSize' || codec !== null || !isAgainst) return []
  if (fileBytes === null || uncompressedSize === null) return []
  const others = fileBytes - growthOf(all)
  if (fileBytes * direction <= 0) return [`the layer compresses ${direction < 0 ? 'better' : 'worse'} than before`]
  // What is large has words already.
  return Math.abs(others) > minElseBytes ? [] : [`everything else, ${formatGrowth(others)}`]
}

const growthOf = (causes: readonly RowCause[]): number => causes.reduce((sum, { growth }) => sum + growth, 0)

const noWords: ReadonlySet<string> = new Set()

/** Returns the words of all causes of some rows. */
export function wordsOfCauses(rows: readonly GrowthRow[], name: Name): ReadonlySet<string> {
  return new Set(rows.flatMap((row) => causesOf(row).map(({ words }) => words(name))))
}

/** Returns whether a row only repeats changes that other words are of, such as those of the final stage. */
export function repeatsOnly(row: GrowthRow, causes: ReadonlySet<string>, name: Name): boolean {
  const all = causesOf(row)
  const { fileBytes } = row.growth
  if (all.length === 0 || fileBytes === null || Math.abs(fileBytes - growthOf(all)) > minElseBytes) return false
  return all.every(({ words }) => causes.has(words(name)))
}

/** Returns 1 for a row that grew, and -1 for one that shrank. */
function directionOf({ growth: { fileBytes, uncompressedSize } }: GrowthRow): 1 | -1 {
  return (fileBytes ?? uncompressedSize ?? 0) < 0 ? -1 : 1
}

/** Sorts causes by growth: the largest first, or in a row that shrank what shrank most. */
function inDirection(row: GrowthRow): (a: RowCause, b: RowCause) => number {
  const direction = directionOf(row)
  // Files that only moved have no growth.
  return (a, b) => direction * (b.growth - a.growth) || b.weight - a.weight
}

/**
 * Returns the causes of a row, the largest first, before all of them the one that grew most, or in a row that shrank the
 * one that shrank most. A layer that only repeats files has none of its own.
 */
function causesOf(row: GrowthRow): readonly RowCause[] {
  const { packages, paths, repeats } = row
  if (repeats) return []
  const all: readonly RowCause[] = [
    ...packages.map((change) => ({
      growth: change.growth,
      weight: Math.abs(change.growth),
      change,
      words: (name: Name) => packageWords(change, name),
    })),
    ...paths.map((path) => ({
      growth: (path.after ?? 0) - (path.before ?? 0),
      weight: path.movedFrom === undefined ? Math.abs((path.after ?? 0) - (path.before ?? 0)) : (path.after ?? 0),
      change: null,
      words: (name: Name) => pathWords(path, name),
    })),
  ]
  const sorted = all.toSorted((a, b) => b.weight - a.weight)
  const [first] = all.toSorted(inDirection(row))
  return first === undefined || first.growth * directionOf(row) <= 0
    ? sorted
    : [first, ...sorted.filter((cause) => cause !== first)]
}

/** Returns what is known about a layer that differs, if no path or package in it does. */
function contentsWords({ kind, before, after }: GrowthRow): string {
  const isKnown = kind === 'base' || [before, after].every((layer) => layer === null || Boolean(layer.contents))
  return isKnown ? 'other contents' : 'its contents are not in the records'
}

/** Returns words such as `the same files as in line 9 again, with another owner`. */
function repeatedWords({ foreign }: GrowthRow, { lines }: Repetition): string {
  const known = lines.filter((line) => line !== null)
  const shown = known.slice(0, maxLines).map(String)
  const there =
    known.length < lines.length
      ? 'in lower layers'
      : `in ${known.length === 1 ? 'line' : 'lines'} ${listWords(shown, known.length - shown.length, 'line')}`
  const words = new Set(foreign.split(/[^\w-]+/))
  const [owner, mode] = [words.has('chown') || words.has('chgrp'), words.has('chmod')]
  return `the same files as ${there} again, with another ${owner === mode ? 'owner or mode' : owner ? 'owner' : 'mode'}`
}

/** Limit for the lines that a repetition names. */
const maxLines = 5

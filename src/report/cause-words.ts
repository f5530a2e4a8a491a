/** Says briefly why a layer grew, for a table cell or for lines of their own. Pure. */
import { defaultNoise } from '../budget/sources.ts'
import type { PathGrowth } from '../compare/comparison.ts'
import { baseImagePhrase, causePhrases, codecPhrase, onlyTimesDiffer } from './cause-phrases.ts'
import { shortenPath } from './escape.ts'
import type { GrowthRow } from './growth-rows.ts'
import { askedWords } from './asked-packages.ts'
import { packageWords } from './package-words.ts'
import type { Name } from './sentences.ts'
import { formatBytes, formatGrowth, formatGrown } from './units.ts'

/** How many causes of a row are shown. Packages may be more, because they say more than paths. */
export interface MostCauses {
  readonly packages: number
  readonly paths: number
}

/** The limits for a report with enough space. */
export const mostCauses: MostCauses = { packages: 5, paths: 3 }

/** The causes of a row in words. */
export interface RowCauses {
  /** What happened to the layer, followed by its largest growths and reductions. */
  readonly told: readonly string[]
  /** The other packages and paths, for a separate list. */
  readonly rest: readonly string[]
}

/** Returns the causes of a row, limited to `mostCauses`. */
export function rowCauses(row: GrowthRow, name: Name, mostCauses: MostCauses): RowCauses {
  const most = row.packages.length > 0 ? mostCauses.packages : mostCauses.paths
  const causes = causesOf(row)
  // Causes that are too small to matter are left out beside a large one.
  const large = (causes[0]?.weight ?? 0) > defaultNoise ? causes.filter(({ weight }) => weight > defaultNoise) : causes
  // A note about one more cause would take as much space as the cause itself.
  const shown = large.slice(0, most > 1 && causes.length === most + 1 ? most + 1 : most)
  const told = [...statusWords(row, name), ...askedWords(row, name), ...shown.map(({ words }) => words(name))]
  return {
    told: told.length > 0 ? told : ['other contents'],
    rest: causes.slice(shown.length).map(({ words }) => words(name)),
  }
}

/** Returns the causes of a row for a report without a separate list. The remaining ones are only counted. */
export function causeWords(row: GrowthRow, name: Name, mostCauses: MostCauses): readonly string[] {
  const { told, rest } = rowCauses(row, name, mostCauses)
  return rest.length === 0 || mostCauses.paths === 0 ? told : [...told, restWords(rest)]
}

/** Returns how many causes are not shown. */
export function restWords(rest: readonly string[]): string {
  return `and ${rest.length} more`
}

interface RowCause {
  /** Bytes that were added or removed. */
  readonly weight: number
  readonly words: (name: Name) => string
}

/** Returns the causes of a row, the largest first. */
function causesOf({ packages, paths }: GrowthRow): readonly RowCause[] {
  return [
    ...packages.map((one) => ({ weight: Math.abs(one.growth), words: (name: Name) => packageWords(one, name) })),
    ...paths.map((path) => ({
      weight: Math.abs((path.after ?? 0) - (path.before ?? 0)),
      words: (name: Name) => pathWords(path, name),
    })),
  ].sort((a, b) => b.weight - a.weight)
}

function statusWords(row: GrowthRow, name: Name): string[] {
  const recoded = row.codec === null ? [] : [codecPhrase(row.codec)]
  if (row.kind === 'base') return [[baseWords(row, name), ...recoded].join(', ')]
  const cause = row.cause === null ? null : causePhrases[row.cause].row
  return [
    ...(row.status === 'added'
      ? ['new layer']
      : row.status === 'removed'
        ? ['layer removed']
        : row.edited
          ? ['instruction edited']
          : []),
    ...(row.moved ? ['moved to another place'] : []),
    ...(cause === null ? [] : [row.cause === 'drift' && hasSameContents(row) ? onlyTimesDiffer : cause]),
    ...recoded,
  ]
}

/** Returns whether only the times of files differ, and what compression makes of that. */
function hasSameContents({ before, after }: GrowthRow): boolean {
  const digest = before?.timelessDigest ?? null
  return digest !== null && digest === after?.timelessDigest
}

function baseWords({ baseImage }: GrowthRow, name: Name): string {
  const phrase = baseImage === null ? null : baseImagePhrase(baseImage, name)
  return phrase ?? 'cause not known'
}

function pathWords(
  { kind, path, before, after, package: packageName, cache, besidePackages }: PathGrowth,
  name: Name,
): string {
  const shortPath = name(shortenPath(kind === 'directory' && !path.endsWith('/') ? `${path}/` : path, 48))
  const told = cache ? `${cache} in ${shortPath}` : packageName === null ? shortPath : `package ${name(packageName)}`
  const shown = besidePackages ? `other files in ${told}` : told
  if (before === null) return `${shown} new, ${formatBytes(after)}`
  if (after === null) return `${shown} removed, ${formatGrowth(-before)}`
  return `${shown} ${formatGrown(before, after)}`
}

/** Tells in one line what moved together: all packages of a layer that another one had before. Pure. */
import type { PackageChange } from '../compare/packages.ts'
import { movePlace } from './package-words.ts'
import type { Name } from './sentences.ts'
import { formatCount, formatGrowth } from './units.ts'

/** One cause of a row. */
export interface RowCause {
  /** File bytes, after minus before. */
  readonly growth: number
  /** What it is sorted by: the growth without its sign, or the bytes of files that only moved. */
  readonly weight: number
  /** Null for a path. */
  readonly change: PackageChange | null
  readonly words: (name: Name) => string
}

/**
 * Returns the causes with one for all packages that only moved from the same layer, if there are more than a report
 * shows. They would hide what grew.
 */
export function movesTogether(
  causes: readonly RowCause[],
  asked: ReadonlySet<PackageChange>,
  limit: number,
): readonly RowCause[] {
  const keyOf = ({ change }: RowCause): string | null => (change === null || asked.has(change) ? null : moveKey(change))
  const groups = [...Map.groupBy(causes, keyOf)].flatMap(([key, some]) =>
    key === null || some.length <= limit ? [] : [some],
  )
  if (groups.length === 0) return causes
  const grouped = new Set(groups.flat())
  const together = groups.flatMap((some): readonly RowCause[] => {
    const [first] = some.flatMap(({ change }) => change ?? [])
    const growth = some.reduce((sum, one) => sum + one.growth, 0)
    const words = (name: Name): string =>
      first === undefined ? '' : `${movedTogether(first, some.length, name)}, ${formatGrowth(growth)}`
    return [{ growth, weight: Math.abs(growth), change: null, words }]
  })
  return [...together, ...causes.filter((cause) => !grouped.has(cause))]
}

/** Returns a key that is equal for packages that moved between the same two layers and did not change. Null for others. */
function moveKey({ before, after, growth, move }: PackageChange): string | null {
  const own = before ?? after
  if (!move || own === null || move.side.fileBytes !== Math.abs(growth)) return null
  if (own.versions.join() !== move.side.versions.join()) return null
  const { stage, base, line, former } = move
  return JSON.stringify([before === null, stage, base, line, former])
}

/** Returns words such as `95 packages moved here from the former line 12` for packages with one such key. */
function movedTogether({ before, move }: PackageChange, count: number, name: Name): string {
  if (!move) return ''
  return `${formatCount(count, 'package')} ${before === null ? 'moved here from' : 'moved to'} ${movePlace(move, name)}`
}

/** What grew at a point: the packages and paths that changed most. Pure. */
import { everyCause } from '../budget/measure.ts'
import { shortenPath } from '../text.ts'
import type { LayerChange, StageChange } from '../compare/comparison.ts'
import { maxGrownLength, maxVersionLength, maxGrown, nameForPoint, type Grown } from './point.ts'
import type { SmallChange } from './trend.ts'

/** Limit for what is kept of one cause of a point. */
const maxOfCause = maxGrown / everyCause.length
/** In bytes. Smaller growth explains nothing that a reader would look for. */
const smallest = 1_000

/** Returns what changed most in a stage, for each cause. */
export function grownIn({ layers }: Pick<StageChange, 'layers'>): readonly Grown[] {
  const all = summed(layers.flatMap(grownInLayer)).filter(({ growth }) => Math.abs(growth) >= smallest)
  return everyCause.flatMap((cause) => all.filter((one) => one.cause === cause).slice(0, maxOfCause))
}

/** Returns what changed most in several small changes, each name once. */
export function grownByChanges(changes: readonly SmallChange[], most: number): readonly Grown[] {
  return summed(
    changes.flatMap(({ point: { grown = [] }, parts }) =>
      grown.filter((one) => parts.some(({ cause }) => cause === one.cause)),
    ),
  )
    .filter(({ growth }) => growth !== 0)
    .slice(0, most)
}

function grownInLayer({ cause, packages, paths }: LayerChange): readonly Grown[] {
  if (cause === null) return []
  return [
    ...packages.map(({ name, before, after, growth }) => ({
      cause,
      name: nameForPoint(name, maxGrownLength),
      before: before === null ? null : versionsOf(before.versions),
      after: after === null ? null : versionsOf(after.versions),
      growth,
    })),
    ...paths
      .filter(({ unlisted }) => !unlisted)
      .map(({ path, package: owner, before, after }) => ({
        cause,
        name: owner === null ? pathForPoint(path) : nameForPoint(owner, maxGrownLength),
        ...{ before: null, after: null },
        growth: (after ?? 0) - (before ?? 0),
      })),
  ]
}

const versionsOf = (versions: readonly string[]): string | null =>
  versions.length === 0 ? null : nameForPoint(versions.join(', '), maxVersionLength)

/** Joins equal names of a cause, such as a package that moved to another layer. The largest growth comes first. */
function summed(all: readonly Grown[]): readonly Grown[] {
  const byKey = Map.groupBy(all, ({ cause, name }) => `${cause} ${name}`)
  return [...byKey.values()]
    .flatMap((same) => {
      const [first] = same
      if (first === undefined) return []
      return [
        {
          ...first,
          before: same.find(({ before }) => before !== null)?.before ?? null,
          after: same.findLast(({ after }) => after !== null)?.after ?? null,
          growth: same.reduce((sum, { growth }) => sum + growth, 0),
        },
      ]
    })
    .sort((one, other) => Math.abs(other.growth) - Math.abs(one.growth))
}

/** Shortens a path in its middle. Of characters with two code units, fewer are kept. */
function pathForPoint(path: string): string {
  const short = path.length <= maxGrownLength ? path : shortenPath(path, maxGrownLength)
  return short.length <= maxGrownLength ? short : shortenPath(path, maxGrownLength / 2)
}

/** What grew in builder stages. A layer that several stages have is listed once. Pure. */
import type { ImageComparison, StageChange } from '../compare/comparison.ts'
import { unpackedNoise } from '../compare/noise.ts'
import { buildersToExplain, maxBuilders } from './builder-stages.ts'
import { repeatsOnly, wordsOfCauses } from './cause-words.ts'
import { changeRows, isBase, sumOfGrowth, type GrowthRow } from './growth-rows.ts'
import { grownAmong, rowsIn, type GrowthTable } from './growth-tables.ts'
import type { Name } from './sentences.ts'
import { formatGrowth } from './units.ts'

/** What grew in a builder stage. */
export interface BuilderGrowth {
  readonly stage: StageChange
  /** Without layers that are listed under another stage. */
  readonly tables: readonly GrowthTable[]
  /** The rows of layers that are listed under builder stages before this one, and these stages. */
  readonly shared: readonly GrowthRow[]
  readonly sharedWith: readonly StageChange[]
}

/**
 * Returns what grew in the builder stages whose growth needs an explanation. Layers that the final stage has too are
 * left out, since they are among its rows.
 */
export function growthInBuilders(comparison: ImageComparison): readonly BuilderGrowth[] {
  const { final } = comparison
  const told = new Map(changeRows(final).map((row) => [keyOf(row, final), final]))
  const causes = wordsOfCauses(changeRows(final), asIs)
  return buildersToExplain(comparison)
    .slice(0, maxBuilders)
    .map((stage) => {
      const rows = changeRows(stage).map((row) => ({ row, by: told.get(keyOf(row, stage)) }))
      const shared = rows.filter(({ row, by }) => by !== undefined && by !== final && hasGrown(row))
      const untold = rows.flatMap(({ row, by }) => (by === undefined ? [row] : []))
      for (const row of untold) told.set(keyOf(row, stage), stage)
      return {
        stage,
        tables: withoutRepeated(grownAmong(untold), stage, final, causes),
        shared: shared.map(({ row }) => row),
        sharedWith: [...new Set(shared.flatMap(({ by }) => by ?? []))],
      }
    })
}

/** How much more than the final stage a builder stage may grow through the headers of the same files, as a share. */
const headers = 0.02

/** Returns the tables of a builder stage. Empty if they only repeat what the final stage grew by. */
function withoutRepeated(
  tables: readonly GrowthTable[],
  stage: StageChange,
  final: StageChange,
  causes: ReadonlySet<string>,
): readonly GrowthTable[] {
  const [own, other] = [stage, final].map(({ growth }) => growth.total.uncompressedSize ?? 0) as [number, number]
  // Several layers may have the same file, and the final stage only one of them.
  if (own - other > Math.max(unpackedNoise, headers * other)) return tables
  const rows = rowsIn(tables)
  return rows.length > 0 && rows.every((row) => repeatsOnly(row, causes, asIs)) ? [] : tables
}

const asIs: Name = (text) => text

/** Returns a key that is equal for equal layers, and for base images with equal layers. */
function keyOf({ kind, before, after }: GrowthRow, { layers }: StageChange): string {
  if (kind === 'layer') return `${before?.diffId} ${after?.diffId}`
  return layers.flatMap((layer) => (isBase(layer) ? `${layer.before?.diffId} ${layer.after?.diffId}` : [])).join()
}

const hasGrown = ({ status, growth }: GrowthRow): boolean => status !== 'same' && (growth.uncompressedSize ?? 0) > 0

/** Returns a sentence on the layers that are listed under other builder stages. Null if there are none. */
export function sharedSentence({ stage, tables, shared, sharedWith }: BuilderGrowth, name: Name): string | null {
  if (shared.length === 0) return null
  const nameOf = ({ after }: StageChange): string => name(after?.name ?? '')
  const { uncompressedSize } = sumOfGrowth(shared.map(({ growth }) => growth))
  const stages = `builder ${sharedWith.length === 1 ? 'stage' : 'stages'} ${sharedWith.map(nameOf).join(' and ')}`
  return `Builder stage ${nameOf(stage)} ${tables.length === 0 ? '' : 'also '}grew in layers that it shares with ${stages}: ${formatGrowth(uncompressedSize)} unpacked.`
}

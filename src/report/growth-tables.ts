/** What grew and what shrank in a stage, as tables that each report format lays out in its own way. Pure. */
import { defaultNoise, isFewBytes } from '../compare/noise.ts'
import type { Cause, Growth, StageChange } from '../compare/comparison.ts'
import { causePhrases } from './cause-phrases.ts'
import { changeRows, isCopied, sumOfGrowth, type GrowthRow } from './growth-rows.ts'
import { formatBytes, formatCount } from './units.ts'

/** Rows of what grew or of what shrank, sorted by growth, the largest first. */
export interface GrowthTable {
  readonly kind: 'grew' | 'shrank'
  /** The causes of its rows, such as `this change`. Null if the stage has no table for other causes. */
  readonly through: string | null
  /** Empty if all rows are small and another table of the stage has larger ones. */
  readonly rows: readonly GrowthRow[]
  /**
   * Rows too small to be shown one by one. If `rows` has any, the largest row of the table is never among the small
   * ones, and neither is the largest layer that names packages.
   */
  readonly small: readonly GrowthRow[]
  /** Growth of the larger layers that the small rows are beside, in bytes without signs. */
  readonly beside: number
}

/** The rows of a stage by what happened to them. */
export interface GrownAndShrunk {
  /**
   * What grew and what shrank. What this change did comes first and has tables of its own, so that a large base image
   * that moved never hides a small change.
   */
  readonly tables: readonly GrowthTable[]
  /** Different content whose size is not known on one side. */
  readonly notKnown: readonly GrowthRow[]
  /** Different content of the same size. */
  readonly level: readonly GrowthRow[]
  /** Compressed differently than before, so the growth to pull is not counted. */
  readonly recoded: readonly GrowthRow[]
  /** Rebuild drift, if all of it together is a few bytes to pull. */
  readonly driftNoise: readonly GrowthRow[]
  /** All other rows, if together they are a few bytes to pull, and nothing is known about any of them but its cause. */
  readonly noise: readonly GrowthRow[]
}

/** Returns what grew among these rows. */
export const grownAmong = (rows: readonly GrowthRow[]): readonly GrowthTable[] =>
  sortOut(rows).tables.filter(({ kind }) => kind === 'grew')

/** Returns the rows of a stage by what happened to them. */
export const grownAndShrunk = (stage: StageChange): GrownAndShrunk => sortOut(changeRows(stage))

function sortOut(all: readonly GrowthRow[]): GrownAndShrunk {
  const rows = all.filter(({ status }) => status !== 'same')
  const scoredRows = rows.filter((row) => scored(row) !== 0).sort((one, other) => shownOf(other) - shownOf(one))
  const drift = scoredRows.filter(({ cause }) => cause === 'drift')
  const driftNoise = isOnlyNoise(drift) ? drift : []
  const shown = driftNoise.length === 0 ? scoredRows : scoredRows.filter(({ cause }) => cause !== 'drift')
  const noise = shown.every(saysNothing) && isOnlyNoise(shown) ? shown : []
  const listed = noise.length === 0 ? shown : []
  const groups = [listed.filter(mayBeChange), listed.filter((row) => !mayBeChange(row))].filter(
    (group) => group.length > 0,
  )
  return {
    tables: groups.flatMap((group) => tablesOf(group, listed, groups.length > 1)),
    driftNoise,
    noise,
    notKnown: rows.filter(isNotKnown),
    level: rows.filter((row) => scored(row) === 0 && row.codec === null && !isNotKnown(row)),
    recoded: rows.filter((row) => row.codec !== null),
  }
}

/** Returns whether this change is the cause of a row, or may be. */
function mayBeChange({ cause, baseImage }: GrowthRow): boolean {
  // Layers of one base image may have several causes.
  return cause === null ? baseImage?.kind !== 'moved' : cause === 'change' || cause === 'unknown'
}

function tablesOf(
  group: readonly GrowthRow[],
  listed: readonly GrowthRow[],
  isOneOfTwo: boolean,
): readonly GrowthTable[] {
  const through = isOneOfTwo ? causesOf(group) : null
  const large = largeBeside(group, listed)
  const table = (kind: GrowthTable['kind'], rows: readonly GrowthRow[]): readonly GrowthTable[] => {
    if (rows.length === 0) return []
    if (large.length > 0 && rows.every(isSmall))
      return [{ kind, through, rows: [], small: rows, beside: weightOf(large) }]
    // However large the others are, what the change did is mentioned.
    if (listed.some((row) => !isSmall(row)) && rows.every((row) => isSmall(row) && !namesPackages(row)))
      return [{ kind, through, rows: [], small: rows, beside: 0 }]
    const parted = withoutSmall(rows)
    // A base image that was replaced makes no layer of this Dockerfile look small.
    return [{ kind, through, ...parted, beside: weightOf(parted.rows.filter((row) => row.kind === 'layer')) }]
  }
  const grew = group.filter((row) => scored(row) > 0)
  const shrank = group.filter((row) => scored(row) < 0)
  const tables = [table('grew', grew), table('shrank', shrank)]
  // The larger sum comes first.
  return (weightOf(shrank) > weightOf(grew) ? tables.reverse() : tables).flat()
}

/** Returns whether a row says which packages differ, which is worth a row however few bytes they are. */
const namesPackages = ({ packages, removes, keeps }: GrowthRow): boolean =>
  packages.length > 0 || removes !== undefined || keeps !== undefined

/**
 * Returns the larger rows of the stage beside which a few bytes of this group may be left out. What this change did is
 * never hidden by other causes, nor by a base image that was replaced.
 */
function largeBeside(group: readonly GrowthRow[], listed: readonly GrowthRow[]): readonly GrowthRow[] {
  const isOfChange = group.some(mayBeChange)
  return listed.filter((row) => !isSmall(row) && (!isOfChange || (row.kind === 'layer' && mayBeChange(row))))
}

/** Returns the causes of some rows as a noun. */
function causesOf(group: readonly GrowthRow[]): string {
  const has = (cause: Cause): boolean => group.some((row) => row.cause === cause)
  if (group.some(mayBeChange)) return causePhrases[has('unknown') ? 'unknown' : 'change'].noun
  const moved = group.filter(({ cause }) => cause !== 'drift')
  const isOfSource = moved.every((row) => isCopied(row) || row.images.some((image) => image.moved !== false))
  return [
    ...(moved.length === 0 ? [] : [isOfSource ? 'an image that moved' : causePhrases['base-image'].noun]),
    ...(has('drift') ? [causePhrases.drift.noun] : []),
  ].join(' and ')
}

/** Returns whether a row is too small to be shown beside larger ones. */
const isSmall = ({ growth }: GrowthRow): boolean => isFewBytes(growth)

/** Returns whether all rows together are only a few bytes to pull. */
function isOnlyNoise(rows: readonly GrowthRow[]): boolean {
  const pull = rows.reduce((sum, { growth }) => sum + Math.abs(growth.compressedSize ?? 0), 0)
  return pull <= defaultNoise && rows.every(isSmall)
}

/** Returns whether a row has nothing to tell but its figures and its cause. */
function saysNothing({
  kind,
  status,
  edited,
  moved,
  codec,
  packages,
  paths,
  repeats,
  removes,
  keeps,
}: GrowthRow): boolean {
  return (
    kind === 'layer' &&
    status === 'changed' &&
    !edited &&
    !moved &&
    codec === null &&
    packages.length === 0 &&
    paths.length === 0 &&
    !repeats &&
    !removes &&
    !keeps
  )
}

/** How many small rows are shown if there are no larger ones. */
const maxOnlySmall = 2

function withoutSmall(rows: readonly GrowthRow[]): Pick<GrowthTable, 'rows' | 'small'> {
  if (rows.length <= maxOnlySmall && rows.every(isSmall)) return { rows, small: [] }
  const kept = [rows[0], rows.find((row) => row.kind === 'layer' && namesPackages(row))]
  const isLeftOut = (row: GrowthRow): boolean => !kept.includes(row) && isSmall(row)
  return { rows: rows.filter((row) => !isLeftOut(row)), small: rows.filter(isLeftOut) }
}

/**
 * Returns `What grew`, or `What grew in builder stage build through this change`.
 *
 * @param where such as `in builder stage build`; empty for the final stage
 */
export function tableTitle({ kind, through }: GrowthTable, where = ''): string {
  return [`What ${kind}`, where, through === null ? '' : `through ${through}`].filter((part) => part !== '').join(' ')
}

/** Returns the rows that the tables name. */
export const rowsIn = (tables: readonly GrowthTable[]): readonly GrowthRow[] => tables.flatMap(({ rows }) => rows)

/** The small rows of a table are not mentioned if all of them together are at most this share of the larger ones. */
const mentionedShare = 0.001

/**
 * Returns the sum of the small rows of a table without a full stop, such as `And 3 smaller changes, 7 B together`. If
 * the table has no other rows, the sum is `What shrank: 3 small changes, 7 B together`, with the table's title. Null
 * if there are none, or if their sum says nothing beside the larger rows.
 */
export function smallWords(
  { rows, small, beside }: Pick<GrowthTable, 'rows' | 'small' | 'beside'>,
  title: string,
): string | null {
  if (small.length === 0 || weightOf(small) <= mentionedShare * beside) return null
  const bytes = bytesOf(sumOfGrowth(small.map(({ growth }) => growth)), small[0]?.sortedBy)
  const sum = `${formatCount(small.length, rows.length === 0 ? 'small change' : 'smaller change')}, ${formatBytes(bytes === null ? null : Math.abs(bytes))}${small.length === 1 ? '' : ' together'}`
  return rows.length === 0 ? `${title}: ${sum}` : `And ${sum}`
}

function weightOf(rows: readonly GrowthRow[]): number {
  return rows.reduce((sum, row) => sum + Math.abs(scored(row)), 0)
}

/** Returns the growth that a row is sorted by, in bytes. */
const scored = ({ growth, sortedBy }: GrowthRow): number => bytesOf(growth, sortedBy) ?? 0

/** Returns it as precisely as it is shown. Rows of the same figure, such as a copy and its chown, keep their order. */
const shownOf = (row: GrowthRow): number => Number(Math.abs(scored(row)).toPrecision(3))

/** Returns the growth to pull, or the unpacked growth if that is 0, not known, or not what rows are sorted by. */
function bytesOf({ compressedSize, uncompressedSize }: Growth, by: GrowthRow['sortedBy'] | undefined): number | null {
  return by === 'uncompressedSize' || compressedSize === null || compressedSize === 0
    ? uncompressedSize
    : compressedSize
}

/** Returns whether it is not known if a row grew. */
function isNotKnown(row: GrowthRow): boolean {
  return scored(row) === 0 && row.codec === null && row.growth.uncompressedSize === null
}

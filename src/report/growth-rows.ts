/** What grew and what shrank in a stage, as rows that each report format lays out in its own way. Pure. */
import { defaultNoise } from '../budget/sources.ts'
import type { BaseImageChange, Cause, Growth, LayerChange, Repetition, StageChange } from '../compare/comparison.ts'
import { joinLines } from '../dockerfile/instructions.ts'
import type { Layer } from '../record/footprint.ts'
import { sumOf } from '../record/layer-sums.ts'
import { causePhrases } from './cause-phrases.ts'
import { hasOnlyUnknown } from './cause-sentences.ts'
import { formatBytes, formatCount } from './units.ts'

/** A layer, or all layers of the base, with its growth. */
export interface GrowthRow {
  /** `base`: all layers of the base image together. */
  readonly kind: 'base' | 'layer'
  readonly status: 'same' | 'changed' | 'added' | 'removed'
  readonly growth: Growth
  /** Line of the head's Dockerfile, or of the baseline's for a removed layer. Null if it is not known. */
  readonly line: number | null
  /** The instruction or the base's reference, not escaped. Untrusted text; empty if there is none. */
  readonly foreign: string
  readonly before: Layer | null
  readonly after: Layer | null
  readonly cause: Cause | null
  /** Whether the cause of no layer of the stage is known, which a note says once. */
  readonly noneIsKnown: boolean
  readonly edited: boolean
  readonly moved: boolean
  /** Whether a layer below it differs, was added, removed or moved. */
  readonly layersBelow: 'same' | 'differ'
  readonly codec: LayerChange['codec']
  readonly packages: LayerChange['packages']
  readonly paths: LayerChange['paths']
  readonly repeats?: Repetition
  /** Set for the row of the base image; null for all others. */
  readonly baseImage: BaseImageChange | null
}

/** Rows of what grew or of what shrank, sorted by growth, the largest first. */
export interface GrowthTable {
  readonly kind: 'grew' | 'shrank'
  /** The causes of its rows, such as `this change`. Null if the stage has no table for other causes. */
  readonly through: string | null
  /** Empty if all rows are small and another table of the stage has larger ones. */
  readonly rows: readonly GrowthRow[]
  /**
   * Rows too small to be shown one by one. If `rows` has any, the largest row of the table is never among the small
   * ones, and neither is the largest one that is a layer.
   */
  readonly small: readonly GrowthRow[]
  /** Growth of the larger rows that the small ones are beside, in bytes without signs. */
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

/** Returns every layer as a row, with one row for all layers of the base. The growths add up to the stage's growth. */
export function changeRows(stage: StageChange): readonly GrowthRow[] {
  const isBase = (change: LayerChange): boolean => (change.after ?? change.before)?.origin === 'base'
  const base = stage.layers.filter(isBase)
  const first = stage.layers.findIndex(({ kind, moved }) => kind !== 'same' || moved)
  const others = stage.layers.flatMap((change, position) =>
    isBase(change) ? [] : [layerRow(change, first !== -1 && first < position ? 'differ' : 'same')],
  )
  const noneIsKnown = hasOnlyUnknown(stage)
  return [...(base.length === 0 ? [] : [baseRow(base, stage.baseImage)]), ...others].map((row) => ({
    ...row,
    noneIsKnown,
  }))
}

/** Returns the rows of a stage by what happened to them. */
export function grownAndShrunk(stage: StageChange): GrownAndShrunk {
  const rows = changeRows(stage).filter(({ status }) => status !== 'same')
  const scoredRows = rows
    .filter((row) => scored(row) !== 0)
    .sort((one, other) => Math.abs(scored(other)) - Math.abs(scored(one)))
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
    const parted = withoutSmall(rows)
    return [{ kind, through, ...parted, beside: weightOf(parted.rows) }]
  }
  const grew = group.filter((row) => scored(row) > 0)
  const shrank = group.filter((row) => scored(row) < 0)
  return [...table('grew', grew), ...table('shrank', shrank)]
}

/**
 * Returns the larger rows of the stage beside which a table of this group may be summed up. What this change did is
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
  return [
    ...(group.some(({ cause }) => cause !== 'drift') ? (['base-image'] as const) : []),
    ...(has('drift') ? (['drift'] as const) : []),
  ]
    .map((cause) => causePhrases[cause].noun)
    .join(' and ')
}

/** Unpacked bytes of a row that is too small to be shown. Archives are rounded up to 1,024 bytes for each file. */
const unpackedNoise = 10 * defaultNoise

function isSmall({ growth: { compressedSize, uncompressedSize } }: GrowthRow): boolean {
  return (
    compressedSize !== null &&
    uncompressedSize !== null &&
    Math.abs(compressedSize) <= defaultNoise &&
    Math.abs(uncompressedSize) <= unpackedNoise
  )
}

/** Returns whether all rows together are only a few bytes to pull. */
function isOnlyNoise(rows: readonly GrowthRow[]): boolean {
  const pull = rows.reduce((sum, { growth }) => sum + Math.abs(growth.compressedSize ?? 0), 0)
  return pull <= defaultNoise && rows.every(isSmall)
}

/** Returns whether a row has nothing to tell but its figures and its cause. */
function saysNothing({ kind, status, edited, moved, codec, packages, paths, repeats }: GrowthRow): boolean {
  return (
    kind === 'layer' &&
    status === 'changed' &&
    !edited &&
    !moved &&
    codec === null &&
    packages.length === 0 &&
    paths.length === 0 &&
    !repeats
  )
}

function withoutSmall(rows: readonly GrowthRow[]): Pick<GrowthTable, 'rows' | 'small'> {
  // A base image that was replaced makes no layer of this Dockerfile look small.
  const kept = [rows[0], rows.find(({ kind }) => kind === 'layer')]
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

/** The small rows of a table are not mentioned if all of them together are at most this share of the larger ones. */
const mentionedShare = 0.001

/**
 * Returns the sum of the small rows of a table without a full stop, such as `And 3 smaller changes, 7 B together`. If
 * the table has no other rows, the sum is `What shrank: 3 smaller changes, 7 B together`, with the table's title. Null
 * if there are none, or if their sum says nothing beside the larger rows.
 */
export function smallWords(
  { rows, small, beside }: Pick<GrowthTable, 'rows' | 'small' | 'beside'>,
  title: string,
): string | null {
  if (small.length === 0 || weightOf(small) <= mentionedShare * beside) return null
  const { compressedSize, uncompressedSize } = sumOfGrowth(small.map(({ growth }) => growth))
  const bytes = compressedSize === null || compressedSize === 0 ? uncompressedSize : compressedSize
  const sum = `${formatCount(small.length, 'smaller change')}, ${formatBytes(bytes === null ? null : Math.abs(bytes))}${small.length === 1 ? '' : ' together'}`
  return rows.length === 0 ? `${title}: ${sum}` : `And ${sum}`
}

function weightOf(rows: readonly GrowthRow[]): number {
  return rows.reduce((sum, row) => sum + Math.abs(scored(row)), 0)
}

/** Returns the growth that a row is sorted by, in bytes: to pull, or unpacked if that is 0 or not known. */
function scored({ growth }: GrowthRow): number {
  return growth.compressedSize === null || growth.compressedSize === 0
    ? (growth.uncompressedSize ?? 0)
    : growth.compressedSize
}

/** Returns whether it is not known if a row grew. */
function isNotKnown(row: GrowthRow): boolean {
  return scored(row) === 0 && row.codec === null && row.growth.uncompressedSize === null
}

type PlainRow = Omit<GrowthRow, 'noneIsKnown'>

function layerRow(change: LayerChange, layersBelow: GrowthRow['layersBelow']): PlainRow {
  const { kind, before, after, cause, edited, moved, growth, codec, packages, paths, repeats } = change
  const instruction = (after ?? before)?.instruction ?? null
  return {
    kind: 'layer',
    status: kind,
    growth,
    line: instruction?.line ?? null,
    foreign: instruction === null ? '' : joinLines(instruction.text),
    before,
    after,
    cause,
    edited,
    moved,
    layersBelow,
    codec,
    packages,
    paths,
    ...(repeats ? { repeats } : {}),
    baseImage: null,
  }
}

function baseRow(changes: readonly LayerChange[], baseImage: BaseImageChange): PlainRow {
  const changed = changes.filter(({ kind }) => kind !== 'same')
  const causes = [...new Set(changed.map(({ cause }) => cause))]
  return {
    kind: 'base',
    status: changed.length === 0 ? 'same' : 'changed',
    growth: sumOfGrowth(changes.map(({ growth }) => growth)),
    line: null,
    foreign: (baseImage.after ?? baseImage.before)?.reference ?? '',
    before: null,
    after: null,
    cause: causes.length === 1 ? (causes[0] ?? null) : null,
    edited: false,
    moved: false,
    layersBelow: 'same',
    codec: changed.find(({ codec }) => codec !== null)?.codec ?? null,
    packages: [],
    paths: [],
    baseImage,
  }
}

/** Returns the sum of growths. A quantity is null if one of its parts is not known. */
export function sumOfGrowth(growths: readonly Growth[]): Growth {
  return {
    compressedSize: sumOf(growths.map(({ compressedSize }) => compressedSize)),
    uncompressedSize: sumOf(growths.map(({ uncompressedSize }) => uncompressedSize)),
    fileBytes: sumOf(growths.map(({ fileBytes }) => fileBytes)),
    layers: growths.reduce((total, { layers }) => total + layers, 0),
  }
}

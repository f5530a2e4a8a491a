/** What grew and what shrank in a stage, as rows that every form of the report lays out in its own way. Pure. */
import { defaultNoise } from '../budget/sources.ts'
import type {
  BaseImageChange,
  Cause,
  Growth,
  ImageComparison,
  LayerChange,
  StageChange,
} from '../compare/comparison.ts'
import { joinLines } from '../dockerfile/instructions.ts'
import type { Layer } from '../record/footprint.ts'
import { sumOf } from '../record/layer-sums.ts'
import type { Name } from './sentences.ts'
import { formatBytes, formatCount } from './units.ts'

export interface GrowthRow {
  /** `base`: all layers of the base image together. */
  readonly kind: 'base' | 'layer'
  readonly status: 'same' | 'changed' | 'added' | 'removed'
  readonly growth: Growth
  /** Line of the head's Dockerfile, of a removed layer that of the baseline's; null where it is not known. */
  readonly line: number | null
  /** Foreign text, not escaped: the instruction or the base's reference. Empty where there is none. */
  readonly foreign: string
  readonly before: Layer | null
  readonly after: Layer | null
  readonly cause: Cause | null
  readonly edited: boolean
  readonly moved: boolean
  readonly codec: LayerChange['codec']
  readonly packages: LayerChange['packages']
  readonly paths: LayerChange['paths']
  /** Of the row of the base image; null in others. */
  readonly baseImage: BaseImageChange | null
}

/** Heaviest first. */
export interface GrowthRows {
  readonly rows: readonly GrowthRow[]
  /** Too little to be told one by one; the heaviest of all is never among them. */
  readonly small: readonly GrowthRow[]
}

export interface GrownAndShrunk {
  readonly grew: GrowthRows
  readonly shrank: GrowthRows
  /** Other contents, of which no size is known on one side. */
  readonly notKnown: readonly GrowthRow[]
  /** Other contents of the same size. */
  readonly level: readonly GrowthRow[]
  /** Compressed in another way: what they grew to pull is not counted. */
  readonly recoded: readonly GrowthRow[]
}

/** Every layer as a row, those of the base as one; their growths add up to the stage's. */
export function changeRows(stage: StageChange): readonly GrowthRow[] {
  const isBase = (change: LayerChange): boolean => (change.after ?? change.before)?.origin === 'base'
  const base = stage.layers.filter(isBase)
  const others = stage.layers.filter((change) => !isBase(change)).map(layerRow)
  return base.length === 0 ? others : [baseRow(base, stage.baseImage), ...others]
}

export function grownAndShrunk(stage: StageChange): GrownAndShrunk {
  const rows = changeRows(stage).filter(({ status }) => status !== 'same')
  const heaviest = (one: GrowthRow, other: GrowthRow): number => Math.abs(scored(other)) - Math.abs(scored(one))
  return {
    grew: withoutSmall(rows.filter((row) => scored(row) > 0).sort(heaviest)),
    shrank: withoutSmall(rows.filter((row) => scored(row) < 0).sort(heaviest)),
    notKnown: rows.filter(isNotKnown),
    level: rows.filter((row) => scored(row) === 0 && row.codec === null && !isNotKnown(row)),
    recoded: rows.filter((row) => row.codec !== null),
  }
}

function withoutSmall(rows: readonly GrowthRow[]): GrowthRows {
  const isSmall = ({ growth }: GrowthRow, position: number): boolean =>
    position > 0 &&
    [growth.compressedSize, growth.uncompressedSize].every((bytes) => bytes !== null && Math.abs(bytes) <= defaultNoise)
  const small = rows.filter(isSmall)
  return { rows: rows.filter((row) => !small.includes(row)), small }
}

/** What the small ones come to, such as `And 3 smaller changes, 7 B together`; without a full stop. */
export function smallWords(small: readonly GrowthRow[]): string {
  const { compressedSize, uncompressedSize } = sumOfGrowth(small.map(({ growth }) => growth))
  const bytes = compressedSize === null || compressedSize === 0 ? uncompressedSize : compressedSize
  return `And ${formatCount(small.length, 'smaller change')}, ${formatBytes(bytes === null ? null : Math.abs(bytes))}${small.length === 1 ? '' : ' together'}`
}

/** The growth that a row is sorted by: to pull, or unpacked where nothing is known or changed to pull. Bytes. */
function scored({ growth }: GrowthRow): number {
  return growth.compressedSize === null || growth.compressedSize === 0
    ? (growth.uncompressedSize ?? 0)
    : growth.compressedSize
}

/** Nothing is known to have grown, and not everything is known. */
function isNotKnown(row: GrowthRow): boolean {
  return scored(row) === 0 && row.codec === null && row.growth.uncompressedSize === null
}

function layerRow(change: LayerChange): GrowthRow {
  const { kind, before, after, cause, edited, moved, growth, codec, packages, paths } = change
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
    codec,
    packages,
    paths,
    baseImage: null,
  }
}

function baseRow(changes: readonly LayerChange[], baseImage: BaseImageChange): GrowthRow {
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
    codec: changed.find(({ codec }) => codec !== null)?.codec ?? null,
    packages: [],
    paths: [],
    baseImage,
  }
}

/** Paths of the Dockerfiles whose lines the rows name: foreign text. Undefined where they are not known. */
export interface RowFiles {
  readonly before: string | undefined
  readonly after: string | undefined
}

export function rowFiles({ before, after }: ImageComparison): RowFiles {
  return { before: before.dockerfile ?? undefined, after: after.dockerfile ?? undefined }
}

/** `vote/Dockerfile:5`, `line 5` if the file is not known, `was Dockerfile:5` for a removed layer. */
export function rowPlace({ line, status }: GrowthRow, files: RowFiles, name: Name): string {
  if (line === null) return 'line not known'
  const gone = status === 'removed'
  const file = gone ? (files.before ?? files.after) : files.after
  return `${gone ? 'was ' : ''}${file === undefined ? `line ${line}` : name(`${file}:${line}`)}`
}

/** A quantity is null as soon as one of them is not known. */
export function sumOfGrowth(growths: readonly Growth[]): Growth {
  return {
    compressedSize: sumOf(growths.map(({ compressedSize }) => compressedSize)),
    uncompressedSize: sumOf(growths.map(({ uncompressedSize }) => uncompressedSize)),
    fileBytes: sumOf(growths.map(({ fileBytes }) => fileBytes)),
    layers: growths.reduce((total, { layers }) => total + layers, 0),
  }
}

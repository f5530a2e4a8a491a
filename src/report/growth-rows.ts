/** The layers of a stage as rows with their growth. Pure. */
import type {
  BaseImageChange,
  Cause,
  Deletions,
  Growth,
  LayerChange,
  Repetition,
  SourceImage,
  StageChange,
} from '../compare/comparison.ts'
import type { EditedFiles, OtherFiles } from '../compare/edited-files.ts'
import { keywordOf } from '../compare/instruction-text.ts'
import type { EditElsewhere } from '../compare/edit-elsewhere.ts'
import { joinLines } from '../dockerfile/instructions.ts'
import type { Layer } from '../record/footprint.ts'
import { sumOf } from '../record/layer-sums.ts'
import { hasOnlyUnknown } from './cause-sentences.ts'

/** A layer, or all layers of the base, with its growth. */
export interface GrowthRow {
  /** `base`: all layers of the base image together. */
  readonly kind: 'base' | 'layer'
  readonly status: 'same' | 'changed' | 'added' | 'removed'
  readonly growth: Growth
  /** What the row is sorted by. Nobody pulls a builder stage, so its rows are sorted by unpacked bytes. */
  readonly sortedBy: 'compressedSize' | 'uncompressedSize'
  /**
   * Line of the head's Dockerfile, or of the baseline's for a removed layer. Of a base image, that of its FROM. Null if it
   * is not known.
   */
  readonly line: number | null
  /** The instruction or the base's reference, not escaped. Untrusted text; empty if there is none. */
  readonly foreign: string
  readonly before: Layer | null
  readonly after: Layer | null
  readonly cause: Cause | null
  /** Whether the cause of no layer of the stage is known, which a note says once. */
  readonly noneIsKnown: boolean
  /** Set if only the times of files differ, and the change had the step run again. */
  readonly isRerun?: true
  readonly edited: boolean
  readonly moved: boolean
  /** Whether a layer below it differs, was added, removed or moved. */
  readonly layersBelow: 'same' | 'differ'
  readonly codec: LayerChange['codec']
  readonly packages: LayerChange['packages']
  readonly paths: LayerChange['paths']
  readonly editedFiles?: EditedFiles
  readonly changedFiles?: OtherFiles
  readonly repeats?: Repetition
  readonly removes?: Deletions
  readonly keeps?: Deletions
  /** What the change did in other stages behind an unedited COPY, or above an unedited RUN. */
  readonly editsElsewhere: readonly EditElsewhere[]
  /** Images by a tag that the step takes files from. */
  readonly images: readonly SourceImage[]
  /** Set for the row of the base image; null for all others. */
  readonly baseImage: BaseImageChange | null
  /** Set for the row of a base image of which one side does not know the end. */
  readonly isEndNotKnown?: true
}

/** Returns whether a layer is in the row of the base image. */
export const isBase = ({ before, after, inBase }: LayerChange): boolean =>
  inBase !== undefined || (after ?? before)?.origin === 'base'

/** Returns whether a COPY made the layer of a row. What moved is then behind its source, not below the layer. */
export const isCopied = ({ kind, foreign }: Pick<GrowthRow, 'kind' | 'foreign'>): boolean =>
  kind === 'layer' && keywordOf(foreign) === 'COPY'

/** Returns every layer as a row, with one row for all layers of the base. The growths add up to the stage's growth. */
export function changeRows(stage: StageChange): readonly GrowthRow[] {
  const base = stage.layers.filter(isBase)
  const first = stage.layers.findIndex(({ kind, moved }) => kind !== 'same' || moved)
  const others = stage.layers.flatMap((change, position) =>
    isBase(change) ? [] : [layerRow(change, first !== -1 && first < position ? 'differ' : 'same')],
  )
  const noneIsKnown = hasOnlyUnknown(stage)
  const sortedBy = stage.after?.role === 'builder' ? 'uncompressedSize' : 'compressedSize'
  return [...(base.length === 0 ? [] : [baseRow(base, stage.baseImage)]), ...others].map((row) => ({
    ...row,
    noneIsKnown,
    sortedBy,
  }))
}

type PlainRow = Omit<GrowthRow, 'noneIsKnown' | 'sortedBy'>

function layerRow(change: LayerChange, layersBelow: GrowthRow['layersBelow']): PlainRow {
  const {
    kind,
    before,
    after,
    cause,
    isRerun,
    edited,
    moved,
    growth,
    codec,
    packages,
    paths,
    editedFiles,
    changedFiles,
    repeats,
    removes,
    keeps,
    editsElsewhere = [],
    images = [],
  } = change
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
    ...(isRerun ? { isRerun } : {}),
    ...(editedFiles ? { editedFiles } : {}),
    ...(changedFiles ? { changedFiles } : {}),
    ...(repeats ? { repeats } : {}),
    ...(removes ? { removes } : {}),
    ...(keeps ? { keeps } : {}),
    editsElsewhere,
    images,
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
    line: baseImage.after?.line ?? null,
    foreign: (baseImage.after ?? baseImage.before)?.reference ?? '',
    before: null,
    after: null,
    cause: causes.length === 1 ? (causes[0] ?? null) : null,
    edited: false,
    moved: false,
    layersBelow: 'same',
    codec: changed.find(({ codec }) => codec !== null)?.codec ?? null,
    packages: baseImage.packages,
    paths: baseImage.paths,
    editsElsewhere: [],
    images: [],
    baseImage,
    ...(changes.some(({ inBase }) => inBase === 'possible') ? { isEndNotKnown: true } : {}),
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

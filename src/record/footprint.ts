/**
 * The measurement of a revision, and but for one detail the shape of its JSON record (version 1, record.ts). The published
 * JSON Schema is made from these schemas.
 *
 * Bytes are integers. What is not known is `null`, never 0.
 */
import * as v from 'valibot'
import { digestPattern } from '../oci/digest.ts'
import { ContentsSchema } from './contents.ts'
import { bytes, count, longestText, text } from './fields.ts'
import { SavingsSchema } from './savings.ts'

/** Milliseconds since 1970, up to the year 9999: a later one has no date to be shown. */
const moment = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(253_402_300_799_999))
/** More images than any build makes at once. */
export const mostImages = 1_000
const digest = v.pipe(v.string(), v.regex(digestPattern))
const line = v.pipe(v.number(), v.integer(), v.minValue(1))

/** OCI image-spec image-index.md, "platform". */
export const PlatformSchema = v.object({
  os: v.pipe(
    text,
    v.description(
      'What the index says, else the config; "unknown" where neither does. The same goes for the other fields, which may be absent.',
    ),
  ),
  architecture: text,
  variant: v.optional(text),
  'os.version': v.optional(text),
  'os.features': v.optional(v.array(text)),
})

/**
 * A Dockerfile instruction as written: never expanded, so it holds no build-argument values. Of an image without
 * provenance the text is that of its history, without what may hold such values, and its lines are not known.
 */
export const InstructionSchema = v.object({ text, line: v.nullable(line), endLine: v.nullable(line) })

export const LayerSchema = v.object({
  digest: v.nullable(digest),
  diffId: digest,
  mediaType: text,
  compressedSize: v.pipe(
    v.nullable(bytes),
    v.description(
      "Size of the layer's descriptor: what a client downloads, also of an uncompressed layer. Null where the source holds layers unpacked and a push would compress them.",
    ),
  ),
  /** Exact length of the layer's tar. Null, as the next four, where the source does not hold the layer. */
  uncompressedSize: v.nullable(bytes),
  /** Sum of the sizes of its regular files as unpacked. */
  fileBytes: v.nullable(bytes),
  entries: v.nullable(count),
  whiteouts: v.nullable(count),
  opaqueWhiteouts: v.nullable(count),
  /**
   * Of all that the layer unpacks to but for the times of its files: two layers that a step made at different times have
   * one where nothing else differs. Null or absent where it was not made, as of layers of the base.
   */
  timelessDigest: v.optional(v.nullable(digest)),
  /** Of the external base image, of another stage that this one is FROM, or of this stage's instructions. */
  origin: v.picklist(['base', 'inherited', 'own']),
  instruction: v.nullable(InstructionSchema),
  /** Of layers above the base; null or absent where it was not looked at. */
  contents: v.optional(v.nullable(ContentsSchema)),
})

export const TotalsSchema = v.object({
  layers: count,
  baseLayers: v.nullable(count),
  inheritedLayers: v.nullable(count),
  ownLayers: v.nullable(count),
  /** History entries above the base that made no layer. */
  metadataOnlySteps: v.nullable(count),
  compressedSize: v.pipe(
    v.nullable(bytes),
    v.description(
      'Sum of compressedSize over the layers, each digest once: a client downloads a blob once, however often the image lists it. The other sums count every layer of the list.',
    ),
  ),
  /** Null, as the next two, where that of a layer is not known. */
  uncompressedSize: v.nullable(bytes),
  fileBytes: v.nullable(bytes),
  entries: v.nullable(count),
})

export const BaseSchema = v.object({
  /** As resolved: build arguments of FROM are expanded only where the reference itself is public. */
  reference: text,
  digest: v.nullable(digest),
  layers: count,
})

export const UseSchema = v.object({
  /** Name of the stage (its index, if unnamed), or the reference of an image or build context. */
  stage: text,
  via: v.picklist(['copy', 'mount', 'from']),
  /** File bytes that COPY --from or FROM brought into this stage; null where it cannot be known. */
  carriedBytes: v.nullable(bytes),
})

/** What a stage's file system holds after all whiteouts: as `docker export` shows it, without what an engine adds. */
export const FileSystemSchema = v.object({
  /** Names of regular files, each hard link of its own. */
  files: count,
  /** Sum of the sizes of its regular files; those of hard links once. */
  fileBytes: bytes,
})

/** Position of a layer in `layers` of the stage, lowest first, from 0. */
const layerPosition = count

/** Files that one layer added and another hides: deleted there, or replaced. */
export const WasteItemSchema = v.object({
  /** The file, or a directory that all of them are in; empty for the root. */
  path: text,
  kind: v.picklist(['file', 'directory']),
  files: count,
  fileBytes: bytes,
  /** Of the bytes, those in whose place a file of the same size came: a change of mode or owner copies a file. */
  sameSizeBytes: bytes,
  addedBy: layerPosition,
  /** The same layer, where a path occurs twice in its tar. */
  hiddenBy: layerPosition,
})

export const WasteSchema = v.object({
  /** File bytes of all layers less those of the final file system. */
  fileBytes: bytes,
  /** Of them, what layers of the base image hide of each other; null where the base is not known. */
  baseFileBytes: v.nullable(bytes),
  /** Of what is hidden by other layers than the base's (by any, where the base is not known), the heaviest first. */
  items: v.array(WasteItemSchema),
})

/** What a tool keeps to be faster the next time, in the final file system. */
export const CacheSchema = v.object({
  /** Whose it is, in words. */
  name: text,
  /** Its directory; the name alone of directories that are in many places. */
  path: text,
  files: count,
  fileBytes: bytes,
  addedBy: layerPosition,
})

export const StageSchema = v.object({
  /** As written after AS; the index as a string, if unnamed. */
  name: text,
  index: count,
  role: v.picklist(['builder', 'final']),
  line: v.optional(v.nullable(line)),
  base: v.nullable(BaseSchema),
  totals: TotalsSchema,
  layers: v.array(LayerSchema),
  /** Every instruction of this stage after its FROM, in order, whether it made a layer or not; absent if not known. */
  instructions: v.optional(v.array(InstructionSchema)),
  uses: v.array(UseSchema),
  /** Of the final stage; null or absent where it is not known, and so are the next two. */
  fileSystem: v.optional(v.nullable(FileSystemSchema)),
  waste: v.optional(v.nullable(WasteSchema)),
  /** The heaviest first; of one directory, for each layer that put files there. */
  caches: v.optional(v.nullable(v.array(CacheSchema))),
  /** What edits of the Dockerfile would save; null or absent where that is not known, as where the base is not. */
  savings: v.optional(v.nullable(SavingsSchema)),
})

/** What an earlier run weighed of a stage whose result was the same. */
export const RecordedFiguresSchema = v.object({
  /** Full commit hash; null where the record does not tell. */
  commit: v.nullable(text),
  /** When it was weighed, in milliseconds since 1970. */
  weighedAt: moment,
  base: v.nullable(BaseSchema),
  totals: TotalsSchema,
})

/**
 * A stage that the target needs and that was not built in this run: a cache held what others take from it, and the stage
 * itself is in no cache (`mode=min`). None of its figures are known in this run.
 */
export const UnbuiltStageSchema = v.object({
  name: text,
  index: count,
  role: v.literal('builder'),
  line: v.optional(v.nullable(line)),
  built: v.literal(false),
  base: v.null(),
  /** What its base would be: the reference of an image, or `scratch`; absent if not known. */
  baseReference: v.optional(text),
  totals: v.null(),
  layers: v.pipe(v.array(LayerSchema), v.maxLength(0)),
  instructions: v.optional(v.array(InstructionSchema)),
  uses: v.array(UseSchema),
  /** Null or absent where no record of such a run was found. */
  recorded: v.optional(v.nullable(RecordedFiguresSchema)),
})

/** A stage that the target does not need, so it was not built. */
export const StageNotBuiltSchema = v.object({ name: text, index: count, line: v.nullable(line) })

export const ImageSchema = v.object({
  name: text,
  platform: PlatformSchema,
  finalStage: text,
  /** Path of its Dockerfile from the root of the repository; null or absent where it is not known. */
  dockerfile: v.optional(v.nullable(text)),
  stages: v.array(StageSchema),
  /** In a record they stand among the stages, told apart by `built`. */
  unbuiltStages: v.optional(v.array(UnbuiltStageSchema)),
  stagesNotBuilt: v.optional(v.array(StageNotBuiltSchema)),
  /** Whether the weighed final stage is what was shipped, layer by layer; null where nothing was shipped. */
  matchesShipped: v.optional(v.nullable(v.boolean())),
})

/** The commit that was weighed, and what else decides whether two records can be compared. */
export const RevisionSchema = v.object({
  /** `HOST/OWNER/NAME` of the repository that the run was of; null or absent where that is not known. */
  repository: v.optional(v.nullable(text)),
  /** Full commit hash; null where the context is no Git checkout. */
  commit: v.nullable(text),
  /** Branch that a workflow ran for and whose very commit was built; null if there is none, as for pull requests. */
  branch: v.nullable(text),
  /** When it was weighed, in milliseconds since 1970. */
  weighedAt: moment,
  /** What decides the bytes besides the commit: Dockerfile, target, compression. Equal text, comparable records. */
  settings: text,
})

export const FootprintSchema = v.object({
  schemaVersion: v.literal(1),
  revision: v.optional(RevisionSchema),
  /** Sentences that a reader of the figures should know, such as a fall-back that was taken. */
  notes: v.optional(v.array(text)),
  images: v.array(ImageSchema),
})

export type Instruction = Readonly<v.InferOutput<typeof InstructionSchema>>
export type Revision = Readonly<v.InferOutput<typeof RevisionSchema>>
export type Layer = Readonly<v.InferOutput<typeof LayerSchema>>
export type Totals = Readonly<v.InferOutput<typeof TotalsSchema>>
export type Base = Readonly<v.InferOutput<typeof BaseSchema>>
export type Waste = Readonly<v.InferOutput<typeof WasteSchema>>
export type WasteItem = Waste['items'][number]
export type Cache = Readonly<v.InferOutput<typeof CacheSchema>>
export type Use = Readonly<v.InferOutput<typeof UseSchema>>
export type Stage = Readonly<v.InferOutput<typeof StageSchema>>
export type RecordedFigures = Readonly<v.InferOutput<typeof RecordedFiguresSchema>>
export type UnbuiltStage = Readonly<v.InferOutput<typeof UnbuiltStageSchema>>
export type Image = Readonly<v.InferOutput<typeof ImageSchema>>
/** The measurement of a revision. */
export type Footprint = Readonly<v.InferOutput<typeof FootprintSchema>>

/** Foreign text as long as a record may have it; an ellipsis at its end says that it goes on. */
export function textForRecord(text: string): string {
  if (text.length <= longestText) return text
  // Half of a pair of surrogates is no character.
  return `${text.slice(0, longestText - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

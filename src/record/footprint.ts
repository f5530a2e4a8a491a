/**
 * The measurement of a revision. Except for one detail (`parse-record.ts`), this is also the structure of its JSON
 * record, version 1. The published JSON Schema is generated from these schemas.
 *
 * Bytes are integers. An unknown value is `null`, never 0.
 */
import * as v from 'valibot'
import { absenceFields } from './absence-fields.ts'
import { BasePackagesSchema, ContentsSchema } from './contents.ts'
import { bytes, count, digest, maxTextLength, text } from './fields.ts'
import { CacheSchema, DeletedPackageSchema, FileSystemSchema, maxDeletedPackages, WasteSchema } from './final-files.ts'
import { givenFields } from './given.ts'
import { SavingsSchema } from './savings.ts'
import { UseSchema } from './use.ts'

/** Milliseconds since 1970, up to the year 9999, because a later time could not be shown as a date. */
const moment = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(253_402_300_799_999))
/** Limit for the images of a record. No build makes as many at once. */
export const maxImages = 1_000
const line = v.pipe(v.number(), v.integer(), v.minValue(1))

/** OCI image-spec image-index.md, "platform". */
export const PlatformSchema = v.object({
  os: v.pipe(
    text,
    v.description(
      'From the index, or otherwise from the config. "unknown" if neither has it. The same applies to the other fields, which may be absent.',
    ),
  ),
  architecture: text,
  variant: v.optional(text),
  'os.version': v.optional(text),
  'os.features': v.optional(v.array(text)),
})

/**
 * A Dockerfile instruction as written. It is never expanded, so it contains no values of build arguments. For an image
 * without provenance, the text comes from its history, without anything that may be such a value, and the lines are
 * unknown.
 */
const InstructionSchema = v.object({ text, line: v.nullable(line), endLine: v.nullable(line) })

/** One layer of a stage. */
const LayerSchema = v.object({
  digest: v.nullable(digest),
  diffId: digest,
  mediaType: text,
  compressedSize: v.pipe(
    v.nullable(bytes),
    v.description(
      "Size in the layer's descriptor: what a client downloads, even if the layer is uncompressed. Null if the source holds layers unpacked and a push would compress them.",
    ),
  ),
  /**
   * Exact size of the layer's tar in bytes. Null if the source does not contain the layer. The same applies to the next
   * four.
   */
  uncompressedSize: v.nullable(bytes),
  /** Sum of the sizes of its regular files when unpacked, in bytes. */
  fileBytes: v.nullable(bytes),
  entries: v.nullable(count),
  whiteouts: v.nullable(count),
  opaqueWhiteouts: v.nullable(count),
  /**
   * Digest of everything that the layer unpacks to, except for the times of its files. If a step runs twice and nothing
   * else differs, both layers have the same one. Null or absent if it was not computed, for example for layers of the
   * base image of a build.
   */
  timelessDigest: v.optional(v.nullable(digest)),
  /**
   * Whether the layer belongs to the external base image, to another stage that this one is FROM, or to this stage's
   * own instructions.
   */
  origin: v.picklist(['base', 'inherited', 'own']),
  instruction: v.nullable(InstructionSchema),
  /** For layers above the base. Null or absent if the contents were not read. */
  contents: v.optional(v.nullable(ContentsSchema)),
})

/** Totals over the layers of a stage. */
const TotalsSchema = v.object({
  layers: count,
  baseLayers: v.nullable(count),
  inheritedLayers: v.nullable(count),
  ownLayers: v.nullable(count),
  /** Number of history entries above the base that made no layer. */
  metadataOnlySteps: v.nullable(count),
  compressedSize: v.pipe(
    v.nullable(bytes),
    v.description(
      'Sum of compressedSize over the layers, each digest once: a client downloads a blob once, however often the image lists it. The other sums count every layer of the list.',
    ),
  ),
  /** Null if it is unknown for some layer. The same applies to the next two. */
  uncompressedSize: v.nullable(bytes),
  fileBytes: v.nullable(bytes),
  entries: v.nullable(count),
})

/** The external base image of a stage. */
export const BaseSchema = v.object({
  /** As resolved. Build arguments in FROM are only expanded if the reference itself is public. */
  reference: text,
  digest: v.nullable(digest),
  layers: count,
  line: v.exactOptional(
    v.pipe(
      line,
      v.description(
        'Dockerfile line of the FROM that names it, which may be in a stage below. Absent for existing images, and in earlier releases.',
      ),
    ),
  ),
  packages: v.optional(
    v.pipe(
      v.nullable(BasePackagesSchema),
      v.description(
        'Its packages, for the final stage. Null or absent if they are not known, as in records of earlier releases.',
      ),
    ),
  ),
})

/** A stage that was built and weighed. */
export const StageSchema = v.object({
  /** As written after AS. If the stage has no name, its index as a string. */
  name: text,
  index: count,
  role: v.picklist(['builder', 'final']),
  line: v.optional(v.nullable(line)),
  base: v.nullable(BaseSchema),
  totals: TotalsSchema,
  layers: v.array(LayerSchema),
  /** Every instruction of this stage after its FROM, in order, whether or not it made a layer. Absent if unknown. */
  instructions: v.optional(v.array(InstructionSchema)),
  /** The ARGs before the first FROM. Absent if the stage declares none of them again. */
  globalArguments: v.optional(v.array(InstructionSchema)),
  uses: v.array(UseSchema),
  /** For the final stage. Null or absent if unknown. The same applies to the next two. */
  fileSystem: v.optional(v.nullable(FileSystemSchema)),
  waste: v.optional(v.nullable(WasteSchema)),
  /** Heaviest first. A directory is listed once for each layer that put files into it. */
  caches: v.optional(v.nullable(v.array(CacheSchema))),
  deletedPackages: v.optional(
    v.pipe(
      v.nullable(v.pipe(v.array(DeletedPackageSchema), v.maxLength(maxDeletedPackages))),
      v.description(
        'Packages of which the final file system has no file, heaviest first. Their bytes are still shipped.',
      ),
    ),
  ),
  /** What edits of the Dockerfile would save. Null or absent if that is not known, for example because the base is not. */
  savings: v.optional(v.nullable(SavingsSchema)),
})

/** The figures from an earlier run for a stage with the same instructions, from which others took the same layers. */
const RecordedFiguresSchema = v.object({
  /** Full commit hash. Null if the record does not contain it. */
  commit: v.nullable(text),
  /** When it was weighed, in milliseconds since 1970. */
  weighedAt: moment,
  base: v.nullable(BaseSchema),
  totals: TotalsSchema,
})

/**
 * A stage that the target needs but whose figures are not known in this run. Usually it was not built, because what
 * others take from it came from a cache that does not have the stage itself (`mode=min`).
 */
export const UnbuiltStageSchema = v.object({
  name: text,
  index: count,
  role: v.literal('builder'),
  line: v.optional(v.nullable(line)),
  built: v.literal(false),
  ...absenceFields,
  base: v.null(),
  /** What its base would be: the reference of an image, or `scratch`. Absent if unknown. */
  baseReference: v.optional(text),
  /** Digest of its base image, as the build resolved it. Absent if unknown. */
  baseDigest: v.optional(text),
  totals: v.null(),
  layers: v.pipe(v.array(LayerSchema), v.maxLength(0)),
  instructions: v.optional(v.array(InstructionSchema)),
  /** The ARGs before the first FROM. Absent if the stage declares none of them again. */
  globalArguments: v.optional(v.array(InstructionSchema)),
  uses: v.array(UseSchema),
  /** Null or absent if no earlier record has figures that can be used. */
  recorded: v.optional(v.nullable(RecordedFiguresSchema)),
})

/** A stage that the target does not need, so it was not built. */
const StageNotBuiltSchema = v.object({ name: text, index: count, line: v.nullable(line) })

/** An image with its stages. */
export const ImageSchema = v.object({
  name: text,
  platform: PlatformSchema,
  finalStage: text,
  /** Path of its Dockerfile from the root of the repository. Null or absent if it is not known. */
  dockerfile: v.optional(v.nullable(text)),
  ...givenFields,
  stages: v.array(StageSchema),
  /** In a record, they are listed among the other stages, and `built` distinguishes them. */
  unbuiltStages: v.optional(v.array(UnbuiltStageSchema)),
  stagesNotBuilt: v.optional(v.array(StageNotBuiltSchema)),
  /** Whether the weighed final stage has the same layers as the shipped image. Null if nothing was shipped. */
  matchesShipped: v.optional(v.nullable(v.boolean())),
})

/** The commit that was weighed, and everything else that decides whether two records can be compared. */
const RevisionSchema = v.object({
  /** `HOST/OWNER/NAME` of the repository of the run. Null or absent if unknown. */
  repository: v.optional(v.nullable(text)),
  /** Full commit hash. Null if the context is not a Git checkout. */
  commit: v.nullable(text),
  /**
   * The branch that a workflow ran for, if exactly its commit was built. Null if there is none, as for a pull request.
   */
  branch: v.nullable(text),
  /** When it was weighed, in milliseconds since 1970. */
  weighedAt: moment,
  /** When it was committed, in milliseconds since 1970. Null or absent if it is not known. */
  committedAt: v.optional(v.nullable(moment)),
  /** First line of the commit's message. Null or absent if it is not known. */
  subject: v.optional(v.nullable(text)),
  /**
   * What affects the bytes besides the commit: Dockerfile, target, compression. Records are comparable if this text is
   * equal.
   */
  settings: text,
})

/** The measurement of a revision. */
export const FootprintSchema = v.object({
  schemaVersion: v.literal(1),
  revision: v.optional(RevisionSchema),
  /** Sentences that readers of the figures should know, for example about a fallback. */
  notes: v.optional(v.array(text)),
  images: v.array(ImageSchema),
  unweighedTargets: v.optional(
    v.pipe(
      v.array(text),
      v.maxLength(maxImages),
      v.description('Names of the bake targets that could not be weighed. Absent if there are none.'),
    ),
  ),
})

/** A Dockerfile instruction as written, with its lines. */
export type Instruction = Readonly<v.InferOutput<typeof InstructionSchema>>
/** The commit that was weighed, and what decides whether two records can be compared. */
export type Revision = Readonly<v.InferOutput<typeof RevisionSchema>>
/** One layer of a stage. */
export type Layer = Readonly<v.InferOutput<typeof LayerSchema>>
/** Totals over the layers of a stage. */
export type Totals = Readonly<v.InferOutput<typeof TotalsSchema>>
/** The external base image of a stage. */
export type Base = Readonly<v.InferOutput<typeof BaseSchema>>
/** The bytes that layers of a stage hide. */
export type Waste = Readonly<v.InferOutput<typeof WasteSchema>>
/** Files that one layer added and another one hides. */
export type WasteItem = Waste['items'][number]
/** A cache in the final file system. */
export type Cache = Readonly<v.InferOutput<typeof CacheSchema>>
/** A stage that was built and weighed. */
export type Stage = Readonly<v.InferOutput<typeof StageSchema>>
/** The figures from an earlier run for a stage with the same instructions, from which others took the same layers. */
export type RecordedFigures = Readonly<v.InferOutput<typeof RecordedFiguresSchema>>
/** A stage that the target needs but that was not built in this run. */
export type UnbuiltStage = Readonly<v.InferOutput<typeof UnbuiltStageSchema>>
/** An image with its stages. */
export type Image = Readonly<v.InferOutput<typeof ImageSchema>>
/** The measurement of a revision. */
export type Footprint = Readonly<v.InferOutput<typeof FootprintSchema>>

/** Shortens an untrusted text to the limit of a record. An ellipsis at the end marks a text that was cut. */
export function textForRecord(text: string): string {
  if (text.length <= maxTextLength) return text
  // Half of a surrogate pair is not a character.
  return `${text.slice(0, maxTextLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

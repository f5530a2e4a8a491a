/** Parses records, which may come from somebody else. */
import * as v from 'valibot'
import { FootprintError } from '../errors.ts'
import {
  FootprintSchema,
  ImageSchema,
  maxImages,
  StageSchema,
  UnbuiltStageSchema,
  type Footprint,
  type Image,
  type Stage,
} from './footprint.ts'
import { repeatedLayers, sumOfLayers } from './layer-sums.ts'
import { problemOf } from './record-problem.ts'

const imageEntries = v.omit(ImageSchema, ['unbuiltStages']).entries
/** The JSON of a footprint. Stages that were not built are listed among the others, in the order of the Dockerfile. */
export const RecordSchema = v.object({
  ...FootprintSchema.entries,
  images: v.pipe(
    v.array(v.object({ ...imageEntries, stages: v.array(v.union([StageSchema, UnbuiltStageSchema])) })),
    v.minLength(1),
    v.maxLength(maxImages),
  ),
})

/** Returns the record of a footprint. */
export function recordOf(footprint: Footprint): v.InferOutput<typeof RecordSchema> {
  return {
    ...footprint,
    images: footprint.images.map(({ unbuiltStages = [], ...image }) => ({
      ...image,
      stages:
        unbuiltStages.length === 0
          ? image.stages
          : [...image.stages, ...unbuiltStages].toSorted((one, other) => one.index - other.index),
    })),
  }
}

function footprintOf(record: v.InferOutput<typeof RecordSchema>): Footprint {
  return {
    ...record,
    images: record.images.map((image) => {
      const unbuilt = image.stages.filter((stage) => stage.totals === null)
      return {
        ...image,
        stages: image.stages.filter((stage) => stage.totals !== null),
        ...(unbuilt.length === 0 ? {} : { unbuiltStages: unbuilt }),
      }
    }),
  }
}

/** The versions that this program can read. */
const readVersions = [1]

/**
 * Parses a record.
 *
 * @param name name of the file, for messages
 * @throws FootprintError UNREADABLE_INPUT if the text is not a record, or has another version
 */
export function parseRecord(text: string, name: string): Footprint {
  if (isTrend(text))
    throw new FootprintError(
      'UNREADABLE_INPUT',
      `${name} is a trend, not a record: run "stage-footprint trend ${name === 'standard input' ? '-' : name}"`,
    )
  if (text === '') throw new FootprintError('UNREADABLE_INPUT', `${name} is empty: it is not a record`)
  if (isUtf16(text))
    throw new FootprintError(
      'UNREADABLE_INPUT',
      `${name} is UTF-16 text, as Windows PowerShell writes it with ">": write the record with --json FILE instead`,
    )
  let json: unknown
  try {
    json = JSON.parse(text.replace(byteOrderMark, ''))
  } catch (cause) {
    throw new FootprintError('UNREADABLE_INPUT', `${name} is not a record: it is not JSON`, { cause })
  }
  const version = v.safeParse(v.object({ schemaVersion: v.unknown(), images: v.optional(v.unknown()) }), json)
  if (!version.success || version.output.schemaVersion === undefined)
    throw new FootprintError('UNREADABLE_INPUT', `${name} is not a record: it has no schemaVersion`)
  if (readVersions.some((known) => String(known) === version.output.schemaVersion))
    throw new FootprintError(
      'UNREADABLE_INPUT',
      `${name} is not a valid record: schemaVersion is text, and must be a number, such as ${readVersions.join(', ')}`,
    )
  if (!readVersions.some((known) => known === version.output.schemaVersion))
    throw new FootprintError(
      'UNREADABLE_INPUT',
      // Such as the index of an image layout.
      version.output.images === undefined
        ? `${name} is not a record: it has no images`
        : `${name} is a record of version ${versionText(version.output.schemaVersion)}; this program reads version ${readVersions.join(', ')}`,
    )
  const record = v.safeParse(RecordSchema, json)
  if (record.success) {
    const footprint = footprintOf(record.output)
    return { ...footprint, images: footprint.images.map(withBlobsOnce) }
  }
  throw new FootprintError('UNREADABLE_INPUT', `${name} is not a valid record: ${problemOf(record.issues[0])}`)
}

/** Some editors begin UTF-8 with it. */
const byteOrderMark = /^\uFEFF/

/** Returns whether text was UTF-16 before it was decoded as UTF-8: it begins with a mark that is not UTF-8, or has a zero. */
const isUtf16 = (text: string): boolean => /^(?:\uFFFD\uFFFD.?\0|.\0|\0.)/s.test(text)

/** Limit for the first line of a trend in UTF-16 code units. */
const maxPointLength = 8_192
const PointSchema = v.object({ commit: v.unknown(), growth: v.unknown(), pull: v.unknown() })

/** Returns whether a text consists of points, as a trend does, each on a line of its own. */
function isTrend(text: string): boolean {
  const end = text.indexOf('\n')
  const length = end === -1 ? text.length : end
  if (length > maxPointLength) return false
  try {
    return v.is(PointSchema, JSON.parse(text.slice(0, length)))
  } catch {
    return false
  }
}

/** Corrects the sums of earlier releases, which counted a blob as often as an image lists it. */
function withBlobsOnce(image: Image): Image {
  if (image.stages.every(({ layers }) => repeatedLayers(layers).length === 0)) return image
  const stages = image.stages.map((stage): Stage => ({
    ...stage,
    totals: { ...stage.totals, compressedSize: sumOfLayers(stage.layers).compressedSize },
  }))
  return { ...image, stages }
}

/** Returns a version for a message. A foreign value may be very long, or nested too deeply for JSON.stringify. */
function versionText(version: unknown): string {
  if (typeof version === 'string') return JSON.stringify(version.slice(0, 40))
  return typeof version === 'number' ? String(version) : 'that is neither a number nor text'
}

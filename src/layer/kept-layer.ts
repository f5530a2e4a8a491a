/** What the files of a layer in the index store hold: each is validated where it is read, since anybody may write there. */
import * as v from 'valibot'
import { parseKept } from '../cache/text-store.ts'
import { isDigest, type Digest } from '../oci/digest.ts'
import { packagesSchema } from '../packages/packages-schema.ts'
import { maxListBytes } from './entry-list.ts'
import type { LayerContents, LayerIndex, LayerPackagesAndOthers } from './layer-index.ts'

/** No contents are larger: lists, their texts and the longest form of these in JSON are bounded. */
export const maxContentsBytes = 16_000_000
/** Two digests and some numbers. */
export const maxIndexBytes = 4_096
/** Lists may be kept by a release that allows longer ones. */
export const maxEntriesBytes = 2 * maxListBytes

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const digestSchema = v.custom<Digest>(isDigest)
const listsSchema = v.object({
  files: v.array(v.object({ path: v.string(), fileBytes: count })),
  directories: v.array(v.object({ path: v.string(), fileBytes: count, files: count })),
  complete: v.boolean(),
})
const keptPackagesSchema = v.object({
  ...packagesSchema.entries,
  others: v.nullable(listsSchema),
  /** Absent from what earlier releases kept. */
  owners: v.optional(v.nullable(v.string()), null),
})
const contentsSchema = v.object({
  digest: digestSchema,
  ...listsSchema.entries,
  /** JSON by itself: it may be long, and is looked into only when it is asked for. */
  packages: v.nullable(v.string()),
})
const indexSchema = v.object({
  digest: digestSchema,
  diffId: digestSchema,
  compressedSize: count,
  uncompressedSize: count,
  fileBytes: count,
  entries: count,
  whiteouts: count,
  opaqueWhiteouts: count,
  /** Absent from what earlier releases kept. */
  timelessDigest: v.optional(v.nullable(digestSchema), null),
  /** Bytes of the file of its contents: tells whether that is whole without reading it. */
  contentsBytes: v.pipe(count, v.maxValue(maxContentsBytes)),
  /** The same of its entries; null where they are not kept. */
  entriesBytes: v.nullable(v.pipe(count, v.maxValue(maxEntriesBytes))),
})

/** The index of a layer, and how long the files beside it have to be. */
export type KeptIndex = LayerIndex & { readonly contentsBytes: number; readonly entriesBytes: number | null }

/** The packages are JSON. */
export type KeptContents = LayerContents & { readonly packages: string | null }

/** Null if the text is torn, or of another layer or program. */
export function parseIndex(text: string | null, digest: Digest): KeptIndex | null {
  return ofLayer(parseKept(indexSchema, text), digest)
}

/** The same of the contents. */
export function parseContents(text: string | null, digest: Digest): KeptContents | null {
  return ofLayer(parseKept(contentsSchema, text), digest)
}

export function parsePackages(text: string): LayerPackagesAndOthers | null {
  return parseKept(keptPackagesSchema, text)
}

function ofLayer<Kept extends { readonly digest: Digest }>(kept: Kept | null, digest: Digest): Kept | null {
  return kept?.digest === digest ? kept : null
}

/**
 * The formats of a layer's files in the index store. Each file is validated when it is read, because anybody may write
 * there.
 */
import * as v from 'valibot'
import { parseKept } from '../cache/text-store.ts'
import { isDigest, type Digest } from '../oci/digest.ts'
import { packagesSchema } from '../packages/packages-schema.ts'
import { maxListBytes } from './entry-list.ts'
import type { LayerContents, LayerIndex, LayerPackagesAndOthers } from './layer-index.ts'

/**
 * Size limit for contents. The lists, their texts and the longest form of these in JSON are limited, so none are
 * larger.
 */
export const maxContentsBytes = 20_000_000
/** Size limit for an index, which has two digests and some numbers. */
export const maxIndexBytes = 4_096
/** Size limit for entries. Another release that allows longer lists may have written them. */
export const maxEntriesBytes = 2 * maxListBytes

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const digestSchema = v.custom<Digest>(isDigest)
const listsSchema = v.object({
  files: v.array(v.object({ path: v.string(), fileBytes: count, checksum: v.exactOptional(count) })),
  directories: v.array(v.object({ path: v.string(), fileBytes: count, files: count })),
  complete: v.boolean(),
})
const keptPackagesSchema = v.object({
  ...packagesSchema.entries,
  others: v.nullable(listsSchema),
  /** Absent in files of earlier releases. */
  owners: v.optional(v.nullable(v.string()), null),
})
const contentsSchema = v.object({
  digest: digestSchema,
  ...listsSchema.entries,
  bare: v.exactOptional(v.array(v.string())),
  /** A JSON text inside the JSON. It may be long, so it is parsed only when it is requested. */
  packages: v.nullable(v.string()),
  /** Packed. They are unpacked only when they are requested. */
  facts: v.string(),
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
  /** Absent in files of earlier releases. */
  timelessDigest: v.optional(v.nullable(digestSchema), null),
  /** Size of the file with the contents, which shows whether it is complete without reading it. */
  contentsBytes: v.pipe(count, v.maxValue(maxContentsBytes)),
  /** Size of the file with the entries. Null if they are not stored. */
  entriesBytes: v.nullable(v.pipe(count, v.maxValue(maxEntriesBytes))),
})

/** The index of a layer, and the expected sizes of its other files. */
export type KeptIndex = LayerIndex & { readonly contentsBytes: number; readonly entriesBytes: number | null }

/** The contents of a layer, with its packages as JSON and the packed facts about its files. */
export type KeptContents = LayerContents & { readonly packages: string | null; readonly facts: string }

/** Parses an index. Returns null if the text is incomplete, or belongs to another layer or program. */
export function parseIndex(text: string | null, digest: Digest): KeptIndex | null {
  return ofLayer(parseKept(indexSchema, text), digest)
}

/** Parses contents. Returns null for the same reasons. */
export function parseContents(text: string | null, digest: Digest): KeptContents | null {
  return ofLayer(parseKept(contentsSchema, text), digest)
}

/** Parses packages. Returns null if the text is incomplete or invalid. */
export function parsePackages(text: string): LayerPackagesAndOthers | null {
  return parseKept(keptPackagesSchema, text)
}

function ofLayer<Kept extends { readonly digest: Digest }>(kept: Kept | null, digest: Digest): Kept | null {
  return kept?.digest === digest ? kept : null
}

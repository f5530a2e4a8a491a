import * as v from 'valibot'
import { DigestSchema, isDigest, type Digest } from './digest.ts'
import { PartialPlatformSchema, platformFields } from './platform.ts'

const size = v.pipe(v.number(), v.integer(), v.minValue(0))

/** Media types have at most 255 characters (RFC 6838, section 4.2). */
const word = v.pipe(v.string(), v.maxLength(255))

/** Treats an invalid value as absent. For fields that no figure depends on. */
const orIgnored = <T, Out>(
  schema: v.GenericSchema<T, Out>,
): v.OptionalSchema<v.GenericSchema<T | undefined, Out | undefined>, undefined> =>
  v.optional(v.fallback(v.optional(schema), undefined), undefined)

/** Drops values that are not strings, because no image depends on them. */
const AnnotationsSchema = v.pipe(
  v.record(v.string(), v.unknown()),
  v.transform((all) =>
    Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
  ),
)

/** OCI image-spec descriptor.md. `size` is the name in the specification: bytes of the blob as stored. */
export const DescriptorSchema = v.object({
  mediaType: word,
  digest: DigestSchema,
  size,
  platform: PartialPlatformSchema,
  annotations: orIgnored(AnnotationsSchema),
})

/** All current manifests and indexes have version 2. Some writers leave it out. */
const SchemaVersionSchema = v.nullish(v.literal(2), 2)

/** OCI image-spec manifest.md. */
export const ManifestSchema = v.object({
  schemaVersion: SchemaVersionSchema,
  config: DescriptorSchema,
  layers: v.nullish(v.array(DescriptorSchema), []),
  annotations: orIgnored(AnnotationsSchema),
})

/** OCI image-spec image-index.md. */
export const IndexSchema = v.object({
  schemaVersion: SchemaVersionSchema,
  manifests: v.pipe(
    v.nullable(v.array(DescriptorSchema)),
    v.transform((listed) => listed ?? []),
  ),
})

/** The parts of OCI image-spec config.md that describe how the image was made. */
export const ImageConfigSchema = v.object({
  ...platformFields,
  // Go writes an empty list as null. An image without layers has one such list, and one without instructions has two.
  rootfs: v.nullish(v.object({ diff_ids: v.nullish(v.array(DigestSchema), []) }), { diff_ids: [] }),
  // If the history is invalid, the instructions are unknown.
  history: orIgnored(v.array(v.object({ created_by: orIgnored(v.string()), empty_layer: orIgnored(v.boolean()) }))),
})

/** Refers to a blob: its media type, digest and size. OCI image-spec descriptor.md. */
export type Descriptor = Readonly<v.InferOutput<typeof DescriptorSchema>>
/** The config and the layers of one image. OCI image-spec manifest.md. */
export type Manifest = Readonly<v.InferOutput<typeof ManifestSchema>>
/** A list of manifests, usually one for each platform. OCI image-spec image-index.md. */
export type Index = Readonly<v.InferOutput<typeof IndexSchema>>
/** The parts of an image's config that are used. OCI image-spec config.md. */
export type ImageConfig = Readonly<v.InferOutput<typeof ImageConfigSchema>>

/** The annotation that marks an attestation manifest, which is not an image. */
const referenceType = 'vnd.docker.reference.type'

/** Returns whether an entry of an index is an attestation manifest. */
export function isAttestation(descriptor: Descriptor): boolean {
  return descriptor.annotations?.[referenceType] !== undefined
}

/** Returns the digest of the image that an attestation manifest describes, or null if it names none. */
export function attestedImage(descriptor: Descriptor): Digest | null {
  const value = descriptor.annotations?.['vnd.docker.reference.digest']
  return isDigest(value) ? value : null
}

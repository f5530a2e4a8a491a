import * as v from 'valibot'
import { DigestSchema, isDigest, type Digest } from './digest.ts'
import { PartialPlatformSchema, platformFields } from './platform.ts'

const size = v.pipe(v.number(), v.integer(), v.minValue(0))

/** Media types have 255 characters at most (RFC 6838, section 4.2). */
const word = v.pipe(v.string(), v.maxLength(255))

/** What no number depends on: where it is not as it should be, it counts as absent. */
const orIgnored = <T, Out>(
  schema: v.GenericSchema<T, Out>,
): v.OptionalSchema<v.GenericSchema<T | undefined, Out | undefined>, undefined> =>
  v.optional(v.fallback(v.optional(schema), undefined), undefined)

/** Values that are no text are left out: no image depends on them. */
const AnnotationsSchema = v.pipe(
  v.record(v.string(), v.unknown()),
  v.transform((all) =>
    Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
  ),
)

/** OCI image-spec descriptor.md. `size` is the spec's own name: bytes of the blob as stored. */
export const DescriptorSchema = v.object({
  mediaType: word,
  digest: DigestSchema,
  size,
  platform: PartialPlatformSchema,
  annotations: orIgnored(AnnotationsSchema),
})

/** No other is a manifest or an index of today; some writers leave it out. */
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

/** The parts of OCI image-spec config.md that tell how the image came to be. */
export const ImageConfigSchema = v.object({
  ...platformFields,
  // Go writes an empty list as null: an image without layers has one, and one without instructions two.
  rootfs: v.nullish(v.object({ diff_ids: v.nullish(v.array(DigestSchema), []) }), { diff_ids: [] }),
  // What is not understood of it tells nothing: then instructions are not known.
  history: orIgnored(v.array(v.object({ created_by: orIgnored(v.string()), empty_layer: orIgnored(v.boolean()) }))),
})

export type Descriptor = Readonly<v.InferOutput<typeof DescriptorSchema>>
export type Manifest = Readonly<v.InferOutput<typeof ManifestSchema>>
export type Index = Readonly<v.InferOutput<typeof IndexSchema>>
export type ImageConfig = Readonly<v.InferOutput<typeof ImageConfigSchema>>

/** Annotation of an attestation manifest, which is not an image. */
const referenceType = 'vnd.docker.reference.type'

export function isAttestation(descriptor: Descriptor): boolean {
  return descriptor.annotations?.[referenceType] !== undefined
}

/** The image that an attestation manifest speaks of; null where it says none. */
export function attestedImage(descriptor: Descriptor): Digest | null {
  const value = descriptor.annotations?.['vnd.docker.reference.digest']
  return isDigest(value) ? value : null
}

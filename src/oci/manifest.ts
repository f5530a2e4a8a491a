import * as v from 'valibot'
import { DigestSchema, isDigest, type Digest } from './digest.ts'
import { PartialPlatformSchema, platformFields } from './platform.ts'

const size = v.pipe(v.number(), v.integer(), v.minValue(0))

/** Media types have 255 characters at most (RFC 6838, section 4.2). */
const word = v.pipe(v.string(), v.maxLength(255))

/** OCI image-spec descriptor.md. `size` is the spec's own name: bytes of the blob as stored. */
export const DescriptorSchema = v.object({
  mediaType: word,
  digest: DigestSchema,
  size,
  platform: PartialPlatformSchema,
  annotations: v.optional(v.record(v.string(), v.string())),
})

/** OCI image-spec manifest.md. */
export const ManifestSchema = v.object({
  schemaVersion: v.literal(2),
  config: DescriptorSchema,
  layers: v.nullish(v.array(DescriptorSchema), []),
  annotations: v.fallback(v.optional(v.record(v.string(), v.string())), undefined),
})

/** OCI image-spec image-index.md. */
export const IndexSchema = v.object({
  schemaVersion: v.literal(2),
  manifests: v.array(DescriptorSchema),
})

/** The parts of OCI image-spec config.md that tell how the image came to be. */
export const ImageConfigSchema = v.object({
  ...platformFields,
  // Go writes an empty list as null: an image without layers has one, and one without instructions two.
  rootfs: v.object({ diff_ids: v.nullish(v.array(DigestSchema), []) }),
  history: v.optional(
    v.nullable(v.array(v.object({ created_by: v.optional(v.string()), empty_layer: v.optional(v.boolean()) })), []),
  ),
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

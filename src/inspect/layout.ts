/** Reading an image layout (OCI image-layout.md): its image manifest and config, digests verified. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { FootprintError, messageOf } from '../errors.ts'
import { encodedPart, type Digest } from '../oci/digest.ts'
import {
  ImageConfigSchema,
  IndexSchema,
  isAttestation,
  ManifestSchema,
  type Descriptor,
  type ImageConfig,
  type Manifest,
} from '../oci/manifest.ts'
import { isIndexMediaType } from '../oci/media-type.ts'

export interface LayoutImage {
  readonly manifest: Manifest
  readonly config: ImageConfig
  readonly configDigest: Digest
  readonly manifestDigest: Digest
}

/** The single image of a layout, attestations aside. */
export async function readLayoutImage(layout: string): Promise<LayoutImage> {
  const index = parse(IndexSchema, await readFile(join(layout, 'index.json')), 'index.json')
  const descriptor = await imageDescriptor(layout, index.manifests)
  const manifest = parse(ManifestSchema, await readBlob(layout, descriptor), `manifest ${descriptor.digest}`)
  const config = parse(
    ImageConfigSchema,
    await readBlob(layout, manifest.config),
    `config ${manifest.config.digest}`,
  )
  if (config.rootfs.diff_ids.length !== manifest.layers.length)
    throw new FootprintError(
      'LAYER',
      `image ${descriptor.digest} is damaged: its manifest has ${manifest.layers.length} layers and its config ${config.rootfs.diff_ids.length}`,
    )
  return { manifest, config, configDigest: manifest.config.digest, manifestDigest: descriptor.digest }
}

async function imageDescriptor(layout: string, manifests: readonly Descriptor[]): Promise<Descriptor> {
  const images = manifests.filter((descriptor) => !isAttestation(descriptor))
  const [only] = images
  if (images.length !== 1 || !only)
    throw new FootprintError('WEIGHING_FAILED', `the builder exported ${images.length} images where one was asked for`)
  if (!isIndexMediaType(only.mediaType)) return only
  const inner = parse(IndexSchema, await readBlob(layout, only), `index ${only.digest}`)
  return imageDescriptor(layout, inner.manifests)
}

/** Manifests and configs are small; a larger one is not one. Bytes. */
const largestDocument = 8_000_000

async function readBlob(layout: string, { digest, size }: Descriptor): Promise<Buffer> {
  if (size > largestDocument) throw new FootprintError('LAYER', `blob ${digest} is too large for a manifest or config`)
  const blob = await readFile(join(layout, 'blobs', 'sha256', encodedPart(digest))).catch((cause: unknown) => {
    throw new FootprintError('LAYER', `blob ${digest} of the image layout cannot be read: ${messageOf(cause)}`, { cause })
  })
  const actual = `sha256:${createHash('sha256').update(blob).digest('hex')}`
  if (actual !== digest) throw new FootprintError('LAYER', `blob ${digest} is damaged: its bytes have digest ${actual}`)
  return blob
}

function parse<S extends v.GenericSchema>(schema: S, bytes: Buffer, what: string): v.InferOutput<S> {
  let json: unknown
  try {
    json = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new FootprintError('LAYER', `${what} is not JSON`, { cause })
  }
  const result = v.safeParse(schema, json)
  if (!result.success) throw new FootprintError('LAYER', `${what} is not as the OCI image-spec has it: ${result.issues[0].message}`)
  return result.output
}

/**
 * What is known of images of the engine, by the name that they were asked for: one file for each name. No value of a
 * build argument is in it, as in no `SourceImage`.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import { openTextStore, parseKept } from '../cache/text-store.ts'
import { DigestSchema, type Digest } from '../oci/digest.ts'
import { DescriptorSchema, ImageConfigSchema, type Descriptor } from '../oci/manifest.ts'
import type { Platform } from '../oci/platform.ts'
import { BaseSchema, PlatformSchema } from '../record/footprint.ts'
import { AttestedBuildSchema } from './attested-build.ts'
import type { SourceImage, SourceLayer } from './source-image.ts'

/** A layer without its bytes. */
export type RememberedLayer = Omit<SourceLayer, 'open' | 'part' | 'held'>

export interface RememberedImages {
  /** The engine's, a digest of all that is in it. */
  readonly imageId: Digest
  /** Of all platforms that the engine had. */
  readonly images: readonly (Omit<SourceImage, 'layers' | 'note'> & { readonly layers: readonly RememberedLayer[] })[]
  /** One for each image, in their order. */
  readonly platforms: readonly Platform[]
  readonly absent: readonly Descriptor[]
}

export interface ImageMemory {
  /** Null where nothing is remembered, or the file is torn or foreign. */
  readonly recall: (reference: string) => Promise<RememberedImages | null>
  /** A folder that cannot be written is no error. */
  readonly remember: (reference: string, images: RememberedImages) => Promise<void>
}

/** Part of the folder's name: a change of what a file holds needs a new one. */
const version = 'images-v2'
const mostNames = 200

const RememberedSchema = v.object({
  reference: v.string(),
  imageId: DigestSchema,
  images: v.array(
    v.object({
      names: v.array(v.string()),
      platform: PlatformSchema,
      contradicted: v.nullable(PlatformSchema),
      config: ImageConfigSchema,
      instructions: v.nullable(v.array(v.nullable(v.string()))),
      configDigest: DigestSchema,
      manifestDigest: v.nullable(DigestSchema),
      layers: v.array(
        v.object({
          blob: DescriptorSchema,
          digest: v.nullable(DigestSchema),
          diffId: DigestSchema,
          mediaType: v.string(),
          compressedSize: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
        }),
      ),
      attested: v.boolean(),
      build: v.nullable(AttestedBuildSchema),
      base: v.nullable(
        v.object({
          by: v.picklist(['annotations', 'labels']),
          base: v.nullable(BaseSchema),
          why: v.nullable(v.string()),
        }),
      ),
    }),
  ),
  platforms: v.array(PlatformSchema),
  absent: v.array(DescriptorSchema),
})

export function openImageMemory(folder: string): ImageMemory {
  const store = openTextStore(join(folder, version), mostNames)
  const fileOf = (reference: string): string => `${createHash('sha256').update(reference).digest('hex')}.json`
  return {
    recall: async (reference) => {
      const text = await store.get(fileOf(reference))
      const found = parseKept(RememberedSchema, text)
      return found?.reference === reference && found.images.length === found.platforms.length ? found : null
    },
    remember: async (reference, remembered) => {
      await store.put(fileOf(reference), JSON.stringify({ reference, ...remembered }))
    },
  }
}

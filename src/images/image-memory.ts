/**
 * Remembers the engine's images by the name that was requested, in one file for each name. Like a `SourceImage`, it
 * contains no values of build arguments.
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

/** A layer without access to its bytes. */
export type RememberedLayer = Omit<SourceLayer, 'open' | 'part' | 'storedBytes'>

/** The images that an engine had for a name. */
export interface RememberedImages {
  /** The ID that the engine uses: a digest of the whole image. */
  readonly imageId: Digest
  /** Images for all platforms that the engine had. */
  readonly images: readonly (Omit<SourceImage, 'layers' | 'note'> & { readonly layers: readonly RememberedLayer[] })[]
  /** The platform of each image, in the same order. */
  readonly platforms: readonly Platform[]
  readonly absent: readonly Descriptor[]
}

/** A memory for the images of an engine. */
export interface ImageMemory {
  /** Returns what is remembered for a reference. Returns null if there is nothing, or the file is damaged. */
  readonly recall: (reference: string) => Promise<RememberedImages | null>
  /** Remembers images. If the folder cannot be written, there is no error. */
  readonly remember: (reference: string, images: RememberedImages) => Promise<void>
}

/** Part of the folder's name. A change to the contents of a file needs a new one. */
const version = 'images-v2'
/** Limit for the number of names that are remembered. */
const maxNames = 200

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

/** Opens the memory in a folder, which is made on first use. */
export function openImageMemory(folder: string): ImageMemory {
  const store = openTextStore(join(folder, version), maxNames)
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

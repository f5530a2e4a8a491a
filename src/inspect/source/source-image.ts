/** One image of a source, for one platform. */
import type { Readable } from 'node:stream'
import type { FilePart } from '../../layer/seek-layer.ts'
import type { Digest } from '../../oci/digest.ts'
import type { Descriptor, ImageConfig } from '../../oci/manifest.ts'

export interface SourceImage {
  /** Names with tags, as the source has them; empty where it has none. */
  readonly names: readonly string[]
  readonly config: ImageConfig
  readonly configDigest: Digest
  /** Null where the source holds the image without its manifest. */
  readonly manifestDigest: Digest | null
  /** Lowest first. */
  readonly layers: readonly SourceLayer[]
  /** The predicate of an attached SLSA provenance; null where there is none. Not validated, and full of secrets. */
  readonly provenance: unknown
}

export interface SourceLayer {
  /** What is read and verified. Of a layer that only its diffID names, an uncompressed tar, that is the diffID. */
  readonly blob: Descriptor
  /** Digest of the blob that is pulled; null where the source holds the layer uncompressed only, without a manifest. */
  readonly digest: Digest | null
  readonly diffId: Digest
  readonly mediaType: string
  /** Bytes to pull; null where the source holds the layer uncompressed only. */
  readonly compressedSize: number | null
  readonly open: () => Promise<Readable>
  /** Where it lies in a local file; null where it does not. */
  readonly part: () => Promise<FilePart | null>
}

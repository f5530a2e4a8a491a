/** One image of a source, for one platform: what weighing needs to know of it. No value of a build argument is in here. */
import type { Readable } from 'node:stream'
import type { FilePart } from '../layer/file-part.ts'
import type { Digest } from '../oci/digest.ts'
import type { Descriptor, ImageConfig } from '../oci/manifest.ts'
import type { CombinedPlatform } from '../oci/platform.ts'
import type { AttestedBuild } from './attested-build.ts'
import type { CheckedBase } from './named-base.ts'

export interface SourceImage extends CombinedPlatform {
  /** Names with tags, as the source has them; empty where it has none. */
  readonly names: readonly string[]
  /** Its history has no words: see `withoutWords`. */
  readonly config: ImageConfig
  /** What history tells of each layer, lowest first, null where it does not; null where the two do not fit. */
  readonly instructions: readonly (string | null)[] | null
  readonly configDigest: Digest
  /** Null where the source holds the image without its manifest. */
  readonly manifestDigest: Digest | null
  /** Lowest first. */
  readonly layers: readonly SourceLayer[]
  /** Whether an SLSA provenance is attached. */
  readonly attested: boolean
  /** What it tells of the build; null where it has no steps, as of mode=min. */
  readonly build: AttestedBuild | null
  /** The base that its annotations or labels name; null where they do not, or provenance tells more. */
  readonly base: CheckedBase | null
  /** A sentence that a reader of the figures should know; null where there is none. */
  readonly note: string | null
}

export interface SourceLayer {
  /** What is read and verified. Of a layer that only its diffID names, an uncompressed tar, that is the diffID. */
  readonly blob: Descriptor
  /** Digest of the blob that is pulled; null where the source holds the layer uncompressed only, without a manifest. */
  readonly digest: Digest | null
  readonly diffId: Digest
  readonly mediaType: string
  /** Bytes to pull; null where the source holds layers unpacked, and a push would compress them. */
  readonly compressedSize: number | null
  /**
   * Bytes of the blob as the source holds it, null where it does not, without reading it. What a registry holds only a
   * request would tell: there it is the size that the manifest says.
   */
  readonly held: () => Promise<number | null>
  readonly open: () => Promise<Readable>
  /** Where it lies in a local file; null where it does not. */
  readonly part: () => Promise<FilePart | null>
}

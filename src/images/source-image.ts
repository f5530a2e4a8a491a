/** One image of a source for one platform, as weighing needs it. It contains no values of build arguments. */
import type { Readable } from 'node:stream'
import type { FilePart } from '../layer/file-part.ts'
import type { Digest } from '../oci/digest.ts'
import type { Descriptor, ImageConfig } from '../oci/manifest.ts'
import type { CombinedPlatform } from '../oci/platform.ts'
import type { AttestedBuild } from './attested-build.ts'
import type { CheckedBase } from './named-base.ts'

/** An image of a source. */
export interface SourceImage extends CombinedPlatform {
  /** Names with tags, as the source has them. Empty if it has none. */
  readonly names: readonly string[]
  /** Its history contains no texts. See `withoutArgumentValues`. */
  readonly config: ImageConfig
  /**
   * The instruction of each layer according to the history, lowest first, or null if it is unknown. Null if history and
   * layers do not match.
   */
  readonly instructions: readonly (string | null)[] | null
  readonly configDigest: Digest
  /** Null if the source has the image without its manifest. */
  readonly manifestDigest: Digest | null
  /** Lowest first. */
  readonly layers: readonly SourceLayer[]
  /** Whether an SLSA provenance is attached. */
  readonly attested: boolean
  /** The build that the provenance describes. Null if the provenance has no steps, as with mode=min. */
  readonly build: AttestedBuild | null
  /** The base that its annotations or labels name. Null if they name none, or the provenance has better information. */
  readonly base: CheckedBase | null
  /** A sentence that readers of the figures should know, or null. */
  readonly note: string | null
}

/** A layer of an image in a source. */
export interface SourceLayer {
  /**
   * The blob that is read and verified. For an uncompressed tar that only its diffID identifies, the digest is the
   * diffID.
   */
  readonly blob: Descriptor
  /**
   * Digest of the blob that clients pull. Null if the source has the layer only uncompressed and without a manifest.
   */
  readonly digest: Digest | null
  readonly diffId: Digest
  readonly mediaType: string
  /**
   * Size of the blob that clients pull, in bytes. Null if the source stores layers unpacked, so that a push would
   * compress them.
   */
  readonly compressedSize: number | null
  /**
   * Returns the size of the blob as the source stores it, in bytes, without reading it. Returns null if the source does
   * not have it. For a registry it is the size in the manifest, because only a request would show whether the blob
   * exists.
   */
  readonly storedBytes: () => Promise<number | null>
  readonly open: () => Promise<Readable>
  /** Returns the location of the blob in a local file, or null if it is not in one. */
  readonly part: () => Promise<FilePart | null>
}

/** The interface of every place that stores images: it returns blobs by digest. */
import type { Readable } from 'node:stream'
import { FootprintError } from '../errors.ts'
import type { FilePart } from '../layer/file-part.ts'
import type { Digest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'
import type { ImageReference } from './reference.ts'

/** A place that stores blobs. */
export interface Content {
  /** The path or reference, for messages. */
  readonly name: string
  /** Returns a whole verified document, or null if there is no such blob. */
  readonly document: (descriptor: Descriptor) => Promise<Buffer | null>
  /**
   * Returns the size of a blob as stored, in bytes, or null if there is none. Absent if the size is only known after
   * opening a blob.
   */
  readonly size?: (descriptor: Descriptor) => Promise<number | null>
  /**
   * Opens the blob of a layer. The reader must verify it. If there is no such blob, the promise or the stream fails
   * with MissingBlob.
   */
  readonly open: (descriptor: Descriptor) => Promise<Readable>
  /**
   * Returns the location of a blob in a local file. Absent if blobs come from elsewhere. Rejects with MissingBlob if
   * there is no such blob.
   */
  readonly part?: (descriptor: Descriptor) => Promise<FilePart | null>
  /**
   * Finds a manifest or index by its digest alone, for the base image, which nothing in the image refers to. A registry
   * looks for it where the reference says, if that is in the same registry. Returns null if it is not found. Absent if
   * looking for it is not possible.
   */
  readonly findDocument?: (digest: Digest, reference?: ImageReference) => Promise<FoundDocument | null>
}

/** Where a source begins: an item in its own index, or the image that a name leads to. */
export interface Root {
  readonly descriptor: Descriptor
  readonly names: readonly string[]
}

/** A source that has been opened. */
export interface Layout {
  readonly content: Content
  readonly roots: readonly Root[]
}

/** A document that was found by its digest. */
export interface FoundDocument {
  /** If its media type is empty, the content determines the type. */
  readonly descriptor: Descriptor
  /** Where to read it. Null means the same place as the image. */
  readonly content: Content | null
}

/**
 * Returns the result of `findDocument` in a place that stores everything together.
 *
 * @param size size of the blob in bytes, or null if there is none
 */
export function documentInPlace(digest: Digest, size: number | null): FoundDocument | null {
  return size === null ? null : { descriptor: { mediaType: '', digest, size }, content: null }
}

/** The source does not contain the blob of a layer, for example a foreign layer, which registries do not distribute. */
export class MissingBlob extends FootprintError {
  constructor(where: string, digest: Digest) {
    super('UNREADABLE_INPUT', `${where}: layer ${digest} is missing`)
  }
}

/** What every place that holds images can do: give blobs by digest. */
import type { Readable } from 'node:stream'
import { FootprintError } from '../errors.ts'
import type { FilePart } from '../layer/file-part.ts'
import type { Digest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'
import type { ImageReference } from './reference.ts'

export interface Content {
  /** For messages: the path or the reference. */
  readonly name: string
  /** A verified document, whole; null where there is no such blob. */
  readonly document: (descriptor: Descriptor) => Promise<Buffer | null>
  /** Bytes of a blob as it lies there, null where it does not; absent where only opening a blob would tell. */
  readonly size?: (descriptor: Descriptor) => Promise<number | null>
  /** The blob of a layer; who reads it verifies it. Rejects, or the stream fails, with MissingBlob where there is none. */
  readonly open: (descriptor: Descriptor) => Promise<Readable>
  /** Where the blob lies in a local file; absent where blobs come from elsewhere. Rejects with MissingBlob where there is none. */
  readonly part?: (descriptor: Descriptor) => Promise<FilePart | null>
  /**
   * A manifest or index that nothing in the image refers to, by its digest: its base image's. A registry looks for it
   * where the reference says, if that is within the registry. Null where it is not there; absent where it cannot be
   * looked for.
   */
  readonly held?: (digest: Digest, reference?: ImageReference) => Promise<HeldDocument | null>
}

/** Where a source begins: what its own index lists, or what a name leads to. */
export interface Root {
  readonly descriptor: Descriptor
  readonly names: readonly string[]
}

/** A source as it was opened. */
export interface Layout {
  readonly content: Content
  readonly roots: readonly Root[]
}

export interface HeldDocument {
  /** Its media type may be empty: then its content tells. */
  readonly descriptor: Descriptor
  /** Where it is read from; null for where the image is. */
  readonly content: Content | null
}

/** Of a place that holds everything together. @param size of the blob in bytes; null where there is none */
export function heldDocument(digest: Digest, size: number | null): HeldDocument | null {
  return size === null ? null : { descriptor: { mediaType: '', digest, size }, content: null }
}

/** The source does not hold the blob of a layer: a foreign layer, for one, which registries do not distribute. */
export class MissingBlob extends FootprintError {
  constructor(where: string, digest: Digest) {
    super('UNREADABLE_INPUT', `${where}: layer ${digest} is missing`)
  }
}

/** What every place that holds images can do: give blobs by digest. */
import type { Readable } from 'node:stream'
import type { FilePart } from '../../layer/file-part.ts'
import type { Descriptor } from '../../oci/manifest.ts'

export interface Content {
  /** For messages: the path or the reference. */
  readonly name: string
  /** A verified document, whole; null where there is no such blob. */
  readonly document: (descriptor: Descriptor) => Promise<Buffer | null>
  /** The blob of a layer; who reads it verifies it. Rejects where there is none. */
  readonly open: (descriptor: Descriptor) => Promise<Readable>
  /** Where the blob lies in a local file; absent where blobs come from elsewhere. Rejects where there is none. */
  readonly part?: (descriptor: Descriptor) => Promise<FilePart | null>
}

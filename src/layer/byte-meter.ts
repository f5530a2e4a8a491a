import { createHash } from 'node:crypto'
import { isDigest, type Digest } from '../oci/digest.ts'

/** Counts and hashes bytes. */
export class ByteMeter {
  bytes = 0
  readonly #hash = createHash('sha256')

  add(chunk: Buffer): void {
    this.bytes += chunk.length
    this.#hash.update(chunk)
  }

  /** To be asked once, at the end. */
  digest(): Digest {
    const digest = `sha256:${this.#hash.digest('hex')}`
    if (!isDigest(digest)) throw new TypeError('not a digest')
    return digest
  }
}

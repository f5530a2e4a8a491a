import { createHash, type Hash } from 'node:crypto'
import { isDigest, type Digest, type DigestAlgorithm } from '../oci/digest.ts'

/** Counts and hashes bytes. */
export class ByteMeter {
  bytes = 0
  readonly #algorithm: DigestAlgorithm
  readonly #hash: Hash

  constructor(algorithm: DigestAlgorithm) {
    this.#algorithm = algorithm
    this.#hash = createHash(algorithm)
  }

  add(chunk: Buffer): void {
    this.bytes += chunk.length
    this.#hash.update(chunk)
  }

  /** Returns the digest of all bytes. It may be called only once. */
  digest(): Digest {
    const digest = `${this.#algorithm}:${this.#hash.digest('hex')}`
    if (!isDigest(digest)) throw new TypeError('not a digest')
    return digest
  }
}

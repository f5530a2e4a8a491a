import * as v from 'valibot'

/** The algorithms registered in OCI image-spec descriptor.md that every implementation supports. */
export type DigestAlgorithm = 'sha256' | 'sha512'

/** `algorithm:encoded`, computed over raw bytes. OCI image-spec descriptor.md, "Digests". */
export type Digest = `${DigestAlgorithm}:${string}`

/** Matches a complete sha256 or sha512 digest. */
export const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

/** Returns whether a value is a well-formed digest. */
export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && digestPattern.test(value)
}

/** Accepts a well-formed digest. */
export const DigestSchema = v.custom<Digest>(isDigest, 'not a sha256 or sha512 digest')

/** Returns the algorithm of a digest. Content is verified with the same one. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

/** Returns the part after the colon, which names the blob's file in an image layout. */
export function encodedPart(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1)
}

/** Returns the digest that has this encoded part, or null if there is none. The length determines the algorithm. */
export function digestOfEncoded(encoded: string): Digest | null {
  const digest = `${encoded.length === 128 ? 'sha512' : 'sha256'}:${encoded}`
  return isDigest(digest) ? digest : null
}

/** Returns the digest after the `@` of an image reference, or null if it has none. */
export function digestOfReference(reference: string): Digest | null {
  const at = reference.lastIndexOf('@')
  const digest = reference.slice(at + 1)
  return at >= 0 && isDigest(digest) ? digest : null
}

/** Returns the path of a blob in an image layout, with `/` as separator. OCI image-spec image-layout.md, "Blobs". */
export function blobPath(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${encodedPart(digest)}`
}

/** Returns the digest for a path made by `blobPath`, or null if it is not the path of a blob. */
export function digestOfBlobPath(path: string): Digest | null {
  const [, algorithm = '', encoded = ''] = /^blobs\/(sha256|sha512)\/([0-9a-f]+)$/.exec(path) ?? []
  const digest = `${algorithm}:${encoded}`
  return isDigest(digest) ? digest : null
}

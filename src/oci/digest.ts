import * as v from 'valibot'

/** The algorithms that OCI image-spec descriptor.md registers and that every implementation has. */
export type DigestAlgorithm = 'sha256' | 'sha512'

/** `algorithm:encoded` over raw bytes. OCI image-spec descriptor.md, "Digests". */
export type Digest = `${DigestAlgorithm}:${string}`

export const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && digestPattern.test(value)
}

export const DigestSchema = v.custom<Digest>(isDigest, 'not a sha256 or sha512 digest')

/** By which the digest was made, and by which what it names is verified. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

/** The part after the colon: the name of the blob's file in an image layout. */
export function encodedPart(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1)
}

/** The digest whose encoded part this is; null where it is none. The length tells the algorithm. */
export function digestOfEncoded(encoded: string): Digest | null {
  const digest = `${encoded.length === 128 ? 'sha512' : 'sha256'}:${encoded}`
  return isDigest(digest) ? digest : null
}

/** What a reference ends with behind its `@`; null where it names no digest. */
export function digestOfReference(reference: string): Digest | null {
  const at = reference.lastIndexOf('@')
  const digest = reference.slice(at + 1)
  return at >= 0 && isDigest(digest) ? digest : null
}

/** Where a blob lies in an image layout (OCI image-spec image-layout.md, "Blobs"), with `/` between the parts. */
export function blobPath(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${encodedPart(digest)}`
}

/** The digest that `blobPath` made this path of; null where it is no path of a blob. */
export function digestOfBlobPath(path: string): Digest | null {
  const [, algorithm = '', encoded = ''] = /^blobs\/(sha256|sha512)\/([0-9a-f]+)$/.exec(path) ?? []
  const digest = `${algorithm}:${encoded}`
  return isDigest(digest) ? digest : null
}

import * as v from 'valibot'

/** `algorithm:encoded` over raw bytes. OCI image-spec descriptor.md, "Digests". */
export type Digest = `sha256:${string}`

export const digestPattern = /^sha256:[0-9a-f]{64}$/

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && digestPattern.test(value)
}

export const DigestSchema = v.custom<Digest>(isDigest, 'not a sha256 digest')

/** The part after the colon: the name of the blob's file in an image layout. */
export function encodedPart(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

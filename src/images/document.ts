/** Verifies and validates foreign JSON documents: manifests, indexes, configs and attestations. Pure. */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { FootprintError } from '../errors.ts'
import { algorithmOf, type Digest, type DigestAlgorithm } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'

/** Size limit for a document, in bytes. BuildKit's provenance is the largest kind. */
export const maxDocumentBytes = 32_000_000

/** Returns the digest of these bytes. */
export function digestOf(bytes: Buffer, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

/**
 * Returns the bytes if they are those that the descriptor names.
 *
 * @throws FootprintError UNREADABLE_INPUT if size or digest differ
 */
export function verify(bytes: Buffer, { digest, size }: Pick<Descriptor, 'digest' | 'size'>, where: string): Buffer {
  if (bytes.length !== size) {
    throw damaged(`${where}: blob ${digest} has ${bytes.length} bytes, and its descriptor says ${size}`)
  }
  const actual = digestOf(bytes, algorithmOf(digest))
  if (actual !== digest) throw damaged(`${where}: the content of blob ${digest} has the digest ${actual}`)
  return bytes
}

/**
 * Parses and validates a document.
 *
 * @param what name of the document, for messages
 * @throws FootprintError UNREADABLE_INPUT if it is not valid
 */
export function parseDocument<S extends v.GenericSchema>(schema: S, bytes: Buffer, what: string): v.InferOutput<S> {
  let json: unknown
  try {
    json = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw damaged(`${what} is not JSON`, cause)
  }
  const result = v.safeParse(schema, json)
  if (result.success) return result.output
  const [issue] = result.issues
  const place = v.getDotPath(issue)
  throw damaged(`${what} does not follow the OCI image-spec: ${place === null ? '' : `${place}: `}${issue.message}`)
}

/** Returns the error for a damaged or unsuitable source. */
export function damaged(message: string, cause?: unknown): FootprintError {
  return new FootprintError('UNREADABLE_INPUT', message, cause === undefined ? undefined : { cause })
}

/**
 * Checks the size of a document before it is read.
 *
 * @throws FootprintError UNREADABLE_INPUT if it is too large
 */
export function requireDocumentSize(size: number, what: string): void {
  if (size > maxDocumentBytes)
    throw damaged(`${what} has ${size} bytes: too many for a manifest, config or attestation`)
}

/** Returns the error for a document that an index or manifest names and the source does not have. */
export function missingDocument(where: string, what: string, { digest }: Pick<Descriptor, 'digest'>): FootprintError {
  return damaged(`${where}: ${what} ${digest} is missing`)
}

/**
 * Provides manifests and indexes of images by their digest. Their texts are kept between runs, so no document is
 * requested twice. Each kept text is verified when it is read.
 */
import { createHash } from 'node:crypto'
import { openTextStore } from '../cache/text-store.ts'
import { parseJson } from '../files.ts'
import { algorithmOf, encodedPart, isDigest, type Digest } from '../oci/digest.ts'
import { formatPlatform, type Platform } from '../oci/platform.ts'
import type { BuilderConnections } from './builder-connection.ts'
import { contentStoreOf } from './content-store.ts'

/** Manifests and indexes that are kept between runs. */
export interface Documents {
  /** Returns the JSON of a document that was kept, or null if there is none. */
  readonly known: (digest: string) => Promise<unknown>
  /**
   * Returns the JSON of a document that was kept. Otherwise reads it from the store of the node that builds for the
   * platform. Returns null if that store does not have it either.
   */
  readonly fromBuilder: (digest: string, platform: Platform) => Promise<unknown>
  /** Keeps the text of a document under its sha256 digest. */
  readonly keep: (text: string) => Promise<void>
  /**
   * Returns what an engine said in an earlier run about the layers of the image with this config, or null. A config
   * never has other layers.
   */
  readonly layersOf: (configDigest: string) => Promise<string | null>
  /** Keeps what an engine said about the layers of the image with this config. */
  readonly keepLayersOf: (configDigest: string, said: string) => Promise<void>
}

/** Size limit for a document, in bytes. Registries accept no larger manifest. */
const maxDocumentBytes = 4_000_000
const maxDocuments = 1_000

/**
 * Opens the kept documents.
 *
 * @param folder folder of the kept texts, which is made if it does not exist
 */
export function openDocuments(folder: string, connections: Pick<BuilderConnections, 'to'>): Documents {
  const kept = openTextStore(folder, maxDocuments)
  const known = async (digest: string): Promise<unknown> => {
    if (!isDigest(digest)) return null
    const text = await kept.get(encodedPart(digest))
    return text !== null && isOf(digest, text) ? parseJson(text) : null
  }
  const layersName = (digest: Digest): string => `${encodedPart(digest)}.layers`
  const keep = (text: string): Promise<void> => kept.put(encodedOf('sha256', text), text)
  const fetched = async (digest: string, platform: Platform): Promise<unknown> => {
    const before = await known(digest)
    if (before !== null || !isDigest(digest)) return before
    const session = await connections.to(formatPlatform(platform))
    const text = session === null ? null : await contentStoreOf(session).text(digest, maxDocumentBytes)
    if (text === null || !isOf(digest, text)) return null
    await keep(text)
    return parseJson(text)
  }
  // All platforms of an image request the same index.
  const fetching = new Map<string, Promise<unknown>>()
  return {
    known,
    keep,
    layersOf: async (digest) => (isDigest(digest) ? kept.get(layersName(digest)) : null),
    keepLayersOf: async (digest, said) => (isDigest(digest) ? kept.put(layersName(digest), said) : undefined),
    fromBuilder(digest, platform) {
      const answer = fetching.get(digest) ?? fetched(digest, platform)
      fetching.set(digest, answer)
      return answer
    },
  }
}

const encodedOf = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex')

const isOf = (digest: Digest, text: string): boolean => encodedOf(algorithmOf(digest), text) === encodedPart(digest)

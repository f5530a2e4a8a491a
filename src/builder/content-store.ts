/**
 * Reads blobs from the builder's own store as they arrive. Nothing is exported, and nothing is written to disk. It uses
 * `containerd.services.content.v1.Content`, which BuildKit offers beside its control API.
 */
import type { ClientHttp2Session } from 'node:http2'
import { messageOf } from '../errors.ts'
import type { LayerSource } from '../layer/read-layer.ts'
import type { Digest } from '../oci/digest.ts'
import { askGrpc, callGrpc, CallFailed } from './grpc.ts'
import { bytesOf, fieldsOf, numberOf, stringField } from './protobuf.ts'

/** The blobs that a builder has. */
export interface ContentStore {
  /**
   * Returns the size of a blob in bytes. Returns null if the builder does not have it, for example if only a registry
   * has it.
   */
  readonly sizeOf: (digest: Digest) => Promise<number | null>
  /** Reads a blob. Fails with CallFailed if the builder does not return it. Nothing is verified. */
  readonly open: (digest: Digest) => LayerSource
  /**
   * Returns a whole blob as UTF-8 text. Returns null if the builder does not return it, or if it has more than
   * `maxBytes` bytes. Nothing is verified.
   */
  readonly text: (digest: Digest, maxBytes: number) => Promise<string | null>
}

const service = '/containerd.services.content.v1.Content'

/** Returns the content store of a builder. */
export function contentStoreOf(session: ClientHttp2Session): ContentStore {
  const open = (digest: Digest): LayerSource => chunksOf(session, digest)
  return {
    open,
    async text(digest, maxBytes) {
      const chunks: Buffer[] = []
      let bytes = 0
      try {
        for await (const chunk of open(digest)) {
          bytes += chunk.length
          if (bytes > maxBytes) return null
          chunks.push(Buffer.from(chunk))
        }
      } catch {
        return null
      }
      return Buffer.concat(chunks).toString('utf8')
    },
    async sizeOf(digest) {
      try {
        const answer = await askGrpc(session, `${service}/Info`, stringField(1, digest))
        const info = answer && bytesOf(fieldsOf(answer) ?? [], 1)
        return info && numberOf(fieldsOf(info) ?? [], 2)
      } catch {
        // If the builder does not answer, its blobs cannot be used.
        return null
      }
    },
  }
}

async function* chunksOf(session: ClientHttp2Session, digest: Digest): AsyncGenerator<Buffer> {
  for await (const answer of answersOf(session, `${service}/Read`, stringField(1, digest))) {
    const fields = fieldsOf(answer)
    if (fields === null) throw new CallFailed(`the builder's answer about ${digest} cannot be read`)
    const chunk = bytesOf(fields, 2)
    // A builder could send such answers forever without reaching the end of the blob.
    if (!chunk?.length) throw new CallFailed(`the builder's answer about ${digest} has no bytes`)
    yield chunk
  }
}

/** Turns a broken connection into a CallFailed, because callers treat both in the same way. */
async function* answersOf(...call: Parameters<typeof callGrpc>): AsyncGenerator<Buffer> {
  try {
    yield* callGrpc(...call)
  } catch (error) {
    throw error instanceof CallFailed ? error : new CallFailed(messageOf(error))
  }
}

/**
 * Blobs that the builder holds, read from its own store as they come: nothing is exported for it, and nothing lands on
 * disk. By `containerd.services.content.v1.Content`, which BuildKit offers beside its control API.
 */
import type { ClientHttp2Session } from 'node:http2'
import { messageOf } from '../errors.ts'
import type { LayerSource } from '../layer/read-layer.ts'
import type { Digest } from '../oci/digest.ts'
import { askGrpc, callGrpc, CallFailed } from './grpc.ts'
import { bytesOf, fieldsOf, numberOf, stringField } from './protobuf.ts'

export interface ContentStore {
  /** Bytes of the blob; null where the builder does not hold it, as where it only knows a registry that does. */
  readonly sizeOf: (digest: Digest) => Promise<number | null>
  /** Fails with CallFailed where the builder does not give it. Nothing is verified. */
  readonly open: (digest: Digest) => LayerSource
  /** A whole blob as UTF-8; null where the builder does not give it, or it has more bytes. Nothing is verified. */
  readonly text: (digest: Digest, mostBytes: number) => Promise<string | null>
}

const service = '/containerd.services.content.v1.Content'

export function contentStoreOf(session: ClientHttp2Session): ContentStore {
  const open = (digest: Digest): LayerSource => chunksOf(session, digest)
  return {
    open,
    async text(digest, mostBytes) {
      const chunks: Buffer[] = []
      let bytes = 0
      try {
        for await (const chunk of open(digest)) {
          bytes += chunk.length
          if (bytes > mostBytes) return null
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
        // A builder that does not answer holds nothing for us.
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
    // Any number of such answers would never come to the end of the blob.
    if (!chunk?.length) throw new CallFailed(`the builder's answer about ${digest} has no bytes`)
    yield chunk
  }
}

/** Where the connection breaks, that is no other failure to whoever reads. */
async function* answersOf(...call: Parameters<typeof callGrpc>): AsyncGenerator<Buffer> {
  try {
    yield* callGrpc(...call)
  } catch (error) {
    throw error instanceof CallFailed ? error : new CallFailed(messageOf(error))
  }
}

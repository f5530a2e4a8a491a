/** Reads what the builder's own cache holds, with `DiskUsage` of BuildKit's control API. */
import type { ClientHttp2Session } from 'node:http2'
import { askGrpc } from './grpc.ts'
import { bytesOf, fieldsOf, stringField } from './protobuf.ts'

/** Matches the description of a record that came from a registry or another cache. Others were made by a step. */
const brought = /^(?:imported|pulled from) /

/**
 * Returns whether the builder holds no result of a step that it ran itself. All of its results were then pulled or
 * imported, as on a builder that was made for the job. Returns false if this cannot be determined.
 */
export async function hasMadeNothing(session: ClientHttp2Session): Promise<boolean> {
  try {
    const answer = await askGrpc(session, '/moby.buildkit.v1.Control/DiskUsage', stringField(1, 'type==regular'))
    const records = answer && fieldsOf(answer)
    return records?.every(({ value }) => brought.test(descriptionOf(value))) ?? false
  } catch {
    return false
  }
}

function descriptionOf(record: bigint | Buffer): string {
  const fields = Buffer.isBuffer(record) ? fieldsOf(record) : null
  return bytesOf(fields ?? [], 9)?.toString('utf8') ?? ''
}

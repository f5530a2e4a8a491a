/** What the builder's own cache holds, by `DiskUsage` of BuildKit's control API. */
import type { ClientHttp2Session } from 'node:http2'
import { askGrpc } from './grpc.ts'
import { bytesOf, fieldsOf, stringField } from './protobuf.ts'

/** Of a record that came from a registry or another cache, as opposed to one that a step made. */
const brought = /^(?:imported|pulled from) /

/**
 * Whether no step has ever run on the builder whose result is still there: all results were pulled or imported, as on a
 * builder that was made for the job. False where that cannot be told.
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

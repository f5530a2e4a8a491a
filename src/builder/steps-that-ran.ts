/** Reads which steps of a build ran, from the log that the builder keeps of it (`Status` of BuildKit's control API). */
import type { ClientHttp2Session } from 'node:http2'
import { callGrpc } from './grpc.ts'
import { bytesOf, fieldsOf, numberOf, stringField, type Field } from './protobuf.ts'

/** Limit for the whole log, in bytes. */
const maxLogBytes = 256 * 1024 ** 2

/**
 * Returns the digests of the steps that ran in a build. Other steps were cached, or not needed. Returns null if the
 * builder has no log of it.
 *
 * @param ref name of the build in the history
 */
export async function stepsThatRan(session: ClientHttp2Session, ref: string): Promise<ReadonlySet<string> | null> {
  const last = new Map<string, { readonly started: string; readonly ran: boolean }>()
  let bytes = 0
  try {
    for await (const answer of callGrpc(session, '/moby.buildkit.v1.Control/Status', stringField(1, ref))) {
      bytes += answer.length
      const fields = fieldsOf(answer)
      if (fields === null || bytes > maxLogBytes) return null
      for (const { number, value } of fields) {
        const vertex = number === 1 && Buffer.isBuffer(value) ? fieldsOf(value) : null
        const digest = vertex && bytesOf(vertex, 1)?.toString('utf8')
        const started = vertex && timeOf(vertex, 5)
        if (!vertex || !digest || !started) continue
        // A step without inputs is looked up first, which is reported as a start of its own.
        if ((last.get(digest)?.started ?? '') <= started)
          last.set(digest, { started, ran: !numberOf(vertex, 4) && timeOf(vertex, 6) !== null })
      }
    }
  } catch {
    return null
  }
  return last.size === 0 ? null : new Set([...last].flatMap(([digest, { ran }]) => (ran ? [digest] : [])))
}

/** Returns a time stamp as text that sorts by time, or null if there is none. */
function timeOf(fields: readonly Field[], number: number): string | null {
  const time = bytesOf(fields, number)
  const parts = time && fieldsOf(time)
  return parts && [1, 2].map((part) => String(numberOf(parts, part) ?? 0).padStart(16, '0')).join('.')
}

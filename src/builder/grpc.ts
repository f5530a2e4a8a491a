/** Calls of gRPC over an HTTP/2 session: one request, any number of answers (PROTOCOL-HTTP2 of the gRPC project). */
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import { makingProgress, type NextPart, type Patience } from '../patience.ts'

/** A slower builder is of no use for layers, and exports are waited for in another way. */
const usualPatience: Patience = { idle: 30_000, leastBytes: 16_384 }
/** A server sends no more than 16 MiB in a message unless both sides agree on it. Bytes. */
const largestMessage = 16 * 1024 ** 2
const headBytes = 5
/** What BuildKit sends of a blob at a time, and more. Bytes. */
const usualMessage = 64 * 1024
/** HTTP/2's error code CANCEL. */
const cancel = 8

/** The server refused the call, or did not speak gRPC. */
export class CallFailed extends Error {
  /** Of gRPC, such as 5 for "not found"; null where it gave none. */
  readonly status: number | null

  constructor(message: string, status: number | null = null, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/**
 * The answers to a request, as they come; each is good until the next is asked for.
 *
 * @param method such as `/package.Service/Method`
 * @throws CallFailed; the session's own error where that breaks
 */
export async function* callGrpc(
  session: ClientHttp2Session,
  method: string,
  request: Buffer,
  patience: Patience = usualPatience,
): AsyncGenerator<Buffer> {
  const stream = session.request({
    ':method': 'POST',
    ':path': method,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  // A builder that is silent for one call is so for all: each of them would wait as long.
  stream.setTimeout(patience.idle, () => session.destroy())
  const stalled = (): CallFailed => {
    session.destroy()
    return new CallFailed(`${method}: too little came in time`)
  }
  // Also after the last one has read from it.
  stream.on('error', () => undefined)
  const status = statusOf(stream)
  try {
    stream.end(framed(request))
    const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
    yield* messagesOf(makingProgress(() => chunks.next() as ReturnType<NextPart<Buffer>>, patience, stalled))
    const { code, message } = await status
    if (code !== 0) throw new CallFailed(`${method}: ${message}`, code)
  } finally {
    // Whoever reads no further wants no more.
    stream.close(cancel)
  }
}

/** The only answer to a request; null where there is none. Throws as `callGrpc` does. */
export async function askGrpc(session: ClientHttp2Session, method: string, request: Buffer): Promise<Buffer | null> {
  let only: Buffer | null = null
  for await (const answer of callGrpc(session, method, request)) {
    if (only !== null) throw new CallFailed(`${method}: more than one answer`)
    only = Buffer.from(answer)
  }
  return only
}

interface Status {
  readonly code: number | null
  readonly message: string
}

/** It comes after the answers, or in their place. */
function statusOf(stream: ClientHttp2Stream): Promise<Status> {
  let status: Status = { code: null, message: 'the connection ended, or nothing came in time' }
  const note = (headers: IncomingHttpHeaders): void => {
    const code = headers['grpc-status']
    if (typeof code === 'string' && /^\d{1,3}$/.test(code))
      status = { code: Number(code), message: decoded(headers['grpc-message']) }
  }
  stream.on('response', note)
  stream.on('trailers', note)
  return new Promise((resolve) => stream.once('close', () => resolve(status)))
}

function decoded(message: string | readonly string[] | undefined): string {
  try {
    return decodeURIComponent(String(message ?? ''))
  } catch {
    return String(message)
  }
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

/** All in one buffer, as large as the largest of them: each is good until the next is asked for. */
async function* messagesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let room = Buffer.allocUnsafeSlow(usualMessage)
  let filled = 0
  let wanted = headBytes
  let inMessage = false
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length || filled === wanted;) {
      const taken = chunk.copy(room, filled, at, at + wanted - filled)
      at += taken
      filled += taken
      if (filled < wanted) break
      filled = 0
      if (inMessage) yield room.subarray(0, wanted)
      inMessage = !inMessage
      wanted = inMessage ? lengthIn(room) : headBytes
      if (wanted > room.length) room = Buffer.allocUnsafeSlow(wanted)
    }
  }
  if (filled > 0 || inMessage) throw new CallFailed('the connection ended in the middle of an answer')
}

function lengthIn(head: Buffer): number {
  const length = head.readUInt32BE(1)
  if (head[0] !== 0) throw new CallFailed('an answer is compressed, which nobody asked for')
  if (length > largestMessage) throw new CallFailed(`an answer of ${length} bytes is too large`)
  return length
}

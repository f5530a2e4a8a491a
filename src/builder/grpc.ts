/**
 * Makes gRPC calls over an HTTP/2 session: one request, and any number of responses (PROTOCOL-HTTP2 of the gRPC
 * project).
 */
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import { untilStalled, type NextPart, type StallLimit } from '../stall-limit.ts'

/** Stall limit of a call by default. A slower builder is of no use for layers. Exports have limits of their own. */
const usualPatience: StallLimit = { idle: 30_000, minBytes: 16_384 }
/** Size limit for a message, in bytes. By default, servers send at most 16 MiB. */
const maxMessageBytes = 16 * 1024 ** 2
const headBytes = 5
/** Initial size of the buffer, in bytes. BuildKit sends blobs in smaller pieces. */
const usualMessage = 64 * 1024
/** The error code CANCEL of HTTP/2. */
const cancel = 8

/** The server rejected the call, or does not speak gRPC. */
export class CallFailed extends Error {
  /** The gRPC status, such as 5 for "not found". Null if the server gave none. */
  readonly status: number | null

  constructor(message: string, status: number | null = null, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/**
 * Yields the responses to a request as they arrive. Each is only valid until the next one is requested.
 *
 * @param method such as `/package.Service/Method`
 * @throws CallFailed if the server rejects the call or stops answering; also the error of the session if the connection
 * breaks
 */
export async function* callGrpc(
  session: ClientHttp2Session,
  method: string,
  request: Buffer,
  patience: StallLimit = usualPatience,
): AsyncGenerator<Buffer> {
  const stream = session.request({
    ':method': 'POST',
    ':path': method,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  // A builder that does not answer one call answers none. Without this, every call would wait as long.
  stream.setTimeout(patience.idle, () => session.destroy())
  const stalled = (): CallFailed => {
    session.destroy()
    return new CallFailed(`${method}: too little came in time`)
  }
  // An error may also occur after the last read.
  stream.on('error', () => undefined)
  const status = statusOf(stream)
  try {
    stream.end(framed(request))
    const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
    yield* messagesOf(untilStalled(() => chunks.next() as ReturnType<NextPart<Buffer>>, patience, stalled))
    const { code, message } = await status
    if (code !== 0) throw new CallFailed(`${method}: ${message}`, code)
  } finally {
    // A consumer that stops reading wants no more responses.
    stream.close(cancel)
  }
}

/**
 * Returns the only response to a request, or null if there is none.
 *
 * @throws CallFailed if there is more than one response, or as `callGrpc` does
 */
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

/** Returns the status of a call. It comes after the responses, or instead of them. */
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

/**
 * Yields messages in one buffer, which grows to the largest of them. Each is only valid until the next one is
 * requested.
 */
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
  if (head[0] !== 0) throw new CallFailed('an answer is compressed although no compression was requested')
  if (length > maxMessageBytes) throw new CallFailed(`an answer of ${length} bytes is too large`)
  return length
}

/** A server that breaks the gRPC protocol: each of its answers ends the call with an error, and never the process. */
import { once } from 'node:events'
import { connect, createServer, type ClientHttp2Session, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { contentStoreOf } from '../../src/builder/content-store.ts'
import { askGrpc, callGrpc, CallFailed } from '../../src/builder/grpc.ts'

const frame = (text: string): Buffer => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(Buffer.byteLength(text), 1)
  return Buffer.concat([head, Buffer.from(text)])
}
const reply = (stream: ServerHttp2Stream, body: Buffer | null, trailers: Record<string, string> | null): void => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: trailers !== null })
  if (trailers !== null) stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(body ?? undefined)
}
const answers: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
  '/one': (stream) => reply(stream, frame('one'), { 'grpc-status': '0' }),
  '/two': (stream) => reply(stream, Buffer.concat([frame('one'), frame('two')]), { 'grpc-status': '0' }),
  // One after the other, as long as somebody reads.
  '/no-end': (stream) => {
    stream.respond({ ':status': 200 })
    const more = (): boolean => stream.destroyed || stream.write(frame('one'), () => more())
    more()
  },
  '/containerd.services.content.v1.Content/Read': (stream) => {
    stream.respond({ ':status': 200 })
    const more = (): boolean => stream.destroyed || stream.write(frame(''), () => more())
    more()
  },
  '/none': (stream) => reply(stream, null, { 'grpc-status': '0' }),
  '/not-found': (stream) =>
    stream.respond({ ':status': 200, 'grpc-status': '5', 'grpc-message': 'not%20here' }, { endStream: true }),
  '/bad-words': (stream) => reply(stream, null, { 'grpc-status': '2', 'grpc-message': '%ZZ' }),
  '/no-status': (stream) => reply(stream, frame('one'), null),
  '/odd-status': (stream) => reply(stream, null, { 'grpc-status': '1e3' }),
  '/cut-off': (stream) => reply(stream, frame('one').subarray(0, 6), { 'grpc-status': '0' }),
  '/compressed': (stream) =>
    reply(stream, Buffer.concat([Buffer.from([1]), frame('one').subarray(1)]), { 'grpc-status': '0' }),
  '/huge': (stream) => reply(stream, Buffer.from([0, 255, 255, 255, 255, 1]), { 'grpc-status': '0' }),
  '/html': (stream) => {
    stream.respond({ ':status': 502, 'content-type': 'text/html' })
    stream.end('<h1>Bad gateway</h1>')
  },
  '/reset': (stream) => {
    stream.close(2)
  },
  // One byte at a time, so that it is never silent for long.
  '/trickle': (stream) => {
    stream.respond({ ':status': 200 })
    const answer = frame('x'.repeat(60_000))
    let at = 0
    const more = setInterval(
      () => (stream.destroyed ? clearInterval(more) : stream.write(answer.subarray(at, ++at))),
      5,
    )
  },
  '/goes-away': (stream) => stream.session?.destroy(),
}

let server: Http2Server
let session: ClientHttp2Session
beforeAll(async () => {
  server = createServer()
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined)
    answers[headers[':path'] ?? '']?.(stream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  session.on('error', () => undefined)
})
afterAll(() => {
  session.destroy()
  server.close()
})

const all = async (method: string): Promise<readonly string[]> => {
  const texts: string[] = []
  for await (const answer of callGrpc(session, method, Buffer.from('x'))) texts.push(answer.toString())
  return texts
}

test('returns all answers as they arrive, however many there are', async () => {
  expect(await all('/two')).toEqual(['one', 'two'])
  expect(await all('/none')).toEqual([])
  expect((await askGrpc(session, '/one', Buffer.alloc(0)))?.toString()).toBe('one')
  expect(await askGrpc(session, '/none', Buffer.alloc(0))).toBeNull()
})

test('does not wait for the end of many answers if one was expected', async () => {
  await expect(askGrpc(session, '/no-end', Buffer.alloc(0))).rejects.toThrow('/no-end: more than one answer')
})

test('fails if a blob never ends', async () => {
  const read = async (): Promise<void> => {
    for await (const chunk of contentStoreOf(session).open(`sha256:${'0'.repeat(64)}`)) expect(chunk).toBeNull()
  }
  await expect(read()).rejects.toThrow('has no bytes')
})

test('stops reading if the caller wants no more answers', async () => {
  for await (const answer of callGrpc(session, '/two', Buffer.alloc(0))) {
    expect(answer.toString()).toBe('one')
    break
  }
  expect(await all('/two')).toEqual(['one', 'two'])
})

test.each([
  ['/not-found', '/not-found: not here'],
  ['/bad-words', '/bad-words: %ZZ'],
  ['/no-status', '/no-status: the connection ended, or nothing came in time'],
  ['/odd-status', '/odd-status: the connection ended, or nothing came in time'],
  ['/cut-off', 'the connection ended in the middle of an answer'],
  ['/compressed', 'an answer is compressed although no compression was requested'],
  ['/huge', 'an answer of 4294967295 bytes is too large'],
  ['/html', 'an answer is compressed although no compression was requested'],
  ['/reset', 'Stream closed with error code NGHTTP2_INTERNAL_ERROR'],
  ['/goes-away', '/goes-away: the connection ended, or nothing came in time'],
  ['/after-that', 'The session has been destroyed'],
])('fails on %s', async (method, message) => {
  await expect(all(method)).rejects.toThrow(message)
})

test('ends a call whose answers are too slow, although the builder is never silent', async () => {
  const own = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  own.on('error', () => undefined)
  const answers = callGrpc(own, '/trickle', Buffer.from('x'), { idle: 200, minBytes: 16_384 })
  await expect(answers.next()).rejects.toThrow(new CallFailed('/trickle: too little came in time'))
  expect(own.destroyed).toBe(true)
})

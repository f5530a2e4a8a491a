/** A registry on a loopback address that requires authorization, redirects and fails as a test needs. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Digest } from '../../src/oci/digest.ts'
import { sha256, types, type Blobs } from './layouts.ts'

export interface Seen {
  readonly host: string
  readonly method: string
  readonly url: string
  readonly authorization: string | null
  readonly range: string | null
  readonly body: string
}

/** Answers the request, or returns false to leave it to the registry. */
export type Intercept = (seen: Seen, response: ServerResponse) => boolean

export interface TestRegistry extends AsyncDisposable {
  readonly address: string
  readonly seen: readonly Seen[]
}

/** @param tags manifests by name, such as `latest` */
export async function testRegistry(
  { blobs }: Blobs,
  tags: Readonly<Record<string, Digest>>,
  intercept: Intercept = () => false,
): Promise<TestRegistry> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const asked: Seen = {
        host: request.headers.host ?? '',
        method: request.method ?? '',
        url: request.url ?? '',
        authorization: request.headers.authorization ?? null,
        range: request.headers.range ?? null,
        body,
      }
      seen.push(asked)
      if (!intercept(asked, response)) answer(asked, response)
    })
  })
  const answer = ({ url, range }: Seen, response: ServerResponse): void => {
    const [, kind, name = ''] = /^\/v2\/.*\/(manifests|blobs)\/([^/?]+)/.exec(url) ?? []
    const digest = tags[name] ?? name
    const found = [...blobs].find(([known]) => known === digest)?.[1]
    if (!found) {
      response.writeHead(404).end('{}')
      return
    }
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    const type = kind === 'blobs' ? 'application/octet-stream' : mediaTypeOf(found)
    response.writeHead(from > 0 ? 206 : 200, {
      'content-type': type,
      'docker-content-digest': sha256(found),
      'content-length': found.length - from,
    })
    response.end(found.subarray(from))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function mediaTypeOf(bytes: Buffer): string {
  return 'manifests' in (JSON.parse(bytes.toString()) as object) ? types.index : types.manifest
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

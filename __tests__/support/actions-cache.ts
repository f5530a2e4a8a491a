/**
 * Stands in for the service behind `type=gha`, which exists only on GitHub's runners: version 2 of the cache service, and
 * the requests for blobs that BuildKit makes to the addresses it gives out. It keeps everything in memory.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface ActionsCache extends AsyncDisposable {
  /** The environment of a runner that has this cache. */
  readonly env: Readonly<Record<string, string>>
  /** Returns the digests of the layers that were downloaded since the last query, sorted. */
  readonly downloads: () => readonly string[]
}

interface Entry {
  readonly id: number
  readonly key: string
  readonly blocks: Map<string, Buffer>
  data: Buffer | null
  finished: boolean
}

interface CacheCall {
  readonly key: string
  readonly version: string
  readonly restore_keys?: readonly string[]
}

export async function actionsCache(): Promise<ActionsCache> {
  const entries = new Map<string, Entry>()
  let downloads: string[] = []

  const answer = (method: string, origin: string, { key, version, restore_keys = [] }: CacheCall): object => {
    const name = `${version} ${key}`
    const address = ({ id }: Entry): string => `${origin}/blob/${id}?sig=secret`
    if (method === 'CreateCacheEntry') {
      if (entries.has(name)) return { ok: false }
      const entry: Entry = { id: entries.size + 1, key, blocks: new Map(), data: null, finished: false }
      entries.set(name, entry)
      return { ok: true, signed_upload_url: address(entry) }
    }
    const prefixes = [key, ...restore_keys].map((prefix) => `${version} ${prefix}`)
    const found = [...entries].findLast(
      ([known, { finished }]) =>
        finished !== (method === 'FinalizeCacheEntryUpload') && prefixes.some((prefix) => known.startsWith(prefix)),
    )
    if (found === undefined) return { ok: false }
    const [known, entry] = found
    entry.finished = true
    return {
      ok: true,
      entry_id: String(entry.id),
      signed_download_url: address(entry),
      matched_key: known.slice(version.length + 1),
    }
  }

  const store = (entry: Entry, url: URL, body: Buffer): void => {
    const part = url.searchParams.get('comp')
    if (part === 'block') entry.blocks.set(url.searchParams.get('blockid') ?? '', body)
    else if (part === 'blocklist')
      entry.data = Buffer.concat(
        [...body.toString().matchAll(/<Latest>([^<]*)</g)].map(([, id = '']) => entry.blocks.get(id) ?? Buffer.of()),
      )
    else entry.data = body
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request)
    const url = new URL(request.url ?? '', `http://${request.headers.host ?? ''}`)
    if (url.pathname.startsWith('/twirp/')) {
      const told = answer(url.pathname.split('/').at(-1) ?? '', url.origin, JSON.parse(body.toString()) as CacheCall)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(told))
      return
    }
    const entry = [...entries.values()].find(({ id }) => url.pathname === `/blob/${id}`)
    if (entry === undefined) return void response.writeHead(404).end()
    if (request.method === 'PUT') {
      store(entry, url, body)
      // BuildKit crashes if the answer has no such header.
      return void response.writeHead(201, { 'x-ms-request-id': '1' }).end()
    }
    if (entry.data === null) return void response.writeHead(404).end()
    downloads.push(entry.key)
    const [, from = '0', to = ''] = /bytes=(\d+)-(\d*)/.exec(String(request.headers['x-ms-range'] ?? '')) ?? []
    const part = entry.data.subarray(Number(from), to === '' ? entry.data.length : Number(to) + 1)
    const last = Number(from) + part.length - 1
    response
      .writeHead(206, { 'content-length': part.length, 'content-range': `bytes ${from}-${last}/${entry.data.length}` })
      .end(part)
  }

  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    env: {
      ACTIONS_CACHE_SERVICE_V2: 'true',
      ACTIONS_RESULTS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      ACTIONS_RUNTIME_TOKEN: runtimeToken,
    },
    downloads: () => {
      const digests = downloads.flatMap((key) => /^buildkit-blob-.*(sha256:[0-9a-f]{64})/.exec(key)?.[1] ?? [])
      downloads = []
      return digests.toSorted()
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64url')

/** A token as a job of the main branch has it. BuildKit reads from it which caches the job may read and write. */
const runtimeToken = [
  base64(JSON.stringify({ alg: 'none' })),
  base64(JSON.stringify({ nbf: 1, exp: 4e9, ac: JSON.stringify([{ Scope: 'refs/heads/main', Permission: 3 }]) })),
  base64('signature'),
].join('.')

/**
 * A connection to the builder itself, through `docker buildx dial-stdio`: it works for every driver, and goes wherever the
 * user's own calls go. What only the builder knows is asked there, at no cost of further calls.
 */
import { randomBytes } from 'node:crypto'
import { open as openFile, rm } from 'node:fs/promises'
import type { ClientHttp2Session } from 'node:http2'
import type { Server, Socket } from 'node:net'
import { join } from 'node:path'
import { streamClient, type ClientStream } from '../docker/client.ts'

export interface BuilderToDial {
  /** Its name; null for the one that the client would use. */
  readonly builder: string | null
  /** For the client. */
  readonly env: ReadonlyMap<string, string>
}

export interface BuilderConnections {
  /**
   * The connection that all share who ask for the platform, which picks the node of a builder that has several; another
   * one where it broke. Whether the builder answers shows with the first call. Null where there can be none.
   */
  readonly to: (platform: string) => Promise<ClientHttp2Session | null>
  readonly close: () => Promise<void>
}

/** Paths of sockets are short: 104 bytes on macOS, 108 on Linux. */
const longestPath = 100
/** What may be under way to us at a time; memory holds it. Bytes. */
const windowBytes = { stream: 1024 ** 2, session: 4 * 1024 ** 2 }

/** @param folder for sockets that live for a moment; only this user may open it */
export function connectionsTo(builder: BuilderToDial, folder: string, signal: AbortSignal): BuilderConnections {
  const open = new Map<string, Promise<Connection | null>>()
  const broken: Connection[] = []
  return {
    async to(platform) {
      const before = open.get(platform)
      const old = await before
      // Somebody else may have dialled meanwhile.
      if (old?.session.destroyed === true && open.get(platform) === before) {
        broken.push(old)
        open.delete(platform)
      }
      const opening = open.get(platform) ?? dial(builder, platform, folder, signal).catch(() => null)
      open.set(platform, opening)
      return (await opening)?.session ?? null
    },
    async close() {
      const last = await Promise.all(open.values())
      await Promise.all([...broken, ...last].map(async (connection) => connection?.close()))
    },
  }
}

interface Connection {
  readonly session: ClientHttp2Session
  readonly close: () => Promise<void>
}

async function dial(
  { builder, env }: BuilderToDial,
  platform: string,
  folder: string,
  signal: AbortSignal,
): Promise<Connection | null> {
  const name = `${randomBytes(4).toString('hex')}.sock`
  const place = await placeOf(name, folder)
  if (place === null) return null
  const { path } = place
  const [{ connect }, { createServer, connect: connectSocket }] = await Promise.all([
    import('node:http2'),
    import('node:net'),
  ])
  const words = [
    'buildx',
    'dial-stdio',
    '--progress=quiet',
    ...(builder === null ? [] : ['--builder', builder]),
    '--platform',
    platform,
  ]
  const client = streamClient({ args: words, env, talks: true, signal })
  // HTTP/2 wants a socket: on the client's pipes alone Node ends with the client, in an error that nobody can catch.
  const server = createServer((socket) => {
    server.close()
    connectPipes(socket, client)
  })
  if (!(await listening(server, path))) {
    client.stop()
    await client.ended.catch(() => undefined)
    await place.close()
    return null
  }
  const session = connect('http://localhost', {
    createConnection: () => connectSocket(path),
    settings: { initialWindowSize: windowBytes.stream, enablePush: false },
  })
  session.on('connect', () => session.setLocalWindowSize(windowBytes.session))
  // Each call that it breaks says so.
  session.on('error', () => undefined)
  const cancel = (): void => session.destroy()
  signal.addEventListener('abort', cancel, { once: true })
  return {
    session,
    async close() {
      signal.removeEventListener('abort', cancel)
      session.destroy()
      server.close()
      client.stop()
      await client.ended.catch(() => undefined)
      await rm(join(folder, name), { force: true })
      await place.close()
    },
  }
}

interface SocketPlace {
  /** Good until it is closed. */
  readonly path: string
  readonly close: () => Promise<void>
}

/** Null where no path is short enough. Linux has a short one for every folder that is open. */
async function placeOf(name: string, folder: string): Promise<SocketPlace | null> {
  const path = join(folder, name)
  if (Buffer.byteLength(path) <= longestPath) return { path, close: () => Promise.resolve() }
  if (process.platform !== 'linux') return null
  const opened = await openFile(folder)
  return { path: `/proc/self/fd/${opened.fd}/${name}`, close: () => opened.close() }
}

function listening(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(path, () => resolve(true))
  })
}

function connectPipes(socket: Socket, { stdin, stdout, ended }: ClientStream): void {
  for (const stream of [socket, stdin, stdout]) stream?.on('error', () => undefined)
  if (stdin) socket.pipe(stdin)
  stdout.pipe(socket)
  const end = (): void => {
    socket.destroy()
    stdin?.destroy()
  }
  socket.on('close', end)
  ended.then(end, end)
}

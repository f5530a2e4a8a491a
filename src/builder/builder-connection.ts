/**
 * Connects to the builder itself, through `docker buildx dial-stdio`. This works with every driver, and reaches the
 * same builder as the user's own calls. Information that only the builder has can be read without further calls of the
 * client.
 */
import { randomBytes } from 'node:crypto'
import { open as openFile, rm } from 'node:fs/promises'
import type { ClientHttp2Session } from 'node:http2'
import type { Server, Socket } from 'node:net'
import { join } from 'node:path'
import { streamClient, type ClientStream } from '../docker/client.ts'

/** The builder to connect to. */
export interface BuilderToDial {
  /** Name of the builder. Null for the client's default builder. */
  readonly builder: string | null
  /** Variables to add to the environment of the client. */
  readonly env: ReadonlyMap<string, string>
}

/** Connections to the nodes of a builder. */
export interface BuilderConnections {
  /**
   * Returns a connection for a platform, which selects the node if the builder has several. All callers share it. If it
   * broke, a new one is made. Whether the builder answers is only known after the first call. Returns null if no
   * connection is possible.
   */
  readonly to: (platform: string) => Promise<ClientHttp2Session | null>
  readonly close: () => Promise<void>
}

/** Length limit for the path of a socket, in bytes. Systems allow few: 104 on macOS, 108 on Linux. */
const maxSocketPathBytes = 100
/** Limits for data in flight to us, which is held in memory, in bytes. */
const windowBytes = { stream: 1024 ** 2, session: 4 * 1024 ** 2 }

/**
 * Returns connections to a builder, which are made on demand.
 *
 * @param folder folder for short-lived sockets; only this user may have access to it
 */
export function connectionsTo(builder: BuilderToDial, folder: string, signal: AbortSignal): BuilderConnections {
  const open = new Map<string, Promise<Connection | null>>()
  const broken: Connection[] = []
  return {
    async to(platform) {
      const before = open.get(platform)
      const old = await before
      // Another caller may have reconnected in the meantime.
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
  // HTTP/2 needs a socket. With the client's pipes alone, Node ends when the client does, with an error that cannot be
  // caught.
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
  // The error is reported by each call that it breaks.
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
  /** Valid until it is closed. */
  readonly path: string
  readonly close: () => Promise<void>
}

/** Returns a path for a socket, or null if none is short enough. Linux has a short path for every open folder. */
async function placeOf(name: string, folder: string): Promise<SocketPlace | null> {
  const path = join(folder, name)
  if (Buffer.byteLength(path) <= maxSocketPathBytes) return { path, close: () => Promise.resolve() }
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

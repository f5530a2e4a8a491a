/** A Git repository served on this machine, as BuildKit fetches one. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { succeed } from './program.ts'

/**
 * Stores Git's objects uncompressed. Most repositories of the tests have a program of 2 MB, and compressing it for each
 * commit, push and fetch takes longer than all other work of Git.
 */
export const uncompressed = ['-c', 'core.compression=0'] as const
const uncompressedEnv = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.compression', GIT_CONFIG_VALUE_0: '0' }

export interface ServedRepository extends AsyncDisposable {
  /** The address; with `#BRANCH:FOLDER` appended it is a build context. */
  readonly url: string
}

/** @param folder its files become the only commit of branch `main` */
export async function serveRepository(folder: string): Promise<ServedRepository> {
  const base = await mkdtemp(join(tmpdir(), 'sf-git-'))
  const bare = join(base, 'app.git')
  const git = (...args: readonly string[]): Promise<string> =>
    succeed('git', [
      ...uncompressed,
      '-c',
      'user.name=Test',
      '-c',
      'user.email=test@invalid',
      '-c',
      'safe.directory=*',
      '-C',
      folder,
      ...args,
    ])
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '--message=One')
  await git('clone', '--quiet', '--bare', folder, bare)
  const served = await serveFolder(base)
  return {
    url: `${served.url}/app.git`,
    [Symbol.asyncDispose]: async () => {
      await served[Symbol.asyncDispose]()
      await rm(base, { recursive: true })
    },
  }
}

/**
 * Serves all bare repositories below a folder. Each connection gets its own Git process, so the port is ours from the
 * start. A caller that waits for a connection while it blocks this process waits forever.
 */
export async function serveFolder(base: string): Promise<ServedRepository> {
  const open = new Set<Socket>()
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    open.add(socket)
    const daemon = spawn('git', ['daemon', '--inetd', `--base-path=${base}`, '--export-all', base], {
      env: { ...process.env, ...uncompressedEnv },
      stdio: [socket, socket, 'ignore'],
    })
    const done = (): void => {
      socket.destroy()
      open.delete(socket)
    }
    socket.on('error', done)
    daemon.on('error', done)
    daemon.on('close', done)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `git://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

/** Checks out one commit without branches, as actions/checkout does. */
export async function shallowCheckout(url: string, folder: string, commit: string): Promise<string> {
  const ref = 'refs/remotes/pull/1/merge'
  const git = (...args: readonly string[]): Promise<string> =>
    succeed('git', [...uncompressed, '-C', folder, ...args], { env: { GIT_CONFIG_GLOBAL: '/dev/null' } })
  await mkdir(folder, { recursive: true })
  await git('init', '--quiet', '--initial-branch=main')
  await git('remote', 'add', 'origin', url)
  await git('fetch', '--quiet', '--no-tags', '--depth=1', 'origin', `+${commit}:${ref}`)
  await git('checkout', '--quiet', '--force', ref)
  return folder
}

export interface GitServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** The `authorization` of each request, or null. */
  readonly authorizations: readonly (string | null)[]
}

/**
 * Serves the bare repositories below a folder over HTTP, as GitHub does.
 *
 * @param authorization the header that a request must have, or null if everybody may read
 */
export async function serveOverHttp(base: string, authorization: string | null): Promise<GitServer> {
  const backend = join((await succeed('git', ['--exec-path'])).trim(), 'git-http-backend')
  const authorizations: (string | null)[] = []
  const server = createHttpServer((request, response) => {
    // BuildKit writes the scheme in lower case.
    const given = request.headers.authorization?.replace(/^basic /, 'Basic ') ?? null
    authorizations.push(given)
    if (authorization !== null && given !== authorization) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const cgi = spawn(backend, {
      env: {
        ...process.env,
        ...uncompressedEnv,
        GIT_CONFIG_COUNT: '2',
        GIT_CONFIG_KEY_1: 'safe.directory',
        GIT_CONFIG_VALUE_1: '*',
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_PROJECT_ROOT: base,
        GIT_PROTOCOL: [request.headers['git-protocol'] ?? []].flat().join(),
        PATH_INFO: path,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    request.pipe(cgi.stdin)
    const chunks: Buffer[] = []
    cgi.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    cgi.on('close', () => {
      const answer = Buffer.concat(chunks)
      const end = answer.indexOf('\r\n\r\n')
      const headers = new Map(
        answer
          .subarray(0, end)
          .toString()
          .split('\r\n')
          .map((line): [string, string] => {
            const [name = '', value = ''] = line.split(': ')
            return [name.toLowerCase(), value]
          }),
      )
      const status = Number.parseInt(headers.get('status') ?? '200', 10)
      headers.delete('status')
      response.writeHead(status, Object.fromEntries(headers)).end(answer.subarray(end + 4))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorizations,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

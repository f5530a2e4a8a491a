/** Real Git repositories in temporary folders, and servers for them on the loopback. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { findRepository, type Repository } from '../../src/git/repository.ts'
import { openGit, type ConfigEntry, type Git } from '../../src/git/run-git.ts'

export { remove, temporaryFolder } from './folders.ts'

/** An environment without any Git configuration of this machine. */
export const gitEnv: Record<string, string> = {
  ...(Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))) as Record<
    string,
    string
  >),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}

export function sh(folder: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: folder,
    env: gitEnv,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}

export function put(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

export function newRepository(folder: string): string {
  mkdirSync(folder, { recursive: true })
  sh(folder, 'init', '--quiet', '--initial-branch=main')
  return folder
}

/** Writes the files, commits them and returns the hash of the commit. */
export function commit(folder: string, files: Readonly<Record<string, string | Buffer>>, message = 'change'): string {
  put(folder, files)
  sh(folder, 'add', '--all')
  sh(folder, 'commit', '--quiet', '--allow-empty', '--message', message)
  return sh(folder, 'rev-parse', 'HEAD')
}

/** Makes commits on a branch, all at once. */
export function manyCommits(folder: string, branch: string, count: number): void {
  const start = ((): string => {
    try {
      return `from ${sh(folder, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}`)}\n`
    } catch {
      return ''
    }
  })()
  const stream = Array.from({ length: count }, (_, nth) => {
    const text = `${branch} ${nth}`
    const message = `commit refs/heads/${branch}\ncommitter A <a@example.com> ${1_700_000_000 + nth} +0000\ndata 1\nx\n`
    return `${message}${nth === 0 ? start : ''}M 100644 inline many.txt\ndata ${text.length}\n${text}\n`
  })
  execFileSync('git', ['fast-import', '--quiet'], { cwd: folder, env: gitEnv, input: stream.join('') })
}

/** A bare copy that serves what GitHub serves: any commit by its hash, and histories without files. */
export function publish(folder: string, bare: string): string {
  sh(dirname(bare), 'clone', '--quiet', '--bare', folder, bare)
  for (const key of ['allowFilter', 'allowAnySHA1InWant']) sh(bare, 'config', `uploadpack.${key}`, 'true')
  return `file://${bare}`
}

/** As actions/checkout does: one commit, no branches. */
export function checkout(url: string, folder: string, sha: string, depth: number | null = 1): string {
  newRepository(folder)
  sh(folder, 'remote', 'add', 'origin', url)
  sh(
    folder,
    'fetch',
    '--quiet',
    '--no-tags',
    ...(depth === null ? [] : [`--depth=${depth}`]),
    'origin',
    `+${sha}:refs/remotes/pull/1/merge`,
  )
  sh(folder, 'checkout', '--quiet', '--force', 'refs/remotes/pull/1/merge')
  return folder
}

export function gitIn(
  folder: string,
  config: readonly ConfigEntry[] = [],
  env: Record<string, string> = gitEnv,
  token: readonly ConfigEntry[] = [],
): Git {
  return openGit({ folder, env, signal: new AbortController().signal, config, token })
}

export async function repositoryAt(folder: string): Promise<Repository> {
  const found = await findRepository(gitIn(folder), folder)
  if ('why' in found) throw new Error(found.why)
  return found
}

/** Everything about `.git` that a build or a user could notice: refs, boundaries, configuration, number of objects. */
export function stateOf(folder: string): string {
  const files = execFileSync('find', ['.git', '-type', 'f', '-printf', '%p %s %T@\n'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return files.split('\n').sort().join('\n')
}

export interface HttpServer extends AsyncDisposable {
  readonly url: string
  /** The Authorization header of each request, whether accepted or not. */
  readonly seen: (string | undefined)[]
}

/** `git http-backend` behind HTTP basic authentication, like a private repository. */
export async function privateServer(root: string, token: string): Promise<HttpServer> {
  const seen: (string | undefined)[] = []
  const wanted = `basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    if (request.headers.authorization?.toLowerCase() !== wanted.toLowerCase()) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end()
      return
    }
    const { pathname, search } = new URL(request.url ?? '/', 'http://x')
    const child = spawn('git', ['http-backend'], {
      env: {
        ...gitEnv,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REMOTE_ADDR: '127.0.0.1',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    request.pipe(child.stdin)
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('close', () => {
      const all = Buffer.concat(chunks)
      const end = all.indexOf('\r\n\r\n')
      const headers = new Map(
        all
          .subarray(0, end)
          .toString()
          .split('\r\n')
          .map((line): [string, string] => {
            const colon = line.indexOf(': ')
            return [line.slice(0, colon), line.slice(colon + 2)]
          }),
      )
      const status = Number.parseInt(headers.get('Status') ?? '200', 10)
      headers.delete('Status')
      response.writeHead(status, Object.fromEntries(headers))
      response.end(all.subarray(end + 4))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/**
 * Checks out a commit of `origin.git` in this folder, as actions/checkout does. Its remote is a server that wants the
 * token.
 */
export async function privateCheckout(
  folder: string,
  sha: string,
  token: string,
): Promise<HttpServer & { readonly job: string }> {
  const job = checkout(`file://${join(folder, 'origin.git')}`, join(folder, 'job'), sha)
  const server = await privateServer(folder, token)
  sh(job, 'remote', 'set-url', 'origin', `${server.url}/origin.git`)
  return { ...server, job }
}

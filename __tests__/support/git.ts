/** A Git repository that is served on this machine, as BuildKit fetches one. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { succeed } from './program.ts'

export interface ServedRepository extends AsyncDisposable {
  /** With `#BRANCH:FOLDER` behind it a build context. */
  readonly url: string
}

/** @param folder its files become the one commit of branch `main` */
export async function serveRepository(folder: string): Promise<ServedRepository> {
  const base = await mkdtemp(join(tmpdir(), 'sf-git-'))
  const bare = join(base, 'app.git')
  const git = (...args: readonly string[]): Promise<string> =>
    succeed('git', ['-c', 'user.name=Test', '-c', 'user.email=test@invalid', '-c', 'safe.directory=*', '-C', folder, ...args])
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
 * All bare repositories below a folder. A Git serves each connection, so that the port is ours from the start; who waits
 * for one without letting this process run on waits forever.
 */
export async function serveFolder(base: string): Promise<ServedRepository> {
  const open = new Set<Socket>()
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    open.add(socket)
    const daemon = spawn('git', ['daemon', '--inetd', `--base-path=${base}`, '--export-all', base], { stdio: [socket, socket, 'ignore'] })
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

/** As actions/checkout makes it: one commit, no branches. */
export async function shallowCheckout(url: string, folder: string, commit: string): Promise<string> {
  const ref = 'refs/remotes/pull/1/merge'
  const git = (...args: readonly string[]): Promise<string> => succeed('git', ['-C', folder, ...args], { env: { GIT_CONFIG_GLOBAL: '/dev/null' } })
  await mkdir(folder, { recursive: true })
  await git('init', '--quiet', '--initial-branch=main')
  await git('remote', 'add', 'origin', url)
  await git('fetch', '--quiet', '--no-tags', '--depth=1', 'origin', `+${commit}:${ref}`)
  await git('checkout', '--quiet', '--force', ref)
  return folder
}

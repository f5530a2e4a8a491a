/** A Git repository that is served on this machine, as BuildKit fetches one. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
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

/** All bare repositories below a folder, of which there has to be one. */
export async function serveFolder(base: string): Promise<ServedRepository> {
  const port = await freePort()
  const daemon = spawn('git', ['daemon', '--listen=127.0.0.1', `--port=${port}`, `--base-path=${base}`, '--export-all', base], {
    stdio: 'ignore',
    // It leaves the serving to a child, which would outlive it.
    detached: true,
  })
  const url = `git://127.0.0.1:${port}`
  const ended = new Promise<void>((resolve) => daemon.once('close', () => resolve()))
  for (let left = 100; !(await answers(port)); left--) {
    if (left === 0) throw new Error('git daemon does not answer')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      if (daemon.pid !== undefined) process.kill(-daemon.pid)
      await ended
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

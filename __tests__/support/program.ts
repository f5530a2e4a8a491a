/** Runs the bundled command line and independent tools as processes. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

export const commandLine = join(root, 'dist/cli/index.js')
export const action = join(root, 'dist/action/index.js')
export const example = join(root, 'examples/msbdemo')

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** Milliseconds from the first signal of `kill` to the end, or null if none was sent. */
  readonly endedAfter: number | null
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly stdin?: string | Buffer
  /** Sent when standard output or standard error contains `when`; `second` is sent a moment later. */
  readonly kill?: { readonly signal: NodeJS.Signals; readonly when: RegExp; readonly second?: NodeJS.Signals }
  /** Called when one of them contains `when`. */
  readonly cue?: { readonly when: RegExp; readonly then: () => void }
}

export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    let { kill, cue } = options
    let killed: number | null = null
    // Each only once, whatever is printed afterwards.
    const heed = (said: string): void => {
      if (kill?.when.test(said)) {
        const { signal, second } = kill
        kill = undefined
        killed = performance.now()
        child.kill(signal)
        if (second !== undefined) setTimeout(() => child.kill(second), 200)
      }
      if (cue?.when.test(said)) {
        const { then } = cue
        cue = undefined
        then()
      }
    }
    child.stdout?.on('data', (chunk: Buffer) => heed((stdout += chunk.toString())))
    child.stderr?.on('data', (chunk: Buffer) => heed((stderr += chunk.toString())))
    child.stdin?.end(options.stdin)
    child.on('error', reject)
    child.on('close', (status) =>
      resolve({ status, stdout, stderr, endedAfter: killed === null ? null : performance.now() - killed }),
    )
  })
}

/** The cache folder of the programs that this test file starts. */
export const ownCache = { XDG_CACHE_HOME: process.env['STAGE_FOOTPRINT_TEST_CACHE'] } as const

/** Runs the bundled command line in Node 24. */
export function footprint(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return run(process.execPath, [commandLine, ...args], { ...options, env: { ...ownCache, ...options.env } })
}

export async function succeed(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, options)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`)
  return stdout
}

/** Makes a folder with these files, which is deleted after the test. */
export async function folderWith(
  files: Readonly<Record<string, string | Buffer>>,
): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sf-test-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    // Programs among them must be executable in the build.
    await writeFile(join(path, name), content, { mode: 0o755 })
    // A builder that knows the contents already would return its earlier layer, with the times of that build.
    await utimes(join(path, name), 1_000_000_000, 1_000_000_000)
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/**
 * Returns the command lines of all processes on the machine that have this variable in their environment. These are
 * what a run with this variable left behind. A process that was told to end may take a moment.
 */
export async function processesLeft(name: string, value: string): Promise<readonly string[]> {
  for (let left = 50; ; left--) {
    const found = await processesWith(name, value)
    if (found.length === 0 || left === 0) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function processesWith(name: string, value: string): Promise<readonly string[]> {
  const found = await Promise.all(
    (await readdir('/proc'))
      .filter((pid) => /^\d+$/.test(pid))
      .map(async (pid) => {
        const read = (file: string): Promise<readonly string[]> =>
          readFile(`/proc/${pid}/${file}`, 'utf8').then(
            (text) => text.split('\0'),
            () => [],
          )
        return (await read('environ')).includes(`${name}=${value}`) ? [(await read('cmdline')).join(' ')] : []
      }),
  )
  return found.flat()
}

/** Integration tests need an engine. Without one they fail, so that nobody takes a skipped test for a passed one. */
export function requireEngine(): string {
  const host = process.env['DOCKER_HOST']
  if (host === undefined) throw new Error('no engine: run the integration tests with script/test or script/with-engine')
  return host
}

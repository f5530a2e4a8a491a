/**
 * The one place that starts the docker client. Never through a shell; a run can be cancelled, and then the
 * child is told to stop and waited for.
 */
import type { Readable, Writable } from 'node:stream'
import { Cancelled, FootprintError } from '../errors.ts'
import { clientEnvironment } from '../inputs/child-environment.ts'
import { spawn } from '../programs.ts'

export interface ClientRun {
  /** Without the leading `docker`. */
  readonly args: readonly string[]
  /** Where it runs; this process's folder unless told. */
  readonly cwd?: string
  /** Added to this process's environment. */
  readonly env?: ReadonlyMap<string, string>
  readonly stdin?: Buffer | null
  /** Gets standard error as it comes; `inherit` hands the terminal itself to the client, for its fancy progress. */
  readonly stderr: 'inherit' | ((chunk: Buffer) => void)
  /** Bytes of standard output; a client that gives more is told to end, and fails. No limit unless told. */
  readonly mostOutput?: number
  readonly signal: AbortSignal
}

export interface ClientResult {
  readonly exitCode: number
  readonly stdout: string
}

/** Runs `docker ARGS…`. A non-zero exit is a result, not an error. */
export function runClient(run: ClientRun): Promise<ClientResult> {
  const { args, cwd, env, stdin, stderr, mostOutput = Infinity, signal } = run
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(cancelled())
      return
    }
    // `docker` starts buildx as a child of its own and cannot stop one that is just starting: signals go to both. At a
    // terminal they stay in our group, which is whom Ctrl-C reaches.
    const ownGroup = stderr !== 'inherit'
    const child = spawn('docker', args, {
      stdio: [stdin ? 'pipe' : 'ignore', 'pipe', stderr === 'inherit' ? 'inherit' : 'pipe'],
      env: clientEnvironment(process.env, env),
      cwd,
      detached: ownGroup,
    })
    const stopWith = (name: NodeJS.Signals): void => {
      try {
        if (ownGroup && child.pid !== undefined) process.kill(-child.pid, name)
        else child.kill(name)
      } catch {
        // It has ended by itself.
      }
    }
    let lasting: NodeJS.Timeout | undefined
    const stop = (): void => {
      stopWith('SIGTERM')
      // A client that hangs on a dead engine ignores SIGTERM.
      lasting = setTimeout(() => stopWith('SIGKILL'), 5_000)
    }
    const done = (): void => {
      clearTimeout(lasting)
      signal.removeEventListener('abort', stop)
    }
    signal.addEventListener('abort', stop, { once: true })

    const chunks: Buffer[] = []
    const stdout: Readable | null = child.stdout
    let bytes = 0
    stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= mostOutput) chunks.push(chunk)
      else if (bytes - chunk.length <= mostOutput) stop()
    })
    if (stderr !== 'inherit') child.stderr?.on('data', stderr)
    if (stdin && child.stdin) {
      // The client may end before it has read all of it; its exit status tells the story.
      child.stdin.on('error', () => undefined)
      child.stdin.end(stdin)
    }

    child.on('error', (error: NodeJS.ErrnoException) => {
      done()
      reject(error.code === 'ENOENT' ? noClient(error) : error)
    })
    child.on('close', (code) => {
      done()
      if (signal.aborted) reject(cancelled())
      else resolve({ exitCode: bytes > mostOutput ? 1 : (code ?? 1), stdout: Buffer.concat(chunks).toString('utf8') })
    })
  })
}

export interface ClientStream {
  readonly stdout: Readable
  /** Null unless it is talked to. */
  readonly stdin: Writable | null
  /** Ends the client, for a reader that wants no more. */
  readonly stop: () => void
  /** Resolves when the client is gone; its standard error is the last 64 KiB of it. */
  readonly ended: Promise<{ readonly exitCode: number; readonly stderr: string }>
}

/**
 * Runs `docker ARGS…` and gives its standard output as a stream, for what is too large to be kept.
 *
 * @param run `talks` opens its standard input as well. Such a client only hands bytes on: it has nothing to put in order, so
 *   it is killed when it is stopped. (`dial-stdio` often ignores SIGTERM, even when both of its pipes are closed.)
 */
export function streamClient({
  args,
  env,
  talks = false,
  signal,
}: Pick<ClientRun, 'args' | 'env' | 'signal'> & { readonly talks?: boolean }): ClientStream {
  // Signals go to buildx too, which `docker` starts: what hangs there would outlive it.
  const child = spawn('docker', args, {
    stdio: [talks ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    env: clientEnvironment(process.env, env),
    detached: true,
  })
  const stopWith = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // It has ended by itself.
    }
  }
  const stop = (): void => {
    stopWith(talks ? 'SIGKILL' : 'SIGTERM')
    // A client that hangs on a dead engine ignores SIGTERM.
    if (!talks) setTimeout(() => stopWith('SIGKILL'), 5_000).unref()
  }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString('utf8')).slice(-65_536)))
  const ended = new Promise<{ exitCode: number; stderr: string }>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? noClient(error) : error)
    })
    // Its output may never be read to its end, so that `close` need not come.
    child.on('exit', (code) => {
      signal.removeEventListener('abort', stop)
      if (signal.aborted) reject(cancelled())
      else setImmediate(() => resolve({ exitCode: code ?? 1, stderr }))
    })
  })
  return { stdout: child.stdout as Readable, stdin: child.stdin, stop, ended }
}

function noClient(cause: unknown): FootprintError {
  return new FootprintError(
    'ENGINE_UNREACHABLE',
    'there is no `docker` on the PATH: install the Docker client with buildx 0.15 or newer',
    { cause },
  )
}

function cancelled(): Cancelled {
  return new Cancelled('stopped')
}

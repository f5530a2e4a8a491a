/**
 * The one place that starts programs: by argv, never through a shell. A program can be stopped, and is told to end
 * before it is killed. One that still runs when this process ends is killed with it.
 */
import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { atExit } from './at-exit.ts'
import { Cancelled } from './errors.ts'

export interface ProgramCall {
  /** Where it runs; this process's folder unless told. */
  readonly cwd?: string | undefined
  /** Its whole environment. */
  readonly env: NodeJS.ProcessEnv
  /** Gets standard error as it comes; `inherit` hands the terminal itself to the program. */
  readonly stderr: 'inherit' | 'ignore' | ((chunk: Buffer) => void)
  /**
   * Whether it is started in a process group of its own: then signals go to what it starts as well, and it has no
   * terminal to ask at.
   */
  readonly ownGroup: boolean
  /** Stops it. */
  readonly signal: AbortSignal
}

export interface RunningProgram {
  readonly stdout: Readable
  /** Null unless it was opened. */
  readonly stdin: Writable | null
  /** Tells it to end, and kills it where it does not. */
  readonly stop: () => void
  /** Its exit status; null where a signal ended it. Rejects where it cannot be started. */
  readonly ended: Promise<number | null>
}

/** Milliseconds after which a program that was told to end is killed: one that hangs on a dead engine ignores SIGTERM. */
const graceMs = 5_000

/**
 * @param wish `stdin` says whether its standard input is opened for the caller. It has ended on `exit` when it is gone,
 *   on `close` when nobody else holds its output either. To stop it, it is told to end first, unless it is to be killed
 */
export function startProgram(
  program: string,
  args: readonly string[],
  { cwd, env, stderr, ownGroup, signal }: ProgramCall,
  {
    stdin,
    ends,
    stops = 'told',
  }: { readonly stdin: 'open' | 'empty'; readonly ends: 'exit' | 'close'; readonly stops?: 'told' | 'killed' },
): RunningProgram {
  // Loaded with the first program: it brings all of Node's sockets along.
  const child = process.getBuiltinModule('node:child_process').spawn(program, args, {
    stdio: [stdin === 'open' ? 'pipe' : 'ignore', 'pipe', typeof stderr === 'string' ? stderr : 'pipe'],
    env,
    cwd,
    detached: ownGroup,
  })
  const kill = killer(child, ownGroup)
  const forget = atExit(() => kill('SIGKILL'))
  let lasting: NodeJS.Timeout | undefined
  const stop = (): void => {
    if (stops === 'killed') kill('SIGKILL')
    else lasting ??= stopWith(kill)
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once(ends, resolve)
  })
  for (const event of ['exit', 'error']) child.once(event, forget)
  for (const event of [ends, 'error']) child.once(event, () => signal.removeEventListener('abort', stop))
  child.once('close', () => clearTimeout(lasting))
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  if (typeof stderr !== 'string') child.stderr?.on('data', stderr)
  return { stdout: child.stdout as Readable, stdin: child.stdin, stop, ended }
}

export interface ProgramResult {
  /** Null where it did not end by itself. */
  readonly exitCode: number | null
  readonly stdout: string
  /** Whether it was stopped since it gave more output than it may. */
  readonly tooLong: boolean
}

/**
 * Runs a program to its end. A non-zero exit is a result, not an error.
 *
 * @param wish `input` is its standard input; `mostOutput` the bytes of standard output after which it is stopped
 * @throws Cancelled where the signal stopped it; the error of the system where it cannot be started
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  call: ProgramCall,
  { input, mostOutput }: { readonly input: Buffer | string | null; readonly mostOutput: number },
): Promise<ProgramResult> {
  refuseWhenStopped(call.signal)
  const pipes = { stdin: input === null ? 'empty' : 'open', ends: 'close' } as const
  const running = startProgram(program, args, call, pipes)
  const chunks: Buffer[] = []
  let bytes = 0
  running.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= mostOutput) chunks.push(chunk)
    else running.stop()
  })
  // It may end before it has read all of it; its exit status tells the story.
  running.stdin?.on('error', () => undefined)
  running.stdin?.end(input)
  const exitCode = await running.ended
  refuseWhenStopped(call.signal)
  return { exitCode, stdout: Buffer.concat(chunks).toString('utf8'), tooLong: bytes > mostOutput }
}

function refuseWhenStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new Cancelled('stopped')
}

/**
 * Tells a program to end, and kills it where it has not ended in time.
 *
 * @returns the timer of the second, which keeps no process alive
 */
export function stopWith(kill: (name: NodeJS.Signals) => void): NodeJS.Timeout {
  kill('SIGTERM')
  return setTimeout(() => kill('SIGKILL'), graceMs).unref()
}

function killer(child: ChildProcess, withGroup: boolean): (name: NodeJS.Signals) => void {
  return (name) => {
    try {
      if (!withGroup) child.kill(name)
      else if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // It has ended by itself.
    }
  }
}

/**
 * The only place that starts programs. It passes arguments as a list, never through a shell. A program that has to stop
 * is asked to end first and then killed. A program that still runs when this process ends is killed.
 */
import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { atExit } from './at-exit.ts'
import { Cancelled } from './errors.ts'

/** How a program is started. */
export interface ProgramCall {
  /** Working folder. The default is this process's own. */
  readonly cwd?: string | undefined
  /** The complete environment. */
  readonly env: NodeJS.ProcessEnv
  /** Receives standard error as it arrives. With `inherit`, the program writes to the terminal itself. */
  readonly stderr: 'inherit' | 'ignore' | ((chunk: Buffer) => void)
  /**
   * Whether the program starts in its own process group. Signals then also reach the processes that it starts, and it
   * has no terminal to ask questions at.
   */
  readonly ownGroup: boolean
  /** Stops the program. */
  readonly signal: AbortSignal
}

/** A program that was started. */
export interface RunningProgram {
  readonly stdout: Readable
  /** Null if standard input was not opened. */
  readonly stdin: Writable | null
  /** Asks the program to end, and kills it if it does not. */
  readonly stop: () => void
  /** Its exit status, or null if a signal ended it. Rejects if the program cannot be started. */
  readonly ended: Promise<number | null>
}

/** Milliseconds between SIGTERM and SIGKILL. A program that waits for a dead engine ignores SIGTERM. */
const graceMs = 5_000

/**
 * Starts a program.
 *
 * @param options `stdin` says whether standard input is opened for the caller. `ended` resolves at `exit`, when the
 * process is gone, or at `close`, when no other process holds its output either. `stopSignal` is the first signal that
 * stops it; after SIGTERM, it is killed if it does not end in time.
 */
export function startProgram(
  program: string,
  args: readonly string[],
  { cwd, env, stderr, ownGroup, signal }: ProgramCall,
  {
    stdin,
    ends,
    stopSignal = 'SIGTERM',
  }: {
    readonly stdin: 'open' | 'empty'
    readonly ends: 'exit' | 'close'
    readonly stopSignal?: 'SIGTERM' | 'SIGKILL'
  },
): RunningProgram {
  // Loaded only when the first program starts, because this module loads all of Node's networking code.
  const child = process.getBuiltinModule('node:child_process').spawn(program, args, {
    stdio: [stdin === 'open' ? 'pipe' : 'ignore', 'pipe', typeof stderr === 'string' ? stderr : 'pipe'],
    env,
    cwd,
    detached: ownGroup,
  })
  const kill = killer(child, ownGroup)
  const forget = atExit(() => kill('SIGKILL'))
  let graceTimer: NodeJS.Timeout | undefined
  const stop = (): void => {
    if (stopSignal === 'SIGKILL') kill('SIGKILL')
    else graceTimer ??= stopWith(kill)
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once(ends, resolve)
  })
  for (const event of ['exit', 'error']) child.once(event, forget)
  for (const event of [ends, 'error']) child.once(event, () => signal.removeEventListener('abort', stop))
  child.once('close', () => clearTimeout(graceTimer))
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  if (typeof stderr !== 'string') child.stderr?.on('data', stderr)
  return { stdout: child.stdout as Readable, stdin: child.stdin, stop, ended }
}

/**
 * Starts a program that goes on when this process ends, such as a browser. It gets no input, and its output is dropped.
 *
 * @param patienceMs milliseconds to wait for its end
 * @param signal ends only the waiting. The program goes on, because it may show its user something already
 * @returns its exit status, null if a signal ended it, or `running` if it still runs after that time
 * @throws Cancelled if the signal aborts; the system's error if the program cannot be started
 */
export async function launchProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { patienceMs, signal }: { readonly patienceMs: number; readonly signal: AbortSignal },
): Promise<number | null | 'running'> {
  refuseWhenStopped(signal)
  const child = process.getBuiltinModule('node:child_process').spawn(program, args, {
    stdio: 'ignore',
    env,
    detached: true,
  })
  child.unref()
  const { promise, resolve, reject } = Promise.withResolvers<number | null | 'running'>()
  const waiting = setTimeout(resolve, patienceMs, 'running')
  const stopWaiting = (): void => reject(new Cancelled('stopped'))
  signal.addEventListener('abort', stopWaiting, { once: true })
  child.once('exit', resolve)
  child.once('error', reject)
  try {
    return await promise
  } finally {
    clearTimeout(waiting)
    signal.removeEventListener('abort', stopWaiting)
  }
}

/** The result of a program that has ended. */
export interface ProgramResult {
  /** Null if the program did not end by itself. */
  readonly exitCode: number | null
  readonly stdout: string
  /** Whether the program was stopped because it wrote more output than allowed. */
  readonly tooLong: boolean
}

/**
 * Runs a program to its end. A non-zero exit status is a result, not an error.
 *
 * @param options `input` is its standard input; `maxOutput` is the limit for its standard output in bytes, at which it is
 * stopped
 * @throws Cancelled if the signal stops it; the system's error if it cannot be started
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  call: ProgramCall,
  { input, maxOutput }: { readonly input: Buffer | string | null; readonly maxOutput: number },
): Promise<ProgramResult> {
  refuseWhenStopped(call.signal)
  const pipes = { stdin: input === null ? 'empty' : 'open', ends: 'close' } as const
  const running = startProgram(program, args, call, pipes)
  const chunks: Buffer[] = []
  let bytes = 0
  running.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= maxOutput) chunks.push(chunk)
    else running.stop()
  })
  // The program may end before it has read all input. Its exit status then says what happened.
  running.stdin?.on('error', () => undefined)
  running.stdin?.end(input)
  const exitCode = await running.ended
  refuseWhenStopped(call.signal)
  return { exitCode, stdout: Buffer.concat(chunks).toString('utf8'), tooLong: bytes > maxOutput }
}

function refuseWhenStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new Cancelled('stopped')
}

/**
 * Asks a program to end, and kills it if it has not ended in time.
 *
 * @returns the timer of the kill, which does not keep this process alive
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

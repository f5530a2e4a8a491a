/**
 * Starts the docker client. No other file does. If a run is cancelled, the client is asked to stop, and the run waits
 * for its end.
 */
import type { Readable, Writable } from 'node:stream'
import { Cancelled, FootprintError } from '../errors.ts'
import { systemErrorCode } from '../files.ts'
import { clientEnvironment } from '../inputs/child-environment.ts'
import { OutputTail } from '../output-tail.ts'
import { runProgram, startProgram, type ProgramCall } from '../programs.ts'

/** A call of the docker client. */
export interface ClientRun {
  /** Arguments without the leading `docker`. */
  readonly args: readonly string[]
  /** The folder to run in. The default is the current folder. */
  readonly cwd?: string
  /** Variables to add to the environment of this process. */
  readonly env?: ReadonlyMap<string, string>
  readonly stdin?: Buffer | null
  /**
   * Receives standard error as it arrives. With `inherit`, the client writes to the terminal itself, for its
   * interactive progress.
   */
  readonly stderr: 'inherit' | ((chunk: Buffer) => void)
  /**
   * Size limit for standard output, in bytes. A client that prints more is stopped, and fails. There is no limit by
   * default.
   */
  readonly maxOutput?: number
  readonly signal: AbortSignal
}

/** The result of a call. */
export interface ClientResult {
  readonly exitCode: number
  readonly stdout: string
}

/**
 * Runs `docker ARGS…` and returns its exit code and standard output. A non-zero exit code is not an error.
 *
 * @throws Cancelled if the signal stops it; FootprintError ENGINE_UNREACHABLE if there is no client
 */
export async function runClient(run: ClientRun): Promise<ClientResult> {
  const { args, stdin = null, maxOutput = Infinity } = run
  const { exitCode, stdout, tooLong } = await runProgram('docker', args, callOf(run), {
    input: stdin,
    maxOutput,
  }).catch(explain)
  return { exitCode: tooLong ? 1 : (exitCode ?? 1), stdout }
}

/** The result of a call that shows nothing. `stderr` is the last 64 KiB of its standard error. */
export interface QuietResult extends ClientResult {
  readonly stderr: string
}

/** Size limit for an answer, in bytes. It leaves ample room for an index, a manifest or a list of stages. */
const maxAnswerBytes = 16_000_000

/** A call that shows nothing, and ends within a time limit whatever the engine does. */
export interface QuietRun extends Omit<ClientRun, 'stderr' | 'maxOutput'> {
  /** What the client is asked to do, as the error says it, such as `list the stages`. */
  readonly task: string
  /** Time limit, in milliseconds. */
  readonly timeLimit: number
}

/**
 * Runs `docker ARGS…`, shows nothing of its output, and returns both outputs. A client that prints more than 16 MB on
 * standard output is stopped, and fails.
 *
 * @throws Cancelled if the signal stops it; FootprintError ENGINE_UNREACHABLE if there is no client, or it takes too long
 */
export async function runClientQuietly({ task, timeLimit, ...run }: QuietRun): Promise<QuietResult> {
  const tail = new OutputTail()
  const late = AbortSignal.timeout(timeLimit)
  const signal = AbortSignal.any([run.signal, late])
  try {
    const result = await runClient({ ...run, stderr: tail.write, maxOutput: maxAnswerBytes, signal })
    return { ...result, stderr: tail.text() }
  } catch (cause) {
    if (!(cause instanceof Cancelled) || run.signal.aborted) throw cause
    throw new FootprintError(
      'ENGINE_UNREACHABLE',
      `the docker client took longer than ${timeLimit / 1000} s to ${task}: check that its engine or builder answers`,
      { cause },
    )
  }
}

/** A running client whose output is a stream. */
export interface ClientStream {
  readonly stdout: Readable
  /** Null unless `talks` was set. */
  readonly stdin: Writable | null
  /** Stops the client. Called by a reader that wants no more output. */
  readonly stop: () => void
  /** Resolves when the client has ended. `stderr` is the last 64 KiB of its standard error. */
  readonly ended: Promise<{ readonly exitCode: number; readonly stderr: string }>
}

/**
 * Runs `docker ARGS…` and returns its standard output as a stream, for output that is too large for memory.
 *
 * @param run `talks` opens standard input as well. Such a client only passes bytes on and has nothing to clean up, so it
 *   is killed when it is stopped. `dial-stdio` often ignores SIGTERM, even if both of its pipes are closed.
 */
export function streamClient({
  args,
  env,
  talks = false,
  signal,
}: Pick<ClientRun, 'args' | 'env' | 'signal'> & { readonly talks?: boolean }): ClientStream {
  const tail = new OutputTail()
  const call = callOf({ ...(env && { env }), stderr: tail.write, signal })
  // If nobody reads its output to the end, there is no `close` event.
  const pipes = { stdin: talks ? 'open' : 'empty', ends: 'exit', stopSignal: talks ? 'SIGKILL' : 'SIGTERM' } as const
  const { stdout, stdin, stop, ended } = startProgram('docker', args, call, pipes)
  return {
    stdout,
    stdin,
    stop,
    ended: ended.catch(explain).then(async (exitCode) => {
      if (signal.aborted) throw new Cancelled('stopped')
      // The last output may not have arrived yet.
      await new Promise((resolve) => setImmediate(resolve))
      return { exitCode: exitCode ?? 1, stderr: tail.text() }
    }),
  }
}

/**
 * Returns the settings of a call. `docker` starts buildx as its own child and cannot stop a child that is just starting,
 * so signals are sent to the group of both. At a terminal, both stay in our own group, which Ctrl-C reaches.
 */
function callOf({ cwd, env, stderr, signal }: Pick<ClientRun, 'cwd' | 'env' | 'stderr' | 'signal'>): ProgramCall {
  return { cwd, env: clientEnvironment(process.env, env), stderr, ownGroup: stderr !== 'inherit', signal }
}

function explain(error: unknown): never {
  if (systemErrorCode(error) !== 'ENOENT') throw error
  throw new FootprintError(
    'ENGINE_UNREACHABLE',
    'there is no `docker` on the PATH: install the Docker client with buildx 0.15 or newer',
    { cause: error },
  )
}

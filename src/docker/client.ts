/**
 * The one place that starts the docker client. A run can be cancelled, and then the child is told to stop and waited
 * for.
 */
import type { Readable, Writable } from 'node:stream'
import { Cancelled, FootprintError } from '../errors.ts'
import { systemErrorCode } from '../files.ts'
import { clientEnvironment } from '../inputs/child-environment.ts'
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
 * Runs `docker ARGS…`. A non-zero exit is a result, not an error.
 *
 * @throws Cancelled; FootprintError ENGINE_UNREACHABLE where there is no client
 */
export async function runClient(run: ClientRun): Promise<ClientResult> {
  const { args, stdin = null, maxOutput = Infinity } = run
  const { exitCode, stdout, tooLong } = await runProgram('docker', args, callOf(run), {
    input: stdin,
    maxOutput,
  }).catch(explain)
  return { exitCode: tooLong ? 1 : (exitCode ?? 1), stdout }
}

/** A running client whose output is a stream. */
export interface ClientStream {
  readonly stdout: Readable
  /** Null unless `talks` was set. */
  readonly stdin: Writable | null
  /** Ends the client, for a reader that wants no more. */
  readonly stop: () => void
  /** Resolves when the client has ended. `stderr` is the last 64 KiB of its standard error. */
  readonly ended: Promise<{ readonly exitCode: number; readonly stderr: string }>
}

/**
 * Runs `docker ARGS…` and returns its standard output as a stream, for output that is too large for memory.
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
  let stderr = ''
  const keepLast = (chunk: Buffer): void => void (stderr = (stderr + chunk.toString('utf8')).slice(-65_536))
  const call = callOf({ ...(env && { env }), stderr: keepLast, signal })
  // Its output may never be read to its end, so that `close` need not come.
  const pipes = { stdin: talks ? 'open' : 'empty', ends: 'exit', stops: talks ? 'killed' : 'told' } as const
  const { stdout, stdin, stop, ended } = startProgram('docker', args, call, pipes)
  return {
    stdout,
    stdin,
    stop,
    ended: ended.catch(explain).then(async (exitCode) => {
      if (signal.aborted) throw new Cancelled('stopped')
      // Its last words are still under way.
      await new Promise((resolve) => setImmediate(resolve))
      return { exitCode: exitCode ?? 1, stderr }
    }),
  }
}

/**
 * `docker` starts buildx as a child of its own and cannot stop one that is just starting: signals go to both. At a
 * terminal they stay in our group, which is whom Ctrl-C reaches.
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

/** Short questions to the docker client whose whole answer is wanted. */
import { Cancelled } from '../errors.ts'
import { currentFolder } from '../files.ts'
import { clientEnvironment } from '../inputs/child-environment.ts'
import { boundedExec } from './bounded-exec.ts'
import { runClient, type ClientRun } from './client.ts'

/** Each has a fall-back, so that none is worth waiting for longer. Milliseconds. */
const longestAnswer = 60_000
/** An index or a manifest, with room to spare. Bytes. */
const largestAnswer = 16_000_000

/**
 * Standard output of `docker ARGS…`; null where it failed, gave no answer in time or too long a one.
 *
 * @throws Cancelled
 */
export async function askClient({
  args,
  env,
  signal,
}: Pick<ClientRun, 'args' | 'env' | 'signal'>): Promise<string | null> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(longestAnswer)])
  try {
    const { exitCode, stdout } = await runClient({
      args,
      ...(env && { env }),
      signal: within,
      stderr: () => undefined,
      mostOutput: largestAnswer,
    })
    return exitCode === 0 ? stdout : null
  } catch (error) {
    if (signal.aborted) throw error instanceof Cancelled ? error : new Cancelled('stopped')
    return null
  }
}

/**
 * Standard output of a call that the client answers by itself, without an engine or a network: its version, its help.
 * Null where it failed, gave no answer in time or too long a one, or where there is no client.
 *
 * @throws Cancelled
 */
export async function askAboutItself(
  args: readonly string[],
  signal: AbortSignal,
  limits: Limits = { milliseconds: longestAnswer, bytes: largestAnswer },
): Promise<string | null> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(limits.milliseconds)])
  const answer = await boundedExec(
    'docker',
    args,
    { cwd: currentFolder(), env: clientEnvironment(process.env) },
    { signal: within, mostOutput: limits.bytes },
  ).catch(() => null)
  if (signal.aborted) throw new Cancelled('stopped')
  return answer?.exitCode === 0 ? answer.stdout : null
}

interface Limits {
  readonly milliseconds: number
  readonly bytes: number
}

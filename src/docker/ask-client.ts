/** Asks the docker client short questions and returns the whole answer. */
import { Cancelled } from '../errors.ts'
import { currentFolder } from '../files.ts'
import { clientEnvironment } from '../inputs/child-environment.ts'
import { boundedExec } from './bounded-exec.ts'
import { runClientQuietly, type ClientRun } from './client.ts'

/** Time limit for a short answer, in milliseconds. */
export const answerTimeout = 60_000
/** Size limit for what the client says about itself, in bytes. */
const maxAnswerBytes = 16_000_000

/**
 * Returns the standard output of `docker ARGS…`. Returns null if the call fails, takes too long, or prints too much.
 *
 * @throws Cancelled if the signal stops it
 */
export async function askClient({
  args,
  env,
  signal,
}: Pick<ClientRun, 'args' | 'env' | 'signal'>): Promise<string | null> {
  const limits = { task: 'answer', timeLimit: answerTimeout }
  try {
    const { exitCode, stdout } = await runClientQuietly({ args, ...(env && { env }), ...limits, signal })
    return exitCode === 0 ? stdout : null
  } catch (error) {
    if (signal.aborted) throw error instanceof Cancelled ? error : new Cancelled('stopped')
    return null
  }
}

/**
 * Returns the standard output of a call that the client answers by itself, without engine or network, such as its
 * version or its help. Returns null if the call fails, takes too long or prints too much, or if there is no client.
 *
 * @throws Cancelled if the signal stops it
 */
export async function askAboutItself(
  args: readonly string[],
  signal: AbortSignal,
  limits: Limits = { milliseconds: answerTimeout, bytes: maxAnswerBytes },
): Promise<string | null> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(limits.milliseconds)])
  const answer = await boundedExec(
    'docker',
    args,
    { cwd: currentFolder(), env: clientEnvironment(process.env) },
    { signal: within, maxOutput: limits.bytes },
  ).catch(() => null)
  if (signal.aborted) throw new Cancelled('stopped')
  return answer?.exitCode === 0 ? answer.stdout : null
}

interface Limits {
  readonly milliseconds: number
  readonly bytes: number
}

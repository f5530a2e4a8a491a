/** Gets BuildKit's own list of the stages of a Dockerfile. */
import { parseTargetsList, type StagesFromBuildKit } from '../dockerfile/listed-targets.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { secretsIn, sentenceMask } from '../inputs/mask.ts'
import type { BuildSource } from '../plan/build-source.ts'
import { runClientQuietly } from './client.ts'
import { parseFailure } from './failure.ts'
import { BuildFailed, withMaskedMessage } from './user-build.ts'

/** Time limit, in milliseconds. The builder may have to fetch the Git repository that is built, and the frontend. */
const listTimeout = 5 * 60_000

/**
 * Returns BuildKit's list of stages. Returns null if its frontend is too old, or the call failed. Whatever the problem
 * is, the build will report it.
 *
 * @param timeLimit in milliseconds
 * @throws FootprintError ENGINE_UNREACHABLE if it takes too long
 * @throws Cancelled if the signal stops it
 */
export async function listTargets(
  build: BuildInputs,
  source: BuildSource,
  signal: AbortSignal,
  timeLimit = listTimeout,
): Promise<StagesFromBuildKit | null> {
  return (await askForTargets(build, source, signal, timeLimit)).list
}

/**
 * Returns BuildKit's list of stages if no build follows that would report an error in the Dockerfile.
 *
 * @throws BuildFailed with BuildKit's own message if it cannot parse the Dockerfile
 * @throws FootprintError ENGINE_UNREACHABLE if it takes too long
 * @throws Cancelled if the signal stops it
 */
export async function requireTargets(
  build: BuildInputs,
  source: BuildSource,
  signal: AbortSignal,
): Promise<StagesFromBuildKit | null> {
  const { list, stderr } = await askForTargets(build, source, signal, listTimeout)
  const failure = parseFailure(stderr)
  if (list === null && failure.kind === 'build' && failure.message?.startsWith('dockerfile parse error') === true)
    throw new BuildFailed(
      withMaskedMessage(failure, sentenceMask({ ...build, secrets: secretsIn(build.argv) }, process.env)),
    )
  return list
}

interface Answer {
  readonly list: StagesFromBuildKit | null
  /** The end of what the client printed on standard error. */
  readonly stderr: string
}

async function askForTargets(
  build: BuildInputs,
  source: BuildSource,
  signal: AbortSignal,
  timeLimit: number,
): Promise<Answer> {
  const { exitCode, stdout, stderr } = await runClientQuietly({
    args: [
      'buildx',
      'build',
      ...build.stepArgv,
      ...(build.file === null ? [] : ['--file', build.file]),
      '--call=targets,format=json',
      build.context,
    ],
    env: build.env,
    stdin: source.stdin,
    task: 'list the stages of the Dockerfile',
    timeLimit,
    signal,
  })
  if (exitCode !== 0) return { list: null, stderr }
  try {
    return { list: parseTargetsList(JSON.parse(stdout)), stderr }
  } catch {
    return { list: null, stderr }
  }
}

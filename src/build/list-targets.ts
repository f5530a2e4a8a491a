/** BuildKit's own list of the stages of a Dockerfile. */
import type { BuildInputs } from '../inputs/inputs.ts'
import type { BuildSource } from '../plan/build-source.ts'
import { parseTargetsList, type StagesFromBuildKit } from '../plan/targets.ts'
import { runClient } from './client.ts'

/** Null where its frontend is too old to give one, or where the call failed: whatever is wrong, the build says it. */
export async function listTargets(
  build: BuildInputs,
  source: BuildSource,
  signal: AbortSignal,
): Promise<StagesFromBuildKit | null> {
  const { exitCode, stdout } = await runClient({
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
    stderr: () => undefined,
    signal,
  })
  if (exitCode !== 0) return null
  try {
    return parseTargetsList(JSON.parse(stdout))
  } catch {
    return null
  }
}

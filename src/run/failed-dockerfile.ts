/** Finds the Dockerfile in which a bake failed. The builder only reports the name of the file. */
import { basename } from 'node:path'
import type { BuilderFailure } from '../docker/failure.ts'
import { BuildFailed } from '../docker/user-build.ts'
import type { PlannedTargets } from '../weigh/weigh-targets.ts'

/**
 * Returns the error with the path of its Dockerfile, if this is known. Other errors are returned as they are.
 *
 * @param planning may fail, which the bake itself reports
 */
export async function withDockerfile(
  error: unknown,
  planning: Promise<{ readonly planned: PlannedTargets }>,
): Promise<unknown> {
  if (!(error instanceof BuildFailed) || error.failure.line === null) return error
  const planned = await planning.then(
    (plan) => plan.planned,
    () => null,
  )
  const path = planned && failedDockerfile(error.failure, planned)
  return path === null ? error : new BuildFailed(error.failure, error.outputs, path)
}

/** Returns the path of the Dockerfile. Null if several files of different targets have that name. */
export function failedDockerfile(
  { file, message }: Pick<BuilderFailure, 'file' | 'message'>,
  { subjects }: Pick<PlannedTargets, 'subjects'>,
): string | null {
  // With several targets, bake begins the message with the name of the one that failed.
  const target = /^target ([\w-]+): /.exec(message ?? '')?.[1]
  const paths = [...subjects]
    .filter(([name]) => target === undefined || name === target)
    .flatMap(([, { source }]) => source.dockerfilePath ?? [])
    .filter((path) => basename(path) === file)
  return new Set(paths).size === 1 ? (paths[0] ?? null) : null
}

/** Turns findings of BuildKit's checks into annotations on lines of the Dockerfile. Pure. */
import { posix } from 'node:path'
import type { BuildWarning } from '../docker/build-warnings.ts'
import { goBoolean } from '../inputs/boolean-input.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { Annotation } from '../report/budget-annotations.ts'

/**
 * Returns whether annotations are wanted. `DOCKER_BUILD_CHECKS_ANNOTATIONS=false` turns them off, as for
 * docker/build-push-action.
 */
export const wantsCheckAnnotations = (env: Environment): boolean =>
  goBoolean(env['DOCKER_BUILD_CHECKS_ANNOTATIONS'] ?? '') !== false

/**
 * Returns annotations for the findings that name a line of the repository's Dockerfile, worded as
 * docker/build-push-action does.
 *
 * @param dockerfile its path in the repository. Null if it is not in the repository, so that nothing can be annotated
 */
export function buildCheckAnnotations(
  warnings: readonly BuildWarning[],
  dockerfile: string | null,
): readonly Annotation[] {
  if (dockerfile === null) return []
  return warnings.flatMap(({ message, about, url, file, line }): Annotation[] => {
    if (about === '' || message === '' || file === null || posix.basename(dockerfile) !== posix.basename(file))
      return []
    return [
      {
        level: 'warning',
        title: about,
        message: url === null ? message : `${message}\nMore info: ${url}`,
        file: dockerfile,
        line,
      },
    ]
  })
}

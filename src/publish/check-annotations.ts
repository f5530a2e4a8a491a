/** What BuildKit's checks found, as annotations on lines of the Dockerfile. Pure. */
import { posix } from 'node:path'
import type { BuildWarning } from '../docker/build-warnings.ts'
import { goBoolean } from '../inputs/boolean-input.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { Annotation } from './annotations.ts'

/** `DOCKER_BUILD_CHECKS_ANNOTATIONS=false` switches them off, as for docker/build-push-action. */
export const wantsCheckAnnotations = (env: Environment): boolean =>
  goBoolean(env['DOCKER_BUILD_CHECKS_ANNOTATIONS'] ?? '') !== false

/**
 * Those whose line is in the Dockerfile of the repository, in the words of docker/build-push-action.
 * @param dockerfile its path in the repository; null where it is not in there, and nothing can be annotated
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
        kind: 'warning',
        title: about,
        message: url === null ? message : `${message}\nMore info: ${url}`,
        file: dockerfile,
        line,
      },
    ]
  })
}

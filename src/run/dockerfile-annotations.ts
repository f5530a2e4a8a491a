/** Annotations at lines of the repository's Dockerfiles: findings of checks, and a failed build. */
import { join, relative, resolve } from 'node:path'
import type { BuildOutputs } from '../docker/metadata.ts'
import { BuildFailed } from '../docker/user-build.ts'
import { describe } from '../errors.ts'
import { currentFolder } from '../files.ts'
import { isOwnGitContext, isRemoteContext } from '../inputs/git-context.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { writeAnnotations } from '../publish/annotations.ts'
import { buildCheckAnnotations, wantsCheckAnnotations } from '../publish/check-annotations.ts'
import { runnerLog } from '../publish/runner-log.ts'

/** Number of warnings that are kept free for budgets. GitHub shows ten warnings of a step. */
const warningsForBudgets = 4

/**
 * Returns the path of the Dockerfile in the repository, which an annotation needs. The builder only reports the file's
 * name.
 */
export function dockerfileInRepository({ context, file }: BuildInputs, workspace: string): string {
  if (isRemoteContext(context)) return file ?? 'Dockerfile'
  return relative(workspace, resolve(currentFolder(), file ?? join(context, 'Dockerfile')))
}

/** Returns the same for each image of a bake. Dockerfiles outside of the repository have no such path. */
export function dockerfilesInRepository(
  dockerfiles: ReadonlyMap<string, string> | null,
  workspace: string,
): ReadonlyMap<string, string> {
  return new Map(
    [...(dockerfiles ?? [])].flatMap(([image, path]): [string, string][] => {
      const placed = inRepository(path, workspace)
      return placed === null ? [] : [[image, placed]]
    }),
  )
}

/** Returns the path in the repository of the Dockerfile in which a bake failed. Null if it has none. */
export function failedInRepository(error: unknown, workspace: string): string | null {
  return error instanceof BuildFailed && error.dockerfile !== null ? inRepository(error.dockerfile, workspace) : null
}

function inRepository(path: string, workspace: string): string | null {
  const placed = relative(workspace, resolve(currentFolder(), path))
  return placed.startsWith('..') ? null : placed
}

/** Annotates the findings of BuildKit's checks if the Dockerfile belongs to this repository. */
export function annotateChecks({ warnings }: BuildOutputs, { context }: BuildInputs, dockerfile: string): void {
  if (!isRemoteContext(context) || isOwnGitContext(context, process.env)) annotateWarnings(warnings, dockerfile)
}

/**
 * Annotates the findings of BuildKit's checks.
 *
 * @param dockerfile its path in the repository
 */
export function annotateWarnings(warnings: BuildOutputs['warnings'], dockerfile: string): void {
  if (!wantsCheckAnnotations(process.env) || dockerfile.startsWith('..')) return
  writeAnnotations(buildCheckAnnotations(warnings, dockerfile), runnerLog, { error: 0, warning: warningsForBudgets })
}

/**
 * Annotates a failed build at its line of the Dockerfile. Returns false if it is another error, or the builder named no
 * line.
 *
 * @param dockerfile its path in the repository. Null if it is not known.
 */
export function annotateFailure(error: unknown, dockerfile: string | null): boolean {
  if (!(error instanceof BuildFailed) || error.failure.line === null || dockerfile === null) return false
  runnerLog.error(describe(error, 'action'), { title: 'Build failed', file: dockerfile, startLine: error.failure.line })
  return true
}

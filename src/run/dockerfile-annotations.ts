/** What stands at lines of the repository's Dockerfiles while an action runs: findings of checks, and a failed build. */
import { join, relative, resolve } from 'node:path'
import type { BuildOutputs } from '../docker/metadata.ts'
import { BuildFailed } from '../docker/user-build.ts'
import { describe } from '../errors.ts'
import { currentFolder } from '../files.ts'
import { isOwnGitContext } from '../inputs/git-context.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { isRemoteContext } from '../plan/build-source.ts'
import { writeAnnotations } from '../publish/annotations.ts'
import { buildCheckAnnotations, wantsCheckAnnotations } from '../publish/check-annotations.ts'
import { runnerLog } from '../publish/runner-log.ts'

/** GitHub shows ten warnings of a step, and some of them are for budgets. */
const warningsForBudgets = 4

/** The builder knows the Dockerfile by its last name only; an annotation needs the path in the repository. */
export function dockerfileInRepository({ context, file }: BuildInputs, workspace: string): string {
  if (isRemoteContext(context)) return file ?? 'Dockerfile'
  return relative(workspace, resolve(currentFolder(), file ?? join(context, 'Dockerfile')))
}

/** The same for each image of a bake; what lies outside of the repository has no such path. */
export function dockerfilesInRepository(
  dockerfiles: ReadonlyMap<string, string> | null,
  workspace: string,
): ReadonlyMap<string, string> {
  const placed = [...(dockerfiles ?? [])].map(
    ([image, path]) => [image, relative(workspace, resolve(currentFolder(), path))] as const,
  )
  return new Map(placed.filter(([, path]) => !path.startsWith('..')))
}

/** What BuildKit's checks found, at its lines, where the Dockerfile is one of this repository. */
export function annotateChecks({ warnings }: BuildOutputs, { context }: BuildInputs, dockerfile: string): void {
  if (!isRemoteContext(context) || isOwnGitContext(context, process.env)) annotateWarnings(warnings, dockerfile)
}

/** @param dockerfile its path in the repository */
export function annotateWarnings(warnings: BuildOutputs['warnings'], dockerfile: string): void {
  if (!wantsCheckAnnotations(process.env) || dockerfile.startsWith('..')) return
  writeAnnotations(buildCheckAnnotations(warnings, dockerfile), runnerLog, { error: 0, warning: warningsForBudgets })
}

/** Puts the error at its line of the Dockerfile; false where it is none of the build's, or the builder named no line. */
export function annotateFailure(error: unknown, dockerfile: string): boolean {
  if (!(error instanceof BuildFailed) || error.failure.line === null) return false
  runnerLog.error(describe(error, 'action'), { title: 'Build failed', file: dockerfile, startLine: error.failure.line })
  return true
}

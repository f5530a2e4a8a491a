/** Determines the commits of a run, and the revision for the record of its head. */
import { resolve } from 'node:path'
import type { BaselineOptions } from '../base/find-baseline.ts'
import { locate, type Located } from '../base/locate-revisions.ts'
import { recordedRevision } from '../base/recorded-revision.ts'
import { isDirty, type WorkTree } from '../base/work-tree.ts'
import { Cancelled, messageOf } from '../errors.ts'
import { currentFolder } from '../files.ts'
import { readCommit } from '../git/read-commit.ts'
import { repositoryName } from '../inputs/git-context.ts'
import { textForRecord, type Revision } from '../record/footprint.ts'
import type { Unavailable } from '../unavailable.ts'
import type { RevisionRequest, RunRequest } from './run-request.ts'

/** Locates the commits of a run. Weighing does not depend on whether Git can answer. */
export async function locateRun(
  { revision, baseline }: Pick<RunRequest, 'revision'> & { readonly baseline: Pick<BaselineOptions, 'input'> },
  context: string,
  tempFolder: string,
  signal: AbortSignal,
): Promise<Located | Unavailable> {
  const given = baseline.input.kind === 'revision' ? baseline.input.revision : null
  try {
    return await locate({
      context,
      event: { ...revision.event, given },
      env: revision.env,
      token: revision.token,
      tempFolder,
      signal,
    })
  } catch (error) {
    if (error instanceof Cancelled) throw error
    return { why: messageOf(error) }
  }
}

/** Returns the folder that may contain untrusted files. Null in a local run. */
export function workspaceOf({ event, env }: RevisionRequest): string | null {
  return event.name === null ? null : resolve(currentFolder(), env['GITHUB_WORKSPACE'] || '.')
}

/**
 * Returns the revision of what was built. It has no commit if the work tree differs from it.
 *
 * @param settingsAt returns `Revision.settings` for the root of the repository. Null for none
 */
export async function revisionOfHead(
  located: Located | Unavailable,
  workTree: WorkTree,
  settingsAt: (root: string | null) => string,
  { event, env }: RevisionRequest,
): Promise<Revision> {
  const repository = 'why' in located ? null : located.repository
  const settings = settingsAt('why' in located ? null : (repository?.root ?? currentFolder()))
  const weighedAt = Date.now()
  const of = { event, repository: repositoryName(env) }
  if ('why' in located)
    return { ...recordedRevision({ ...of, head: { commit: null, branch: null }, exact: false }), weighedAt, settings }
  const { exact, revisions } = located
  const clean = !(await isDirty(workTree, located))
  const head = clean ? revisions.head : { ...revisions.head, commit: null }
  return {
    ...recordedRevision({ ...of, head, exact }),
    weighedAt,
    ...(await committed(located, head.commit)),
    settings,
  }
}

/** Returns the time and the subject of the commit for a revision. They are left out if the checkout does not have it. */
export async function committed(
  { git, repository }: Located,
  commit: string | null,
): Promise<Pick<Revision, 'committedAt' | 'subject'>> {
  if (repository === null || commit === null) return {}
  const { committedAt, subject } = await readCommit(git, commit)
  return {
    ...(committedAt === null ? {} : { committedAt }),
    ...(subject === null ? {} : { subject: textForRecord(subject) }),
  }
}

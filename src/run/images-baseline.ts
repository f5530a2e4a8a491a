/** Makes the footprint of existing images, with its revision and its baseline. */
import { baselineOfImages, type Baseline, type BaselineOptions } from '../base/find-baseline.ts'
import { recordedRevision } from '../base/recorded-revision.ts'
import { budgetFiles, type BudgetSource } from '../budget/sources.ts'
import { repositoryName } from '../inputs/git-context.ts'
import type { Footprint } from '../record/footprint.ts'
import { createWorkspace } from '../workspace.ts'
import { budgetTexts, type BudgetTexts } from './budget-texts.ts'
import { weighsItsOwnCommit } from './refuse-untrusted.ts'
import type { RevisionRequest } from './run-request.ts'
import { committed, locateRun, workspaceOf } from './run-revision.ts'

/** What determines the revision and the baseline of existing images. */
export interface ImagesRequest {
  /** What affects the bytes besides the commit; see `Revision`. */
  readonly settings: string
  readonly baseline: BaselineOptions
  readonly revision: RevisionRequest
  readonly budgets: readonly BudgetSource[]
  /** Folder of the repository. */
  readonly folder: string
  /** Possible parents of the run's temporary folder. */
  readonly tempFolders: readonly string[]
  readonly signal: AbortSignal
}

/** Existing images with their revision, their baseline and the texts of their budget files. */
export interface ImagesWithBaseline {
  readonly footprint: Footprint
  readonly baseline: Baseline
  readonly budgetTexts: ReadonlyMap<string, BudgetTexts>
}

/** Returns a footprint of existing images with its revision and its baseline. */
export async function findImagesBaseline(weighed: Footprint, request: ImagesRequest): Promise<ImagesWithBaseline> {
  const { revision, baseline, signal } = request
  const workspace = await createWorkspace(request.tempFolders)
  try {
    const located = await locateRun({ revision, baseline }, request.folder, workspace.folder, signal)
    // It is not known what made the images. If anybody may have triggered the run, it need not be the commit.
    const exact = !('why' in located) && located.exact && weighsItsOwnCommit(revision.event)
    const head = 'why' in located || !exact ? { commit: null, branch: null } : located.revisions.head
    const recorded = recordedRevision({ event: revision.event, head, exact, repository: repositoryName(revision.env) })
    const time = 'why' in located ? {} : await committed(located, head.commit)
    const footprint = {
      ...weighed,
      revision: { ...recorded, weighedAt: Date.now(), ...time, settings: request.settings },
    }
    return {
      footprint,
      budgetTexts: await budgetTexts({
        paths: budgetFiles(request.budgets),
        located,
        event: revision.event.name,
        workspace: workspaceOf(revision),
        tempFolder: workspace.folder,
      }),
      baseline: await baselineOfImages(footprint, located, baseline),
    }
  } finally {
    await workspace.remove()
  }
}

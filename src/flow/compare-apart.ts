/** A footprint of images that exist, with its revision and its baseline. */
import { createWorkspace } from '../build/workspace.ts'
import type { Footprint } from '../inspect/footprint.ts'
import { budgetTexts, type BudgetTexts } from './budget-texts.ts'
import { findBaseline, type Baseline, type BaselineWish } from './find-baseline.ts'
import { branchForRecord, locateRun, type RevisionRequest } from './weighed-run.ts'

export interface ApartRequest {
  /** What decides the bytes besides the commit; see `Revision`. */
  readonly settings: string
  readonly baseline: BaselineWish
  readonly revision: RevisionRequest
  readonly budgetFiles: readonly string[]
  /** Of the repository. */
  readonly folder: string
  /** Where the run's temporary folder may go. */
  readonly tempFolders: readonly string[]
  readonly signal: AbortSignal
}

export interface Apart {
  readonly footprint: Footprint
  readonly baseline: Baseline
  readonly budgetTexts: ReadonlyMap<string, BudgetTexts>
}

export async function compareApart(weighed: Footprint, request: ApartRequest): Promise<Apart> {
  const { revision, baseline, signal } = request
  const workspace = await createWorkspace(request.tempFolders)
  try {
    const located = await locateRun({ revision, baseline }, request.folder, workspace.folder, signal)
    const { commit, branch } = 'why' in located ? { commit: null, branch: null } : located.revisions.head
    const footprint = {
      ...weighed,
      revision: { commit, branch: branchForRecord(revision.event, branch), weighedAt: Date.now(), settings: request.settings },
    }
    return {
      footprint,
      budgetTexts: await budgetTexts(request.budgetFiles, located, workspace.folder),
      baseline: await findBaseline({ footprint, rebuild: null, located }, baseline, signal),
    }
  } finally {
    await workspace.remove()
  }
}

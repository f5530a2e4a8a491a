/** A footprint that no single build made, with its revision and its baseline. */
import { locate } from './locate.ts'
import { Cancelled } from '../build/client.ts'
import { createWorkspace } from '../build/workspace.ts'
import { messageOf } from '../errors.ts'
import type { Footprint } from '../inspect/footprint.ts'
import { branchForRecord, type RevisionRequest } from './build-and-weigh.ts'
import { budgetTexts, type BudgetTexts } from './budget-texts.ts'
import { findBaseline, type Baseline, type BaselineWish } from './find-baseline.ts'

export interface ApartRequest {
  /** What decides the bytes besides the commit; see `Revision`. */
  readonly settings: string
  readonly wish: BaselineWish
  readonly revision: RevisionRequest
  readonly budgetFiles: readonly string[]
  /** Of the repository. */
  readonly folder: string
  /** Where the run's temporary folder goes. */
  readonly tempFolder: string
  readonly signal: AbortSignal
}

export interface Apart {
  readonly footprint: Footprint
  readonly baseline: Baseline
  readonly budgetTexts: ReadonlyMap<string, BudgetTexts>
}

export async function compareApart(weighed: Footprint, request: ApartRequest): Promise<Apart> {
  const { revision, wish, signal } = request
  const workspace = await createWorkspace(request.tempFolder)
  try {
    const given = wish.input.kind === 'revision' ? wish.input.revision : null
    const located = await locate({
      context: request.folder,
      event: { ...revision.event, given },
      env: revision.env,
      token: revision.token,
      tempFolder: workspace.folder,
      signal,
    }).catch((error: unknown) => {
      if (error instanceof Cancelled) throw error
      return { why: messageOf(error) }
    })
    const { commit, branch } = 'why' in located ? { commit: null, branch: null } : located.revisions.head
    const footprint = {
      ...weighed,
      revision: { commit, branch: branchForRecord(revision.event, branch), weighedAt: Date.now(), settings: request.settings },
    }
    return {
      footprint,
      budgetTexts: await budgetTexts(request.budgetFiles, located, workspace.folder),
      baseline: await findBaseline({ footprint, rebuild: null, located }, wish, signal),
    }
  } finally {
    await workspace.remove()
  }
}

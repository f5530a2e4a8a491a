/** What a run that builds opens beside the user's own call, and closes at its end, however that comes. */
import { join } from 'node:path'
import type { WorkTree } from '../base/base-obstacles.ts'
import { findBaseline, type Rebuild } from '../base/find-baseline.ts'
import type { Located } from '../base/locate-revisions.ts'
import { withRecordedFigures } from '../base/recorded-figures.ts'
import type { BuilderToDial } from '../builder/builder-connection.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { Cancelled, FootprintError } from '../errors.ts'
import type { Footprint } from '../record/footprint.ts'
import type { Unavailable } from '../unavailable.ts'
import { openWeighing, type WeighingTools } from '../weigh/weighing-tools.ts'
import { createWorkspace, type Workspace } from '../workspace.ts'
import { checkBeforeBuild } from './before-build.ts'
import { budgetTexts, type BudgetTexts, type BudgetTextsRequest } from './budget-texts.ts'
import type { RunReport, RunRequest, Weighed } from './run-request.ts'
import { locateRun, revisionOfHead, workspaceOf } from './run-revision.ts'

export interface OpenRun {
  /** For files of ours. */
  readonly folder: string
  /** Also aborted at the end of the run. */
  readonly signal: AbortSignal
  /** What goes on beside the rest: it is waited for at the end, and what goes wrong is told by whoever awaits it. */
  readonly beside: <T>(task: Promise<T>) => Promise<T>
  /** Closed at the end. */
  readonly openWeighing: (builder: BuilderToDial, outputs: BuildOutputs) => Promise<WeighingTools>
}

/**
 * @param withoutFolder what is done where there is no place for our files: the user's build runs all the same
 */
export async function inRun(
  request: RunRequest,
  task: (run: OpenRun) => Promise<RunReport>,
  withoutFolder: (problem: unknown) => Promise<RunReport>,
): Promise<RunReport> {
  const workspace = await createWorkspace(request.tempFolders).catch((problem: unknown) => ({ problem }))
  if ('problem' in workspace) return withoutFolder(workspace.problem)
  for (const warning of workspace.warnings) request.onWarning(warning)
  return inWorkspace(request, task, workspace)
}

async function inWorkspace(
  request: RunRequest,
  task: (run: OpenRun) => Promise<RunReport>,
  { folder, remove }: Workspace,
): Promise<RunReport> {
  const over = new AbortController()
  const going: Promise<unknown>[] = []
  let tools: WeighingTools | null = null
  try {
    return await task({
      folder,
      signal: AbortSignal.any([request.signal, over.signal]),
      beside: (promise) => {
        promise.catch(() => undefined)
        going.push(promise)
        return promise
      },
      openWeighing: async (builder, outputs) =>
        (tools = await openWeighing(
          folder,
          request.indexFolder ?? join(folder, 'layers'),
          { ...request, builder },
          outputs,
        )),
    })
  } finally {
    // Where the build failed, git may still be writing into the folder.
    over.abort()
    await Promise.allSettled(going)
    await (tools as WeighingTools | null)?.close()
    await remove()
  }
}

/** What Git and the files of budgets say, as far as they are asked before the user's build. */
export interface Asked {
  readonly locating: Promise<Located | Unavailable>
  /** Of the files that had to be looked for already. */
  readonly texts: ReadonlyMap<string, BudgetTexts>
}

/**
 * Asks which commits the run is about, and waits for that only where something depends on it.
 *
 * @throws FootprintError where something that was named is not there
 */
export async function askBeforeBuild(run: OpenRun, request: RunRequest, context: string): Promise<Asked> {
  const locating = run.beside(locateRun(request, context, run.folder, run.signal))
  return {
    locating,
    texts: await checkBeforeBuild({ ...budgetRequest(request, run), baseline: request.baseline, locating }),
  }
}

/** What was built, and how its base is. */
export interface WeighedHead {
  readonly footprint: Footprint
  readonly rebuild: Rebuild
  readonly dockerfiles: Weighed['dockerfiles']
}

/**
 * The head, as the run's own commit, with its baseline and the texts of its budgets.
 *
 * @param weigh weighs what was built; meanwhile Git is asked
 * @param settings see `revisionOfHead`
 */
export async function weighAndCompare(
  run: OpenRun,
  request: RunRequest,
  { locating, texts }: Asked,
  workTree: WorkTree,
  settings: (root: string) => string,
  weigh: () => Promise<WeighedHead>,
): Promise<Weighed> {
  const revising = run.beside(locating.then((located) => revisionOfHead(located, workTree, settings, request.revision)))
  // What fails there is told by the weighing first.
  const { footprint: weighed, rebuild, dockerfiles } = await weigh()
  const [located, revision] = await Promise.all([locating, revising])
  const footprint = { ...weighed, revision }
  const baseline = await findBaseline({ footprint, rebuild, located }, request.baseline, request.signal)
  const unread = request.budgetFiles.filter((path) => !texts.has(path))
  return {
    footprint: await withRecordedFigures(footprint, baseline, request.baseline.recordFolder),
    baseline,
    budgetTexts: new Map([
      ...texts,
      ...(await budgetTexts({ ...budgetRequest(request, run), paths: unread, located })),
    ]),
    dockerfiles,
  }
}

/** From here on what was built stands: what goes wrong is the report's problem. */
export async function reportOn(
  outputs: BuildOutputs,
  { onProblem, signal }: RunRequest,
  report: () => Promise<Weighed | null>,
): Promise<RunReport> {
  if (outputs.unreadable !== null)
    onProblem(
      `the digest of what was built is not known: the metadata of the build cannot be read (${outputs.unreadable})`,
    )
  try {
    const weighed = await report()
    return weighed === null ? { outputs, nothingBuilt: true } : { outputs, ...weighed }
  } catch (problem) {
    if (problem instanceof Cancelled || isWrongUse(problem)) throw problem
    // What a cancelled run was doing ends in errors of its own, such as a connection that breaks.
    if (signal.aborted) throw new Cancelled('stopped', { cause: problem })
    return { outputs, problem }
  }
}

/** Budgets that cannot be read are no report that failed: a gate must not open for them. */
function isWrongUse(problem: unknown): boolean {
  return problem instanceof FootprintError && problem.code === 'UNREADABLE_INPUT'
}

function budgetRequest(
  { budgetFiles, revision }: RunRequest,
  { folder }: OpenRun,
): Omit<BudgetTextsRequest, 'located'> {
  return { paths: budgetFiles, event: revision.event.name, workspace: workspaceOf(revision), tempFolder: folder }
}

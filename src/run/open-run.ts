/** What a run that builds opens beside the user's own call, and closes at its end, however that comes. */
import { join } from 'node:path'
import type { Baseline } from '../base/find-baseline.ts'
import type { Located } from '../base/locate-revisions.ts'
import { withRecordedFigures } from '../base/recorded-figures.ts'
import type { BuilderToDial } from '../builder/builder-connection.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { Cancelled, FootprintError } from '../errors.ts'
import type { Footprint } from '../record/footprint.ts'
import type { Unavailable } from '../unavailable.ts'
import { openWeighing, type WeighingTools } from '../weigh/weighing-tools.ts'
import { createWorkspace } from '../workspace.ts'
import { checkBeforeBuild } from './before-build.ts'
import { budgetTexts, type BudgetTexts, type BudgetTextsRequest } from './budget-texts.ts'
import type { RunReport, RunRequest, Weighed } from './run-request.ts'
import { locateRun, workspaceOf } from './run-revision.ts'

export interface OpenRun extends RunFolder {
  readonly close: () => Promise<void>
}

/** A run with a place for files of ours. */
export interface RunFolder {
  readonly folder: string
  /** Also aborted at the end of the run. */
  readonly signal: AbortSignal
  /** What goes on beside the rest: it is waited for at the end, and what goes wrong is told by whoever awaits it. */
  readonly beside: <T>(task: Promise<T>) => Promise<T>
  /** Closed at the end. */
  readonly openWeighing: (builder: BuilderToDial, outputs: BuildOutputs) => Promise<WeighingTools>
}

/** @returns the problem where there is no place for our files: the user's build runs all the same */
export async function openRun(request: RunRequest): Promise<OpenRun | { readonly problem: unknown }> {
  const workspace = await createWorkspace(request.tempFolders).catch((problem: unknown) => ({ problem }))
  if ('problem' in workspace) return workspace
  for (const warning of workspace.warnings) request.onWarning(warning)
  const { folder, remove } = workspace
  const over = new AbortController()
  const going: Promise<unknown>[] = []
  const opened: WeighingTools[] = []
  return {
    folder,
    signal: AbortSignal.any([request.signal, over.signal]),
    beside: (promise) => {
      promise.catch(() => undefined)
      going.push(promise)
      return promise
    },
    openWeighing: async (builder, outputs) => {
      const indexFolder = request.indexFolder ?? join(folder, 'layers')
      const tools = await openWeighing(folder, indexFolder, { ...request, builder }, outputs)
      opened.push(tools)
      return tools
    },
    close: async () => {
      // Where the build failed, git may still be writing into the folder.
      over.abort()
      await Promise.allSettled(going)
      for (const tools of opened) await tools.close()
      await remove()
    },
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
export async function askBeforeBuild(run: RunFolder, request: RunRequest, context: string): Promise<Asked> {
  const locating = run.beside(locateRun(request, context, run.folder, run.signal))
  return {
    locating,
    texts: await checkBeforeBuild({ ...budgetRequest(request, run), baseline: request.baseline, locating }),
  }
}

/** The head with its baseline, and what its report is judged by. */
export async function weighedWith(
  run: RunFolder,
  request: RunRequest,
  { locating, texts }: Asked,
  head: { readonly footprint: Footprint; readonly baseline: Baseline } & Pick<Weighed, 'dockerfiles'>,
): Promise<Weighed> {
  const unread = request.budgetFiles.filter((path) => !texts.has(path))
  const read = { ...budgetRequest(request, run), paths: unread, located: await locating }
  return {
    ...head,
    footprint: await withRecordedFigures(head.footprint, head.baseline, request.baseline.recordFolder),
    budgetTexts: new Map([...texts, ...(await budgetTexts(read))]),
  }
}

/** Says what the outputs of the user's build lack. */
export function tellOutputs({ unreadable }: BuildOutputs, { onProblem }: RunRequest): void {
  if (unreadable !== null)
    onProblem(`the digest of what was built is not known: the metadata of the build cannot be read (${unreadable})`)
}

/**
 * What was built stands: what goes wrong afterwards is the report's problem.
 *
 * @throws Cancelled; FootprintError where budgets cannot be read: a gate must not open for them
 */
export function reportProblem(outputs: BuildOutputs, problem: unknown, { signal }: RunRequest): RunReport {
  if (problem instanceof Cancelled || isWrongUse(problem)) throw problem
  // What a cancelled run was doing ends in errors of its own, such as a connection that breaks.
  if (signal.aborted) throw new Cancelled('stopped', { cause: problem })
  return { outputs, problem }
}

function isWrongUse(problem: unknown): boolean {
  return problem instanceof FootprintError && problem.code === 'UNREADABLE_INPUT'
}

function budgetRequest(
  { budgetFiles, revision }: RunRequest,
  { folder }: RunFolder,
): Omit<BudgetTextsRequest, 'located'> {
  return { paths: budgetFiles, event: revision.event.name, workspace: workspaceOf(revision), tempFolder: folder }
}

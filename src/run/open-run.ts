/** Opens what a run needs besides the user's own call, and closes it at the end in every case. */
import type { Located } from '../base/locate-revisions.ts'
import { budgetFiles } from '../budget/sources.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { Cancelled, FootprintError } from '../errors.ts'
import type { Unavailable } from '../unavailable.ts'
import { createWorkspace } from '../workspace.ts'
import { checkBeforeBuild } from './before-build.ts'
import type { BudgetTexts, BudgetTextsRequest } from './budget-texts.ts'
import type { RunReport, RunRequest } from './run-request.ts'
import { locateRun, workspaceOf } from './run-revision.ts'

/** A run that has to be closed. */
export interface OpenRun extends RunFolder {
  readonly close: () => Promise<void>
}

/** A run with a folder for our own files. */
export interface RunFolder {
  readonly folder: string
  /** Also aborts at the end of the run. */
  readonly signal: AbortSignal
  /**
   * Registers a task that runs in the background. The end of the run waits for it. Its errors are reported by whoever
   * awaits it.
   */
  readonly beside: <T>(task: Promise<T>) => Promise<T>
  /** Registers what is closed at the end of the run, after the background tasks have ended. */
  readonly closeLater: (opened: { readonly close: () => Promise<void> }) => void
}

/** Opens a run. Returns the problem if there is no folder for our files; the user's build still runs. */
export async function openRun(request: RunRequest): Promise<OpenRun | { readonly problem: unknown }> {
  const workspace = await createWorkspace(request.tempFolders).catch((problem: unknown) => ({ problem }))
  if ('problem' in workspace) return workspace
  for (const warning of workspace.warnings) request.onWarning(warning)
  const { folder, remove } = workspace
  const over = new AbortController()
  const going: Promise<unknown>[] = []
  const opened: { readonly close: () => Promise<void> }[] = []
  return {
    folder,
    signal: AbortSignal.any([request.signal, over.signal]),
    beside: (promise) => {
      promise.catch(() => undefined)
      going.push(promise)
      return promise
    },
    closeLater: (closing) => void opened.push(closing),
    close: async () => {
      // If the build failed, Git may still be writing to the folder.
      over.abort()
      await Promise.allSettled(going)
      for (const closing of opened) await closing.close()
      await remove()
    },
  }
}

/** What Git and the budget files say, as far as it is needed before the user's build. */
export interface EarlyAnswers {
  readonly locating: Promise<Located | Unavailable>
  /** Texts of the budget files that were already needed. */
  readonly texts: ReadonlyMap<string, BudgetTexts>
  /** Texts of the budget files that exist in the current folder. */
  readonly onDisk: ReadonlyMap<string, string>
}

/**
 * Determines the commits of the run. It waits for them only if something depends on them.
 *
 * @throws FootprintError if something that the user named does not exist
 */
export async function answerBeforeBuild(run: RunFolder, request: RunRequest, context: string): Promise<EarlyAnswers> {
  const locating = run.beside(locateRun(request, context, run.folder, run.signal))
  const checked = await checkBeforeBuild({ ...budgetRequest(request, run), baseline: request.baseline, locating })
  return { locating, ...checked }
}

/** Reports what is missing in the outputs of the user's build. */
export function reportUnreadableOutputs({ unreadable }: BuildOutputs, { onProblem }: RunRequest): void {
  if (unreadable !== null)
    onProblem(`the digest of what was built is not known: the metadata of the build cannot be read (${unreadable})`)
}

/**
 * Returns a failed report for a successful build.
 *
 * @throws Cancelled; FootprintError if budgets are invalid, because a gate must not pass because of them
 */
export function reportProblem(outputs: BuildOutputs, problem: unknown, { signal }: RunRequest): RunReport {
  if (problem instanceof Cancelled || isWrongUse(problem)) throw problem
  // The tasks of a cancelled run end with other errors, such as a broken connection.
  if (signal.aborted) throw new Cancelled('stopped', { cause: problem })
  return { outputs, problem }
}

function isWrongUse(problem: unknown): boolean {
  return problem instanceof FootprintError && problem.code === 'UNREADABLE_INPUT'
}

/** Returns what both readings of budget files have in common: the one before the build and the one after it. */
export function budgetRequest(
  { budgets, revision }: RunRequest,
  { folder }: RunFolder,
): Omit<BudgetTextsRequest, 'located'> {
  const paths = budgetFiles(budgets)
  return { paths, event: revision.event.name, workspace: workspaceOf(revision), tempFolder: folder }
}

/**
 * A run that builds, in its order: the user's own call first, then the stages of what it made weighed from the builder's
 * cache, then the baseline that they are compared with. A build and a bake differ in the steps alone.
 */
import { join, resolve } from 'node:path'
import type { RunEvent } from '../git/event-rule.ts'
import type { BuilderToDial } from '../builder/builder-connection.ts'
import type { BuilderLog } from '../docker/builder-log.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { createWorkspace, type Workspace } from '../workspace.ts'
import { Cancelled, FootprintError, messageOf } from '../errors.ts'
import { currentFolder } from '../files.ts'
import { repositoryName } from '../inputs/git-context.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { Footprint, Revision } from '../record/footprint.ts'
import type { ReadingProgress } from '../weigh/layer-reader.ts'
import { isDirty, type WorkTree } from '../base/base-obstacles.ts'
import { checkBeforeBuild } from './before-build.ts'
import { budgetTexts, type BudgetTexts, type BudgetTextsRequest } from './budget-texts.ts'
import { findBaseline, type Baseline, type BaselineWish, type Rebuild } from '../base/find-baseline.ts'
import { locate, type Located } from '../base/locate-revisions.ts'
import { withRecordedFigures } from '../base/recorded-figures.ts'
import { recordedRevision } from '../base/recorded-revision.ts'
import { openWeighing, type StageWishes, type WeighingTools } from '../weigh/weigh-revision.ts'

/** What a run is given, whatever it builds. */
export interface RunRequest extends StageWishes {
  /** Folder of the index store; null where nothing is kept between runs. */
  readonly indexFolder: string | null
  /** Where the credentials of registries are; null where that is not known. */
  readonly dockerConfigFolder: string | null
  /** Where the run's temporary folder may go. */
  readonly tempFolders: readonly string[]
  readonly terminal: boolean
  /** Prints nothing of the build unless it fails. */
  readonly quiet: boolean
  /** Where the builder's words go. */
  readonly log: BuilderLog
  readonly signal: AbortSignal
  /** Called once the user's build is done, before anything is weighed. */
  readonly onBuilt: (outputs: BuildOutputs) => void
  /** Gets what is missing for the run, a sentence without a full stop. */
  readonly onWarning: (sentence: string) => void
  /** Gets what the report lacks although it is made, a sentence without a full stop. */
  readonly onProblem: (sentence: string) => void
  readonly onProgress: (progress: ReadingProgress) => void
  readonly revision: RevisionRequest
  readonly baseline: BaselineWish
  /** Files whose text of both revisions is wanted. */
  readonly budgetFiles: readonly string[]
}

/** What tells which commits a run is about. */
export interface RevisionRequest {
  readonly event: RunEvent
  readonly env: Environment
  /** To fetch missing commits with; empty where there is none. */
  readonly token: string
}

/** The user's call succeeded; the report may still have failed, and a call that builds nothing has none. */
export type RunReport =
  | {
      readonly outputs: BuildOutputs
      readonly footprint: Footprint
      readonly baseline: Baseline
      readonly budgetTexts: ReadonlyMap<string, BudgetTexts>
      readonly dockerfiles: Head['dockerfiles']
    }
  | { readonly outputs: BuildOutputs; readonly problem: unknown }
  | { readonly outputs: BuildOutputs; readonly nothingBuilt: true }

export interface RunSteps<Plan, Outputs> {
  /** What is built from: its Git repository is asked. */
  readonly context: string
  /** What is asked besides: the user's builder, as their call names it. */
  readonly builder: BuilderToDial
  /** False where the user's call asks a question instead. */
  readonly builds: boolean
  /** What needs neither the build nor its result, so that it costs no time of its own. */
  readonly plan: (signal: AbortSignal) => Promise<Plan>
  /** @param folder for files of ours; null where there is none */
  readonly build: (folder: string | null) => Promise<Outputs>
  readonly outputsOf: (outputs: Outputs) => BuildOutputs
  /** Null where nothing was built after all. */
  readonly head: (plan: Plan, outputs: Outputs) => Head | null
}

/** What was built, and how it is weighed. */
export interface Head {
  readonly workTree: WorkTree
  /**
   * Each image's Dockerfile by the image's name, from this process's folder; without those that are no file here. Null
   * where there is only the one that was asked for.
   */
  readonly dockerfiles: ReadonlyMap<string, string> | null
  /** See `Revision`. @param root of the repository */
  readonly settings: (root: string) => string
  readonly weigh: (tools: WeighingTools) => Promise<{ readonly footprint: Footprint; readonly rebuild: Rebuild }>
}

/** @throws BuildFailed where the user's call fails; Cancelled */
export async function weighedRun<Plan, Outputs>(request: RunRequest, steps: RunSteps<Plan, Outputs>): Promise<RunReport> {
  const workspace = await createWorkspace(request.tempFolders).catch((problem: unknown) => ({ problem }))
  if ('problem' in workspace) return withoutWorkspace(request, steps, workspace.problem)
  for (const warning of workspace.warnings) request.onWarning(warning)
  return inWorkspace(request, steps, workspace)
}

/** Without a place for our files the user's build runs all the same. */
async function withoutWorkspace<Plan, Outputs>(request: RunRequest, steps: RunSteps<Plan, Outputs>, problem: unknown): Promise<RunReport> {
  const outputs = steps.outputsOf(await steps.build(null))
  request.onBuilt(outputs)
  return steps.builds ? { outputs, problem } : { outputs, nothingBuilt: true }
}

async function inWorkspace<Plan, Outputs>(request: RunRequest, steps: RunSteps<Plan, Outputs>, workspace: Workspace): Promise<RunReport> {
  const { signal } = request
  const over = new AbortController()
  const within = AbortSignal.any([signal, over.signal])
  let asking: readonly Promise<unknown>[] = []
  let tools: WeighingTools | null = null
  try {
    const planning = steps.builds ? steps.plan(within) : null
    const locating = steps.builds ? locateRun(request, steps.context, workspace.folder, within) : null
    // Whatever is wrong with the engine, the build says it.
    asking = [planning, locating].filter((promise) => promise !== null)
    for (const each of asking) each.catch(() => undefined)
    const read = locating === null ? new Map<string, BudgetTexts>() : await checkBeforeBuild({ ...budgetRequest(request, workspace), baseline: request.baseline, locating })
    const built = await steps.build(workspace.folder)
    const outputs = steps.outputsOf(built)
    request.onBuilt(outputs)
    if (planning === null || locating === null) return { outputs, nothingBuilt: true }
    try {
      const head = steps.head(await planning, built)
      if (head === null) return { outputs, nothingBuilt: true }
      if (outputs.unreadable !== null) request.onProblem(`the digest of what was built is not known: the metadata of the build cannot be read (${outputs.unreadable})`)
      tools = await openWeighing(workspace.folder, request.indexFolder ?? join(workspace.folder, 'layers'), { ...steps, ...request }, outputs)
      // Git is asked while layers are exported. What fails is told by the weighing first.
      const revising = locating.then((located) => revisionOf(head, located, request))
      revising.catch(() => undefined)
      const weighed = await head.weigh(tools)
      asking = [...asking, tools.solves.forget()]
      const [located, revision] = await Promise.all([locating, revising])
      const footprint = { ...weighed.footprint, revision }
      const baseline = await findBaseline({ footprint, rebuild: weighed.rebuild, located }, request.baseline, signal)
      return {
        outputs,
        footprint: await withRecordedFigures(footprint, baseline, request.baseline.recordFolder),
        dockerfiles: head.dockerfiles,
        budgetTexts: new Map([...read, ...(await budgetTexts({ ...budgetRequest(request, workspace), paths: request.budgetFiles.filter((path) => !read.has(path)), located }))]),
        baseline,
      }
    } catch (problem) {
      if (problem instanceof Cancelled || isWrongUse(problem)) throw problem
      return { outputs, problem }
    }
  } finally {
    // Where the build failed, git may still be writing into the folder.
    over.abort()
    await Promise.allSettled(asking)
    await tools?.close()
    await workspace.remove()
  }
}

function budgetRequest({ budgetFiles, revision }: RunRequest, { folder }: Workspace): Omit<BudgetTextsRequest, 'located'> {
  return { paths: budgetFiles, event: revision.event.name, workspace: workspaceOf(revision), tempFolder: folder }
}

/** Budgets that cannot be read are no report that failed: a gate must not open for them. */
function isWrongUse(problem: unknown): boolean {
  return problem instanceof FootprintError && problem.code === 'UNREADABLE_INPUT'
}

/** Whatever Git says or does not say, what was built is weighed. */
export async function locateRun(
  { revision, baseline }: Pick<RunRequest, 'revision' | 'baseline'>,
  context: string,
  tempFolder: string,
  signal: AbortSignal,
): Promise<Located | { readonly why: string }> {
  const given = baseline.input.kind === 'revision' ? baseline.input.revision : null
  try {
    return await locate({ context, event: { ...revision.event, given }, env: revision.env, token: revision.token, tempFolder, signal })
  } catch (error) {
    if (error instanceof Cancelled) throw error
    return { why: messageOf(error) }
  }
}

/** What strangers may have written; null at somebody's desk. */
export function workspaceOf({ event, env }: RevisionRequest): string | null {
  return event.name === null ? null : resolve(currentFolder(), env['GITHUB_WORKSPACE'] || '.')
}

async function revisionOf(head: Head, located: Located | { readonly why: string }, { revision }: RunRequest): Promise<Revision> {
  const repository = 'why' in located ? null : located.repository
  const settings = head.settings(repository?.root ?? currentFolder())
  const weighedAt = Date.now()
  const { event, env } = revision
  const of = { event, repository: repositoryName(env) }
  if ('why' in located) return { ...recordedRevision({ ...of, head: { commit: null, branch: null }, exact: false }), weighedAt, settings }
  const { exact, revisions } = located
  const clean = !(await isDirty(head.workTree, located))
  return { ...recordedRevision({ ...of, head: clean ? revisions.head : { ...revisions.head, commit: null }, exact }), weighedAt, settings }
}

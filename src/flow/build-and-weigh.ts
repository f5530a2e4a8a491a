/**
 * The whole flow of `build`, shared by the action and the command line: the user's build first, then each stage
 * weighed from the builder's cache, then the baseline that it is compared with.
 */
import type { RunEvent } from '../baseline/event-rule.ts'
import { settingsOf } from '../baseline/settings.ts'
import { Cancelled } from '../build/client.ts'
import { listTargets } from '../build/list-targets.ts'
import type { BuildOutputs } from '../build/metadata.ts'
import { createShippedCheck } from '../build/shipped.ts'
import { runUserBuild } from '../build/user-build.ts'
import { createWorkspace } from '../build/workspace.ts'
import { FootprintError, messageOf } from '../errors.ts'
import type { BuildInputs, Environment, StageCompression } from '../inputs/inputs.ts'
import type { Footprint, Revision } from '../inspect/footprint.ts'
import type { ReadingProgress } from '../inspect/layer-reader.ts'
import { planBuild } from '../plan/build-plan.ts'
import { openBuildSource } from '../plan/build-source.ts'
import { extrasOf } from './base-build.ts'
import { budgetTexts, type BudgetTexts } from './budget-texts.ts'
import { findBaseline, type Baseline, type BaselineWish } from './find-baseline.ts'
import { locate, type Located } from './locate.ts'
import { notesOf, openWeighing, thisMachine, weighPlatforms, type WeighingSubject, type WeighingTools } from './weigh.ts'

export interface BuildRequest {
  readonly build: BuildInputs
  /** What the report calls the image; null for what the build calls it. */
  readonly name: string | null
  readonly stageCompression: StageCompression
  /** Folder of the index store. */
  readonly indexFolder: string
  /** Where the run's temporary folder goes. */
  readonly tempFolder: string
  readonly terminal: boolean
  /** Prints nothing of the build unless it fails. */
  readonly quiet: boolean
  readonly signal: AbortSignal
  readonly readStdin: () => Promise<Buffer>
  /** Called once the user's build is done, before anything is weighed. */
  readonly onBuilt: (outputs: BuildOutputs) => void
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
export type BuildReport =
  | {
      readonly outputs: BuildOutputs
      readonly footprint: Footprint
      readonly baseline: Baseline
      readonly budgetTexts: ReadonlyMap<string, BudgetTexts>
    }
  | { readonly outputs: BuildOutputs; readonly problem: unknown }
  | { readonly outputs: BuildOutputs; readonly nothingBuilt: true }

/**
 * @throws BuildFailed where the user's build fails; FootprintError where it cannot begin
 */
export async function buildAndWeigh(request: BuildRequest): Promise<BuildReport> {
  const { build, signal } = request
  const source = await openBuildSource(build, request.readStdin)
  const workspace = await createWorkspace(request.tempFolder)
  const over = new AbortController()
  let locating: Promise<Located | { readonly why: string }> | null = null
  try {
    // The list of stages needs neither the build nor its result, so it costs no time of its own.
    const listing = build.call === null ? listTargets(build, source, signal) : null
    // Whatever is wrong with the engine, the build says it.
    listing?.catch(() => undefined)
    locating = build.call === null ? locateRun({ ...request, signal: AbortSignal.any([signal, over.signal]) }, workspace.folder) : null
    locating?.catch(() => undefined)
    const outputs = await runUserBuild({
      argv: build.argv,
      context: build.context,
      metadataFile: build.metadataFile,
      env: build.env,
      stdin: source.stdin,
      folder: workspace.folder,
      terminal: request.terminal,
      quiet: request.quiet,
      call: build.call,
      signal,
    })
    request.onBuilt(outputs)
    if (listing === null || locating === null) return { outputs, nothingBuilt: true }
    try {
      const plan = planBuild(build, source, await listing, thisMachine())
      const subject = { build, source, plan, name: request.name, stageCompression: request.stageCompression }
      const tools = await openWeighing(workspace.folder, request.indexFolder, request.onProgress, outputs)
      // Git is asked while layers are exported. What fails is told by the weighing first.
      const revising = locating.then((located) => revisionOf(subject, located, request))
      revising.catch(() => undefined)
      const weighed = await weighHead(subject, outputs, tools, signal)
      const [located, revision] = await Promise.all([locating, revising])
      const footprint = { ...weighed, revision }
      return {
        outputs,
        footprint,
        budgetTexts: await budgetTexts(request.budgetFiles, located, workspace.folder),
        baseline: await findBaseline({ footprint, rebuild: { subject, tools }, located }, request.baseline, signal),
      }
    } catch (problem) {
      if (problem instanceof Cancelled || isWrongUse(problem)) throw problem
      return { outputs, problem }
    }
  } finally {
    // Where the build failed, git may still be writing into the folder.
    over.abort()
    await locating?.catch(() => undefined)
    await workspace.remove()
  }
}

/** Budgets that cannot be read are no report that failed: a gate must not open for them. */
function isWrongUse(problem: unknown): boolean {
  return problem instanceof FootprintError && problem.code === 'UNREADABLE_INPUT'
}

async function weighHead(
  subject: WeighingSubject,
  outputs: BuildOutputs,
  tools: WeighingTools,
  signal: AbortSignal,
): Promise<Footprint> {
  const shipped = createShippedCheck(outputs, subject.build)
  const platforms = await weighPlatforms('head', subject, tools, signal)
  const images = await Promise.all(
    platforms.map(async ({ image, final: { manifest, manifestDigest, configDigest, config } }) => {
      const weighed = { manifest, manifestDigest, configDigest, diffIds: config.rootfs.diff_ids, platform: image.platform }
      return { ...image, matchesShipped: await shipped.matches(weighed) }
    }),
  )
  return { schemaVersion: 1, notes: notesOf(subject, platforms), images }
}

/** Whatever Git says or does not say, the build is weighed. */
async function locateRun({ build, revision, baseline, signal }: BuildRequest, folder: string): Promise<Located | { readonly why: string }> {
  const given = baseline.input.kind === 'revision' ? baseline.input.revision : null
  try {
    return await locate({ context: build.context, event: { ...revision.event, given }, env: revision.env, token: revision.token, tempFolder: folder, signal })
  } catch (error) {
    if (error instanceof Cancelled) throw error
    return { why: messageOf(error) }
  }
}

/** A record of a pull request's run is of no branch: a fork's may have any name. */
export function branchForRecord(event: RunEvent, branch: string | null): string | null {
  return event.name?.startsWith('pull_request') === true ? null : branch
}

async function revisionOf(subject: WeighingSubject, located: Located | { readonly why: string }, { build, stageCompression, revision }: BuildRequest): Promise<Revision> {
  const repository = 'why' in located ? null : located.repository
  const settings = settingsOf(build, stageCompression, repository?.root ?? process.cwd())
  const weighedAt = Date.now()
  if ('why' in located) return { commit: null, branch: null, weighedAt, settings }
  const { commit, branch } = located.revisions.head
  return { commit: (await isDirty(subject, located)) ? null : commit, branch: branchForRecord(revision.event, branch), weighedAt, settings }
}

/** At somebody's desk, edited and new files are of no commit. */
async function isDirty(subject: WeighingSubject, located: Located): Promise<boolean> {
  if (!located.local || located.repository === null || subject.source.kind !== 'local') return false
  const extras = await extrasOf(subject, located)
  return 'why' in extras || extras.extras.length > 0
}

/** The action: inputs in; a build, a bake, images that exist, or the records of other jobs; the report wherever it belongs. */
import { homedir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import * as core from '@actions/core'
import { openGit, trustConfig } from './baseline/git.ts'
import { defaultRecordFolder } from './baseline/record-store.ts'
import { readRunEvent } from './baseline/run-event.ts'
import { budgetFiles } from './budget/sources.ts'
import type { BuildOutputs } from './build/metadata.ts'
import { BuildFailed } from './build/user-build.ts'
import { FootprintError, messageOf } from './errors.ts'
import { bakeAndWeigh } from './flow/bake-and-weigh.ts'
import { buildAndWeigh } from './flow/build-and-weigh.ts'
import { checkRules } from './flow/budget-check.ts'
import { budgetSourcesOf } from './flow/budgets.ts'
import { compareApart } from './flow/compare-apart.ts'
import { parseBaselineWish, recordNameOf, type BaselineWish } from './flow/find-baseline.ts'
import { finishReport } from './flow/finish-report.ts'
import { githubRunOf, type GitHubRun } from './flow/github-run.ts'
import { progressPrinter } from './flow/progress.ts'
import { collectRecords, storedBaseline } from './flow/publish-records.ts'
import { findTarget } from './flow/publish-report.ts'
import { stopSignal } from './flow/stop-signal.ts'
import { joinRecords } from './flow/tell-apart.ts'
import type { RunRequest } from './flow/weighed-run.ts'
import { readActionInputs, type BakeReportInputs, type ComparedInputs, type ImagesReportInputs, type PublishInputs, type ReportInputs } from './inputs/action.ts'
import type { BuildInputs } from './inputs/inputs.ts'
import type { Footprint } from './inspect/footprint.ts'
import { dockerConfigFolder } from './inspect/source/credentials.ts'
import { weighImages } from './inspect/source/weigh-images.ts'
import { readSourceOrRecord, type ReadOptions } from './inspect/source/read-source-or-record.ts'
import { defaultIndexFolder } from './layer/index-store.ts'
import { isRemoteContext } from './plan/build-source.ts'
import { appendJobSummary } from './publish/job-summary.ts'
import { pullRequestOfEvent, workflowRunOfEvent } from './publish/pull-request.ts'
import { refuseUntrustedBuild } from './publish/trust.ts'

export async function main(): Promise<void> {
  const stop = stopSignal()
  try {
    const inputs = readActionInputs(core.getInput, process.env)
    if (inputs.token !== '') core.setSecret(inputs.token)
    const run = githubRunOf(process.env, await readRunEvent(process.env, null))
    // A bad rule is said before anything is built.
    if (inputs.mode !== 'publish') await checkRules(budgetSourcesOf('input', inputs.budgets))
    switch (inputs.mode) {
      case 'report':
        await build(inputs, run, stop.signal)
        break
      case 'bake':
        await bake(inputs, run, stop.signal)
        break
      case 'images':
        await images(inputs, run, stop.signal)
        break
      case 'publish':
        await publish(inputs, run)
    }
  } catch (error) {
    core.setFailed(messageOf(error))
  } finally {
    stop.dispose()
  }
}

async function build(inputs: ReportInputs, run: GitHubRun, signal: AbortSignal): Promise<void> {
  for (const value of inputs.build.env.values()) core.setSecret(value)
  for (const warning of inputs.warnings) core.warning(warning)
  await refuseUntrusted(inputs.build.context, run, signal)
  const dockerfile = dockerfileInRepository(inputs.build, run)
  const built = await buildAndWeigh({
    ...placesOf(run, signal),
    build: inputs.build,
    name: inputs.name,
    stageCompression: inputs.stageCompression,
    readStdin,
    ...comparisonOf(inputs, run, signal),
  }).catch((error: unknown) => {
    if (!annotate(error, dockerfile)) throw error
    process.exitCode = core.ExitCode.Failure
    return null
  })
  if (built === null || 'nothingBuilt' in built) return
  if ('problem' in built) return tellProblem(built.problem, inputs.failOnReportError)
  await finishReport({ ...built, ...ownReport(inputs, built.footprint), dockerfile }, inputs, run)
}

async function bake(inputs: BakeReportInputs, run: GitHubRun, signal: AbortSignal): Promise<void> {
  await refuseUntrusted(inputs.bake.folder, run, signal)
  const baked = await bakeAndWeigh({ ...placesOf(run, signal), ...comparisonOf(inputs, run, signal), bake: inputs.bake, stageCompression: inputs.stageCompression })
  if ('nothingBuilt' in baked) return
  if ('problem' in baked) return tellProblem(baked.problem, inputs.failOnReportError)
  await finishReport({ ...baked, ...ownReport(inputs, baked.footprint), dockerfile: null }, inputs, run)
}

async function images(inputs: ImagesReportInputs, run: GitHubRun, signal: AbortSignal): Promise<void> {
  const footprint = await weighImages(inputs.images, readOptions(run, signal))
  const compared = await compareApart(footprint, {
    ...comparisonOf(inputs, run, signal),
    settings: 'images',
    folder: run.workspace,
    tempFolder: run.tempFolder,
    signal,
  })
  await finishReport({ ...compared, ...ownReport(inputs, compared.footprint), dockerfile: null }, inputs, run)
}

async function publish(inputs: PublishInputs, run: GitHubRun): Promise<void> {
  const { records, problems } = await collectRecords(inputs.records, run.workspace, [run.workspace, run.tempFolder])
  for (const problem of problems) core.warning(problem)
  const target = await findTarget(run, inputs.token)
  const pullRequest = 'pullRequest' in target ? target.pullRequest : pullRequestOfEvent(run.event.name ?? '', run.event.payload)
  const base = pullRequest && { commit: pullRequest.baseSha, branch: pullRequest.baseRef }
  await finishReport(
    {
      footprint: joinRecords(records),
      baseline: await storedBaseline(records, base, defaultRecordFolder(process.env)),
      budgetTexts: await checkRules(budgetSourcesOf('input', inputs.budgets)),
      dockerfile: null,
      recordFolder: null,
      title: inputs.name,
      commentName: inputs.name ?? 'all',
      fileName: `${inputs.fileName}-all`,
      reportedByFork: run.event.name === 'workflow_run' && pullRequest?.fork !== false,
    },
    inputs,
    run,
    target,
  )
}

function ownReport(
  { name, fileName }: ComparedInputs,
  footprint: Footprint,
): { readonly recordFolder: string; readonly title: null; readonly commentName: string; readonly fileName: string; readonly reportedByFork: false } {
  return { recordFolder: defaultRecordFolder(process.env), title: null, commentName: name ?? recordNameOf(footprint), fileName, reportedByFork: false }
}

interface Places {
  readonly indexFolder: string
  readonly tempFolder: string
  readonly terminal: false
  readonly quiet: false
  readonly signal: AbortSignal
  readonly onBuilt: (outputs: BuildOutputs) => void
  readonly onProgress: ReturnType<typeof progressPrinter>
}

function placesOf({ tempFolder }: GitHubRun, signal: AbortSignal): Places {
  return {
    indexFolder: defaultIndexFolder(process.env, homedir()),
    tempFolder,
    terminal: false,
    quiet: false,
    signal,
    onBuilt: setBuildOutputs,
    onProgress: progressPrinter(process.stderr),
  }
}

/** What the report is compared with and judged by. */
function comparisonOf(inputs: ComparedInputs, run: GitHubRun, signal: AbortSignal): Pick<RunRequest, 'revision' | 'baseline' | 'budgetFiles'> {
  return {
    revision: { event: run.event, env: process.env, token: inputs.token },
    baseline: wishOf(inputs, run, signal),
    budgetFiles: budgetFiles(budgetSourcesOf('input', inputs.budgets)),
  }
}

function wishOf({ baseline, baselineTimeout }: ComparedInputs, run: GitHubRun, signal: AbortSignal): BaselineWish {
  return {
    input: parseBaselineWish(baseline),
    timeout: baselineTimeout,
    recordFolder: defaultRecordFolder(process.env),
    read: (text) => readSourceOrRecord(text, readOptions(run, signal)),
  }
}

function readOptions(run: GitHubRun, signal: AbortSignal): ReadOptions {
  const dockerConfig = dockerConfigFolder(process.env, homedir())
  return { ...placesOf(run, signal), platform: null, dockerConfigFolder: dockerConfig, readStdin }
}

/** The build is fine; what became of the report is said in the log and in the summary. */
async function tellProblem(problem: unknown, fails: boolean): Promise<void> {
  const message = `The image was built, but could not be weighed: ${messageOf(problem)}`
  await appendJobSummary(`### Stage Footprint\n\n${message}\n`, process.env['GITHUB_STEP_SUMMARY'])
  if (fails) core.setFailed(message)
  else core.warning(message)
}

/** @throws FootprintError where code of a pull request would run with this repository's secrets */
async function refuseUntrusted(context: string, { event, repository, workspace }: GitHubRun, signal: AbortSignal): Promise<void> {
  const eventName = event.name ?? ''
  if (eventName !== 'pull_request_target' && eventName !== 'workflow_run') return
  const git = openGit({ folder: workspace, env: process.env, signal, config: trustConfig([workspace]) })
  const head = await git(['rev-parse', '--verify', '--quiet', 'HEAD'])
  refuseUntrustedBuild({
    eventName,
    pullRequest: pullRequestOfEvent(eventName, event.payload),
    workflowRun: workflowRunOfEvent(eventName, event.payload),
    repository: repository === null ? '' : `${repository.owner}/${repository.repo}`,
    workflowSha: event.sha ?? '',
    checkedOut: head.ok ? head.stdout.trim() : null,
    gitContext: isRemoteContext(context) ? context : null,
  })
}

function setBuildOutputs({ imageId, digest, metadata }: BuildOutputs): void {
  core.setOutput('imageid', imageId)
  core.setOutput('digest', digest)
  core.setOutput('metadata', metadata)
}

/** Puts the error at its line of the Dockerfile; false where it is none of the build's, or the builder named no line. */
function annotate(error: unknown, dockerfile: string): boolean {
  if (!(error instanceof BuildFailed) || error.failure.line === null) return false
  core.error(error.message, { title: 'Build failed', file: dockerfile, startLine: error.failure.line })
  return true
}

/** The builder knows the Dockerfile by its last name only; an annotation needs the path in the repository. */
function dockerfileInRepository({ context, file }: BuildInputs, { workspace }: GitHubRun): string {
  if (isRemoteContext(context)) return file ?? 'Dockerfile'
  return relative(workspace, resolve(file ?? join(context, 'Dockerfile')))
}

function readStdin(): Promise<never> {
  return Promise.reject(new FootprintError('USAGE', 'a workflow step has no standard input to read from'))
}

/** The action: inputs in, the user's build or the records of other jobs, the report wherever it belongs. */
import { homedir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import * as core from '@actions/core'
import { openGit, trustConfig } from './baseline/git.ts'
import { defaultRecordFolder, openRecordStore } from './baseline/record-store.ts'
import { readRunEvent } from './baseline/run-event.ts'
import type { BuildOutputs } from './build/metadata.ts'
import { BuildFailed } from './build/user-build.ts'
import { FootprintError, messageOf } from './errors.ts'
import { buildAndWeigh } from './flow/build-and-weigh.ts'
import { checkRules } from './flow/budget-check.ts'
import { budgetSourcesOf, countingRules, namedFiles } from './flow/budgets.ts'
import { parseBaselineWish, recordNameOf, type BaselineWish } from './flow/find-baseline.ts'
import { githubRunOf, type GitHubRun } from './flow/github-run.ts'
import { makeReport } from './flow/make-report.ts'
import { progressPrinter } from './flow/progress.ts'
import { collectRecords, storedBaseline, together } from './flow/publish-records.ts'
import { findTarget, publishReport } from './flow/publish-report.ts'
import { stopSignal } from './flow/stop-signal.ts'
import { tellReport } from './flow/tell-report.ts'
import { readActionInputs, type PublishInputs, type ReportInputs } from './inputs/action.ts'
import type { BuildInputs } from './inputs/inputs.ts'
import { dockerConfigFolder } from './inspect/source/credentials.ts'
import { readSourceOrRecord } from './inspect/source/read-source-or-record.ts'
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
    if (inputs.mode === 'publish') await publish(inputs, run)
    else await report(inputs, run, stop.signal)
  } catch (error) {
    core.setFailed(messageOf(error))
  } finally {
    stop.dispose()
  }
}

async function report(inputs: ReportInputs, run: GitHubRun, signal: AbortSignal): Promise<void> {
  for (const value of inputs.build.env.values()) core.setSecret(value)
  for (const warning of inputs.warnings) core.warning(warning)
  await refuseUntrusted(inputs.build, run, signal)
  await buildAndTell(inputs, run, signal).catch((error: unknown) => {
    if (!(error instanceof BuildFailed) || !annotate(error, inputs.build, run)) throw error
    process.exitCode = core.ExitCode.Failure
  })
}

async function buildAndTell(inputs: ReportInputs, run: GitHubRun, signal: AbortSignal): Promise<void> {
  const { build } = inputs
  const sources = budgetSourcesOf('input', inputs.budgets)
  await checkRules(sources)
  const recordFolder = defaultRecordFolder(process.env)
  const indexFolder = defaultIndexFolder(process.env, homedir())
  const onProgress = progressPrinter(process.stderr)
  const baseline: BaselineWish = {
    input: parseBaselineWish(inputs.baseline),
    timeout: inputs.baselineTimeout,
    recordFolder,
    read: (text) =>
      readSourceOrRecord(text, {
        platform: null,
        indexFolder,
        tempFolder: run.tempFolder,
        dockerConfigFolder: dockerConfigFolder(process.env, homedir()),
        signal,
        onProgress,
        readStdin,
      }),
  }
  const built = await buildAndWeigh({
    build,
    name: inputs.name,
    stageCompression: inputs.stageCompression,
    indexFolder,
    tempFolder: run.tempFolder,
    terminal: false,
    quiet: false,
    signal,
    readStdin,
    onBuilt: setBuildOutputs,
    onProgress,
    revision: { event: run.event, env: process.env, token: inputs.token },
    baseline,
    budgetFiles: namedFiles(sources),
  })
  if ('nothingBuilt' in built) return
  if ('problem' in built) return tellProblem(built.problem, inputs.failOnReportError)
  const { footprint } = built
  const dockerfile = dockerfileInRepository(build, run)
  const made = makeReport({
    footprint,
    baseline: built.baseline,
    rules: inputs.budgets.length === 0 ? null : countingRules(sources, built.budgetTexts),
    title: null,
    reportedByFork: false,
    dockerfile,
  })
  const notKept = footprint.revision?.commit ? await openRecordStore(recordFolder).put(footprint, recordNameOf(footprint)) : null
  if (notKept !== null) core.info(`The record was not kept for later runs: ${notKept}`)
  const target = inputs.comment === 'off' ? { sentence: null } : await findTarget(run, inputs.token)
  const published = await publishReport(made, run, { ...inputs, name: inputs.name ?? recordNameOf(footprint) }, target)
  await tellReport({ published, fileName: inputs.fileName, folder: run.tempFolder, dockerfile, summaryPath: process.env['GITHUB_STEP_SUMMARY'] })
}

async function publish(inputs: PublishInputs, run: GitHubRun): Promise<void> {
  const { footprints, problems } = await collectRecords(inputs.records, run.workspace, [run.workspace, run.tempFolder])
  for (const problem of problems) core.warning(problem)
  const target = await findTarget(run, inputs.token)
  const pullRequest = 'pullRequest' in target ? target.pullRequest : pullRequestOfEvent(run.event.name ?? '', run.event.payload)
  const base = pullRequest && { commit: pullRequest.baseSha, branch: pullRequest.baseRef }
  const sources = budgetSourcesOf('input', inputs.budgets)
  const texts = await checkRules(sources)
  const made = makeReport({
    footprint: together(footprints),
    baseline: await storedBaseline(footprints, base, defaultRecordFolder(process.env)),
    rules: inputs.budgets.length === 0 ? null : countingRules(sources, texts),
    title: inputs.name,
    reportedByFork: run.event.name === 'workflow_run' && pullRequest?.fork !== false,
    dockerfile: null,
  })
  const published = await publishReport(made, run, { ...inputs, name: inputs.name ?? 'all' }, inputs.comment === 'off' ? { sentence: null } : target)
  await tellReport({ published, fileName: `${inputs.fileName}-all`, folder: run.tempFolder, dockerfile: null, summaryPath: process.env['GITHUB_STEP_SUMMARY'] })
}

/** The build is fine; what became of the report is said in the log and in the summary. */
async function tellProblem(problem: unknown, fails: boolean): Promise<void> {
  const message = `The image was built, but could not be weighed: ${messageOf(problem)}`
  await appendJobSummary(`### Stage Footprint\n\n${message}\n`, process.env['GITHUB_STEP_SUMMARY'])
  if (fails) core.setFailed(message)
  else core.warning(message)
}

/** @throws FootprintError where code of a pull request would run with this repository's secrets */
async function refuseUntrusted({ context }: BuildInputs, { event, repository, workspace }: GitHubRun, signal: AbortSignal): Promise<void> {
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

/** Puts the error at its line of the Dockerfile; false where the builder named none. */
function annotate(error: BuildFailed, build: BuildInputs, run: GitHubRun): boolean {
  if (error.failure.line === null) return false
  core.error(error.message, { title: 'Build failed', file: dockerfileInRepository(build, run), startLine: error.failure.line })
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

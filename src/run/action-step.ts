/**
 * Runs a step of the action: reads the inputs; builds, bakes, or reads existing images or records of other jobs; and
 * publishes the report.
 */
import { relative, resolve } from 'node:path'
import { ExitCode, getInput, setSecret } from '@actions/core'
import { recordNameOf } from '../base/find-baseline.ts'
import { isBuildxAtLeast } from '../docker/buildx-version.ts'
import { BuildFailed } from '../docker/user-build.ts'
import { Cancelled, describe, ExitStatus, FootprintError, messageOf } from '../errors.ts'
import { readRunEvent } from '../git/run-event.ts'
import {
  readActionInputs,
  type ActionInputs,
  type BakeReportInputs,
  type CommonInputs,
  type ComparedInputs,
  type ImagesReportInputs,
  type PublishInputs,
  type ReportInputs,
} from '../inputs/action-inputs.ts'
import { repositoryName, wantsGitQuery } from '../inputs/git-context.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { credentialsOf } from '../inputs/mask.ts'
import { recordFolderOf } from '../inputs/places.ts'
import { LayerLists } from '../layer/layer-lists.ts'
import { pullRequestOfEvent } from '../publish/pull-request.ts'
import { runnerLog } from '../publish/runner-log.ts'
import type { Footprint } from '../record/footprint.ts'
import { settingsOfExistingImages } from '../record/settings.ts'
import { escapeMarkdown } from '../report/escape.ts'
import { weighImages } from '../weigh/weigh-sources.ts'
import {
  commonRequest,
  comparisonOf,
  problemReporter,
  readOptions,
  refuseStdin,
  trustOf,
  type RunTools,
} from './action-run.ts'
import { bakeAndWeigh } from './bake.ts'
import { checkRules } from './budget-check.ts'
import { budgetSourcesOf } from './budgets.ts'
import { buildAndWeigh } from './build.ts'
import { findImagesBaseline } from './images-baseline.ts'
import {
  annotateChecks,
  annotateFailure,
  annotateWarnings,
  dockerfileInRepository,
  dockerfilesInRepository,
  failedInRepository,
} from './dockerfile-annotations.ts'
import { finishReport, type Finish } from './finish-report.ts'
import { githubRunOf, type GitHubRun } from './github-run.ts'
import { joinRecords } from './unique-names.ts'
import { collectRecords, storedBaseline } from './publish-records.ts'
import { publishBudgets } from './publish-budgets.ts'
import { findTarget, type Target } from './publish-report.ts'
import { refuseUntrustedBake, refuseUntrustedBuild } from './refuse-untrusted.ts'
import { stopSignal } from './stop-signal.ts'
import { placesOnThisMachine, warnOfMissingPlaces } from './places-on-this-machine.ts'
import { writeJobSummary } from './deliver-report.ts'

/** Runs the step. Every error is reported to the runner. */
export async function main(): Promise<void> {
  const stop = stopSignal()
  try {
    const takesGitQuery = wantsGitQuery(process.env) && (await isBuildxAtLeast(29, stop.signal))
    const event = await readRunEvent(process.env, null)
    const inputs = readActionInputs(getInput, process.env, { payload: event.payload, takesGitQuery })
    if (inputs.token !== '') setSecret(inputs.token)
    const places = placesOnThisMachine(process.env, true)
    const run = githubRunOf(process.env, event, places)
    // An invalid rule is reported before anything is built.
    if (inputs.mode !== 'publish')
      await checkRules(budgetSourcesOf('input', inputs.budgets), run.workspace, true, runnerLog.warning)
    const missing = warnOfMissingPlaces(places, runnerLog.warning)
    const tools = { signal: stop.signal, reportProblem: problemReporter(inputs), lists: new LayerLists() }
    try {
      await runMode(inputs, run, tools)
    } finally {
      await missing
    }
  } catch (error) {
    runnerLog.setFailed(error instanceof Cancelled ? messageOf(error) : describe(error, 'action'))
  } finally {
    stop.dispose()
  }
}

function runMode(inputs: ActionInputs, run: GitHubRun, tools: RunTools): Promise<void> {
  switch (inputs.mode) {
    case 'report':
      return build(inputs, run, tools)
    case 'bake':
      return bake(inputs, run, tools)
    case 'images':
      return images(inputs, run, tools)
    case 'publish':
      return publish(inputs, run, tools)
  }
}

async function build(inputs: ReportInputs, run: GitHubRun, tools: RunTools): Promise<void> {
  for (const value of [...inputs.build.env.values(), ...passwordsIn(inputs.build)]) setSecret(value)
  for (const warning of inputs.warnings) runnerLog.warning(warning)
  await refuseUntrustedBuild(inputs.build, trustOf(run, tools))
  const dockerfile = dockerfileInRepository(inputs.build, run.workspace)
  const common = commonRequest(run, tools)
  const built = await buildAndWeigh({
    ...common,
    onBuilt: (outputs) => {
      common.onBuilt(outputs)
      annotateChecks(outputs, inputs.build, dockerfile)
    },
    build: inputs.build,
    defaultAttestation: inputs.defaultAttestation,
    name: inputs.name,
    stageCompression: inputs.stageCompression,
    uncachedStages: inputs.uncachedStages,
    readStdin: refuseStdin,
    ...comparisonOf(inputs, run, tools),
  }).catch((error: unknown) => {
    if (error instanceof BuildFailed && error.outputs !== null) common.onBuilt(error.outputs)
    if (!annotateFailure(error, dockerfile)) throw error
    process.exitCode = ExitCode.Failure
    return null
  })
  if (built === null) return
  if ('problem' in built) await showProblem(built.problem, tools)
  else if ('footprint' in built)
    await finish({ ...built, ...ownReport(inputs, built.footprint, run), dockerfile }, inputs, run, tools)
  if (built.undelivered !== undefined) throw built.undelivered
}

async function bake(inputs: BakeReportInputs, run: GitHubRun, tools: RunTools): Promise<void> {
  await refuseUntrustedBake(inputs.bake, trustOf(run, tools))
  const common = commonRequest(run, tools)
  const baked = await bakeAndWeigh({
    ...common,
    ...comparisonOf(inputs, run, tools),
    bake: inputs.bake,
    stageCompression: inputs.stageCompression,
    uncachedStages: inputs.uncachedStages,
    onChecked: ({ path, warnings }) => {
      if (path !== null) annotateWarnings(warnings, relative(run.workspace, resolve(path)))
    },
  }).catch((error: unknown) => {
    if (error instanceof BuildFailed && error.outputs !== null) common.onBuilt(error.outputs)
    if (!annotateFailure(error, failedInRepository(error, run.workspace))) throw error
    process.exitCode = ExitCode.Failure
    return null
  })
  if (baked === null || 'nothingBuilt' in baked) return
  if ('problem' in baked) return showProblem(baked.problem, tools)
  await finish(
    {
      ...baked,
      ...ownReport(inputs, baked.footprint, run),
      dockerfile: dockerfilesInRepository(baked.dockerfiles, run.workspace),
    },
    inputs,
    run,
    tools,
  )
}

async function images(inputs: ImagesReportInputs, run: GitHubRun, tools: RunTools): Promise<void> {
  const footprint = await weighImages(inputs.images, readOptions(run, tools))
  const compared = await findImagesBaseline(footprint, {
    ...comparisonOf(inputs, run, tools),
    settings: settingsOfExistingImages,
    folder: run.workspace,
    tempFolders: run.places.tempFolders,
    signal: tools.signal,
  })
  await finish({ ...compared, ...ownReport(inputs, compared.footprint, run), dockerfile: null }, inputs, run, tools)
}

async function publish(inputs: PublishInputs, run: GitHubRun, tools: RunTools): Promise<void> {
  const { records, problems } = await collectRecords(inputs.records, run.workspace, [
    run.workspace,
    ...run.places.tempFolders.slice(0, 1),
  ])
  for (const problem of problems) runnerLog.warning(problem)
  const target = await findTarget(run, inputs.token)
  const pullRequest =
    'pullRequest' in target ? target.pullRequest : pullRequestOfEvent(run.event.name ?? '', run.event.payload)
  const base = pullRequest && { commit: pullRequest.baseSha, branch: pullRequest.baseRef }
  await finish(
    {
      footprint: joinRecords(records),
      baseline: await storedBaseline(records, base, {
        recordFolder: recordFolderOf(run.places),
        repository: repositoryName(process.env),
      }),
      budgetTexts: await publishBudgets(budgetSourcesOf('input', inputs.budgets), run, inputs.token, tools.signal),
      dockerfile: null,
      recordFolder: null,
      title: inputs.name,
      commentName: inputs.name ?? 'all',
      fileName: `${inputs.fileName}-all`,
      reportedByFork: run.event.name === 'workflow_run' && pullRequest?.fork !== false,
      isOwn: false,
    },
    inputs,
    run,
    tools,
    target,
  )
}

// A failed report does not fail the build. Invalid budgets, however, are a usage error, because a gate must not pass
// because of them.
async function finish(
  finished: Finish,
  inputs: CommonInputs & Pick<ActionInputs, 'mode'>,
  run: GitHubRun,
  tools: RunTools,
  target: Target | { readonly sentence: string | null } | null = null,
): Promise<void> {
  try {
    await finishReport(finished, inputs, run, tools, target)
  } catch (error) {
    if (error instanceof Cancelled || (error instanceof FootprintError && error.exitStatus === ExitStatus.wrongUse))
      throw error
    const built = inputs.mode === 'report' || inputs.mode === 'bake' ? 'the image was built, but ' : ''
    tools.reportProblem(`${built}the report could not be finished: ${describe(error, 'action')}`)
  }
}

function ownReport(
  { name, fileName }: ComparedInputs,
  footprint: Footprint,
  { places }: GitHubRun,
): {
  readonly recordFolder: string | null
  readonly title: null
  readonly commentName: string
  readonly fileName: string
  readonly reportedByFork: false
  readonly isOwn: true
} {
  return {
    recordFolder: recordFolderOf(places),
    title: null,
    commentName: name ?? recordNameOf(footprint),
    fileName,
    reportedByFork: false,
    isOwn: true,
  }
}

/** Returns the credentials in the addresses of a build, which the builder prints as they are. */
function passwordsIn({ context, file, buildContexts }: BuildInputs): readonly string[] {
  return [context, file ?? '', ...buildContexts.values()].flatMap(credentialsOf)
}

/** Reports a problem of the report in the log and in the summary. The build itself succeeded. */
async function showProblem(problem: unknown, { reportProblem }: RunTools): Promise<void> {
  const message = `The image was built, but could not be weighed: ${describe(problem, 'action')}`
  const unwritten = await writeJobSummary(
    `### Stage Footprint\n\n${escapeMarkdown(message)}\n`,
    process.env['GITHUB_STEP_SUMMARY'],
  )
  reportProblem(message)
  if (unwritten !== null) reportProblem(unwritten)
}

/** Runs a build of one image from one Dockerfile. Used by the action and the command line. */
import { baselineOfBuild } from '../base/base-build.ts'
import { settingsOf } from '../base/build-settings.ts'
import { openWorkTree } from '../base/work-tree.ts'
import { askBuilder, takesDefaultAttestations } from '../docker/builder-info.ts'
import { beginListing } from '../docker/known-stages.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { runUserBuild } from '../docker/user-build.ts'
import type { StagesFromBuildKit } from '../dockerfile/listed-targets.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { planBuild } from '../plan/build-plan.ts'
import { openBuildSource, type BuildSource } from '../plan/build-source.ts'
import type { Footprint } from '../record/footprint.ts'
import { buildChecksNote } from '../report/build-checks.ts'
import {
  notesOf,
  thisMachine,
  weighPlatforms,
  type WeighedPlatform,
  type WeighingSubject,
} from '../weigh/weigh-revision.ts'
import {
  answerBeforeBuild,
  openRun,
  reportProblem,
  reportUnreadableOutputs,
  withRunFacts,
  type EarlyAnswers,
  type RunFolder,
} from './open-run.ts'
import type { RunReport, RunRequest, Weighed } from './run-request.ts'
import { revisionOfHead } from './run-revision.ts'

export interface BuildRequest extends RunRequest {
  readonly build: BuildInputs
  /** Added if the builder supports attestations, as `--attest` takes it. Null for none. */
  readonly defaultAttestation: string | null
  /** Name of the image in the report. Null to derive it from the build. */
  readonly name: string | null
  readonly readStdin: () => Promise<Buffer>
}

/**
 * Runs the user's build and weighs it.
 *
 * @throws BuildFailed if the user's build fails; FootprintError if it cannot start; Cancelled
 */
export async function buildAndWeigh(request: BuildRequest): Promise<RunReport> {
  const source = await openBuildSource(request.build, request.readStdin)
  // Determined while the stages are listed. The build waits for it and reports its errors.
  const attesting = attestationWords(request)
  attesting.catch(() => undefined)
  const begun = { ...request, source, attesting }
  const run = await openRun(request)
  if ('problem' in run) {
    const outputs = await userBuild(begun, null)
    return request.build.call === null ? { outputs, ...run } : { outputs, nothingBuilt: true }
  }
  try {
    return await buildIn(run, begun)
  } finally {
    await run.close()
  }
}

interface BegunBuild extends BuildRequest {
  readonly source: BuildSource
  readonly attesting: Promise<readonly string[]>
}

async function buildIn(run: RunFolder, request: BegunBuild): Promise<RunReport> {
  const { build, source } = request
  if (build.call !== null) return { outputs: await userBuild(request, run.folder), nothingBuilt: true }
  const listing = beginListing(build, source, request.indexFolder, run)
  const early = await answerBeforeBuild(run, request, build.context)
  const outputs = await userBuild(request, run.folder)
  reportUnreadableOutputs(outputs, request)
  try {
    return { outputs, ...(await weighAndCompare(run, request, await listing(outputs), early, outputs)) }
  } catch (problem) {
    return reportProblem(outputs, problem, request)
  }
}

async function userBuild(request: BegunBuild, folder: string | null): Promise<BuildOutputs> {
  const { build, source, attesting, terminal, quiet, log, signal } = request
  const argv = [...build.argv, ...(await attesting)]
  const outputs = await runUserBuild({ ...build, argv, stdin: source.stdin, folder, terminal, quiet, log, signal })
  request.onBuilt(outputs)
  return outputs
}

async function weighAndCompare(
  run: RunFolder,
  request: BegunBuild,
  listed: StagesFromBuildKit | null,
  early: EarlyAnswers,
  outputs: BuildOutputs,
): Promise<Weighed> {
  const { build, source, name, stageCompression, uncachedStages, signal } = request
  const plan = planBuild(build, source, listed, thisMachine())
  const subject = { build, source, plan, name, stageCompression, uncachedStages }
  const workTree = openWorkTree([subject])
  const tools = await run.openWeighing(build, outputs)
  const settingsAt = (root: string): string => settingsOf(build, stageCompression, root)
  const revising = run.beside(
    early.locating.then((located) => revisionOfHead(located, workTree, settingsAt, request.revision)),
  )
  // Errors of this task are reported by the weighing first.
  const platforms = await weighPlatforms('head', subject, outputs, tools, signal)
  void run.beside(tools.solves.forget())
  const footprint = { ...footprintOf(subject, platforms, outputs), revision: await revising }
  const located = await early.locating
  const baseline = await baselineOfBuild({ subject, workTree, footprint }, located, request.baseline, tools, signal)
  return withRunFacts(run, request, early, { footprint, baseline, dockerfiles: null })
}

async function attestationWords({ build, defaultAttestation, signal }: BuildRequest): Promise<readonly string[]> {
  if (defaultAttestation === null) return []
  const builder = await askBuilder(build.builder, signal)
  return builder !== null && takesDefaultAttestations(builder) ? ['--attest', defaultAttestation] : []
}

function footprintOf(
  subject: WeighingSubject,
  platforms: readonly WeighedPlatform[],
  { warnings }: BuildOutputs,
): Footprint {
  const checks = buildChecksNote(warnings)
  return {
    schemaVersion: 1,
    notes: [...notesOf(subject, platforms), ...(checks === null ? [] : [checks])],
    images: platforms.map(({ image }) => image),
  }
}

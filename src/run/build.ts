/** Runs a build of one image from one Dockerfile. Used by the action and the command line. */
import { askBuilder, takesDefaultAttestations } from '../docker/builder-info.ts'
import { beginListing } from '../docker/known-stages.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { runUserBuild } from '../docker/user-build.ts'
import { openBuildSource, type BuildSource } from '../plan/build-source.ts'
import { holdFiles, type HeldFiles } from './held-files.ts'
import { missingStages, parted } from './missing-stages.ts'
import {
  answerBeforeBuild,
  openRun,
  reportProblem,
  reportUnreadableOutputs,
  type EarlyAnswers,
  type RunFolder,
} from './open-run.ts'
import { warnOfOwnPlaces } from './own-places.ts'
import type { BuildRequest, RunReport } from './run-request.ts'

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
    const held = await holdFiles(request.build, source, run.folder)
    const report = await buildIn(run, { ...begun, held }).catch(async (error: unknown) => {
      const problem = await held.deliver()
      if (problem !== null) request.onWarning(problem.message)
      throw error
    })
    const undelivered = await held.deliver()
    return undelivered === null ? report : { ...report, undelivered }
  } finally {
    await run.close()
  }
}

interface BegunBuild extends BuildRequest {
  readonly source: BuildSource
  readonly attesting: Promise<readonly string[]>
  /** Absent if nothing is weighed. */
  readonly held?: HeldFiles
}

async function buildIn(run: RunFolder, request: BegunBuild): Promise<RunReport> {
  const { build, source } = request
  if (build.call !== null) return { outputs: await userBuild(request, run.folder), nothingBuilt: true }
  await warnOfOwnPlaces([request], request, run.folder)
  const listing = beginListing(build, source, request.indexFolder, run)
  const early = await answerBeforeBuild(run, request, build.context)
  const missing = missingStages(request.budgets, early.onDisk, source.dockerfile)
  const isCompared = missing.size > 0 && (await mayCompare(request, early.locating))
  if (!isCompared) for (const { warning } of missing.values()) request.onWarning(warning)
  const building = userBuild(request, run.folder)
  // The builder works now. Loading the code for weighing would otherwise take longer than weighing known layers.
  const loading = run.beside(
    request.attesting.then(() => {
      request.onStarted?.()
      return import('./weigh-build.ts')
    }),
  )
  const outputs = await building
  reportUnreadableOutputs(outputs, request)
  try {
    const { weighBuild } = await loading
    const weighed = await weighBuild(run, request, { source, listed: await listing(outputs), early, outputs })
    const { warnings, left } = parted(missing, isCompared ? (weighed.baseline.found?.footprint ?? null) : null)
    if (isCompared) warnings.forEach(request.onWarning)
    return { outputs, ...weighed, missingStages: left }
  } catch (problem) {
    if (isCompared) for (const { warning } of missing.values()) request.onWarning(warning)
    return reportProblem(outputs, problem, request)
  }
}

/** Returns whether there may be a baseline. Only a comparison tells whether this change renamed a stage. */
async function mayCompare({ baseline: { input } }: BegunBuild, locating: EarlyAnswers['locating']): Promise<boolean> {
  if (input.kind === 'off') return false
  if (input.kind !== 'auto' && input.kind !== 'revision') return true
  const located = await locating
  return 'revisions' in located && (located.revisions.base !== null || located.revisions.targetBranch !== null)
}

async function userBuild(request: BegunBuild, folder: string | null): Promise<BuildOutputs> {
  const { build, source, attesting, held, terminal, quiet, log, signal } = request
  const argv = [...build.argv, ...(await attesting), ...(held?.words ?? [])]
  const metadataFile = held?.metadataFile ?? build.metadataFile
  const shown = { terminal, quiet, log }
  const outputs = await runUserBuild({ ...build, ...shown, argv, metadataFile, stdin: source.stdin, folder, signal })
  request.onBuilt(outputs)
  return outputs
}

async function attestationWords({ build, defaultAttestation, signal }: BuildRequest): Promise<readonly string[]> {
  if (defaultAttestation === null) return []
  const builder = await askBuilder(build.builder, signal)
  return builder !== null && takesDefaultAttestations(builder) ? ['--attest', defaultAttestation] : []
}

/** The whole flow of `build`, shared by the action and the command line: one image, of one Dockerfile. */
import { rebuildOfBuild } from '../base/base-build.ts'
import { openWorkTree } from '../base/base-obstacles.ts'
import { settingsOf } from '../base/build-settings.ts'
import { askBuilder, takesDefaultAttestations } from '../docker/builder-info.ts'
import { beginListing } from '../docker/known-stages.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { runUserBuild } from '../docker/user-build.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { planBuild } from '../plan/build-plan.ts'
import { openBuildSource } from '../plan/build-source.ts'
import type { Footprint } from '../record/footprint.ts'
import { buildChecksNote } from '../report/build-checks.ts'
import {
  notesOf,
  thisMachine,
  weighPlatforms,
  type WeighedPlatform,
  type WeighingSubject,
} from '../weigh/weigh-revision.ts'
import { askBeforeBuild, inRun, reportOn, weighAndCompare, type OpenRun } from './open-run.ts'
import type { RunReport, RunRequest } from './run-request.ts'

export interface BuildRequest extends RunRequest {
  readonly build: BuildInputs
  /** Attached if the builder takes attestations, as `--attest` takes it; null where none is wanted. */
  readonly defaultAttestation: string | null
  /** What the report calls the image; null for what the build calls it. */
  readonly name: string | null
  readonly readStdin: () => Promise<Buffer>
}

/**
 * @throws BuildFailed where the user's build fails; FootprintError where it cannot begin; Cancelled
 */
export async function buildAndWeigh(request: BuildRequest): Promise<RunReport> {
  const { build, name, stageCompression, uncachedStages, terminal, quiet, log, signal } = request
  const source = await openBuildSource(build, request.readStdin)
  // Asked while the list of stages is.
  const attesting = attestationWords(request)
  // The build that waits for it is told.
  attesting.catch(() => undefined)
  const userBuild = async (folder: string | null): Promise<BuildOutputs> => {
    const outputs = await runUserBuild({
      ...build,
      argv: [...build.argv, ...(await attesting)],
      stdin: source.stdin,
      folder,
      terminal,
      quiet,
      log,
      signal,
    })
    request.onBuilt(outputs)
    return outputs
  }
  const weigh = async (run: OpenRun): Promise<RunReport> => {
    if (build.call !== null) return { outputs: await userBuild(run.folder), nothingBuilt: true }
    const listing = beginListing(build, source, request.indexFolder, run)
    const asked = await askBeforeBuild(run, request, build.context)
    const outputs = await userBuild(run.folder)
    return reportOn(outputs, request, async () => {
      const subject = {
        build,
        source,
        plan: planBuild(build, source, await listing(outputs), thisMachine()),
        name,
        stageCompression,
        uncachedStages,
      }
      const workTree = openWorkTree([subject])
      const tools = await run.openWeighing(build, outputs)
      return weighAndCompare(
        run,
        request,
        asked,
        workTree,
        (root) => settingsOf(build, stageCompression, root),
        async () => {
          const platforms = await weighPlatforms('head', subject, outputs, tools, signal)
          void run.beside(tools.solves.forget())
          const footprint = footprintOf(subject, platforms, outputs)
          return { footprint, rebuild: rebuildOfBuild(subject, workTree, footprint, tools), dockerfiles: null }
        },
      )
    })
  }
  return inRun(request, weigh, async (problem) => {
    const outputs = await userBuild(null)
    return build.call === null ? { outputs, problem } : { outputs, nothingBuilt: true }
  })
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

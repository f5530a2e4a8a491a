/** The whole flow of `build`, shared by the action and the command line: one image, of one Dockerfile. */
import { settingsOf } from '../base/build-settings.ts'
import { askBuilder, takesDefaultAttestations } from '../docker/builder-info.ts'
import { listTargets } from '../docker/list-targets.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { runUserBuild } from '../docker/user-build.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { planBuild } from '../plan/build-plan.ts'
import { openBuildSource } from '../plan/build-source.ts'
import type { StagesFromBuildKit } from '../dockerfile/listed-targets.ts'
import { buildChecksNote } from '../report/build-checks.ts'
import { rebuildOfBuild } from '../base/base-build.ts'
import { openWorkTree } from '../base/base-obstacles.ts'
import { notesOf, thisMachine, weighPlatforms, type WeighingSubject } from '../weigh/weigh-revision.ts'
import { weighedRun, type Head, type RunReport, type RunRequest } from './weighed-run.ts'

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
  return weighedRun<StagesFromBuildKit | null, BuildOutputs>(request, {
    context: build.context,
    builder: build,
    builds: build.call === null,
    plan: (within) => listTargets(build, source, within),
    build: async (folder) => runUserBuild({ ...build, argv: [...build.argv, ...(await attesting)], stdin: source.stdin, folder, terminal, quiet, log, signal }),
    outputsOf: (outputs) => outputs,
    head: (list, outputs) => headOf({ build, source, plan: planBuild(build, source, list, thisMachine()), name, stageCompression, uncachedStages }, outputs, signal),
  })
}

async function attestationWords({ build, defaultAttestation, signal }: BuildRequest): Promise<readonly string[]> {
  if (defaultAttestation === null) return []
  const builder = await askBuilder(build.builder, signal)
  return builder !== null && takesDefaultAttestations(builder) ? ['--attest', defaultAttestation] : []
}

function headOf(subject: WeighingSubject, outputs: BuildOutputs, signal: AbortSignal): Head {
  const { build, stageCompression } = subject
  const workTree = openWorkTree([subject])
  return {
    workTree,
    dockerfiles: null,
    settings: (root) => settingsOf(build, stageCompression, root),
    weigh: async (tools) => {
      const platforms = await weighPlatforms('head', subject, outputs, tools, signal)
      const checks = buildChecksNote(outputs.warnings)
      const footprint = { schemaVersion: 1 as const, notes: [...notesOf(subject, platforms), ...(checks === null ? [] : [checks])], images: platforms.map(({ image }) => image) }
      return { footprint, rebuild: rebuildOfBuild(subject, workTree, footprint, tools) }
    },
  }
}

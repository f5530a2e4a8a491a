/**
 * The whole flow of `build`, shared by the action and the command line:
 * the user's build first, then each stage weighed from the builder's cache.
 */
import { Cancelled } from './build/client.ts'
import { listTargets } from './build/list-targets.ts'
import type { BuildOutputs } from './build/metadata.ts'
import { createShippedCheck } from './build/shipped.ts'
import { runUserBuild } from './build/user-build.ts'
import { createWorkspace } from './build/workspace.ts'
import type { BuildInputs, StageCompression } from './inputs/inputs.ts'
import type { Footprint } from './inspect/footprint.ts'
import type { ReadingProgress } from './inspect/layer-reader.ts'
import { planBuild } from './plan/build-plan.ts'
import { openBuildSource } from './plan/build-source.ts'
import { openWeighing, thisMachine, weighPlatforms, type WeighingSubject } from './weigh.ts'

export interface BuildRequest {
  readonly build: BuildInputs
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
}

/** The user's call succeeded; the report may still have failed, and a call that builds nothing has none. */
export type BuildReport =
  | { readonly outputs: BuildOutputs; readonly footprint: Footprint }
  | { readonly outputs: BuildOutputs; readonly problem: unknown }
  | { readonly outputs: BuildOutputs; readonly nothingBuilt: true }

/**
 * @throws BuildFailed where the user's build fails; FootprintError where it cannot begin
 */
export async function buildAndWeigh(request: BuildRequest): Promise<BuildReport> {
  const { build, signal } = request
  const source = await openBuildSource(build, request.readStdin)
  const workspace = await createWorkspace(request.tempFolder)
  try {
    // The list of stages needs neither the build nor its result, so it costs no time of its own.
    const listing = build.call === null ? listTargets(build, source, signal) : null
    // Whatever is wrong with the engine, the build says it.
    listing?.catch(() => undefined)
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
    if (listing === null) return { outputs, nothingBuilt: true }
    try {
      const plan = planBuild(build, source, await listing, thisMachine())
      const subject = { build, source, plan, stageCompression: request.stageCompression }
      return { outputs, footprint: await weighHead(subject, outputs, request, workspace.folder) }
    } catch (problem) {
      if (problem instanceof Cancelled) throw problem
      return { outputs, problem }
    }
  } finally {
    await workspace.remove()
  }
}

async function weighHead(
  subject: WeighingSubject,
  outputs: BuildOutputs,
  { indexFolder, onProgress, signal }: BuildRequest,
  folder: string,
): Promise<Footprint> {
  const shipped = createShippedCheck(outputs, subject.build)
  const tools = await openWeighing(folder, indexFolder, onProgress)
  const platforms = await weighPlatforms('head', subject, tools, signal)
  const images = await Promise.all(
    platforms.map(async ({ image, final: { manifest, manifestDigest, configDigest, config } }) => {
      const weighed = { manifest, manifestDigest, configDigest, diffIds: config.rootfs.diff_ids, platform: image.platform }
      return { ...image, matchesShipped: await shipped.matches(weighed) }
    }),
  )
  return { schemaVersion: 1, notes: [...subject.plan.notes], images }
}

/**
 * The whole flow of `build`, shared by the action and the command line:
 * the user's build first, then each stage weighed from the builder's cache.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { BuildOutputs } from './build/metadata.ts'
import { createShippedCheck, type ShippedCheck } from './build/shipped.ts'
import { runUserBuild } from './build/user-build.ts'
import { createBlobFolder, exportStage, type BlobFolder } from './build/weighing.ts'
import { createWorkspace, requireFreeSpace } from './build/workspace.ts'
import { Cancelled, runClient } from './build/client.ts'
import { FootprintError } from './errors.ts'
import type { BuildInputs, StageCompression } from './inputs/inputs.ts'
import type { Footprint, Image, Stage } from './inspect/footprint.ts'
import { createLayerReader, limit, type LayerReader, type ReadingProgress } from './inspect/layer-reader.ts'
import { readLayoutImage } from './inspect/layout.ts'
import { parentOf, weighStage, type WeighedImage } from './inspect/weigh-stage.ts'
import { openIndexStore } from './layer/index-store.ts'
import { parsePlatform } from './oci/platform.ts'
import { planBuild, type BuildPlan, type Machine } from './plan/build-plan.ts'
import { openBuildSource, type BuildSource } from './plan/build-source.ts'
import { writeDockerfileCopy } from './plan/dockerfile-copy.ts'
import { parseTargetsList } from './plan/targets.ts'
import { stageLabel } from './plan/stage.ts'
import { weighingCalls, type WeighingCall } from './plan/weighing.ts'

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
  const { build } = request
  const source = await openBuildSource(build, request.readStdin)
  const workspace = await createWorkspace(request.tempFolder)
  try {
    // The list of stages needs neither the build nor its result, so it costs no time of its own.
    const listing = build.call === null ? listTargets(build, source, request.signal) : null
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
      signal: request.signal,
    })
    request.onBuilt(outputs)
    if (listing === null) return { outputs, nothingBuilt: true }
    try {
      const plan = planBuild(build, source, await listing, thisMachine())
      const footprint = await weigh(request, source, plan, workspace.folder, outputs)
      return { outputs, footprint }
    } catch (problem) {
      if (problem instanceof Cancelled) throw problem
      return { outputs, problem }
    }
  } finally {
    await workspace.remove()
  }
}

/** BuildKit's own list of stages; null where its frontend is too old to give one. */
export async function listTargets(
  build: BuildInputs,
  source: BuildSource,
  signal: AbortSignal,
): Promise<ReturnType<typeof parseTargetsList> | null> {
  const { exitCode, stdout } = await runClient({
    args: [
      'buildx',
      'build',
      ...build.stepArgv,
      ...(build.file === null ? [] : ['--file', build.file]),
      '--call=targets,format=json',
      build.context,
    ],
    env: build.env,
    stdin: source.stdin,
    stderr: () => undefined,
    signal,
  })
  if (exitCode !== 0) return null
  try {
    return parseTargetsList(JSON.parse(stdout))
  } catch {
    return null
  }
}

export function thisMachine(): Machine {
  return { env: process.env, platform: parsePlatform(`linux/${process.arch}`) }
}

async function weigh(
  request: BuildRequest,
  source: BuildSource,
  plan: BuildPlan,
  workspace: string,
  outputs: BuildOutputs,
): Promise<Footprint> {
  const { build } = request
  await requireFreeSpace(workspace)
  const store = openIndexStore(request.indexFolder)
  const blobs = await createBlobFolder(workspace, await store.known())
  const reader = createLayerReader(store, blobs, request.onProgress)
  const copy = await writeDockerfileCopy(source, plan.named.dockerfile, workspace)
  const context = await weighingContext(source, workspace)
  const inTurn = limit(2)
  const shipped = createShippedCheck(outputs, build)
  const images = await Promise.all(
    plan.platforms.map(async ({ platform, stages }): Promise<Image> => {
      const calls = weighingCalls(stages, {
        stepArgv: build.stepArgv,
        imageArgv: build.imageArgv,
        platforms: platform === null ? [] : [platform],
        outputs: build.outputs,
        context,
        dockerfile: copy ?? source.dockerfilePath ?? build.file,
        targets: plan.named.targets,
        builderStageCompression: request.stageCompression === 'uncompressed' ? 'uncompressed' : 'keep',
      })
      const weighed = new Map(
        await Promise.all(
          calls.map((call) =>
            inTurn(async () => {
              const image = await weighExport(call, request, source, workspace, blobs, reader)
              return [call.stageIndex, image] as const
            }),
          ),
        ),
      )
      return assemble(build, source, stages, weighed, shipped)
    }),
  )
  return { schemaVersion: 1, notes: [...plan.notes], images }
}

async function weighExport(
  call: WeighingCall,
  request: BuildRequest,
  source: BuildSource,
  workspace: string,
  blobs: BlobFolder,
  reader: LayerReader,
): Promise<WeighedImage> {
  const { layout, steps } = await exportStage(call, {
    workspace,
    blobs,
    env: request.build.env,
    stdin: source.kind === 'stdin-archive' ? source.stdin : null,
    signal: request.signal,
  })
  const image = await readLayoutImage(layout)
  const indexes = await Promise.all(image.manifest.layers.map((layer) => reader.index(layer)))
  indexes.forEach((index, position) => {
    const expected = image.config.rootfs.diff_ids[position]
    if (index.diffId !== expected)
      throw new FootprintError(
        'LAYER',
        `layer ${index.digest} is damaged: its tar has digest ${index.diffId}, the image config names ${expected ?? 'none'}`,
      )
  })
  return { image, steps, indexes }
}

async function assemble(
  build: BuildInputs,
  source: BuildSource,
  stages: BuildPlan['platforms'][number]['stages'],
  weighed: ReadonlyMap<number, WeighedImage>,
  shipped: ShippedCheck,
): Promise<Image> {
  const done = new Map<number, Stage>()
  for (const stage of stages) {
    const image = weighed.get(stage.index)
    if (!image) continue
    const parent = parentOf(stage, stages)
    done.set(stage.index, weighStage(stage, stages, image, parent ? (done.get(parent.index) ?? null) : null))
  }
  const final = stages.find((stage) => stage.final)
  const finalImage = final ? weighed.get(final.index) : undefined
  if (!final || !finalImage) throw new FootprintError('WEIGHING_FAILED', 'the final stage was not weighed')
  const { manifest, manifestDigest, configDigest, config } = finalImage.image
  const { os, architecture, variant } = config
  const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) }
  return {
    name: imageName(build, source),
    platform,
    finalStage: stageLabel(final),
    stages: [...done.values()],
    stagesNotBuilt: stages
      .filter((stage) => !stage.needed)
      .map((stage) => ({ name: stageLabel(stage), index: stage.index, line: stage.line })),
    matchesShipped: await shipped.matches({
      manifest,
      manifestDigest,
      configDigest,
      diffIds: config.rootfs.diff_ids,
      platform,
    }),
  }
}

/** The first tag without its version, else the folder or repository that is built. */
function imageName(build: BuildInputs, source: BuildSource): string {
  const tag = build.tags[0]
  if (tag !== undefined) return tag.replace(/@sha256:.*$/, '').replace(/:[^/:]+$/, '')
  if (source.kind === 'local') return basename(resolve(build.context))
  if (source.kind === 'remote')
    return basename(build.context.replace(/[#?].*$/, '').replace(/\/$/, '')).replace(/\.git$/, '')
  return 'image'
}

/** A Dockerfile from standard input has no context: an empty folder stands for it. */
async function weighingContext(source: BuildSource, workspace: string): Promise<string> {
  if (source.kind !== 'stdin-dockerfile') return source.context
  const empty = join(workspace, 'empty-context')
  await mkdir(empty)
  await writeFile(join(empty, '.dockerignore'), '*\n')
  return empty
}

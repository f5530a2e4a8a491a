/** Weighs the stages of one revision from the builder's cache: an export for each stage, its layers read as they come. */
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { isUnpackedStore } from '../build/engine-store.ts'
import type { BuildOutputs } from '../build/metadata.ts'
import { createBlobFolder, exportStage, NoLayoutExporter, type BlobFolder, type WeighingContext } from '../build/weighing.ts'
import { requireFreeSpace } from '../build/workspace.ts'
import { FootprintError } from '../errors.ts'
import type { BuildInputs, StageCompression } from '../inputs/inputs.ts'
import type { Image, Stage } from '../inspect/footprint.ts'
import { createLayerReader, limit, type LayerReader, type ReadingProgress } from '../inspect/layer-reader.ts'
import { readLayoutImage, type LayoutImage } from '../inspect/layout.ts'
import { withFileSystem } from '../inspect/weigh-file-system.ts'
import { parentOf, weighStage, withContents, type WeighedImage } from '../inspect/weigh-stage.ts'
import { openIndexStore, type IndexStore } from '../layer/index-store.ts'
import { parsePlatform, platformOf, unknownWord } from '../oci/platform.ts'
import type { BuildPlan, Machine } from '../plan/build-plan.ts'
import type { BuildSource } from '../plan/build-source.ts'
import { writeDockerfileCopy } from '../plan/dockerfile-copy.ts'
import { linkedCalls, type LinkedTarget } from '../plan/linked-weighing.ts'
import { stageLabel, type PlannedStage } from '../plan/stage.ts'
import { weighingCalls, type WeighingCall } from '../plan/weighing.ts'
import { together } from './together.ts'
import { weighThroughStore, type StagesOfPlatform, type WeighedStages } from './weigh-through-store.ts'

/** What is shared by all that is weighed in a run, so that no blob moves or is read twice. */
export interface WeighingTools {
  /** Everything that is written lies in it; the caller removes it. */
  readonly folder: string
  readonly blobs: BlobFolder
  readonly reader: LayerReader
  readonly indexes: IndexStore
  readonly onProgress: (progress: ReadingProgress) => void
  /** Learnt on the way: the builder has no exporter for layouts, so that its engine's store has to serve. */
  readonly builder: { hasNoLayouts: boolean }
}

/** One revision's build, as it was planned. */
export interface WeighingSubject {
  readonly build: BuildInputs
  readonly source: BuildSource
  readonly plan: BuildPlan
  /** What the image is called; null for what the build calls it. */
  readonly name: string | null
  readonly stageCompression: StageCompression
  /** What it builds on, where that is other targets of a bake. */
  readonly linked?: LinkedTarget | null
}

export interface WeighedPlatform {
  readonly image: Image
  /** The final stage as it was exported, to be held against what was shipped. */
  readonly final: LayoutImage
  /** Sentences for the report. */
  readonly notes: readonly string[]
}

/**
 * @param shipped what the build said, which may save an export that would be refused
 * @throws FootprintError DISK_SPACE where the folder's disk is nearly full
 */
export async function openWeighing(
  folder: string,
  indexFolder: string,
  onProgress: (progress: ReadingProgress) => void,
  shipped: Pick<BuildOutputs, 'digest' | 'configDigest'> | null = null,
): Promise<WeighingTools> {
  await requireFreeSpace(folder)
  const indexes = openIndexStore(indexFolder)
  const blobs = await createBlobFolder(folder, await indexes.known())
  return {
    folder,
    blobs,
    reader: createLayerReader(indexes, blobs, onProgress),
    indexes,
    onProgress,
    builder: { hasNoLayouts: shipped !== null && isUnpackedStore(shipped) },
  }
}

/** What the plan and the weighing have to say, each once. */
export function notesOf({ plan }: Pick<WeighingSubject, 'plan'>, platforms: readonly Pick<WeighedPlatform, 'notes'>[]): string[] {
  return [...new Set([...plan.notes, ...platforms.flatMap(({ notes }) => notes)])]
}

export function thisMachine(): Machine {
  return { env: process.env, platform: parsePlatform(`linux/${process.arch}`) }
}

/**
 * All needed stages for each platform, two exports at a time. When one fails the others are stopped and waited for.
 *
 * @param revision a word for it; its files lie in a folder of that name
 * @throws FootprintError where a stage cannot be exported or read; Cancelled
 */
export async function weighPlatforms(
  revision: string,
  { build, source, plan, name, stageCompression, linked }: WeighingSubject,
  tools: WeighingTools,
  signal: AbortSignal,
): Promise<readonly WeighedPlatform[]> {
  const folder = join(tools.folder, revision)
  await mkdir(folder)
  const copy = await writeDockerfileCopy(source, plan.named.dockerfile, folder)
  const context = await weighingContext(source, folder)
  const stdin = source.kind === 'stdin-archive' ? source.stdin : null
  const inTurn = limit(2)
  return together(signal, plan.platforms, async ({ platform, stages }, within) => {
    const inputs = {
      stepArgv: build.stepArgv,
      imageArgv: build.imageArgv,
      platforms: platform === null ? [] : [platform],
      outputs: build.outputs,
      context,
      dockerfile: copy ?? source.dockerfilePath ?? build.file,
      targets: plan.named.targets,
      builderStageCompression: stageCompression === 'uncompressed' ? 'uncompressed' : 'keep',
    } as const
    const calls = linked ? linkedCalls(linked, stages, inputs) : weighingCalls(stages, inputs)
    const dockerfile = plan.named.dockerfile ?? source.dockerfile
    const request = { calls, inTurn, context: { workspace: folder, env: build.env, stdin, dockerfile, signal: within } }
    const { images, notes } = await weighCalls(request, tools)
    const weighed = stageCompression === 'uncompressed' ? asExported(images) : images
    return { ...(await assemble(name ?? imageName(build, source), stages, weighed, tools.reader)), notes }
  })
}

/** BuildKit keeps the first blob of a layer, so that the final stage may have uncompressed ones as well. */
function asExported(images: ReadonlyMap<number, WeighedImage>): ReadonlyMap<number, WeighedImage> {
  return new Map([...images].map(([index, image]) => [index, { ...image, uncompressedForWeighing: true }]))
}

/** As image layouts, else through the engine's store where the builder has no exporter for them. */
async function weighCalls(request: StagesOfPlatform, tools: WeighingTools): Promise<WeighedStages> {
  const { calls, inTurn, context } = request
  if (!tools.builder.hasNoLayouts) {
    try {
      const weighed = await together(context.signal, calls, (call, signal) =>
        inTurn(async () => [call.stageIndex, await weighExport(call, { ...context, signal }, tools)] as const),
      )
      return { images: new Map(weighed), notes: [] }
    } catch (error) {
      if (!(error instanceof NoLayoutExporter)) throw error
      tools.builder.hasNoLayouts = true
    }
  }
  return weighThroughStore(request, tools)
}

async function weighExport(call: WeighingCall, context: WeighingContext, { blobs, reader }: WeighingTools): Promise<WeighedImage> {
  const { layout, steps } = await exportStage(call, blobs, context)
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
  name: string,
  stages: readonly PlannedStage[],
  weighed: ReadonlyMap<number, WeighedImage>,
  reader: LayerReader,
): Promise<Omit<WeighedPlatform, 'notes'>> {
  const done = new Map<number, Stage>()
  for (const stage of stages) {
    const image = weighed.get(stage.index)
    if (!image) continue
    const parent = parentOf(stage, stages)
    const whole = weighStage(stage, stages, image, parent ? (done.get(parent.index) ?? null) : null)
    const digests = image.image.manifest.layers.map(({ digest }) => digest)
    // What builder stages hide is not shipped.
    done.set(stage.index, stage.final ? await withFileSystem(whole, digests, reader, image.image.config.os ?? unknownWord) : whole)
  }
  const final = stages.find((stage) => stage.final)
  const finalImage = final ? weighed.get(final.index) : undefined
  if (!final || !finalImage) throw new FootprintError('WEIGHING_FAILED', 'the final stage was not weighed')
  return {
    image: {
      name,
      platform: platformOf(finalImage.image.config),
      finalStage: stageLabel(final),
      stages: await Promise.all([...done.values()].map((stage) => withContents(stage, reader.contents))),
      stagesNotBuilt: stages
        .filter((stage) => !stage.needed)
        .map((stage) => ({ name: stageLabel(stage), index: stage.index, line: stage.line })),
    },
    final: finalImage.image,
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
async function weighingContext(source: BuildSource, folder: string): Promise<string> {
  if (source.kind !== 'stdin-dockerfile') return source.context
  const empty = join(folder, 'empty-context')
  await mkdir(empty)
  await writeFile(join(empty, '.dockerignore'), '*\n')
  return empty
}

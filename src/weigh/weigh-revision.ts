/** Weighs the stages of one revision from the builder's cache. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { provenanceInHistory } from '../builder/build-history.ts'
import type { BuilderToDial } from '../builder/builder-connection.ts'
import { createShippedCheck } from '../builder/shipped-image.ts'
import { provenanceFor } from '../docker/metadata-provenance.ts'
import { openBegunStages } from '../docker/begun-stages.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { NoLayoutExporter } from '../docker/stage-export.ts'
import { parentOf } from '../dockerfile/stage-parents.ts'
import { stageLabel, type PlannedStage } from '../dockerfile/stage.ts'
import { FootprintError } from '../errors.ts'
import {
  builderPlatform,
  ownsItsLines,
  parseProvenance,
  resultOf,
  withTargets,
  type BuildStep,
} from '../graph/provenance.ts'
import type { BuildInputs, StageCompression, UncachedStages } from '../inputs/inputs.ts'
import { secretsIn, sentenceMask, type HiddenWords } from '../inputs/mask.ts'
import { formatPlatform, parsePlatform, platformOf, unknownWord } from '../oci/platform.ts'
import { argumentsOf, secretsOf, type Target } from '../plan/bake-definition.ts'
import type { BuildPlan, Machine } from '../plan/build-plan.ts'
import type { BuildSource } from '../plan/build-source.ts'
import { writeDockerfileCopy } from '../plan/dockerfile-copy.ts'
import { linkedCacheCall, linkedCall, type LinkedTarget } from '../plan/linked-weighing-calls.ts'
import { buildsFromScratch, cacheCall } from '../plan/cache-call.ts'
import { finalFirst, weighingCall } from '../plan/weighing-calls.ts'
import type { Image } from '../record/footprint.ts'
import { imageName } from './image-name.ts'
import { begunByWeighing, stageWithSteps } from './begun-by-weighing.ts'
import { knownStoredStages, storesUnpacked } from './known-stored-stages.ts'
import { limit, type LayerReader } from './layer-reader.ts'
import { readStages, type StagesToRead } from './read-stages.ts'
import { runConcurrently } from './run-concurrently.ts'
import { usesOf, withFileSystem, type ReadStage } from './weigh-file-system.ts'
import { withContents } from './stage-contents.ts'
import { unbuiltStage, weighStage } from './weigh-stage.ts'
import type { WeighedImage } from './weighed-image.ts'
import { weighThroughStore, type WeighedStages } from './weigh-through-store.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** The user's settings for weighing stages. */
export interface StageOptions {
  readonly stageCompression: StageCompression
  readonly uncachedStages: UncachedStages
}

/** The planned build of one revision. */
export interface WeighingSubject extends StageOptions {
  readonly build: BuildInputs
  readonly source: BuildSource
  readonly plan: BuildPlan
  /** Name of the image. Null to derive it from the build. */
  readonly name: string | null
  /** Set if it builds on other targets of a bake. */
  readonly linked?: LinkedTarget | null
}

/** The weighed image of one platform. */
export interface WeighedPlatform {
  readonly image: Image
  /** Sentences for the report. */
  readonly notes: readonly string[]
}

/** Returns the notes of the plan and of the weighing, each once. */
export function notesOf(
  { plan }: Pick<WeighingSubject, 'plan'>,
  platforms: readonly Pick<WeighedPlatform, 'notes'>[],
): string[] {
  return [...new Set([...plan.notes, ...platforms.flatMap(({ notes }) => notes)])]
}

/** Returns the facts about this machine. */
export function thisMachine(): Machine {
  return { env: process.env, platform: parsePlatform(`linux/${process.arch}`) }
}

/**
 * Weighs all needed stages for each platform, with two exports at a time. Exports for several platforms run one after
 * the other: BuildKit merges equal steps of two calls that run at the same time, even if their platforms differ, and
 * reports the layers of a merged step to only one of the calls. If an export fails, the others are stopped and
 * waited for.
 *
 * @param revision a word for the revision, which names the folder of its files
 * @param outputs outputs of the user's build; null if this weighing is the build
 * @param others outputs of all targets of the user's bake, for a target that builds on others
 * @throws FootprintError if a stage cannot be exported or read; Cancelled
 */
export async function weighPlatforms(
  revision: string,
  { build, source, plan, name, stageCompression, uncachedStages, linked }: WeighingSubject,
  outputs: BuildOutputs | null,
  tools: WeighingTools,
  signal: AbortSignal,
  others: ReadonlyMap<string, BuildOutputs> = new Map(),
): Promise<readonly WeighedPlatform[]> {
  const folder = join(tools.folder, revision)
  await mkdir(folder)
  const copy = await writeDockerfileCopy(source, plan.named.dockerfile, folder)
  const context = await weighingContext(source, folder)
  const stdin = source.kind === 'stdin-archive' ? source.stdin : null
  const inTurn = limit(plan.platforms.length > 1 ? 1 : 2)
  const mask = sentenceMask(hiddenWordsOf(build, linked), process.env)
  const shipped =
    outputs === null || outputs.digest === '' ? null : createShippedCheck(outputs, build, tools.documents, signal)
  return runConcurrently(signal, plan.platforms, async ({ platform, stages }, within) => {
    const inputs = {
      stepArgv: build.stepArgv,
      imageArgv: build.imageArgv,
      platforms: platform === null ? [] : [platform],
      outputs: build.outputs,
      context,
      dockerfile: copy ?? source.dockerfilePath ?? build.file,
      targets: plan.named.targets,
      builderStageCompression: stageCompression === 'uncompressed' ? 'uncompressed' : 'keep',
      mark: tools.solves.mark,
    } as const
    const [final] = finalFirst(stages)
    const provenance = outputs === null ? null : await wholeProvenanceOf(outputs, platform, build, within)
    const parsed = parseProvenance(provenance, source.dockerfile)
    const steps = linked ? stepsOfLinked(parsed, linked, others, platform) : parsed
    const machine = parsePlatform(platform ?? builderPlatform(provenance) ?? formatPlatform(thisMachine().platform))
    const reportedAs = (index: number): string | null => {
      const stage = stages.find((one) => one.index === index)
      return (stage && plan.named.targets.get(stageWithSteps(stage, stages).index)) ?? null
    }
    const begunStages = await (outputs
      ? begunByWeighing(
          { build, source, outputs, stages, steps, platform: formatPlatform(machine), unknown: folder, reportedAs },
          tools,
        )
      : openBegunStages(null, []))
    const weighed = await weighStages(
      {
        stages,
        callOf: (stage) => (linked ? linkedCall(linked, stage, inputs) : weighingCall(stage, inputs)),
        cache:
          !final || stageCompression === 'uncompressed' || (linked && steps === null)
            ? null
            : linked
              ? linkedCacheCall(linked, final, inputs)
              : cacheCall(final, inputs, buildsFromScratch(build.argv)),
        user: outputs === null ? null : { steps, shipped },
        platform: machine,
        buildUncached: uncachedStages === 'build',
        inTurn,
        context: {
          workspace: folder,
          env: build.env,
          stdin,
          dockerfile: plan.named.dockerfile ?? source.dockerfile,
          begunStages,
          reportedAs,
          mask,
          onCall: () => tools.solves.begin(formatPlatform(machine)),
          signal: within,
        },
      },
      tools,
    )
    const images = stageCompression === 'uncompressed' ? asExported(weighed.images) : weighed.images
    return assemble(name ?? imageName(build, source), stages, { ...weighed, images }, tools.reader)
  })
}

/**
 * Returns the steps of a target that builds on others, with the results of these marked. Returns null if the graph does
 * not show which steps are theirs.
 */
function stepsOfLinked(
  steps: readonly BuildStep[] | null,
  linked: LinkedTarget,
  outputs: ReadonlyMap<string, BuildOutputs>,
  platform: string | null,
): readonly BuildStep[] | null {
  const results = new Map(
    [...linked.others.keys()].flatMap((name): [string, string][] => {
      const result = resultOf(provenanceFor(outputs.get(name)?.provenance ?? new Map(), platform))
      return result === null ? [] : [[name, result]]
    }),
  )
  if (steps === null || results.size < linked.others.size) return null
  const marked = withTargets(steps, results)
  return ownsItsLines(marked) ? marked : null
}

/** Returns the words to mask, including those of the targets that it builds on. */
function hiddenWordsOf(build: BuildInputs, linked: WeighingSubject['linked']): HiddenWords {
  const others = { targets: linked?.others ?? new Map<string, Target>() }
  return {
    ...build,
    buildArgs: [...build.buildArgs, ...argumentsOf(others)],
    secrets: [...secretsIn(build.stepArgv), ...secretsOf(others)],
  }
}

/**
 * Returns the provenance from the metadata of the user's call, or otherwise from the builder's history. A metadata file
 * that the user requested has no build graph.
 */
async function wholeProvenanceOf(
  outputs: BuildOutputs,
  platform: string | null,
  builder: BuilderToDial,
  signal: AbortSignal,
): Promise<unknown> {
  const reported = provenanceFor(outputs.provenance, platform)
  return parseProvenance(reported) === null
    ? ((await provenanceInHistory(outputs, platform, builder, signal)) ?? reported)
    : reported
}

/**
 * Marks images as uncompressed for weighing. BuildKit keeps the first blob of a layer, so even the final stage may have
 * uncompressed ones.
 */
function asExported(images: ReadonlyMap<number, WeighedImage>): ReadonlyMap<number, WeighedImage> {
  return new Map([...images].map(([index, image]) => [index, { ...image, uncompressedForWeighing: true }]))
}

/** Weighs stages as image layouts, or through the engine's store if the builder cannot export layouts. */
async function weighStages(request: StagesToRead, tools: WeighingTools): Promise<WeighedStages> {
  const { stages, callOf, user, platform, buildUncached, inTurn, context } = request
  const steps = user?.steps ?? null
  tools.builder.hasNoLayouts ||= storesUnpacked(steps)
  if (!tools.builder.hasNoLayouts) {
    try {
      return await readStages(request, tools)
    } catch (error) {
      if (!(error instanceof NoLayoutExporter)) throw error
      tools.builder.hasNoLayouts = true
    }
  }
  const calls = finalFirst(stages).map(callOf)
  const mayRunSteps = user === null || buildUncached
  const known = await knownStoredStages(stages, steps, platform, tools)
  return weighThroughStore(
    { calls, known, inTurn, shipped: user?.shipped ?? null, context: { ...context, mayRunSteps } },
    tools,
  )
}

async function assemble(
  name: string,
  stages: readonly PlannedStage[],
  { images, notBuilt, matchesShipped, notes }: WeighedStages,
  reader: LayerReader,
): Promise<WeighedPlatform> {
  const done = new Map<number, ReadStage>()
  for (const stage of stages) {
    const image = images.get(stage.index)
    if (!image) continue
    const parent = parentOf(stage, stages)
    const digests = image.image.manifest.layers.map(({ digest }) => digest)
    const whole = weighStage(stage, stages, image, parent ? (done.get(parent.index)?.stage ?? null) : null)
    const read = { stage: whole, digests }
    // What builder stages hide is not shipped, so only the final stage has a file system.
    const os = image.image.config.os ?? unknownWord
    const found = stage.final ? await withFileSystem(read, reader, os, [...done.values()], usesOf(stages)) : whole
    done.set(stage.index, { stage: found, digests })
  }
  const final = stages.find((stage) => stage.final)
  const finalImage = final ? images.get(final.index) : undefined
  if (!final || !finalImage)
    throw new FootprintError(
      'WEIGHING_FAILED',
      (option) =>
        `the final stage cannot be exported without running its steps again: if the build writes its output into its own context, exclude that with .dockerignore, or set ${option('uncached-stages')} to build`,
    )
  const weighed = await Promise.all([...done.values()].map(({ stage }) => withContents(stage, reader)))
  const missing = stages.filter(({ index }) => notBuilt.includes(index))
  return {
    image: {
      name,
      platform: platformOf(finalImage.image.config),
      finalStage: stageLabel(final),
      stages: weighed,
      ...(missing.length === 0 ? {} : { unbuiltStages: missing.map((stage) => unbuiltStage(stage, stages)) }),
      stagesNotBuilt: stages
        .filter(({ index, needed }) => !needed && !images.has(index) && !notBuilt.includes(index))
        .map((stage) => ({ name: stageLabel(stage), index: stage.index, line: stage.line })),
      matchesShipped,
    },
    notes,
  }
}

/** Returns the context for weighing. A Dockerfile from standard input has none, so an empty folder is used. */
async function weighingContext(source: BuildSource, folder: string): Promise<string> {
  if (source.kind !== 'stdin-dockerfile') return source.context
  const empty = join(folder, 'empty-context')
  await mkdir(empty)
  await writeFile(join(empty, '.dockerignore'), '*\n')
  return empty
}

/** Weighs the stages of one revision. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createShippedCheck, type ShippedCheck } from '../builder/shipped-image.ts'
import { limitConcurrency, runConcurrently } from '../concurrency.ts'
import { openBegunStages } from '../docker/begun-stages.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import { builderPlatform } from '../graph/provenance.ts'
import { stageWithSteps } from '../graph/stage-results.ts'
import type { BuildInputs, StageCompression, UncachedStages } from '../inputs/inputs.ts'
import { secretsIn, sentenceMask, type HiddenWords, type Mask } from '../inputs/mask.ts'
import { formatPlatform, parsePlatform, type Platform } from '../oci/platform.ts'
import { argumentsOf, secretsOf, type Target } from '../plan/bake-definition.ts'
import type { BuildPlan, Machine } from '../plan/build-plan.ts'
import { ignoreFileOf, imageNameOf, type BuildSource } from '../plan/build-source.ts'
import { writeDockerfileCopy } from '../plan/dockerfile-copy.ts'
import { linkedCacheCall, linkedCall, type LinkedTarget } from '../plan/linked-weighing-calls.ts'
import { buildsFromScratch, cacheCall, importCount } from '../plan/cache-call.ts'
import {
  destinationsOf,
  writtenByStage,
  writtenInContexts,
  writtenInTargets,
  type Destination,
  type Written,
} from '../plan/written-in-context.ts'
import { weighingCall, type NamedContext } from '../plan/weighing-calls.ts'
import { assembleImage, type WeighedPlatform } from './assemble-image.ts'
import { givenTo } from '../record/given.ts'
import { begunByWeighing } from './begun-by-weighing.ts'
import { platformSteps, type PlatformSteps } from './platform-steps.ts'
import type { StagesToRead } from './read-stages.ts'
import { platformStages, type PlatformStages } from './sharing-platforms.ts'
import type { WeighedImage } from './weighed-image.ts'
import { builtForWeighing, keptFromBuilding } from './uncached-notes.ts'
import { weighStages } from './weigh-stages.ts'
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
  /** Where all targets of a bake export to. Absent for a build, whose own flags say that. */
  readonly destinations?: readonly Destination[]
  /** Set if it builds on other targets of a bake. */
  readonly linked?: LinkedTarget | null
}

/** Returns the notes of the plan and of the weighing, each once. */
export function notesOf(
  { plan }: Pick<WeighingSubject, 'plan'>,
  platforms: readonly Pick<WeighedPlatform, 'notes'>[],
): string[] {
  return [...new Set([...plan.notes, ...platforms.flatMap(({ notes }) => notes)])]
}

/** Returns the environment and the platform of this process. */
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
  subject: WeighingSubject,
  outputs: BuildOutputs | null,
  tools: WeighingTools,
  signal: AbortSignal,
  others: ReadonlyMap<string, BuildOutputs> = new Map(),
): Promise<readonly WeighedPlatform[]> {
  const { build, source, plan, linked, destinations = destinationsOf(build) } = subject
  const folder = join(tools.folder, revision)
  await mkdir(folder)
  const places = [...tools.ownDestinations, ...destinations]
  const shared: SharedByPlatforms = {
    folder,
    dockerfileCopy: await writeDockerfileCopy(source, plan.named.dockerfile, folder),
    buildContext: await buildContextFor(source, folder),
    inTurn: limitConcurrency(plan.platforms.length > 1 ? 1 : 2),
    mask: sentenceMask(hiddenWordsOf(build, linked), process.env),
    outputs,
    stepsOf: platformSteps(
      { builder: build, dockerfile: source.dockerfile, outputs, linked: linked ?? null, others },
      signal,
    ),
    ignoreFile: await ignoreFileOf(source),
    written: outputs === null ? [] : await writtenInContexts(places, build, source),
    writtenByOthers: outputs === null ? [] : await writtenInTargets(places, linked ?? null),
    shipped:
      outputs === null || outputs.digest === '' ? null : createShippedCheck(outputs, build, tools.documents, signal),
  }
  return runConcurrently(signal, plan.platforms, (platform, within) =>
    weighPlatform(platform, subject, shared, tools, within),
  )
}

/** What the weighing of all platforms of a revision has in common. */
interface SharedByPlatforms {
  readonly folder: string
  /** Path of our copy of the Dockerfile. Null if the user's can be used. */
  readonly dockerfileCopy: string | null
  readonly buildContext: string
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>
  readonly mask: Mask
  readonly outputs: BuildOutputs | null
  /** Returns the graph of the user's build for a platform. */
  readonly stepsOf: (platform: string | null) => Promise<PlatformSteps>
  readonly shipped: ShippedCheck | null
  readonly ignoreFile: string
  /** What the run writes into the contexts. */
  readonly written: readonly Written[]
  /** What it writes into the contexts of targets that this one builds on. */
  readonly writtenByOthers: readonly Written[]
}

async function weighPlatform(
  { platform, stages }: BuildPlan['platforms'][number],
  subject: WeighingSubject,
  shared: SharedByPlatforms,
  tools: WeighingTools,
  signal: AbortSignal,
): Promise<WeighedPlatform> {
  const { build, source, plan, name, stageCompression, uncachedStages } = subject
  const { folder, inTurn, mask, outputs, shipped } = shared
  const { provenance, steps } = await shared.stepsOf(platform)
  const machine = machineOf(platform, provenance)
  const reportedAs = reportedIn(plan, stages)
  const begunStages = await (outputs
    ? begunByWeighing(
        {
          build,
          source,
          outputs,
          stages,
          steps,
          platform: formatPlatform(machine),
          platforms: await stagesOfPlatforms(plan, shared),
          unknown: folder,
          reportedAs,
        },
        tools,
      )
    : openBegunStages(null, []))
  const ranStages = new Set<string>()
  // A step that the build did not run would read what was written, through a link or an ONBUILD trigger too.
  const inContexts = [...shared.written, ...shared.writtenByOthers]
  const buildUncached = uncachedStages === 'build' && inContexts.length === 0
  const weighed = await weighStages(
    {
      stages,
      ...callsOf({ platform, stages }, subject, shared, { mark: tools.solves.mark, hasSteps: steps !== null }),
      user: outputs === null ? null : { steps, shipped },
      platform: machine,
      written: writtenByStage(stages, shared.written, plan.named.dockerfile ?? source.dockerfile),
      caches: importCount(build),
      buildUncached,
      inTurn,
      context: {
        workspace: folder,
        env: build.env,
        stdin: source.kind === 'stdin-archive' ? source.stdin : null,
        dockerfile: plan.named.dockerfile ?? source.dockerfile,
        begunStages,
        otherBuilds: tools.otherBuilds,
        ownSteps: tools.ownSteps,
        ranStages,
        reportedAs,
        mask,
        onCall: (builds) => tools.solves.begin(formatPlatform(machine), builds),
        signal,
      },
    },
    tools,
  )
  const images = stageCompression === 'uncompressed' ? asExported(weighed.images) : weighed.images
  const built =
    outputs === null ? [] : stages.filter((stage) => !stage.final && ranStages.has(reportedAs(stage.index) ?? ''))
  const notes = [
    ...weighed.notes,
    ...builtForWeighing(built),
    ...(uncachedStages === 'build' && weighed.notBuilt.size > 0 ? keptFromBuilding(inContexts) : []),
  ]
  const named = {
    ...{ name: name ?? imageNameOf(build, source), ignoreFile: shared.ignoreFile, written: inContexts },
    given: givenTo(build.buildArgs, build.buildContexts.keys()),
  }
  return assembleImage(named, stages, { ...weighed, images, notes }, tools.reader)
}

function machineOf(platform: string | null, provenance: unknown): Platform {
  return parsePlatform(platform ?? builderPlatform(provenance) ?? formatPlatform(thisMachine().platform))
}

/** Returns a function for the name by which the builder reports the steps of a stage. Null if it is not known. */
function reportedIn(
  { named: { targets } }: BuildPlan,
  stages: readonly PlannedStage[],
): (stageIndex: number) => string | null {
  return (index) => {
    const stage = stages.find((one) => one.index === index)
    return (stage && targets.get(stageWithSteps(stage, stages).index)) ?? null
  }
}

/** Returns the stages on each platform, so that those of one can be told from those of another. */
function stagesOfPlatforms(
  plan: BuildPlan,
  { stepsOf }: Pick<SharedByPlatforms, 'stepsOf'>,
): Promise<readonly PlatformStages[]> {
  return Promise.all(
    plan.platforms.map(async ({ platform, stages }) => {
      const { provenance, steps } = await stepsOf(platform)
      return platformStages(formatPlatform(machineOf(platform, provenance)), stages, steps, reportedIn(plan, stages))
    }),
  )
}

/** Returns the calls that export the stages of a platform, and the one that exports the cache, if it can be used. */
function callsOf(
  { platform, stages }: BuildPlan['platforms'][number],
  { build, source, plan, stageCompression, linked }: WeighingSubject,
  { buildContext, dockerfileCopy }: SharedByPlatforms,
  { mark, hasSteps }: { readonly mark: NamedContext; readonly hasSteps: boolean },
): Pick<StagesToRead, 'callOf' | 'cache'> {
  const inputs = {
    stepArgv: build.stepArgv,
    imageArgv: build.imageArgv,
    platforms: platform === null ? [] : [platform],
    outputs: build.outputs,
    context: buildContext,
    dockerfile: dockerfileCopy ?? source.dockerfilePath ?? build.file,
    targets: plan.named.targets,
    builderStageCompression: stageCompression === 'uncompressed' ? 'uncompressed' : 'keep',
    mark,
  } as const
  const final = stages.find((stage) => stage.final)
  const isUsable = final !== undefined && stageCompression !== 'uncompressed' && (!linked || hasSteps)
  return {
    callOf: (stage) => (linked ? linkedCall(linked, stage, inputs) : weighingCall(stage, inputs)),
    cache: !isUsable
      ? null
      : linked
        ? linkedCacheCall(linked, final, inputs)
        : cacheCall(final, inputs, buildsFromScratch(build.argv)),
  }
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
 * Marks images as uncompressed for weighing. BuildKit keeps the first blob of a layer, so even the final stage may have
 * uncompressed ones.
 */
function asExported(images: ReadonlyMap<number, WeighedImage>): ReadonlyMap<number, WeighedImage> {
  return new Map([...images].map(([index, image]) => [index, { ...image, uncompressedForWeighing: true }]))
}

/** Returns the context for weighing. A Dockerfile from standard input has none, so an empty folder is used. */
async function buildContextFor(source: BuildSource, folder: string): Promise<string> {
  if (source.kind !== 'stdin-dockerfile') return source.context
  const empty = join(folder, 'empty-context')
  await mkdir(empty)
  await writeFile(join(empty, '.dockerignore'), '*\n')
  return empty
}

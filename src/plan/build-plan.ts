/** Plans the stages of a build for each platform, and the Dockerfile in which each stage can be a target. Pure. */
import type { StagesFromBuildKit } from '../dockerfile/listed-targets.ts'
import { nameStages } from '../dockerfile/name-stages.ts'
import { planStages } from '../dockerfile/plan-stages.ts'
import { stageLabel, type PlannedStage } from '../dockerfile/stage.ts'
import { FootprintError } from '../errors.ts'
import type { BuildInputs, Environment } from '../inputs/inputs.ts'
import { formatPlatform, parsePlatform, type Platform } from '../oci/platform.ts'
import type { BuildSource } from './build-source.ts'

/** The planned stages of a build. */
export interface BuildPlan {
  /** One for each requested platform. `platform` is null for the builder's own. */
  readonly platforms: readonly { readonly platform: string | null; readonly stages: readonly PlannedStage[] }[]
  readonly named: {
    /** Text of the copy. Null if the user's Dockerfile can be used unchanged. */
    readonly dockerfile: string | null
    /** Target name of each stage, by position. */
    readonly targets: ReadonlyMap<number, string>
  }
  /** Sentences for the report. */
  readonly notes: readonly string[]
}

/** What a plan depends on besides its inputs. */
export interface Machine {
  readonly env: Environment
  /** Used as the builder's own platform, which is not known before something is built. */
  readonly platform: Platform
}

/**
 * Plans a build.
 *
 * @throws FootprintError DOCKERFILE if the stages cannot be determined, NOT_SUPPORTED if one cannot be made a target
 */
export function planBuild(
  build: BuildInputs,
  source: BuildSource,
  list: StagesFromBuildKit | null,
  machine: Machine,
): BuildPlan {
  const dockerfile = list?.dockerfile ?? source.dockerfile
  if (dockerfile === null)
    throw new FootprintError(
      'DOCKERFILE',
      'the stages cannot be listed: the Dockerfile is not on this machine, and its frontend (`# syntax=`) cannot list them; use docker/dockerfile 1.10 or newer',
    )
  const buildArgs = argumentValues(build.buildArgs, machine.env)
  // The builder makes one image of a platform that is named twice.
  const requested = new Map(build.platforms.map((platform) => [formatPlatform(parsePlatform(platform)), platform]))
  const platforms = (requested.size > 0 ? [...requested.values()] : [null]).map((platform) => ({
    platform,
    planned: planStages({
      dockerfile,
      list,
      target: build.target,
      buildContexts: new Set([...build.buildContexts.keys()].map((name) => name.toLowerCase())),
      linked: new Map([...build.buildContexts].filter(([, where]) => where.startsWith('target:'))),
      buildArgs,
      platform: platform === null ? machine.platform : parsePlatform(platform),
      buildPlatform: machine.platform,
    }),
  }))
  const first = platforms[0]
  if (!first) throw new RangeError('no platform')
  const named = nameStages(dockerfile, first.planned.stages, [...build.buildContexts.keys(), ...buildArgs.values()])
  const copy = named.dockerfile === dockerfile ? null : named.dockerfile
  return {
    platforms: platforms.map(({ platform, planned }) => ({ platform, stages: planned.stages })),
    named:
      copy !== null && source.kind === 'stdin-archive'
        ? { dockerfile: null, targets: ownTargets(named.targets, first.planned.stages, build.target) }
        : { dockerfile: copy, targets: named.targets },
    notes: [
      ...new Set([...platforms.flatMap(({ planned }) => planned.notes), ...unknownFlagsNote(build.unknownFlags)]),
    ],
  }
}

function unknownFlagsNote(flags: readonly string[]): readonly string[] {
  if (flags.length === 0) return []
  return [
    `This build has flags that are newer than Stage Footprint (${flags.join(', ')}). They were passed to the build but not to the weighing, so the weighed stages may differ.`,
  ]
}

/**
 * Returns the targets of a Dockerfile inside an archive from standard input, for which the client accepts no copy. The
 * last stage needs no name, because it is built without a target.
 *
 * @throws FootprintError NOT_SUPPORTED if another stage has no name of its own
 */
function ownTargets(
  targets: ReadonlyMap<number, string>,
  stages: readonly PlannedStage[],
  target: string | null,
): ReadonlyMap<number, string> {
  const unnamed = stages.filter(({ name, index }) => targets.get(index) !== name?.toLowerCase())
  const missing = unnamed.find(({ needed, final }) => needed && !(final && target === null))
  if (missing)
    throw new FootprintError(
      'NOT_SUPPORTED',
      `stage ${stageLabel(missing)} of a context from standard input cannot be weighed without a name: add AS NAME to the FROM on line ${missing.line}, or build from a folder`,
    )
  const without = new Set(unnamed.map(({ index }) => index))
  return new Map([...targets].filter(([index]) => !without.has(index)))
}

/** Returns the values of build arguments. `NAME` alone takes its value from the environment, as in docker. */
function argumentValues(buildArgs: readonly string[], env: Environment): ReadonlyMap<string, string> {
  return new Map(
    buildArgs.flatMap((argument): [string, string][] => {
      const equals = argument.indexOf('=')
      if (equals >= 0) return [[argument.slice(0, equals), argument.slice(equals + 1)]]
      const inherited = env[argument]
      return inherited === undefined ? [] : [[argument, inherited]]
    }),
  )
}

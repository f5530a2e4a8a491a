/** The stages of a build for each of its platforms, and the Dockerfile in which each can be a target. Pure. */
import { FootprintError } from '../errors.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import type { Platform } from '../oci/platform.ts'
import type { BuildSource } from './build-source.ts'
import { nameStages } from './name-stages.ts'
import type { PlannedStage } from './stage.ts'
import { planStages } from './stages.ts'
import type { parseTargetsList } from './targets.ts'

export interface BuildPlan {
  /** One for each platform that was asked for; `platform` is null for the builder's own. */
  readonly platforms: readonly { readonly platform: string | null; readonly stages: readonly PlannedStage[] }[]
  readonly named: {
    /** Text of the copy; null where the user's Dockerfile serves as it is. */
    readonly dockerfile: string | null
    /** Name of each stage as a target, by position. */
    readonly targets: ReadonlyMap<number, string>
  }
  /** Sentences for the report. */
  readonly notes: readonly string[]
}

/** @throws FootprintError DOCKERFILE where the stages cannot be told */
export function planBuild(
  build: BuildInputs,
  source: BuildSource,
  list: ReturnType<typeof parseTargetsList> | null,
): BuildPlan {
  const dockerfile = list?.dockerfile ?? source.dockerfile
  if (dockerfile === null)
    throw new FootprintError(
      'DOCKERFILE',
      "the stages cannot be listed: the Dockerfile is not on this machine, and its frontend (`# syntax=`) gives no list; use docker/dockerfile 1.10 or newer",
    )
  const platforms = (build.platforms.length > 0 ? build.platforms : [null]).map((platform) => ({
    platform,
    planned: planStages({
      dockerfile,
      list,
      target: build.target,
      buildContexts: new Set([...build.buildContexts.keys()].map((name) => name.toLowerCase())),
      buildArgs: argumentValues(build.buildArgs),
      ...(platform === null ? {} : { platform: parsePlatform(platform) }),
    }),
  }))
  const first = platforms[0]
  if (!first) throw new RangeError('no platform')
  const named = nameStages(dockerfile, first.planned.stages)
  return {
    platforms: platforms.map(({ platform, planned }) => ({ platform, stages: planned.stages })),
    named: { dockerfile: named.dockerfile === dockerfile ? null : named.dockerfile, targets: named.targets },
    notes: [...new Set(platforms.flatMap(({ planned }) => planned.notes))],
  }
}

/** `NAME` alone takes its value from the environment, as docker does. */
function argumentValues(buildArgs: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    buildArgs.flatMap((argument): [string, string][] => {
      const equals = argument.indexOf('=')
      return equals < 0 ? [] : [[argument.slice(0, equals), argument.slice(equals + 1)]]
    }),
  )
}

function parsePlatform(platform: string): Platform {
  const [os = 'linux', architecture = '', variant] = platform.split('/')
  return { os, architecture, ...(variant === undefined ? {} : { variant }) }
}

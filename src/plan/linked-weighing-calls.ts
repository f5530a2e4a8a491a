/**
 * The calls that weigh a target whose contexts are other targets. Only bake can pass the steps of one target to
 * another, so each call is a bake of our own definition, which the client reads from standard input. Pure.
 */
import { resolve } from 'node:path'
import { stageLabel, type PlannedStage } from '../dockerfile/stage.ts'
import { isRemoteContext } from '../inputs/git-context.ts'
import { escaped, hasDefaultDockerfile, policyRow, type Target } from './bake-definition.ts'
import { cacheOutput, importsIn, type CacheCall } from './cache-call.ts'
import {
  callId,
  layoutOutput,
  weighingCallBy,
  type ClientArguments,
  type MetadataNames,
  type WeighingCall,
  type WeighingInputs,
} from './weighing-calls.ts'

/** A target that builds on others. */
export interface LinkedTarget {
  readonly name: string
  readonly own: Target
  /** The targets that it builds on, directly or through others, by name. */
  readonly others: ReadonlyMap<string, Target>
  /** Flags of bake that say where it runs and what it is allowed to do. */
  readonly bakeArgv: readonly string[]
}

/** Returns the call that weighs a stage of such a target. */
export function linkedCall(linked: LinkedTarget, stage: PlannedStage, inputs: WeighingInputs): WeighingCall {
  return weighingCallBy(stage, inputs, namesOf(linked), (platform, metadataFile, destination) => {
    const output = destination.kind === 'layout' ? layoutOutput(stage, inputs, destination.folder) : 'type=image'
    const labels = destination.kind === 'store' ? { [destination.label.name]: destination.label.value } : {}
    return bakeAgain(linked, definitionOf(linked, stage, platform, inputs, { output, labels }), metadataFile)
  })
}

/** Returns the call that exports the builder's cache of such a target; see `cacheCall`. */
export function linkedCacheCall(linked: LinkedTarget, final: PlannedStage, inputs: WeighingInputs): CacheCall {
  const platform = inputs.platforms[0] ?? null
  return {
    id: callId(['cache'], platform),
    stageName: stageLabel(final),
    metadata: namesOf(linked),
    imports: importsIn(inputs.stepArgv),
    // Without a cache of its own, the other targets of a bake could have to run steps.
    byImport: [],
    words: ({ cache, metadataFile }) => {
      const result = { output: 'type=cacheonly', labels: {}, cacheTo: cacheOutput(cache, inputs) }
      return bakeAgain(linked, definitionOf(linked, final, platform, inputs, result), metadataFile)
    },
  }
}

const namesOf = ({ name, others }: LinkedTarget): MetadataNames => ({ target: name, others: [...others.keys()] })

function bakeAgain(linked: LinkedTarget, definition: unknown, metadataFile: string): ClientArguments {
  return {
    args: [
      'buildx',
      'bake',
      '--file',
      '-',
      ...linked.bakeArgv,
      ...allowances([linked.own, ...linked.others.values()]),
      '--provenance=false',
      '--sbom=false',
      '--progress=rawjson',
      '--metadata-file',
      metadataFile,
      linked.name,
    ],
    stdin: Buffer.from(JSON.stringify(definition)),
  }
}

interface Result {
  readonly output: string
  /** Where the builder's cache is exported to, if it is. */
  readonly cacheTo?: string
  /** Labels in addition to the user's own. */
  readonly labels: Readonly<Record<string, string>>
}

function definitionOf(
  linked: LinkedTarget,
  stage: PlannedStage,
  platform: string | null,
  inputs: WeighingInputs,
  { output, labels, cacheTo }: Result,
): unknown {
  const { name, own, others } = linked
  const target = inputs.targets.get(stage.index)
  // Each target is a build with a record of its own in the builder's history.
  const mark = inputs.mark === null ? {} : { [inputs.mark.name]: inputs.mark.folder }
  const weighed = {
    ...stepsOf(own),
    contexts: { ...own.contexts, ...mark },
    ...(inputs.dockerfile === null ? {} : { dockerfile: resolve(inputs.dockerfile), 'dockerfile-inline': undefined }),
    ...(target === undefined ? { target: undefined } : { target: escaped(target) }),
    labels: { ...(stage.final ? given(own.labels) : {}), ...labels },
    annotations: stage.final ? annotationsOf(inputs.imageArgv) : [],
    platforms: platform === null ? [] : [platform],
    output: [output],
    'cache-to': cacheTo === undefined ? undefined : [cacheTo],
  }
  const asTheyAre = [...others].map(([other, definition]): [string, unknown] => [
    other,
    // An image inherits the labels of the image that it is built FROM.
    {
      ...stepsOf(definition),
      contexts: { ...definition.contexts, ...mark },
      target: definition.target ?? undefined,
      labels: given(definition.labels),
      platforms: platformsOf(definition, platform),
    },
  ])
  return { target: { ...Object.fromEntries(asTheyAre), [name]: weighed } }
}

/**
 * Returns what decides the steps of a target, with paths that do not depend on the context. Undefined values are not
 * written.
 */
function stepsOf(target: Target): Readonly<Record<string, unknown>> {
  const inline = target['dockerfile-inline']
  return {
    context: target.context,
    contexts: target.contexts ?? {},
    dockerfile:
      hasDefaultDockerfile(target) || isRemoteContext(target.context)
        ? target.dockerfile || undefined
        : resolve(target.dockerfile),
    'dockerfile-inline': inline ?? undefined,
    args: given(target.args),
    secret: target.secret ?? [],
    ssh: target.ssh ?? [],
    'cache-from': target['cache-from'] ?? [],
    network: target.network || undefined,
    'shm-size': target['shm-size'] || undefined,
    ulimits: target.ulimits ?? [],
    'extra-hosts': given(target['extra-hosts']),
    entitlements: target.entitlements ?? [],
    resources: someOf(target.resources),
    policy: (target.policy ?? []).length === 0 ? undefined : target.policy?.map(policyRow),
  }
}

/**
 * Returns the platforms to build. One platform is weighed at a time; a target for a single platform is left unchanged.
 */
function platformsOf({ platforms }: Target, platform: string | null): readonly string[] {
  const all = platforms ?? []
  return platform !== null && all.length > 1 && all.includes(platform) ? [platform] : all
}

/** Returns the annotations among the flags for the image. Those of an index were already removed. */
function annotationsOf(imageArgv: readonly string[]): readonly string[] {
  return imageArgv.flatMap((word, position) => (imageArgv[position - 1] === '--annotation' ? [escaped(word)] : []))
}

const given = (values: Readonly<Record<string, string | null>> | null): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))

/** Returns undefined instead of empty values, because an older bake does not know the key. */
const someOf = (values: Target['resources']): Target['resources'] | undefined =>
  Object.keys(values ?? {}).length === 0 ? undefined : values

/**
 * Returns flags that allow what the definition needs. Bake asks for it, and the user's own bake was allowed it already.
 */
function allowances(targets: readonly Target[]): readonly string[] {
  const entitled = targets.flatMap(({ entitlements }) => entitlements ?? [])
  const keys = targets.some(({ ssh }) => (ssh ?? []).length > 0) ? ['ssh'] : []
  return [...new Set([...entitled, ...keys])].flatMap((allowed) => ['--allow', allowed])
}

/**
 * The calls that weigh a target whose contexts are other targets: only bake hands one target's steps to another, so each
 * is a bake of a definition of our own, which the client reads from standard input. Pure.
 */
import { resolve } from 'node:path'
import type { PlannedStage } from '../dockerfile/stage.ts'
import { escaped, hasDefaultDockerfile, policyRow, type Target } from './bake-definition.ts'
import { isRemoteContext } from './build-source.ts'
import { weighingCallBy, layoutOutput, type WeighingCall, type WeighingInputs } from './weighing-calls.ts'

/** A target that builds on others. */
export interface LinkedTarget {
  readonly name: string
  readonly own: Target
  /** Those that it builds on, and what these build on, by name. */
  readonly others: ReadonlyMap<string, Target>
  /** Words of bake that say where it runs and what it may do. */
  readonly bakeArgv: readonly string[]
}

export function linkedCall(linked: LinkedTarget, stage: PlannedStage, inputs: WeighingInputs): WeighingCall {
  return weighingCallBy(
    stage,
    inputs,
    { target: linked.name, others: [...linked.others.keys()] },
    (platform, metadataFile, destination) => {
      const output = destination.kind === 'layout' ? layoutOutput(stage, inputs, destination.folder) : 'type=image'
      const labels = destination.kind === 'store' ? { [destination.label.name]: destination.label.value } : {}
      const definition = definitionOf(linked, stage, platform, inputs, { output, labels })
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
    },
  )
}

interface Result {
  readonly output: string
  /** Besides the user's own. */
  readonly labels: Readonly<Record<string, string>>
}

function definitionOf(
  linked: LinkedTarget,
  stage: PlannedStage,
  platform: string | null,
  inputs: WeighingInputs,
  { output, labels }: Result,
): unknown {
  const { name, own, others } = linked
  const target = inputs.targets.get(stage.index)
  const weighed = {
    ...stepsOf(own),
    contexts: { ...own.contexts, ...(inputs.mark === null ? {} : { [inputs.mark.name]: inputs.mark.folder }) },
    ...(inputs.dockerfile === null ? {} : { dockerfile: resolve(inputs.dockerfile), 'dockerfile-inline': undefined }),
    ...(target === undefined ? { target: undefined } : { target: escaped(target) }),
    labels: { ...(stage.final ? given(own.labels) : {}), ...labels },
    annotations: stage.final ? annotationsOf(inputs.imageArgv) : [],
    platforms: platform === null ? [] : [platform],
    output: [output],
  }
  const asTheyAre = [...others].map(([other, definition]): [string, unknown] => [
    other,
    // Labels of an image are those of what is FROM it, too.
    {
      ...stepsOf(definition),
      target: definition.target ?? undefined,
      labels: given(definition.labels),
      platforms: platformsOf(definition, platform),
    },
  ])
  return { target: { ...Object.fromEntries(asTheyAre), [name]: weighed } }
}

/** What decides its steps, with paths that do not depend on the context. What is undefined is not written. */
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

/** One platform is weighed at a time; what is built for one only is taken as it is. */
function platformsOf({ platforms }: Target, platform: string | null): readonly string[] {
  const all = platforms ?? []
  return platform !== null && all.length > 1 && all.includes(platform) ? [platform] : all
}

/** Of the flags of the image: annotations of an index have been left out there. */
function annotationsOf(imageArgv: readonly string[]): readonly string[] {
  return imageArgv.flatMap((word, position) => (imageArgv[position - 1] === '--annotation' ? [escaped(word)] : []))
}

const given = (values: Readonly<Record<string, string | null>> | null): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))

/** An older bake does not know the key. */
const someOf = (values: Target['resources']): Target['resources'] | undefined =>
  Object.keys(values ?? {}).length === 0 ? undefined : values

/** Bake asks for what a definition may do; the user's bake has had it already. */
function allowances(targets: readonly Target[]): readonly string[] {
  const entitled = targets.flatMap(({ entitlements }) => entitlements ?? [])
  const keys = targets.some(({ ssh }) => (ssh ?? []).length > 0) ? ['ssh'] : []
  return [...new Set([...entitled, ...keys])].flatMap((allowed) => ['--allow', allowed])
}

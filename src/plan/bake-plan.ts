/**
 * Plans the targets of a bake definition. Each becomes a build with the same steps, together with the targets that it
 * builds on. Pure.
 */
import type { BakeInputs } from '../inputs/bake-inputs.ts'
import { buildInputsOf, contextName } from '../inputs/build-inputs.ts'
import { buildxFlags } from '../inputs/buildx-flags.ts'
import { scanFlags } from '../inputs/flag-scan.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { rowOf } from './bake-attributes.ts'
import {
  hasDefaultDockerfile,
  keyPaths,
  policyRow,
  resourceRows,
  unescaped,
  type BakeDefinition,
  type SshKey,
  type Target,
} from './bake-definition.ts'
import type { LinkedTarget } from './linked-weighing-calls.ts'
import { layerOptions } from './weighing-calls.ts'
import { destinationsOf, type Destination } from './written-in-context.ts'

/** A requested target as a build. */
export interface BakeTarget {
  readonly name: string
  /**
   * Paths are relative to this process's folder. `argv` contains what decides the image, but not where the image goes.
   */
  readonly build: BuildInputs
  /** Text of `dockerfile-inline`, which `build.file` refers to as `-`. Null if there is none. */
  readonly dockerfile: string | null
  /** Where the targets of the bake export to on this machine. A context of this one may contain it. */
  readonly destinations: readonly Destination[]
  /** Null if no context is another target. A `docker buildx build` then makes the same steps. */
  readonly linked: LinkedTarget | null
}

/** How bake was called. */
export type BakeCall = Pick<BakeInputs, 'builder' | 'allow'>

/** Returns the requested targets in bake's order. Targets that they only build on are not included. */
export function planBake({ requested, targets }: BakeDefinition, call: BakeCall): readonly BakeTarget[] {
  const rowsOf = (some: Iterable<Target | undefined>, field: 'output' | 'cache-to'): readonly string[] =>
    [...some].flatMap((target) => (target?.[field] ?? []).map(rowOf))
  const destinations = destinationsOf({
    argv: each('--cache-to', rowsOf(targets.values(), 'cache-to')),
    outputs: rowsOf(requested.map((name) => targets.get(name)), 'output'), // prettier-ignore
  })
  return requested.flatMap((name) => {
    const target = targets.get(name)
    return target === undefined ? [] : [{ ...bakeTarget(name, target, targets, call), destinations }]
  })
}

function bakeTarget(
  name: string,
  target: Target,
  targets: BakeDefinition['targets'],
  { builder, allow }: BakeCall,
): Omit<BakeTarget, 'destinations'> {
  const dockerfile = target['dockerfile-inline']
  const argv = [
    ...one('--builder', builder),
    ...fileOf(target),
    ...stepFlags(target),
    ...each('--label', pairs(target.labels)),
    ...each('--annotation', (target.annotations ?? []).map(unescaped)),
    ...each('--tag', target.tags),
    ...one('--target', target.target),
    ...each('--platform', target.platforms),
    ...outputsOf(target),
  ]
  const uses = scanFlags(argv, buildxFlags).groups.flatMap((group) => group.uses)
  const build = buildInputsOf({ context: target.context, uses, argv, env: new Map() })
  const others = othersOf(target, targets)
  const links = Object.entries(target.contexts ?? {}).filter(([, where]) => linkTo(where) !== null)
  return {
    name,
    build: {
      ...build,
      buildContexts: new Map([
        ...build.buildContexts,
        ...links.map(([context, where]) => [contextName(context), where] as const),
      ]),
    },
    dockerfile: dockerfile === null ? null : unescaped(dockerfile),
    linked:
      links.length === 0 ? null : { name, own: target, others, bakeArgv: [...one('--builder', builder), ...allow] },
  }
}

/** Returns the targets that a target builds on, directly or through others. */
export function othersOf(target: Target, targets: BakeDefinition['targets']): ReadonlyMap<string, Target> {
  const others = new Map<string, Target>()
  const visit = ({ contexts }: Target): void => {
    for (const where of Object.values(contexts ?? {})) {
      const name = linkTo(where)
      const other = name === null || others.has(name) ? undefined : targets.get(name)
      if (name === null || other === undefined) continue
      others.set(name, other)
      visit(other)
    }
  }
  visit(target)
  return others
}

/** Returns the name of the target that a context refers to. Null for any other context. */
const linkTo = (where: string): string | null => (where.startsWith('target:') ? where.slice('target:'.length) : null)

/** Returns the flags that decide what a step is and where it runs. */
function stepFlags(target: Target): readonly string[] {
  return [
    ...each('--add-host', pairs(target['extra-hosts'])),
    ...each('--allow', target.entitlements),
    ...each('--build-arg', pairs(target.args)),
    ...each(
      '--build-context',
      Object.entries(target.contexts ?? {}).flatMap(([name, where]) =>
        linkTo(where) === null ? [`${name}=${where}`] : [],
      ),
    ),
    ...each('--cache-from', (target['cache-from'] ?? []).map(rowOf)),
    ...one('--network', target.network),
    ...each('--policy', (target.policy ?? []).map(policyRow)),
    ...each('--resource', resourceRows(target)),
    ...each('--secret', (target.secret ?? []).map(rowOf)),
    ...one('--shm-size', target['shm-size']),
    ...each('--ssh', (target.ssh ?? []).map(sshWord)),
    ...each('--ulimit', target.ulimits),
  ]
}

function fileOf(target: Target): readonly string[] {
  if (target['dockerfile-inline'] !== null) return ['--file', '-']
  return hasDefaultDockerfile(target) ? [] : ['--file', target.dockerfile]
}

/** Returns the output options for weighing: only those that affect the bytes of a layer. */
function outputsOf({ output }: Target): readonly string[] {
  const options = layerOptions((output ?? []).map(rowOf))
  return options.length === 0 ? [] : ['--output', ['type=image', ...options].join(',')]
}

function pairs(values: Readonly<Record<string, string | null>> | null): readonly string[] {
  return Object.entries(values ?? {}).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${unescaped(value)}`],
  )
}

const each = (flag: string, values: readonly string[] | null): readonly string[] =>
  (values ?? []).flatMap((value) => [flag, value])
const one = (flag: string, value: string | null): readonly string[] =>
  value === null || value === '' ? [] : [flag, value]

function sshWord(key: SshKey): string {
  const id = typeof key === 'string' ? (key.split('=', 1)[0] ?? '') : key.id
  const paths = keyPaths(key)
  return paths.length === 0 ? id : `${id}=${paths.join(',')}`
}

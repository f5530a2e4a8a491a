/** The targets of a bake definition, each as the one build that makes the same steps. Pure. */
import { FootprintError } from '../errors.ts'
import { buildInputsOf } from '../inputs/build-inputs.ts'
import { buildxFlags } from '../inputs/buildx-flags.ts'
import { scanFlags } from '../inputs/flag-scan.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { hasDefaultDockerfile, keyPaths, rowOf, unescaped, type BakeDefinition, type SshKey, type Target } from './bake-definition.ts'
import { layerOptions } from './weighing.ts'

export interface BakeTarget {
  readonly name: string
  /** Paths are relative to this process's folder. `argv` holds what decides the image, not where it goes. */
  readonly build: BuildInputs
  /** Text of `dockerfile-inline`, which the `-` of `build.file` stands for; null where there is none. */
  readonly dockerfile: string | null
}

export interface BakePlan {
  /** Those that were asked for, in bake's order; what they only link to is not among them. */
  readonly targets: readonly BakeTarget[]
  /** Those that no `docker buildx build` can say, and why. */
  readonly notSupported: ReadonlyMap<string, FootprintError>
}

/** @param builder that bake was told to use; null for the current one */
export function planBake({ asked, targets }: BakeDefinition, builder: string | null): BakePlan {
  const found = asked.flatMap((name): [string, Target][] => {
    const target = targets.get(name)
    return target === undefined ? [] : [[name, target]]
  })
  const notSupported = new Map(found.flatMap(([name, target]): [string, FootprintError][] => {
    const link = linkOf(target)
    return link === null ? [] : [[name, link]]
  }))
  return {
    targets: found.filter(([name]) => !notSupported.has(name)).map(([name, target]) => bakeTarget(name, target, builder)),
    notSupported,
  }
}

function linkOf({ contexts }: Target): FootprintError | null {
  const link = Object.entries(contexts ?? {}).find(([, where]) => where.startsWith('target:'))
  if (link === undefined) return null
  const [name, where] = link
  return new FootprintError(
    'NOT_SUPPORTED',
    `its context "${name}" is another target (${where}), whose steps only bake itself can build with; make that target a stage of this Dockerfile to have it weighed`,
  )
}

function bakeTarget(name: string, target: Target, builder: string | null): BakeTarget {
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
  return {
    name,
    build: buildInputsOf({ context: target.context, uses, argv, env: new Map() }),
    dockerfile: dockerfile === null ? null : unescaped(dockerfile),
  }
}

/** What decides what a step is and where it runs. */
function stepFlags(target: Target): readonly string[] {
  return [
    ...each('--add-host', pairs(target['extra-hosts'])),
    ...each('--allow', target.entitlements),
    ...each('--build-arg', pairs(target.args)),
    ...each('--build-context', Object.entries(target.contexts ?? {}).map(([name, where]) => `${name}=${where}`)),
    ...each('--cache-from', (target['cache-from'] ?? []).map(rowOf)),
    ...one('--network', target.network),
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

/** Of all that is said of outputs, weighing asks for the bytes of a layer alone. */
function outputsOf({ output }: Target): readonly string[] {
  const options = layerOptions((output ?? []).map(rowOf))
  return options.length === 0 ? [] : ['--output', ['type=image', ...options].join(',')]
}

function pairs(values: Readonly<Record<string, string | null>> | null): readonly string[] {
  return Object.entries(values ?? {}).flatMap(([name, value]) => (value === null ? [] : [`${name}=${unescaped(value)}`]))
}

const each = (flag: string, values: readonly string[] | null): readonly string[] => (values ?? []).flatMap((value) => [flag, value])
const one = (flag: string, value: string | null): readonly string[] => (value === null || value === '' ? [] : [flag, value])

function sshWord(key: SshKey): string {
  const id = typeof key === 'string' ? (key.split('=', 1)[0] ?? '') : key.id
  const paths = keyPaths(key)
  return paths.length === 0 ? id : `${id}=${paths.join(',')}`
}

/** Parses the inputs of docker/build-push-action, with the same names, defaults and meaning, into one build. */
import { secretFlags, type SecretInputs } from './action-secrets.ts'
import { attestationFlags, defaultProvenance, leavesProvenanceOpen, type AttestationInputs } from './attestations.ts'
import { booleanInput, type GetInput } from './boolean-input.ts'
import { buildInputsOf } from './build-inputs.ts'
import { buildxFlags } from './buildx-flags.ts'
import { scanFlags } from './flag-scan.ts'
import { contextOf, isOwnGitContext, serverHost, withDefaultContext, type GitContextFacts } from './git-context.ts'
import { inputList, type ListRules } from './input-list.ts'
import type { BuildInputs, Environment } from './inputs.ts'

/** Facts that the inputs depend on, besides the environment. */
export interface ActionContext extends GitContextFacts {
  /** `repository.private` of the event. False if the event does not contain it. */
  readonly isPrivate: boolean
  readonly fileExists: (path: string) => boolean
}

/** The build that the action's inputs ask for. */
export interface ActionBuild {
  readonly build: BuildInputs
  /**
   * The attestation to add by default, as `--attest` takes it, if the builder supports attestations. Null if none
   * should be added.
   */
  readonly defaultAttestation: string | null
  /** Warnings for the log, to be written before anything runs. */
  readonly warnings: readonly string[]
}

/**
 * Parses the inputs of a build.
 *
 * @throws FootprintError USAGE that names the input
 */
export function parseActionBuild(get: GetInput, env: Environment, facts: ActionContext): ActionBuild {
  const read = readersOf(get)
  const context = contextOf(read.text('context'), env, facts)
  const outputs = read.list('outputs', { ignoreComma: true, quote: false })
  const attestations = { ...attestationInputs(read), outputs }
  const secrets = secretFlags(
    {
      ...secretInputs(get, read),
      gitToken: isOwnGitContext(context, env) ? read.text('github-token') : '',
      gitHost: serverHost(env),
    },
    facts.fileExists,
  )
  const argv = argumentsOf(read, {
    buildContexts: read.lines('build-contexts').map((value) => withDefaultContext(value, env, facts)),
    outputs,
    attestations: attestationFlags(attestations, env),
    secrets: secrets.argv,
  })
  const uses = scanFlags(argv, buildxFlags).groups.flatMap((group) => group.uses)
  const build = buildInputsOf({ context, uses, argv, env: secrets.env })
  const open = build.call === null && leavesProvenanceOpen(attestations)
  return {
    build,
    defaultAttestation: open ? defaultProvenance(env, facts.isPrivate) : null,
    warnings: secrets.warnings,
  }
}

/** Reads inputs by their kinds. */
interface Readers {
  readonly text: (name: string) => string
  readonly list: (name: string, rules?: ListRules) => string[]
  /** A list whose items may contain commas. */
  readonly lines: (name: string) => string[]
  readonly isTrue: (name: string) => boolean
}

function readersOf(get: GetInput): Readers {
  const list = (name: string, rules?: ListRules): string[] => inputList(name, get(name), rules)
  return {
    text: (name) => get(name).trim(),
    list,
    lines: (name) => list(name, { ignoreComma: true }),
    isTrue: (name) => booleanInput(get, name),
  }
}

function attestationInputs({ text, lines, isTrue }: Readers): Omit<AttestationInputs, 'outputs'> {
  return { provenance: text('provenance'), sbom: text('sbom'), attests: lines('attests'), load: isTrue('load') }
}

function secretInputs(
  get: GetInput,
  { list, lines }: Readers,
): Pick<SecretInputs, 'secrets' | 'secretEnvs' | 'secretFiles'> {
  return {
    // Keep spaces and line breaks, which belong to the value of a secret.
    secrets: inputList('secrets', get('secrets', { trimWhitespace: false }), { ignoreComma: true, trim: false }),
    secretEnvs: list('secret-envs'),
    secretFiles: lines('secret-files'),
  }
}

/** What the arguments contain besides the values of inputs. */
interface PreparedArguments {
  readonly buildContexts: readonly string[]
  readonly outputs: readonly string[]
  readonly attestations: readonly string[]
  readonly secrets: readonly string[]
}

/** Returns the arguments in the same order as build-push-action, so that the two calls can be compared. */
function argumentsOf({ text, list, lines, isTrue }: Readers, prepared: PreparedArguments): readonly string[] {
  const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value])
  const optional = (flag: string, value: string): string[] => (value === '' ? [] : [flag, value])
  const toggle = (name: string): string[] => (isTrue(name) ? [`--${name}`] : [])
  return [
    ...each('--add-host', list('add-hosts')),
    ...each('--allow', list('allow')),
    ...each('--annotation', lines('annotations')),
    ...each('--build-arg', lines('build-args')),
    ...each('--build-context', prepared.buildContexts),
    ...each('--cache-from', lines('cache-from')),
    ...each('--cache-to', lines('cache-to')),
    ...optional('--call', text('call')),
    ...optional('--cgroup-parent', text('cgroup-parent')),
    ...optional('--file', text('file')),
    ...each('--label', lines('labels')),
    ...each('--no-cache-filter', list('no-cache-filters')),
    ...each('--output', prepared.outputs),
    ...optional('--platform', list('platforms').join(',')),
    ...prepared.attestations,
    ...prepared.secrets,
    ...optional('--shm-size', text('shm-size')),
    ...each('--ssh', list('ssh')),
    ...each('--tag', list('tags')),
    ...optional('--target', text('target')),
    ...each('--ulimit', lines('ulimit')),
    ...optional('--builder', text('builder')),
    ...toggle('load'),
    ...optional('--network', text('network')),
    ...toggle('no-cache'),
    ...toggle('pull'),
    ...toggle('push'),
  ]
}

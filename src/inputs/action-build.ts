/** Parses the inputs of docker/build-push-action, with the same names, defaults and meaning, into one build. */
import { secretFlags } from './action-secrets.ts'
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
  const text = (name: string): string => get(name).trim()
  const list = (name: string, rules?: ListRules): string[] => inputList(name, get(name), rules)
  const lines = (name: string): string[] => list(name, { ignoreComma: true })
  const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value])
  const optional = (flag: string, value: string): string[] => (value === '' ? [] : [flag, value])
  const toggle = (flag: string, name: string): string[] => (booleanInput(get, name) ? [flag] : [])

  const context = contextOf(text('context'), env, facts)
  const outputs = list('outputs', { ignoreComma: true, quote: false })
  const secrets = secretFlags(
    {
      // Keep spaces and line breaks, which belong to the value of a secret.
      secrets: inputList('secrets', get('secrets', { trimWhitespace: false }), { ignoreComma: true, trim: false }),
      secretEnvs: list('secret-envs'),
      secretFiles: lines('secret-files'),
      gitToken: isOwnGitContext(context, env) ? text('github-token') : '',
      gitHost: serverHost(env),
    },
    facts.fileExists,
  )
  const attestations: AttestationInputs = {
    provenance: text('provenance'),
    sbom: text('sbom'),
    attests: lines('attests'),
    outputs,
    load: booleanInput(get, 'load'),
  }

  // In the same order as build-push-action, so that the two calls can be compared.
  const argv = [
    ...each('--add-host', list('add-hosts')),
    ...each('--allow', list('allow')),
    ...each('--annotation', lines('annotations')),
    ...each('--build-arg', lines('build-args')),
    ...each(
      '--build-context',
      lines('build-contexts').map((value) => withDefaultContext(value, env, facts)),
    ),
    ...each('--cache-from', lines('cache-from')),
    ...each('--cache-to', lines('cache-to')),
    ...optional('--call', text('call')),
    ...optional('--cgroup-parent', text('cgroup-parent')),
    ...optional('--file', text('file')),
    ...each('--label', lines('labels')),
    ...each('--no-cache-filter', list('no-cache-filters')),
    ...each('--output', outputs),
    ...optional('--platform', list('platforms').join(',')),
    ...attestationFlags(attestations, env),
    ...secrets.argv,
    ...optional('--shm-size', text('shm-size')),
    ...each('--ssh', list('ssh')),
    ...each('--tag', list('tags')),
    ...optional('--target', text('target')),
    ...each('--ulimit', lines('ulimit')),
    ...optional('--builder', text('builder')),
    ...toggle('--load', 'load'),
    ...optional('--network', text('network')),
    ...toggle('--no-cache', 'no-cache'),
    ...toggle('--pull', 'pull'),
    ...toggle('--push', 'push'),
  ]
  const uses = scanFlags(argv, buildxFlags).groups.flatMap((group) => group.uses)
  const build = buildInputsOf({ context, uses, argv, env: secrets.env })
  const open = build.call === null && leavesProvenanceOpen(attestations)
  return {
    build,
    defaultAttestation: open ? defaultProvenance(env, facts.isPrivate) : null,
    warnings: secrets.warnings,
  }
}

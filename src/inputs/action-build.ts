/** The inputs of docker/build-push-action, with its names, defaults and meaning, as one build. */
import { secretFlags } from './action-secrets.ts'
import { attestationFlags, defaultProvenance, leavesProvenanceOpen, type AttestationInputs } from './attestations.ts'
import { booleanInput, type GetInput } from './boolean-input.ts'
import { buildInputsOf } from './build-inputs.ts'
import { buildxFlags } from './buildx-flags.ts'
import { scanFlags } from './flag-scan.ts'
import { contextOf, isOwnGitContext, serverHost, withDefaultContext, type GitContextFacts } from './git-context.ts'
import { inputList, type ListRules } from './input-list.ts'
import type { BuildInputs, Environment } from './inputs.ts'

/** What the inputs are read against, besides the environment. */
export interface ActionContext extends GitContextFacts {
  /** `repository.private` of the event; false where the event does not say. */
  readonly isPrivate: boolean
  readonly fileExists: (path: string) => boolean
}

export interface ActionBuild {
  readonly build: BuildInputs
  /** Attached by default, as `--attest` takes it, if the builder takes attestations; null where none is wanted. */
  readonly defaultAttestation: string | null
  /** For the log, before anything runs. */
  readonly warnings: readonly string[]
}

export function parseActionBuild(get: GetInput, env: Environment, facts: ActionContext): ActionBuild {
  const text = (name: string): string => get(name).trim()
  const list = (name: string, rules?: ListRules): string[] => inputList(name, get(name), rules)
  const lines = (name: string): string[] => list(name, { ignoreComma: true })
  const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value])
  const one = (flag: string, value: string): string[] => (value === '' ? [] : [flag, value])
  const toggle = (flag: string, name: string): string[] => (booleanInput(get, name) ? [flag] : [])

  const context = contextOf(text('context'), env, facts)
  const outputs = list('outputs', { ignoreComma: true, quote: false })
  const secrets = secretFlags(
    {
      // Quotes keep blanks and newlines of a value; nothing takes them away afterwards.
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

  // In build-push-action's order, so that the two calls can be compared.
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
    ...one('--call', text('call')),
    ...one('--cgroup-parent', text('cgroup-parent')),
    ...one('--file', text('file')),
    ...each('--label', lines('labels')),
    ...each('--no-cache-filter', list('no-cache-filters')),
    ...each('--output', outputs),
    ...one('--platform', list('platforms').join(',')),
    ...attestationFlags(attestations, env),
    ...secrets.argv,
    ...one('--shm-size', text('shm-size')),
    ...each('--ssh', list('ssh')),
    ...each('--tag', list('tags')),
    ...one('--target', text('target')),
    ...each('--ulimit', lines('ulimit')),
    ...one('--builder', text('builder')),
    ...toggle('--load', 'load'),
    ...one('--network', text('network')),
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

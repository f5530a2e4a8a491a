/** From the action's inputs, which are docker/build-push-action's and a few of our own, to one build. */
import { existsSync } from 'node:fs'
import { FootprintError } from '../errors.ts'
import { secretFlags } from './action-secrets.ts'
import { attestationFlags } from './attestations.ts'
import { buildInputsOf } from './build-inputs.ts'
import { buildxFlags } from './buildx-flags.ts'
import { scanFlags } from './flag-scan.ts'
import { isPrivateRepository } from './event.ts'
import { contextOf, isOwnGitContext } from './git-context.ts'
import { inputList, type ListRules } from './input-list.ts'
import type { BuildInputs, Environment, StageCompression } from './inputs.ts'
import { oneOf, stageCompressions } from './own-flags.ts'

/** What the inputs are read against, besides the environment. */
export interface ActionContext {
  /** `repository.private` of the event; false where the event does not say. */
  readonly isPrivate: boolean
  readonly fileExists: (path: string) => boolean
}

export interface ActionInputs {
  readonly build: BuildInputs
  /** What the report calls the image; null: what the build calls it. */
  readonly name: string | null
  /** What files of the report are called, without a suffix; safe in any file system. */
  readonly fileName: string
  readonly failOnReportError: boolean
  readonly stageCompression: StageCompression
  /** For the log, before anything runs. */
  readonly warnings: readonly string[]
}

/** `parseActionInputs` on a runner: with its files and the event that started the run. */
export function readActionInputs(get: (name: string) => string, env: Environment): ActionInputs {
  return parseActionInputs(get, env, { isPrivate: isPrivateRepository(env), fileExists: existsSync })
}

/** @param get the text of an input, empty if it is not set; as `getInput` of @actions/core. */
export function parseActionInputs(
  get: (name: string) => string,
  env: Environment,
  { isPrivate, fileExists }: ActionContext,
): ActionInputs {
  refuseLaterInputs(get)
  const text = (name: string): string => get(name).trim()
  const list = (name: string, rules?: ListRules): string[] => inputList(name, get(name), rules)
  const lines = (name: string): string[] => list(name, { ignoreComma: true })
  const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value])
  const one = (flag: string, value: string): string[] => (value === '' ? [] : [flag, value])
  const toggle = (flag: string, name: string): string[] => (booleanInput(get, name) ? [flag] : [])

  const context = contextOf(text('context'), env)
  const outputs = list('outputs', { ignoreComma: true, quote: false })
  const secrets = secretFlags(
    {
      secrets: lines('secrets'),
      secretEnvs: list('secret-envs'),
      secretFiles: lines('secret-files'),
      gitToken: isOwnGitContext(context, env) ? text('github-token') : '',
    },
    fileExists,
  )
  const attestations = attestationFlags(
    {
      provenance: text('provenance'),
      sbom: text('sbom'),
      attests: lines('attests'),
      outputs,
      load: booleanInput(get, 'load'),
    },
    env,
    isPrivate,
  )

  // In build-push-action's order, so that the two calls can be compared.
  const argv = [
    ...each('--add-host', list('add-hosts')),
    ...each('--allow', list('allow')),
    ...each('--annotation', lines('annotations')),
    ...each('--build-arg', lines('build-args')),
    ...each('--build-context', lines('build-contexts')),
    ...each('--cache-from', lines('cache-from')),
    ...each('--cache-to', lines('cache-to')),
    ...one('--call', text('call')),
    ...one('--cgroup-parent', text('cgroup-parent')),
    ...one('--file', text('file')),
    ...each('--label', lines('labels')),
    ...each('--no-cache-filter', list('no-cache-filters')),
    ...each('--output', outputs),
    ...one('--platform', list('platforms').join(',')),
    ...attestations,
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
  const name = text('name') || null
  const uses = scanFlags(argv, buildxFlags).groups.flatMap((group) => group.uses)
  return {
    build: buildInputsOf({ context, uses, argv, env: secrets.env }),
    name,
    fileName: fileNameOf(name),
    failOnReportError: booleanInput(get, 'fail-on-report-error'),
    stageCompression: oneOf('input stage-compression', text('stage-compression') || 'auto', stageCompressions),
    warnings: secrets.warnings,
  }
}

function fileNameOf(name: string | null): string {
  const safe = (name ?? '').replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '')
  return safe === '' ? 'stage-footprint' : `stage-footprint-${safe.slice(0, 100)}`
}

/** By the rule of `getBooleanInput` (YAML 1.2 core); an empty input is false, the default of all of ours. */
function booleanInput(get: (name: string) => string, name: string): boolean {
  const value = get(name).trim()
  if (['true', 'True', 'TRUE'].includes(value)) return true
  if (['', 'false', 'False', 'FALSE'].includes(value)) return false
  throw new FootprintError('USAGE', `input ${name} is true or false (also True, TRUE, False, FALSE); not "${value}"`)
}

/** A budget that is quietly not checked would be worse than no budget. */
function refuseLaterInputs(get: (name: string) => string): void {
  for (const name of ['baseline', 'baseline-timeout', 'budgets', 'comment', 'records']) {
    if (!['', 'false'].includes(get(name).trim())) {
      throw new FootprintError('USAGE', `input ${name} is not available yet: it comes in a later version`)
    }
  }
  oneOf('input mode', get('mode').trim() || 'report', ['report'])
}

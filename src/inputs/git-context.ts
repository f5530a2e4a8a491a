/** The Git context of a workflow run, which BuildKit fetches by itself, without a checkout. */
import { FootprintError } from '../errors.ts'
import type { Environment } from './inputs.ts'

/** `https://github.com/OWNER/REPO.git#REF`, as docker/build-push-action makes it. */
function gitContext(env: Environment): string {
  return `${repositoryUrl(env)}#${gitRef(env)}`
}

/** What `{{defaultContext}}` stands for in the input `context`; the Git context if that is empty. */
export function contextOf(input: string, env: Environment): string {
  const placeholder = /\{\{\{\s*defaultContext\s*\}\}\}|\{\{\s*defaultContext\s*\}\}/g
  if (input === '') return gitContext(env)
  return placeholder.test(input) ? input.replaceAll(placeholder, () => gitContext(env)) : input
}

/** Whether a context is this repository on this server, at any commit and folder: where `github-token` may go. */
export function isOwnGitContext(context: string, env: Environment): boolean {
  if (!env['GITHUB_REPOSITORY']) return false
  const url = repositoryUrl(env)
  return context === url || context.startsWith(`${url}#`) || context.startsWith(`${url}?`)
}

/** The run that builds, as provenance names it. */
export function runUrl(env: Environment): string {
  return `${serverOf(env)}/${repositoryOf(env)}/actions/runs/${env['GITHUB_RUN_ID'] ?? '0'}/attempts/${env['GITHUB_RUN_ATTEMPT'] ?? '1'}`
}

/** `HOST/OWNER/NAME`, by which records are known; null outside of a workflow. */
export function repositoryName(env: Environment): string | null {
  const repository = env['GITHUB_REPOSITORY']
  return repository ? `${serverOf(env).replace(/^https?:\/\//, '')}/${repository}`.toLowerCase() : null
}

const serverOf = (env: Environment): string => (env['GITHUB_SERVER_URL'] || 'https://github.com').replace(/\/+$/, '')

/** Of this repository, as the Git context of a run has it. */
export const repositoryUrl = (env: Environment): string => `${serverOf(env)}/${repositoryOf(env)}.git`

function repositoryOf(env: Environment): string {
  const repository = env['GITHUB_REPOSITORY']
  if (repository) return repository
  throw new FootprintError(
    'USAGE',
    'input context is empty, and GITHUB_REPOSITORY does not say which repository it stands for: set context to a path, for example "."',
  )
}

/** The merge of a pull request by its ref, everything else by its commit. */
function gitRef(env: Environment): string {
  const sha = env['GITHUB_SHA'] ?? ''
  const ref = env['GITHUB_REF'] ?? ''
  if (ref.startsWith('refs/pull/')) {
    return env['DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF'] === 'true' ? ref.replace(/\/merge$/, '/head') : ref
  }
  if (sha !== '') return sha
  return ref
}

/** The Git context of a workflow run. BuildKit fetches it itself, without a checkout. */
import { FootprintError } from '../errors.ts'
import { trimEndOf } from '../text.ts'
import { isSwitchedOn } from './boolean-input.ts'
import type { Environment } from './inputs.ts'

/** Facts that the Git context depends on, besides the environment. */
export interface GitContextFacts {
  /** Head commit of the event's pull request, or null if the event has none. */
  readonly pullRequestHead?: string | null
  /** Whether to write `?ref=…` instead of `#…`. See `wantsGitQuery`. */
  readonly asQuery?: boolean
}

/** Returns whether a context is a Git or HTTP URL, by the rules of buildx. */
export function isRemoteContext(context: string): boolean {
  return remoteContext.test(context)
}

const remoteContext = /^(?:https?:\/\/|git:\/\/|ssh:\/\/|github\.com\/|git@|[\w.-]+@[\w.-]+:)/

/** Returns whether the user asks for `?ref=…`, which buildx supports since 0.29. */
export const wantsGitQuery = (env: Environment): boolean => isSwitchedOn(env, 'BUILDX_SEND_GIT_QUERY_AS_INPUT')

/** Returns `https://github.com/OWNER/REPO.git#COMMIT:FOLDER`, the same as docker/build-push-action. */
function gitContext(
  env: Environment,
  { pullRequestHead = null, asQuery = false }: GitContextFacts,
  folder: string,
): string {
  const revision = pinnedRevision(env, pullRequestHead)
  if (asQuery) return `${repositoryUrl(env)}?ref=${revision}${folder === '' ? '' : `&subdir=${folder}`}`
  return `${repositoryUrl(env)}#${revision}${folder === '' ? '' : `:${folder}`}`
}

/** Returns the context for the input `context`. An empty input means the Git context. */
export function contextOf(input: string, env: Environment, facts: GitContextFacts = {}): string {
  return input === '' ? gitContext(env, facts, '') : withDefaultContext(input, env, facts)
}

/** Replaces each `{{defaultContext}}`, which may be followed by `:FOLDER`, with the Git context. */
export function withDefaultContext(text: string, env: Environment, facts: GitContextFacts = {}): string {
  return text.replace(
    /(?:\{\{\{\s{0,9}defaultContext\s{0,9}\}\}\}|\{\{\s{0,9}defaultContext\s{0,9}\}\})(?::([^:#?&{}]*)$)?/g,
    (_, folder: string | undefined) => gitContext(env, facts, folder ?? ''),
  )
}

/**
 * Returns whether a context is this repository on this server, at any commit and in any folder. Only then may it get
 * `github-token`.
 */
export function isOwnGitContext(context: string, env: Environment): boolean {
  if (!env['GITHUB_REPOSITORY']) return false
  const url = repositoryUrl(env)
  return context === url || context.startsWith(`${url}#`) || context.startsWith(`${url}?`)
}

/** Returns whether a URL is on the server that the workflow runs for. No other server may get `github-token`. */
export function isOnServer(address: string, env: Environment): boolean {
  const server = URL.parse(serverOf(env))
  const url = URL.parse(address.startsWith('github.com/') ? `https://${address}` : address)
  return server !== null && url !== null && url.protocol === server.protocol && url.host === server.host
}

/** Returns the URL of the workflow run, which provenance names as the builder. */
export function runUrl(env: Environment): string {
  return `${serverOf(env)}/${repositoryOf(env)}/actions/runs/${env['GITHUB_RUN_ID'] ?? '0'}/attempts/${env['GITHUB_RUN_ATTEMPT'] ?? '1'}`
}

/** Returns `HOST/OWNER/NAME`, which identifies the repository in records. Returns null outside of a workflow. */
export function repositoryName(env: Environment): string | null {
  const repository = env['GITHUB_REPOSITORY']
  return repository ? `${serverOf(env).replace(/^https?:\/\//, '')}/${repository}`.toLowerCase() : null
}

/** Returns `github.com`, or `HOST[:PORT]` of the server. BuildKit uses this name to find a token. */
export function serverHost(env: Environment): string {
  const server = serverOf(env)
  return URL.canParse(server) ? new URL(server).host : server
}

const serverOf = (env: Environment): string => trimEndOf(env['GITHUB_SERVER_URL'] || 'https://github.com', '/')

/** Returns the URL of this repository, as used in the Git context of a run. */
export const repositoryUrl = (env: Environment): string => `${serverOf(env)}/${repositoryOf(env)}.git`

function repositoryOf(env: Environment): string {
  const repository = env['GITHUB_REPOSITORY']
  if (repository) return repository
  throw new FootprintError(
    'USAGE',
    'input context is empty, and GITHUB_REPOSITORY does not say which repository it stands for: set context to a path, for example "."',
  )
}

/**
 * Returns the commit of the event, so that every step of a run builds the same files. For a pull request, it is the
 * merge commit that GitHub made, or the head commit if `DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF` asks for it. A ref is
 * only the last resort, because it can move.
 */
function pinnedRevision(env: Environment, pullRequestHead: string | null): string {
  const given = env['GITHUB_REF'] ?? ''
  const ref = given === '' || given.startsWith('refs/') ? given : `refs/heads/${given}`
  const isPullRequest = ref.startsWith('refs/pull/')
  const headRef =
    isPullRequest && isSwitchedOn(env, 'DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF')
      ? ref.replace(/\/merge$/, '/head')
      : ref
  if (isPullRequest && headRef.endsWith('/head')) return pullRequestHead ?? headRef
  return env['GITHUB_SHA'] || ref
}

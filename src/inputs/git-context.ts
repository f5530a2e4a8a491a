/** The Git context of a workflow run, which BuildKit fetches by itself, without a checkout. */
import { FootprintError } from '../errors.ts'
import { trimEndOf } from '../text.ts'
import { isSwitchedOn } from './boolean-input.ts'
import type { Environment } from './inputs.ts'

/** What decides the Git context besides the environment. */
export interface GitContextFacts {
  /** Head commit of the event's pull request; null where the event has none. */
  readonly pullRequestHead?: string | null
  /** Writes `?ref=…` in place of `#…`: see `wantsGitQuery`. */
  readonly asQuery?: boolean
}

/** Git and HTTP contexts, as buildx tells them from folders. */
export function isRemoteContext(context: string): boolean {
  return remoteContext.test(context)
}

const remoteContext = /^(?:https?:\/\/|git:\/\/|ssh:\/\/|github\.com\/|git@|[\w.-]+@[\w.-]+:)/

/** Whether the user asks for `?ref=…`, which buildx takes since 0.29. */
export const wantsGitQuery = (env: Environment): boolean => isSwitchedOn(env, 'BUILDX_SEND_GIT_QUERY_AS_INPUT')

/** `https://github.com/OWNER/REPO.git#COMMIT:FOLDER`, as docker/build-push-action makes it. */
function gitContext(
  env: Environment,
  { pullRequestHead = null, asQuery = false }: GitContextFacts,
  folder: string,
): string {
  const revision = pinnedRevision(env, pullRequestHead)
  if (asQuery) return `${repositoryUrl(env)}?ref=${revision}${folder === '' ? '' : `&subdir=${folder}`}`
  return `${repositoryUrl(env)}#${revision}${folder === '' ? '' : `:${folder}`}`
}

/** What `{{defaultContext}}` stands for in the input `context`; the Git context if that is empty. */
export function contextOf(input: string, env: Environment, facts: GitContextFacts = {}): string {
  return input === '' ? gitContext(env, facts, '') : withDefaultContext(input, env, facts)
}

/** Puts the Git context in place of each `{{defaultContext}}`, which may be followed by `:FOLDER`. */
export function withDefaultContext(text: string, env: Environment, facts: GitContextFacts = {}): string {
  return text.replace(
    /(?:\{\{\{\s{0,9}defaultContext\s{0,9}\}\}\}|\{\{\s{0,9}defaultContext\s{0,9}\}\})(?::([^:#?&{}]*)$)?/g,
    (_, folder: string | undefined) => gitContext(env, facts, folder ?? ''),
  )
}

/** Whether a context is this repository on this server, at any commit and folder: where `github-token` may go. */
export function isOwnGitContext(context: string, env: Environment): boolean {
  if (!env['GITHUB_REPOSITORY']) return false
  const url = repositoryUrl(env)
  return context === url || context.startsWith(`${url}#`) || context.startsWith(`${url}?`)
}

/** Whether an address is on the server that the workflow runs for: no other one may get `github-token`. */
export function isOnServer(address: string, env: Environment): boolean {
  const server = URL.parse(serverOf(env))
  const url = URL.parse(address.startsWith('github.com/') ? `https://${address}` : address)
  return server !== null && url !== null && url.protocol === server.protocol && url.host === server.host
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

/** `github.com`, or `HOST[:PORT]` of the server: what BuildKit calls it where it looks for a token. */
export function serverHost(env: Environment): string {
  const server = serverOf(env)
  return URL.canParse(server) ? new URL(server).host : server
}

const serverOf = (env: Environment): string => trimEndOf(env['GITHUB_SERVER_URL'] || 'https://github.com', '/')

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

/**
 * The commit of the event, so that every step of a run builds the same files: of a pull request the merge that GitHub
 * made, or its head where `DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF` asks for that. A ref moves, so it comes last.
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

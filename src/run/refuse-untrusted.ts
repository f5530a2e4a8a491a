/** Checks whose code would be built on an event that runs with the default branch's rights. */
import { readBakeDefinition } from '../docker/user-bake.ts'
import { Cancelled, messageOf } from '../errors.ts'
import { isAbsent, readLinkedFile, reasonUnread } from '../files.ts'
import type { RunEvent } from '../git/event-rule.ts'
import type { BakeInputs } from '../inputs/bake-inputs.ts'
import { repositoryUrl } from '../inputs/git-context.ts'
import type { BuildInputs, Environment } from '../inputs/inputs.ts'
import { parseDefinition } from '../plan/bake-definition.ts'
import { pullRequestOfEvent, workflowRunOfEvent } from '../publish/pull-request.ts'
import {
  isPolicy,
  mayBeCompose,
  placesOfBuild,
  placesOfDefinition,
  placesOfEnvironment,
  placesOfTargets,
  type Place,
} from '../trust/build-places.ts'
import { faultOf, refuseUntrusted, type GuardedRun } from '../trust/decision.ts'
import { isGuarded, trustedCommits } from '../trust/events.ts'
import { inspectPlaces } from '../trust/inspect-places.ts'

/** What decides whether a run may build its code. */
export interface TrustRequest {
  readonly event: RunEvent
  readonly env: Environment
  /** Possible parents of the temporary folder for this check. */
  readonly tempFolders: readonly string[]
  readonly signal: AbortSignal
}

/** Returns the run to check. Null if the event has no more rights than the author of its code. */
function guardedRun({ event, env }: Pick<TrustRequest, 'event' | 'env'>): GuardedRun | null {
  const { name, payload, sha, ref } = event
  if (name === null || !isGuarded(name)) return null
  const ended = workflowRunOfEvent(name, payload)
  return {
    eventName: name,
    repositoryUrl: repositoryUrl(env),
    commits: trustedCommits({
      name,
      sha,
      ref,
      repository: env['GITHUB_REPOSITORY'] ?? '',
      baseSha: pullRequestOfEvent(name, payload)?.baseSha ?? null,
      ended: ended && {
        event: ended.event,
        headSha: ended.head_sha,
        headRepository: ended.head_repository?.full_name ?? null,
      },
    }),
  }
}

/**
 * Refuses a build of untrusted code.
 *
 * @throws FootprintError USAGE if untrusted code would run with this repository's secrets; Cancelled
 */
export async function refuseUntrustedBuild(build: BuildInputs, request: TrustRequest): Promise<void> {
  const run = guardedRun(request)
  if (run === null) return
  const places = [...placesOfBuild(build), ...placesOfEnvironment(request.env)]
  refuseUntrusted(run, await inspectPlaces(places, request))
  refuseUntrusted(run, await inspectPlaces(await otherFilesOf(places), request))
}

/**
 * Refuses a bake of untrusted code. Its files are checked first, and then what they refer to.
 *
 * @throws FootprintError USAGE if untrusted code would run with this repository's secrets; Cancelled
 */
export async function refuseUntrustedBake(bake: BakeInputs, request: TrustRequest): Promise<void> {
  const run = guardedRun(request)
  if (run === null) return
  const files = [
    ...placesOfDefinition(bake, request.env['BUILDX_BAKE_FILE'] !== undefined),
    ...placesOfEnvironment(request.env),
  ]
  refuseUntrusted(run, await inspectPlaces(files, request))
  refuseUntrusted(run, await inspectPlaces(await otherFilesOf(files), request))
  const targets = await placesOfPrint(bake, request.signal)
  refuseUntrusted(run, await inspectPlaces(targets, request))
  refuseUntrusted(run, await inspectPlaces(await otherFilesOf(targets), request))
}

/**
 * Returns a place for each Compose file or policy that seems to include further files, or that cannot be read. Nothing
 * reports which files these are, so they cannot be checked.
 */
async function otherFilesOf(files: readonly Place[]): Promise<readonly Place[]> {
  const found: Place[] = []
  for (const place of files) {
    const why = place.kind === 'file' ? await whyOthers(place.path, signsOf(place)) : null
    if (why !== null) found.push({ kind: 'unknown', what: place.what, why })
  }
  return found
}

/** Returns the words with which a file of this format includes others. */
function signsOf(place: Place): readonly RegExp[] {
  return isPolicy(place) ? [/\bimport\s+data\b/] : mayBeCompose(place) ? [/include/, /extends/] : []
}

/** Size limit for a Compose file or policy, in bytes. */
const maxFileBytes = 16_000_000

/** Returns why a file may include others. Returns null if it does not, or does not exist. */
async function whyOthers(path: string, signs: readonly RegExp[]): Promise<string | null> {
  if (signs.length === 0) return null
  const read = await readLinkedFile(path, maxFileBytes)
  if ('why' in read)
    return isAbsent({ code: read.why }) ? null : `it cannot be read: ${reasonUnread(read, maxFileBytes)}`
  // YAML may also be UTF-16, in which the words would not be found.
  if (read.includes(0)) return 'it is not UTF-8 text'
  const text = read.toString('utf8')
  const word = signs.map((sign) => sign.exec(text)?.[0]).find((each) => each !== undefined)
  return word === undefined ? null : `it may take in other files (${word})`
}

async function placesOfPrint(bake: BakeInputs, signal: AbortSignal): Promise<readonly Place[]> {
  try {
    const print = await readBakeDefinition(bake, signal)
    return placesOfTargets(parseDefinition(print, bake.folder), JSON.stringify(print), bake.address !== null)
  } catch (error) {
    if (error instanceof Cancelled) throw error
    return [{ kind: 'unknown', what: 'the bake definition', why: messageOf(error) }]
  }
}

/**
 * Returns a function for why a base commit must not be built in this run. It returns null if the commit may be built.
 */
export function baseRefusal(request: Pick<TrustRequest, 'event' | 'env'>): (commit: string) => string | null {
  const run = guardedRun(request)
  return (commit) =>
    run === null || faultOf({ kind: 'handed-over', what: 'it', commit }, run) === null
      ? null
      : `on the event ${run.eventName} only the workflow's own commit and the base's are built`
}

/**
 * Returns whether images that this run weighs without building belong to the commit that is checked out, as far as can
 * be determined.
 */
export const weighsItsOwnCommit = ({ name }: RunEvent): boolean => !isGuarded(name)

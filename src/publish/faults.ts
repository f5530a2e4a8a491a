/** Classifies failures of GitHub's API, and of the connection to it, by what the reader can do about them. */
import * as v from 'valibot'
import { escapeTerminal, shorten } from '../report/escape.ts'

/** The kinds of failures. */
export type FaultKind =
  | 'unauthorized'
  | 'forbidden'
  | 'locked'
  | 'not-found'
  | 'gone'
  | 'too-long'
  | 'invalid'
  | 'limited'
  | 'server'
  | 'timeout'
  | 'network'
  | 'malformed'

/** A failed request. */
export interface Fault {
  readonly kind: FaultKind
  /** HTTP status. Null if there was no answer. */
  readonly status: number | null
  /** The message of GitHub or of the network, as one escaped line. */
  readonly message: string
  /** How long GitHub asks to wait, in milliseconds. Null if it does not say. */
  readonly retryAfter: number | null
}

/** The parts of Octokit's RequestError that are used. */
const RequestErrorSchema = v.looseObject({
  status: v.number(),
  response: v.looseObject({
    headers: v.record(v.string(), v.optional(v.union([v.string(), v.number()]))),
  }),
})

/** For some secondary rate limits, GitHub only asks to wait. This time is from its documentation, in milliseconds. */
const unnamedWait = 60_000

/**
 * Classifies an error of a request.
 *
 * @param now the current time, in milliseconds since the epoch. GitHub gives the end of a rate limit as a point in time
 */
export function faultOf(error: unknown, now: number): Fault {
  const message = shorten(escapeTerminal(error instanceof Error ? error.message : String(error)), 200)
  const answer = v.safeParse(RequestErrorSchema, error)
  if (!answer.success) return { kind: kindWithoutAnswer(error), status: null, message, retryAfter: null }
  const { status } = answer.output
  const headers = new Map(Object.entries(answer.output.response.headers))
  const limited = status === 429 || (status === 403 && isLimit(message, headers))
  const retryAfter = waitOf(headers, now) ?? (limited ? unnamedWait : null)
  return { kind: limited ? 'limited' : kindOf(status, message), status, message, retryAfter }
}

function kindWithoutAnswer(error: unknown): FaultKind {
  if (error instanceof v.ValiError || error instanceof SyntaxError) return 'malformed'
  const cause = error instanceof Error ? error.cause : undefined
  return [error, cause].some((found) => found instanceof Error && /^(?:Timeout|Abort)Error$/.test(found.name))
    ? 'timeout'
    : 'network'
}

type Headers = ReadonlyMap<string, string | number | undefined>

function isLimit(message: string, headers: Headers): boolean {
  return (
    headers.has('retry-after') ||
    String(headers.get('x-ratelimit-remaining')) === '0' ||
    /rate limit|abuse detection/i.test(message)
  )
}

function waitOf(headers: Headers, now: number): number | null {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1_000
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN)
  return String(headers.get('x-ratelimit-remaining')) === '0' && Number.isFinite(reset)
    ? Math.max(0, reset * 1_000 - now)
    : null
}

function kindOf(status: number, message: string): FaultKind {
  if (status === 401) return 'unauthorized'
  if ((status === 403 || status === 410) && /\block/i.test(message)) return 'locked'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not-found'
  if (status === 408) return 'timeout'
  if (status === 410) return 'gone'
  if (status === 422 && /too long/i.test(message)) return 'too-long'
  return status >= 500 ? 'server' : 'invalid'
}

/** Returns whether the same request may succeed a little later. */
export function isPassing({ kind }: Fault): boolean {
  return kind === 'limited' || kind === 'server' || kind === 'timeout' || kind === 'network' || kind === 'malformed'
}

/**
 * Returns why a request failed and what to do about it. The text is the end of a sentence, without a full stop. Plain
 * text.
 *
 * @param subject what the request was about, such as `#12`
 */
export function faultReason(fault: Fault, subject: string): string {
  switch (fault.kind) {
    case 'unauthorized':
      return 'GitHub does not accept the token (401): check the token (the input github-token, or GITHUB_TOKEN on the command line)'
    case 'forbidden':
      return `the token may not do this (${fault.status}): give the job the permission "pull-requests: write"; a run for a fork has a read-only token whatever it asks for, see docs/forks.md`
    case 'locked':
      return `the conversation of ${subject} is locked (${fault.status}): someone with write access has to unlock it`
    case 'not-found':
      return `this token does not see ${subject} (404): give the job the permission "pull-requests: write" and a token of this repository`
    case 'gone':
      return `comments on ${subject} are turned off or gone (410)`
    case 'too-long':
      return 'GitHub says that the report is too long for a comment (422)'
    case 'invalid':
      return `GitHub refuses it (${fault.status}): ${fault.message}`
    case 'limited':
      return `GitHub's rate limit was reached (${fault.status}), and it asks to wait ${Math.ceil((fault.retryAfter ?? unnamedWait) / 1_000)} s, longer than this step waits: run the job again later`
    case 'server':
      return `GitHub returned a server error (${fault.status}), even after several attempts: run the job again later`
    case 'timeout':
      return 'GitHub did not answer in time, even after several attempts: run the job again later'
    case 'network':
      return `GitHub could not be reached, even after several attempts: ${fault.message}`
    case 'malformed':
      return "GitHub's answer could not be read, even after several attempts: run the job again later"
  }
}

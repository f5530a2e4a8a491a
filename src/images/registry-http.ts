/**
 * Sends requests to a registry, with retries and redirects. Plain HTTP is only used for loopback addresses. An
 * `Authorization` header is sent only to the host that it is for.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { FootprintError } from '../errors.ts'
import type { StallLimit } from '../stall-limit.ts'
import { lookUpAddresses, mayLead, zoneOf, zoneWords, type LookUp } from './network-zone.ts'
import { defaultStallLimit, discard, stalledError } from './registry-body.ts'

/** A request to a registry or a token server. */
export interface RegistryRequest {
  readonly url: URL
  readonly method?: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** Options for all requests. */
export interface HttpOptions {
  readonly signal: AbortSignal
  /** Delay before the first retry, in milliseconds. It doubles with each further one. */
  readonly retryDelay: number
  /** How many attempts are made. The default is 5. */
  readonly attempts?: number
  /** How long a registry may take. The default is `defaultStallLimit`. */
  readonly patience?: StallLimit
  /** Looks up the addresses of a host. The default is the system's resolver. */
  readonly lookUp?: LookUp
}

/** How many attempts are made by default, and how many redirects are followed in each. */
const usualAttempts = 5
const maxRedirects = 10
/** Limit for all waits between the attempts of a request, in milliseconds, even if the registry asks for more. */
const maxWait = 30_000

/**
 * Sends a request, with retries. Returns the response if its status is below 500 and not 429.
 *
 * @throws FootprintError REGISTRY_UNREACHABLE if the host gives no such response in several attempts, or a redirect is
 * not allowed
 */
export async function request(asked: RegistryRequest, options: HttpOptions): Promise<Response> {
  let left = maxWait
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await follow(asked, options).catch((error: unknown) => {
      if (error instanceof FootprintError || options.signal.aborted) throw error
      return { error }
    })
    const failed = 'error' in outcome || outcome.status >= 500 || outcome.status === 429
    if (!failed) return outcome
    const last = attempt === (options.attempts ?? usualAttempts) || ('error' in outcome && isHopeless(outcome.error))
    const wait = waitOf(outcome, options.retryDelay * 2 ** (attempt - 1))
    if (last || wait > left) throw unreachable(asked.url, outcome, wait > maxWait ? wait : null)
    left -= wait
    if (!('error' in outcome)) await discard(outcome)
    await sleep(wait, undefined, { signal: options.signal })
  }
}

type Outcome = Response | { readonly error: unknown }

async function follow(asked: RegistryRequest, options: HttpOptions): Promise<Response> {
  let { url, headers } = asked
  for (let hops = 0; hops <= maxRedirects; hops += 1) {
    requireSafe(url)
    const answer = await fetchWithin(url, options, {
      method: asked.method ?? 'GET',
      // Blobs must arrive as they are stored.
      headers: { ...headers, 'accept-encoding': 'identity', 'user-agent': 'stage-footprint' },
      ...(asked.body === undefined ? {} : { body: asked.body }),
    })
    const location = answer.headers.get('location')
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === null) return answer
    await discard(answer)
    if (asked.method === 'POST')
      throw unreachable(asked.url, { error: new Error('it redirects where a token is asked for') })
    const next = parseUrl(location, url)
    if (url.protocol === 'https:' && next.protocol !== 'https:') {
      throw new FootprintError(
        'REGISTRY_UNREACHABLE',
        `${url.host} redirects to plain HTTP at ${next.host}, which is not followed`,
      )
    }
    await requireOutward(url, next, 'redirects to', options)
    if (next.origin !== url.origin) headers = withoutAuthorization(headers)
    url = next
  }
  throw new FootprintError('REGISTRY_UNREACHABLE', `${asked.url.host} redirects more than ${maxRedirects} times`)
}

/**
 * Sends one request. The head of the response must arrive in time. Its body is read by `bodyOf`.
 *
 * @throws FootprintError REGISTRY_UNREACHABLE if it does not arrive in time
 */
export async function fetchWithin(url: URL, { signal, patience }: HttpOptions, init: RequestInit): Promise<Response> {
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(), (patience ?? defaultStallLimit).idle)
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.any([signal, stalled.signal]) })
  } catch (error) {
    if (stalled.signal.aborted && !signal.aborted) throw stalledError(url.host)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Checks that a host refers to its own network zone or an outer one. A local registry may refer to public hosts, but
 * not the other way round.
 *
 * @param how for the message, such as `redirects to`
 * @throws FootprintError REGISTRY_UNREACHABLE if the zone is an inner one
 */
export async function requireOutward(
  from: URL,
  to: URL,
  how: string,
  { lookUp = lookUpAddresses }: HttpOptions,
): Promise<void> {
  if (to.hostname === from.hostname) return
  const zone = await zoneOf(to.hostname, lookUp)
  if (zone === 'public' || mayLead(await zoneOf(from.hostname, lookUp), zone)) return
  throw new FootprintError(
    'REGISTRY_UNREACHABLE',
    `${from.host} ${how} ${to.host} ${zoneWords[zone]}, which is not followed`,
  )
}

function parseUrl(location: string, base: URL): URL {
  try {
    return new URL(location, base)
  } catch (cause) {
    throw new FootprintError('REGISTRY_UNREACHABLE', `${base.host} redirects to something that is not an address`, {
      cause,
    })
  }
}

/**
 * Checks that a URL uses HTTPS, or plain HTTP to a loopback address. Also for the URL of a token server, which the
 * registry names.
 *
 * @throws FootprintError REGISTRY_UNREACHABLE if it does not
 */
export function requireSafe(url: URL): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return
  throw new FootprintError(
    'REGISTRY_UNREACHABLE',
    `${url.protocol}//${url.host} is not asked: plain HTTP is for loopback addresses only`,
  )
}

/** Returns whether a host is a loopback address, judged by its name. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'))
}

/**
 * Returns how long to wait, in milliseconds: the time in `Retry-After` (seconds or a date), or else the given delay
 * with some jitter.
 */
function waitOf(outcome: Outcome, backOff: number): number {
  const header = 'error' in outcome ? null : outcome.headers.get('retry-after')
  const asked = header === null ? NaN : /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  const wait = Number.isNaN(asked) ? backOff * (0.75 + Math.random() / 2) : asked
  return Math.max(0, wait)
}

/**
 * Returns whether a retry is pointless, for example because the name does not resolve or the certificate is not
 * trusted.
 */
function isHopeless(error: unknown): boolean {
  return /ENOTFOUND|CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_SSL|EPROTO|UND_ERR_INVALID_ARG|bad port/i.test(codesOf(error))
}

/** @param asked how long the host asks to wait, in milliseconds, if that is too long */
function unreachable(url: URL, outcome: Outcome, asked: number | null = null): FootprintError {
  if ('error' in outcome) {
    const error = outcome.error
    return new FootprintError('REGISTRY_UNREACHABLE', `${url.host} cannot be reached: ${reasonOf(error, url)}`, {
      cause: error,
    })
  }
  const what = outcome.status === 429 ? 'limits the number of requests' : 'returned a server error'
  const when =
    asked === null ? 'try again later' : `it asks to wait ${Math.ceil(asked / 1_000)} s, longer than this run waits`
  return new FootprintError('REGISTRY_UNREACHABLE', `${url.host} ${what} (status ${outcome.status}): ${when}`)
}

/**
 * Returns the reason of an error in plain words, with the advice that follows from it. fetch only says "fetch failed",
 * and the reason is in its cause, or in the first of several causes.
 */
function reasonOf(error: unknown, { port }: URL): string {
  const last = causesOf(error).at(-1)
  const said = textOf(last, 'message') || textOf(last, 'code') || 'it gave no reason'
  if (said === 'bad port') return `port ${port} is one that clients of HTTP do not connect to`
  const advice = adviceOn.find(({ codes }) => codes.test(codesOf(error)))?.advice
  return advice === undefined ? said : `${said}; ${advice}`
}

/** What to do about errors of a connection, by their codes. */
const adviceOn: readonly { readonly codes: RegExp; readonly advice: string }[] = [
  { codes: /ENOTFOUND/, advice: 'check the name of the registry' },
  { codes: /EAI_AGAIN|ENETUNREACH|ENETDOWN/, advice: 'check the network connection' },
  { codes: /ECONNREFUSED|EHOSTUNREACH|TIMEOUT|ETIMEDOUT/, advice: 'check the name and the port of the registry' },
  {
    codes: /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/,
    advice: 'set NODE_EXTRA_CA_CERTS to a file with the certificate of its authority',
  },
]

const codesOf = (error: unknown): string =>
  causesOf(error)
    .map((each) => `${textOf(each, 'code')} ${textOf(each, 'message')}`)
    .join(' ')

function causesOf(error: unknown): readonly unknown[] {
  const chain = [error]
  for (let depth = 0; depth < 8; depth += 1) {
    const last = chain.at(-1)
    const inner = propertyOf(propertyOf(last, 'errors'), '0') ?? propertyOf(last, 'cause')
    if (inner === undefined || inner === null) break
    chain.push(inner)
  }
  return chain
}

function textOf(value: unknown, name: string): string {
  const text = propertyOf(value, name)
  return typeof text === 'string' ? text : ''
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}

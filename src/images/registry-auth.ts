/**
 * Authenticates to a registry: anonymously, with Basic (RFC 7617), or with a token of the distribution specification.
 */
import * as v from 'valibot'
import { FootprintError } from '../errors.ts'
import { parseJson } from '../files.ts'
import type { Credentials } from './credentials.ts'
import type { ImageReference } from './reference.ts'
import { readBody } from './registry-body.ts'
import { request, requireOutward, requireSafe, type HttpOptions } from './registry-http.ts'

/** A challenge in a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Parses the challenges in a `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  const token = /\s*(?:([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([\w!#$%&'*+.^`|~-]+))\s*,?/gy
  for (const [, name, quoted, plain, scheme] of header.slice(0, 8_192).matchAll(token)) {
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() })
    else if (name !== undefined)
      challenges.at(-1)?.parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
  }
  return challenges
}

/**
 * Returns the `Authorization` header that a challenge asks for. Returns null if we have nothing that could answer it.
 *
 * @param asked the URL whose response contains the challenge
 * @param credentials the credentials for the registry, or null for none
 * @throws FootprintError REGISTRY_UNREACHABLE if the token server does not give a token
 * @throws FootprintError UNREADABLE_INPUT if it denies access
 */
export async function authorize(
  header: string,
  asked: URL,
  reference: ImageReference,
  credentials: Credentials | null,
  options: HttpOptions,
): Promise<string | null> {
  const challenges = parseChallenges(header)
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer')
  if (bearer) return `Bearer ${await fetchToken(bearer, asked, reference, credentials, options)}`
  const basic = challenges.some(({ scheme }) => scheme === 'basic')
  return basic && credentials?.kind === 'password' ? basicHeader(credentials) : null
}

function basicHeader({ username, password }: Extract<Credentials, { kind: 'password' }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

const TokenSchema = v.object({ token: v.nullish(v.string()), access_token: v.nullish(v.string()) })

async function fetchToken(
  { parameters }: Challenge,
  asked: URL,
  reference: ImageReference,
  credentials: Credentials | null,
  options: HttpOptions,
): Promise<string> {
  const realm = await realmOf(parameters.get('realm') ?? '', reference, asked, options)
  const service = parameters.get('service') ?? ''
  const scope = parameters.get('scope') ?? `repository:${reference.repository}:pull`
  const answer = await request(
    credentials?.kind === 'identity-token'
      ? {
          url: realm,
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({
            grant_type: 'refresh_token',
            refresh_token: credentials.token,
            client_id: 'stage-footprint',
            service,
            scope,
          }).toString(),
        }
      : {
          url: withQuery(realm, [
            ['service', service],
            ['scope', scope],
          ]),
          headers: credentials === null ? {} : { authorization: basicHeader(credentials) },
        },
    options,
  )
  const bytes = await readBody(answer, realm.host, maxTokenBytes, options.patience)
  if (answer.status !== 200) throw denied(reference, credentials)
  if (bytes === null) {
    throw new FootprintError(
      'REGISTRY_UNREACHABLE',
      `the token server ${realm.host} of ${reference.registry} answers with more than ${maxTokenBytes} bytes`,
    )
  }
  const text = bytes.toString('utf8')
  const token = v.safeParse(TokenSchema, parseJson(text))
  const found = token.success ? (token.output.token ?? token.output.access_token ?? '') : ''
  // A header cannot contain anything else.
  if (!/^[\x21-\x7e]+$/.test(found)) {
    throw new FootprintError(
      'REGISTRY_UNREACHABLE',
      `the token server ${realm.host} of ${reference.registry} gave no token`,
    )
  }
  return found
}

/** Size limit for an answer, in bytes. A token of this size would not fit into a header. */
const maxTokenBytes = 1_000_000

async function realmOf(realm: string, { registry }: ImageReference, asked: URL, options: HttpOptions): Promise<URL> {
  if (!URL.canParse(realm)) {
    throw new FootprintError('REGISTRY_UNREACHABLE', `${registry} requires a token and does not say where to get one`)
  }
  const url = new URL(realm)
  requireSafe(url)
  await requireOutward(asked, url, 'names a token server,', options)
  return url
}

function withQuery(url: URL, pairs: readonly (readonly [string, string])[]): URL {
  const result = new URL(url)
  for (const [name, value] of pairs) if (value !== '') result.searchParams.append(name, value)
  return result
}

/** Returns the error for an image that the registry does not give to us. */
export function denied({ registry, repository }: ImageReference, credentials: Credentials | null): FootprintError {
  const host = registry === 'docker.io' ? '' : ` ${registry}`
  return new FootprintError(
    'UNREADABLE_INPUT',
    credentials === null
      ? `${registry} does not give ${repository} to everybody, or has no such image: log in with \`docker login${host}\``
      : `${registry} refuses ${repository} with the credentials that \`docker login${host}\` keeps, or has no such image`,
  )
}

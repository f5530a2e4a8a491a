/**
 * Reads credentials for a registry as the Docker client stores them: in `config.json` and in credential helpers. A
 * helper gets the name of the registry on standard input. The credentials are only sent to the registry, and no message
 * contains any part of them.
 */
import { join } from 'node:path'
import * as v from 'valibot'
import { Cancelled, FootprintError, messageOf } from '../errors.ts'
import { parseJson, readLinkedFile, reasonUnread, systemErrorCode } from '../files.ts'
import { runProgram } from '../programs.ts'
import { textBefore, trimEndOf } from '../text.ts'

/** Credentials for a registry. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token, from `docker login` with a browser. */
  | { readonly kind: 'identity-token'; readonly token: string }

const AuthSchema = v.object({
  auth: v.nullish(v.string()),
  username: v.nullish(v.string()),
  password: v.nullish(v.string()),
  identitytoken: v.nullish(v.string()),
})

const ConfigSchema = v.object({
  auths: v.nullish(v.record(v.string(), AuthSchema), {}),
  credHelpers: v.nullish(v.record(v.string(), v.string()), {}),
  credsStore: v.nullish(v.string()),
})
type DockerConfig = v.InferOutput<typeof ConfigSchema>

/** Where credentials are looked for. */
export interface CredentialOptions {
  /** `DOCKER_CONFIG` or `~/.docker`. Null if there is no such place. */
  readonly folder: string | null
  readonly signal: AbortSignal
}

/**
 * Returns the credentials for a registry. Returns null if there are none, in which case requests are anonymous.
 *
 * @throws FootprintError UNREADABLE_INPUT if the configuration or a helper is broken
 */
export async function findCredentials(registry: string, options: CredentialOptions): Promise<Credentials | null> {
  const config = options.folder === null ? null : await readConfig(join(options.folder, 'config.json'))
  if (config === null) return null
  const keys = keysOf(registry)
  const helper =
    keys.map((key) => config.credHelpers[key]).find((name) => name !== undefined) ?? config.credsStore ?? ''
  if (helper !== '') {
    const found = await askHelper(helper, keys[0] ?? registry, options.signal)
    if (found !== null) return found
  }
  return fromAuths(config, keys)
}

/** The credentials for Docker Hub are stored under the URL of its first API. */
function keysOf(registry: string): readonly string[] {
  return registry === 'docker.io' ? ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io'] : [registry]
}

/** Size limit for the configuration, in bytes. */
const maxConfigBytes = 16_000_000

async function readConfig(path: string): Promise<DockerConfig | null> {
  const read = await readLinkedFile(path, maxConfigBytes)
  if ('why' in read) {
    if (read.why !== 'too-large') return null
    throw new FootprintError('UNREADABLE_INPUT', `${path} cannot be read: ${reasonUnread(read, maxConfigBytes)}`)
  }
  let json: unknown
  try {
    json = JSON.parse(read.toString('utf8'))
  } catch {
    // The message of the parser might quote a secret.
    throw new FootprintError('UNREADABLE_INPUT', `${path} is not JSON`)
  }
  const config = v.safeParse(ConfigSchema, json)
  if (!config.success)
    throw new FootprintError('UNREADABLE_INPUT', `${path} is not a configuration of the Docker client`)
  return config.output
}

/** The keys of `auths` may be URLs: `https://host/v1/`. */
function fromAuths({ auths }: DockerConfig, keys: readonly string[]): Credentials | null {
  const hosts = keys.map(hostOf)
  const entry =
    keys.map((key) => auths[key]).find((found) => found !== undefined) ??
    Object.entries(auths).find(([key]) => hosts.includes(hostOf(key)))?.[1]
  if (entry === undefined) return null
  const identityToken = entry.identitytoken ?? ''
  if (identityToken !== '') return { kind: 'identity-token', token: identityToken }
  const decoded = trimEndOf(Buffer.from(entry.auth ?? '', 'base64').toString('utf8'), '\0')
  const colon = decoded.indexOf(':')
  const username = colon > 0 ? decoded.slice(0, colon) : (entry.username ?? '')
  const password = colon > 0 ? decoded.slice(colon + 1) : (entry.password ?? '')
  return username === '' ? null : { kind: 'password', username, password }
}

const hostOf = (key: string): string => textBefore(key.replace(/^https?:\/\//, ''), '/')

const AnswerSchema = v.object({ Username: v.string(), Secret: v.string() })

/** Runs `docker-credential-NAME get`. Returns null if it has no credentials for the registry. */
async function askHelper(name: string, key: string, signal: AbortSignal): Promise<Credentials | null> {
  if (!/^[\w.-]+$/.test(name)) {
    throw new FootprintError(
      'UNREADABLE_INPUT',
      `"${name}" in the configuration of the Docker client is not the name of a credential helper`,
    )
  }
  const program = `docker-credential-${name}`
  const { status, stdout } = await runHelper(program, key, signal)
  if (status !== 0) {
    // Helpers report this on standard output, and have no other way to report it.
    if (/credentials not found|no credentials/i.test(stdout)) return null
    throw new FootprintError(
      'UNREADABLE_INPUT',
      `${program} returned no credentials for ${key}: it ended with status ${status}`,
    )
  }
  const answer = v.safeParse(AnswerSchema, parseJson(stdout))
  if (!answer.success)
    throw new FootprintError('UNREADABLE_INPUT', `${program} did not answer in the format of a credential helper`)
  const { Username, Secret } = answer.output
  if (Username === '<token>') return { kind: 'identity-token', token: Secret }
  return Username === '' ? null : { kind: 'password', username: Username, password: Secret }
}

/** Time limit for a helper, in milliseconds. It may wait for a passphrase. */
const helperTimeout = 30_000
/** Size limit for its answer, in bytes. */
const maxAnswerBytes = 1 << 20

async function runHelper(
  program: string,
  input: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly stdout: string }> {
  const call = {
    env: process.env,
    // It may contain secrets.
    stderr: 'ignore',
    // It may ask for a passphrase at the terminal.
    ownGroup: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(helperTimeout)]),
  } as const
  try {
    const { exitCode, stdout } = await runProgram(program, ['get'], call, { input, maxOutput: maxAnswerBytes })
    return { status: exitCode ?? 1, stdout }
  } catch (cause) {
    if (signal.aborted) throw cause
    const why =
      cause instanceof Cancelled
        ? `it took longer than ${helperTimeout / 1000} s`
        : systemErrorCode(cause) === 'ENOENT'
          ? 'there is no such program on the PATH'
          : messageOf(cause)
    throw new FootprintError('UNREADABLE_INPUT', `the credential helper ${program} cannot be run: ${why}`, { cause })
  }
}

/**
 * The one place that runs git: by argv, never through a shell, and never so that it could ask somebody something.
 * Secrets reach it through environment variables alone.
 */
import { Cancelled } from '../errors.ts'
import { systemErrorCode } from '../files.ts'
import type { ConfigEntry } from '../inputs/child-environment.ts'
import type { Environment } from '../inputs/inputs.ts'
import { runProgram } from '../programs.ts'
import { trimEndOf } from '../text.ts'
import { environmentOf } from './git-environment.ts'

export type GitAnswer =
  | { readonly ok: true; readonly stdout: string }
  /** `status` is null where git did not end by itself or is not there; `message` is its own last word, redacted. */
  | { readonly ok: false; readonly status: number | null; readonly message: string }

export interface GitCall {
  /** Added to the environment of this call. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** Milliseconds after which the call is ended. */
  readonly timeout?: number
  /** More configuration, as on `git -c`. */
  readonly config?: readonly ConfigEntry[]
  /** Whether this call may ask a server. Only such a call gets a token. */
  readonly fetches?: boolean
}

export type { ConfigEntry } from '../inputs/child-environment.ts'

/**
 * Runs `git ARGS…`. A failure is an answer, not an error.
 * @throws Cancelled where the signal ended it
 */
export type Git = (args: readonly string[], call?: GitCall) => Promise<GitAnswer>

export interface GitSetting {
  /** Where git runs. */
  readonly folder: string
  /** This process's environment. */
  readonly env: Environment
  readonly signal: AbortSignal
  readonly config?: readonly ConfigEntry[]
  /** What `tokenConfig` gives, for calls that fetch. */
  readonly token?: readonly ConfigEntry[]
}

export function openGit({ folder, env, signal, config = [], token = [] }: GitSetting): Git {
  return (args, { fetches = false, ...call } = {}) =>
    run(args, {
      folder,
      env: {
        ...environmentOf(env, [...config, ...(call.config ?? []), ...(fetches ? token : [])], fetches),
        ...call.env,
      },
      signal,
      stdin: call.stdin ?? null,
      timeout: call.timeout ?? null,
    })
}

/**
 * What lets git fetch from this server, and from no other, with a token. The empty entry first takes back a header
 * that the checkout left in the repository's configuration: two of them are refused.
 * @param server such as `https://github.com`
 */
export function tokenConfig(server: string, token: string): readonly ConfigEntry[] {
  if (token === '') return []
  const key = `http.${trimEndOf(server, '/')}/.extraheader`
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  return [
    [key, ''],
    [key, `AUTHORIZATION: basic ${basic}`],
  ]
}

/**
 * Lets git read a checkout that another user owns, as in a container of a workflow. For workflows alone: elsewhere
 * git's refusal protects from the configuration of a stranger's repository.
 */
export function trustConfig(folders: readonly string[]): readonly ConfigEntry[] {
  return folders.map((folder) => ['safe.directory', folder] as const)
}

/** Longest answer that is read, in bytes. */
const longestAnswer = 256 * 1024 * 1024

interface Run {
  readonly folder: string
  readonly env: Record<string, string>
  readonly signal: AbortSignal
  readonly stdin: string | null
  readonly timeout: number | null
}

async function run(args: readonly string[], { folder, env, signal, stdin, timeout }: Run): Promise<GitAnswer> {
  const within = timeout === null ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  const failed = (message: string): GitAnswer => ({ ok: false, status: null, message })
  let stderr = ''
  const keepLast = (chunk: Buffer): void => void (stderr = (stderr + chunk.toString('utf8')).slice(-16_384))
  try {
    // In a group of its own it has no terminal to ask at, and its helpers can be stopped with it.
    const call = { cwd: folder, env, stderr: keepLast, ownGroup: true, signal: within }
    const limits = { input: stdin, mostOutput: longestAnswer }
    const { exitCode, stdout, tooLong } = await runProgram('git', args, call, limits)
    if (tooLong) return failed('its answer is too long')
    return exitCode === 0 ? { ok: true, stdout } : { ok: false, status: exitCode, message: lastWord(stderr) }
  } catch (error) {
    if (signal.aborted) throw error instanceof Cancelled ? error : new Cancelled('stopped')
    if (error instanceof Cancelled) return failed(`it took longer than ${Math.round((timeout ?? 0) / 1000)} s`)
    const code = systemErrorCode(error)
    return failed(
      code === 'ENOENT' ? 'there is no `git` on the PATH' : `git cannot be started (${code || 'unknown reason'})`,
    )
  }
}

/** The sentence of git that says what is wrong; what may be a password in a URL is left out. */
export function lastWord(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const line = lines.find((text) => /^(fatal|error):/.test(text)) ?? lines.at(-1) ?? 'git gave no reason'
  return line
    .replace(/^(fatal|error): /, '')
    .replaceAll(/\/\/[^/\s]+@/g, '//***@')
    .slice(0, 300)
}

/** The first line of an answer; null where git failed or said nothing. */
export function firstLine(answer: GitAnswer): string | null {
  return (answer.ok ? answer.stdout.split('\n')[0] : undefined) || null
}

/** The parts of an answer that `-z` ends with zero bytes. */
export function zeroEnded(answer: GitAnswer): readonly string[] | null {
  return answer.ok ? answer.stdout.split('\0').filter((part) => part !== '') : null
}

/** A full commit hash, SHA-1 or SHA-256. */
export function isCommitHash(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}

/**
 * The only place that runs Git. It passes arguments directly, without a shell, and never lets Git prompt. Secrets are
 * passed only in environment variables.
 */
import { Cancelled } from '../errors.ts'
import { systemErrorCode } from '../files.ts'
import type { ConfigEntry } from '../inputs/child-environment.ts'
import type { Environment } from '../inputs/inputs.ts'
import { OutputTail } from '../output-tail.ts'
import { runProgram } from '../programs.ts'
import { trimEndOf } from '../text.ts'
import { environmentOf } from './git-environment.ts'

/** The result of a call. */
export type GitAnswer =
  | { readonly ok: true; readonly stdout: string }
  /**
   * `status` is null if Git was stopped or could not be started. `message` is Git's own error message, with credentials
   * removed.
   */
  | { readonly ok: false; readonly status: number | null; readonly message: string }

/** Options for one call of Git. */
export interface GitCall {
  /** Added to the environment of this call. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** Time limit for the call, in milliseconds. */
  readonly timeout?: number
  /** Additional configuration, as with `git -c`. */
  readonly config?: readonly ConfigEntry[]
  /** Whether this call may contact a server. Only such a call gets a token. */
  readonly fetches?: boolean
}

export type { ConfigEntry } from '../inputs/child-environment.ts'

/**
 * Runs `git ARGS…`. A failure is returned, not thrown.
 *
 * @throws Cancelled if the signal stopped it
 */
export type Git = (args: readonly string[], call?: GitCall) => Promise<GitAnswer>

/** Options for all calls of Git in a folder. */
export interface GitSetting {
  /** The folder that Git runs in. */
  readonly folder: string
  /** The environment of this process. */
  readonly env: Environment
  readonly signal: AbortSignal
  readonly config?: readonly ConfigEntry[]
  /** The result of `tokenConfig`, for calls that fetch. */
  readonly token?: readonly ConfigEntry[]
}

/** Returns a function that runs Git in a folder. */
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
 * Returns configuration that lets Git fetch from this server, and from no other, with a token. The empty entry first
 * removes a header that the checkout left in the repository's configuration, because servers reject two of them.
 *
 * @param server for example `https://github.com`
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
 * Returns configuration that lets Git read a checkout that belongs to another user, as in a container job. It is for
 * workflows only: elsewhere, Git's refusal protects the user from the configuration of a stranger's repository.
 */
export function trustConfig(folders: readonly string[]): readonly ConfigEntry[] {
  return folders.map((folder) => ['safe.directory', folder] as const)
}

/** Size limit for the output, in bytes. */
const maxAnswerBytes = 256 * 1024 * 1024

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
  const tail = new OutputTail(16_384)
  try {
    // In a group of its own it has no terminal to ask at, and its helpers can be stopped with it.
    const call = { cwd: folder, env, stderr: tail.write, ownGroup: true, signal: within }
    const limits = { input: stdin, maxOutput: maxAnswerBytes }
    const { exitCode, stdout, tooLong } = await runProgram('git', args, call, limits)
    if (tooLong) return failed('its answer is too long')
    return exitCode === 0 ? { ok: true, stdout } : { ok: false, status: exitCode, message: lastWord(tail.text()) }
  } catch (error) {
    if (signal.aborted) throw error instanceof Cancelled ? error : new Cancelled('stopped')
    if (error instanceof Cancelled) return failed(`it took longer than ${Math.round((timeout ?? 0) / 1000)} s`)
    const code = systemErrorCode(error)
    return failed(
      code === 'ENOENT' ? 'there is no `git` on the PATH' : `git cannot be started (${code || 'unknown reason'})`,
    )
  }
}

/** Returns the line of Git's output that names the error. Parts of a URL that may be a password are removed. */
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

/** Returns the first line of the output, or null if Git failed or printed nothing. */
export function firstLine(answer: GitAnswer): string | null {
  return (answer.ok ? answer.stdout.split('\n')[0] : undefined) || null
}

/** Returns the items of output that was printed with `-z`, or null if Git failed. */
export function zeroEnded(answer: GitAnswer): readonly string[] | null {
  return answer.ok ? answer.stdout.split('\0').filter((part) => part !== '') : null
}

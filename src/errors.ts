/**
 * Errors that a user reads. Each message says what happened, where, and what to do. Each error has a stable code and an
 * exit status of the command line.
 */
import { maskUrls } from './url-secrets.ts'

/** The exit statuses of the command line by what they mean. */
export const ExitStatus = {
  ok: 0,
  budgetFailed: 1,
  wrongUse: 2,
  buildFailed: 3,
  unreachable: 4,
  reportFailed: 5,
} as const

/** An exit status of the command line; see docs/errors.md. */
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus]

const exitStatusOf = {
  /** The command line or the action's inputs are wrong. */
  USAGE: ExitStatus.wrongUse,
  /** A file, folder or record that the user named cannot be read or is invalid. */
  UNREADABLE_INPUT: ExitStatus.wrongUse,
  /** The Dockerfile cannot be parsed. */
  DOCKERFILE: ExitStatus.wrongUse,
  /** The user's own build failed. */
  BUILD_FAILED: ExitStatus.buildFailed,
  /** No engine answers, or the connection to it was lost. */
  ENGINE_UNREACHABLE: ExitStatus.unreachable,
  /** A registry cannot be reached, or its answers are not those of a registry. */
  REGISTRY_UNREACHABLE: ExitStatus.unreachable,
  /** GitHub cannot be reached, or its answers cannot be read. */
  GITHUB_UNREACHABLE: ExitStatus.unreachable,
  /** The docker client has no buildx, or an old one. */
  ENGINE_TOO_OLD: ExitStatus.unreachable,
  /** The `docker` on the PATH is another program with this name. */
  NOT_DOCKER: ExitStatus.unreachable,
  /** The builder cannot export its layers. */
  NOT_SUPPORTED: ExitStatus.reportFailed,
  /** Weighing failed after a successful build. */
  WEIGHING_FAILED: ExitStatus.reportFailed,
  /** A layer blob is damaged or hostile, or does not match its digest. */
  LAYER: ExitStatus.reportFailed,
  /** The disk has not enough free space for new layers. */
  DISK_SPACE: ExitStatus.reportFailed,
} as const satisfies Record<string, ExitStatus>

/** The stable code of an error; see docs/errors.md. */
export type ErrorCode = keyof typeof exitStatusOf

/** Where a user reads a message. Options are inputs of the action or flags of the command line. */
export type EntryPoint = 'action' | 'command line'

/** Returns how an option is written there, by the name of its input. */
export type Option = (input: string) => string

const options: Readonly<Record<EntryPoint, Option>> = {
  action: (input) => `input ${input}`,
  'command line': (input) => `--${input === 'budgets' ? 'budget' : input}`,
}

/** Returns how options are written for an entry point. */
export const optionsOf = (entryPoint: EntryPoint): Option => options[entryPoint]

/** Returns a sentence that names options. */
export type Wording = (option: Option) => string

/**
 * An error with one clear sentence for the user. The message never contains secrets or values of build arguments. It
 * names the flags of the command line; `messageOf` returns the message for either entry point.
 */
export class FootprintError extends Error {
  override readonly name = 'FootprintError'
  readonly code: ErrorCode
  readonly wording: Wording

  // A message that names options is a `Wording`.
  constructor(code: ErrorCode, message: string | Wording, cause?: ErrorOptions) {
    const wording: Wording = (option) => maskUrls(typeof message === 'string' ? message : message(option))
    super(wording(options['command line']), cause)
    this.code = code
    this.wording = wording
  }

  get exitStatus(): ExitStatus {
    return exitStatusOf[this.code]
  }
}

/** Thrown if the user or the runner cancels the run. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
}

/** Returns the message of anything that was thrown. */
export function messageOf(error: unknown, entryPoint: EntryPoint = 'command line'): string {
  if (error instanceof FootprintError) return error.wording(options[entryPoint])
  if (!(error instanceof Error)) return String(error)
  const isMissing = 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
  return isMissing ? `a file of Stage Footprint is missing, install it again (${error.message})` : error.message
}

/** Returns the message of an error and its stable code in brackets. */
export function describe(error: unknown, entryPoint: EntryPoint): string {
  return `${messageOf(error, entryPoint)} [${error instanceof FootprintError ? error.code : 'BUG'}]`
}

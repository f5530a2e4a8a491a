/**
 * Errors that a user reads. Each says what happened, where, and what to do; each has a stable code and the
 * exit status of the command line that goes with it.
 */

/** Exit statuses of the command line. */
export const ExitStatus = {
  ok: 0,
  budgetFailed: 1,
  wrongUse: 2,
  buildFailed: 3,
  unreachable: 4,
  reportFailed: 5,
} as const

export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus]

const exitStatusOf = {
  /** The command line or the action's inputs are wrong. */
  USAGE: ExitStatus.wrongUse,
  /** A file, folder or record that was named cannot be read, or is not what it should be. */
  UNREADABLE_INPUT: ExitStatus.wrongUse,
  /** The Dockerfile cannot be understood. */
  DOCKERFILE: ExitStatus.wrongUse,
  /** The user's own build failed. */
  BUILD_FAILED: ExitStatus.buildFailed,
  /** No engine answers, or it went away. */
  ENGINE_UNREACHABLE: ExitStatus.unreachable,
  /** A registry cannot be reached, or does not answer as one. */
  REGISTRY_UNREACHABLE: ExitStatus.unreachable,
  /** There is a docker client without a new enough buildx. */
  ENGINE_TOO_OLD: ExitStatus.unreachable,
  /** The `docker` on the PATH is another program that goes by this name. */
  NOT_DOCKER: ExitStatus.unreachable,
  /** The builder cannot give its layers. */
  NOT_SUPPORTED: ExitStatus.reportFailed,
  /** Weighing failed after a good build. */
  WEIGHING_FAILED: ExitStatus.reportFailed,
  /** A layer blob is damaged, hostile, or not the one that its digest names. */
  LAYER: ExitStatus.reportFailed,
  /** Not enough room on the disk to read new layers. */
  DISK_SPACE: ExitStatus.reportFailed,
} as const satisfies Record<string, ExitStatus>

export type ErrorCode = keyof typeof exitStatusOf

/** Where a user reads: options are inputs of the action, and flags of the command line. */
export type Face = 'action' | 'command line'

/** How an option is called there, by the name of its input. */
export type Option = (input: string) => string

const options: Readonly<Record<Face, Option>> = {
  action: (input) => `input ${input}`,
  'command line': (input) => `--${input === 'budgets' ? 'budget' : input}`,
}

/** A sentence that names options. */
export type Wording = (option: Option) => string

/**
 * An error with one clear sentence for the user. The message never holds secrets or build-argument values. It has the
 * words of the command line; `messageOf` gives those of a face.
 */
export class FootprintError extends Error {
  override readonly name = 'FootprintError'
  readonly code: ErrorCode
  readonly wording: Wording

  /** @param message a sentence, or a wording where it names options */
  constructor(code: ErrorCode, message: string | Wording, cause?: ErrorOptions) {
    const wording = typeof message === 'string' ? (): string => message : message
    super(wording(options['command line']), cause)
    this.code = code
    this.wording = wording
  }

  get exitStatus(): ExitStatus {
    return exitStatusOf[this.code]
  }
}

/** Thrown where the user or the runner stopped us. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown, face: Face = 'command line'): string {
  if (error instanceof FootprintError) return error.wording(options[face])
  return error instanceof Error ? error.message : String(error)
}

/** What went wrong, and its stable code. */
export function describe(error: unknown, face: Face): string {
  return `${messageOf(error, face)} [${error instanceof FootprintError ? error.code : 'BUG'}]`
}

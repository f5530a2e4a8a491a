/** Opens a file in the user's browser. Arguments are passed as a list, never through a shell. */
import { isSystemError, reasonOf, systemErrorCode } from '../files.ts'
import type { Environment } from '../inputs/inputs.ts'
import { launchProgram, runProgram } from '../programs.ts'

/** A program that opens a file with the program that the user prefers for it. */
export interface Opener {
  readonly program: string
  /** Whether it needs the path as Windows writes it, because it runs outside of WSL. */
  readonly wantsWindowsPath: boolean
  /** Whether its exit status says nothing. That of `explorer.exe` is always 1. */
  readonly ignoresStatus: boolean
}

const opener = (program: string, some: Partial<Opener> = {}): Opener => ({
  program,
  wantsWindowsPath: false,
  ignoresStatus: false,
  ...some,
})

/**
 * Returns the programs to try, in this order. Returns a sentence without a full stop if none can work.
 *
 * @param platform a value of `process.platform`
 */
export function openersFor(platform: string, env: Environment): readonly Opener[] | string {
  if (platform === 'darwin') return [opener('open')]
  if (platform === 'win32') return [opener('explorer.exe', { ignoresStatus: true })]
  const explorer = opener('explorer.exe', { wantsWindowsPath: true, ignoresStatus: true })
  // The browser of WSL is usually the one of Windows.
  if (env['WSL_DISTRO_NAME']) return [opener('wslview'), explorer]
  // Without a display, xdg-open would start a browser for text in this terminal.
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'there is no display'
  return [opener('xdg-open')]
}

/** How a file is opened. */
export interface Opening {
  /** A value of `process.platform`. */
  readonly platform: string
  readonly env: Environment
  readonly signal: AbortSignal
  /** Milliseconds after which a program that still runs counts as having opened the file. */
  readonly patienceMs?: number
}

const usualPatienceMs = 5_000

/**
 * Opens a file.
 *
 * @param path an absolute path
 * @returns null if a program opened it; otherwise why not, as a sentence without a full stop
 * @throws Cancelled if the signal aborts. A browser that was started stays open
 */
export async function openInBrowser(path: string, opening: Opening): Promise<string | null> {
  const openers = openersFor(opening.platform, opening.env)
  if (typeof openers === 'string') return openers
  const refused: string[] = []
  for (const one of openers) {
    const why = await openWith(one, path, opening)
    if (why === null) return null
    refused.push(why)
  }
  return refused.join(', and ')
}

async function openWith(
  { program, wantsWindowsPath, ignoresStatus }: Opener,
  path: string,
  { env, signal, patienceMs = usualPatienceMs }: Opening,
): Promise<string | null> {
  try {
    const shown = wantsWindowsPath ? await windowsPath(path, env, signal) : path
    if (shown === null) return 'wslpath did not translate the path'
    const status = await launchProgram(program, [shown], env, { patienceMs, signal })
    if (status === 'running' || status === 0 || ignoresStatus) return null
    return `${program} ended with ${status === null ? 'a signal' : `status ${status}`}`
  } catch (error) {
    if (!isSystemError(error)) throw error
    return systemErrorCode(error) === 'ENOENT'
      ? `there is no ${wantsWindowsPath ? `wslpath or ${program}` : program} on the PATH`
      : `${program} cannot be started (${reasonOf(error)})`
  }
}

async function windowsPath(path: string, env: Environment, signal: AbortSignal): Promise<string | null> {
  const { exitCode, stdout } = await runProgram(
    'wslpath',
    ['-w', path],
    { env, stderr: 'ignore', ownGroup: false, signal },
    { input: null, maxOutput: 10_000 },
  )
  const line = stdout.trimEnd()
  return exitCode === 0 && line !== '' ? line : null
}

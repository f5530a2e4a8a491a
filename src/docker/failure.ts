/** Classifies a failure by the builder's output. The output itself is shown unchanged. */

/** A failure that the builder reported. */
export interface BuilderFailure {
  /** The builder's last ERROR line without its prefix, or null if there is no known message. */
  readonly message: string | null
  /** The name of the Dockerfile and the line, if the builder named them. */
  readonly file: string | null
  readonly line: number | null
  readonly kind: 'build' | 'unreachable' | 'no-builder' | 'too-old'
  /** Name of the builder that does not exist. Null for other failures. */
  readonly builder: string | null
}

type Sign = (text: string) => boolean

/** Matches texts that contain these parts in this order. It never backtracks, because a build can print a lot. */
const words =
  (...parts: readonly string[]): Sign =>
  (text) => {
    let at = 0
    for (const part of parts) {
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return true
  }

/** Matched against the last message, in lower case. */
const unreachable: readonly Sign[] = [
  words('cannot connect to the docker daemon'),
  words('error during connect'),
  ...['failed to dial ', 'failed to connect to '].flatMap((tried) =>
    ['sock', 'docker', 'buildkit'].map((what) => words(tried, what)),
  ),
  words('dial unix ', ': connect:'),
  words('error reading from server: eof'),
  words('error reading from server: ', 'connection reset'),
  words('code = unavailable'),
  words('failed to list workers'),
  words('transport is closing'),
  words('permission denied while trying to connect to the docker'),
  words('docker daemon is not running'),
  words('unable to resolve docker endpoint'),
  (text) => /^(?:failed to \w+: )?(?:unexpected )?eof$/.test(text),
]

/** A builder that does not answer. A step that takes too long failed to be solved. */
const noConnection = /^ERROR: (?:failed to build: )?context deadline exceeded$/m

/** Matched against each line, in lower case. */
const tooOld: readonly Sign[] = [
  words("'buildx' is not a docker command"),
  words('unknown command: docker buildx'),
  words('unknown flag: --call'),
  words('buildx', ' component is missing'),
  words('buildx', ' plugin is missing'),
]

/** Finds the failure in what buildx printed on standard error. */
export function parseFailure(stderr: string): BuilderFailure {
  const text = stderr.replaceAll('\r\n', '\n')
  const message =
    lastError(text)
      ?.replace(/^failed to build: /, '')
      .replace(/^failed to solve: /, '') ?? null
  // buildx prints "NAME:LINE", a ruler, and the source with ">>>" at the lines that failed.
  const location = [...text.matchAll(/^(.+):(\d+)\n-{3,}\n/gm)].at(-1)
  // An unknown flag is followed by lines of advice.
  const said = message ?? /^unknown flag: \S+/m.exec(text)?.[0] ?? text.trim().split('\n').at(-1) ?? ''
  const builder = /(?:^|: )no builder "([^"]{1,200})" found$/.exec(said)?.[1] ?? null
  return {
    message: message ?? (said === '' ? null : said),
    file: location?.[1] ?? null,
    line: location ? Number(location[2]) : null,
    builder,
    kind: isSaidIn(text.toLowerCase().split('\n'), tooOld)
      ? 'too-old'
      : builder !== null
        ? 'no-builder'
        : isSaidIn([said.toLowerCase()], unreachable) || noConnection.test(text)
          ? 'unreachable'
          : 'build',
  }
}

/**
 * Returns the builder's last ERROR as one line. If it quotes another program, as in `git stderr:`, the quote continues
 * on the following lines, up to the next empty line.
 */
function lastError(text: string): string | null {
  const start = text.lastIndexOf(`\n${errorMark}`) + 1
  if (!text.startsWith(errorMark, start)) return null
  const lines = text.slice(start + errorMark.length, start + maxErrorLength).split('\n')
  const [first = ''] = lines
  if (!first.trimEnd().endsWith(':')) return first
  const end = lines.findIndex((line) => line.trim() === '')
  return lines
    .slice(0, end < 0 ? undefined : end)
    .map((line) => line.trim())
    .join(' ')
    .replaceAll(' : ', ': ')
}

const errorMark = 'ERROR: '
/** Length limit, in characters. */
const maxErrorLength = 4_000

const isSaidIn = (lines: readonly string[], signs: readonly Sign[]): boolean =>
  lines.some((line) => signs.some((sign) => sign(line)))

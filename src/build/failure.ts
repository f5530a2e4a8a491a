/** What the builder's own words tell of a failure. The words themselves are shown as they stand. */

export interface BuilderFailure {
  /** The builder's last ERROR line, without its prefix; null if it said nothing we know. */
  readonly message: string | null
  /** The Dockerfile's name and line, where the builder pointed at one. */
  readonly file: string | null
  readonly line: number | null
  readonly kind: 'build' | 'unreachable' | 'too-old'
}

const unreachable = [
  /cannot connect to the docker daemon/i,
  /error during connect/i,
  /failed to (?:dial|connect to) .*(?:sock|docker|buildkit)/i,
  /dial unix .*: connect:/i,
  /error reading from server: (?:EOF|.*connection reset)/i,
  /code = Unavailable/,
  /transport is closing/i,
  /permission denied while trying to connect to the docker/i,
  /no builder .* found/i,
  /docker daemon is not running/i,
  /^(?:failed to \w+: )?(?:unexpected )?EOF$/i,
]

const tooOld = [
  /'buildx' is not a docker command/,
  /unknown command: docker buildx/,
  /unknown flag: --call/,
  /buildx.* (?:component|plugin) is missing/i,
]

/** Reads the failure out of what buildx printed on standard error. */
export function parseFailure(stderr: string): BuilderFailure {
  const text = stderr.replaceAll('\r\n', '\n')
  const errors = [...text.matchAll(/^(?:ERROR: )(.*)$/gm)].map((match) => match[1] ?? '')
  const message = errors.at(-1)?.replace(/^failed to build: /, '').replace(/^failed to solve: /, '') ?? null
  // buildx prints "NAME:LINE", a ruler, and the source with ">>>" at the lines that failed.
  const location = [...text.matchAll(/^(.+):(\d+)\n-{3,}\n/gm)].at(-1)
  // After an unknown flag there is advice in more lines.
  const said = message ?? /^unknown flag: \S+/m.exec(text)?.[0] ?? text.trim().split('\n').at(-1) ?? ''
  return {
    message: message ?? (said === '' ? null : said),
    file: location?.[1] ?? null,
    line: location ? Number(location[2]) : null,
    kind: tooOld.some((pattern) => pattern.test(text))
      ? 'too-old'
      : unreachable.some((pattern) => pattern.test(said))
        ? 'unreachable'
        : 'build',
  }
}

/** Extracts from the flags of `docker buildx build` what the rest of the program needs to know about a build. */
import { FootprintError } from '../errors.ts'
import type { BuildxFlag, FlagRole } from './buildx-flags.ts'
import type { FlagUse } from './flag-scan.ts'
import type { BuildInputs } from './inputs.ts'

/** A build whose flags have been parsed. */
export interface BuildParts {
  readonly context: string
  /** All flags of the user's build, parsed. */
  readonly uses: readonly FlagUse<BuildxFlag>[]
  /** The same flags as arguments, as the user wrote them. */
  readonly argv: readonly string[]
  readonly env: ReadonlyMap<string, string>
}

/**
 * Returns the inputs of a build.
 *
 * @throws FootprintError USAGE if a build context has no name, or an output would go to standard output
 */
export function buildInputsOf({ context, uses, argv, env }: BuildParts): BuildInputs {
  const all = (name: string): string[] => uses.filter((use) => use.flag.name === name).map((use) => use.value)
  // An empty value means the default of the flag, as in the client.
  const last = (name: string): string | null => all(name).at(-1) || null
  const withRole = (role: FlagRole): string[] =>
    uses.filter((use) => use.flag.role === role).flatMap((use) => use.words)
  return {
    context,
    file: last('file'),
    target: last('target'),
    platforms: all('platform')
      .flatMap((value) => value.split(','))
      .map((platform) => platform.trim())
      .filter((platform) => platform !== ''),
    buildArgs: all('build-arg'),
    buildContexts: new Map(all('build-context').map(buildContextOf)),
    builder: last('builder'),
    outputs: all('output').map(refuseStandardOutput),
    tags: all('tag'),
    push: last('push') === 'true',
    load: last('load') === 'true',
    call: callOf(uses),
    metadataFile: last('metadata-file'),
    iidFile: last('iidfile'),
    argv,
    stepArgv: withRole('step'),
    unknownFlags: [...new Set(uses.filter((use) => use.flag.role === 'unknown').map((use) => `--${use.flag.name}`))],
    imageArgv: uses.filter((use) => use.flag.role === 'image').flatMap(imageWords),
    env,
  }
}

/**
 * Returns the arguments for a flag that changes only the image. Stages are exported one platform at a time, without an
 * index. Annotations of an index (`index:KEY=VALUE`) would be rejected there and are left out.
 */
function imageWords({ flag, value, words }: FlagUse<BuildxFlag>): readonly string[] {
  const key = value.split('=', 1)[0] ?? ''
  if (flag.name !== 'annotation' || !key.includes(':')) return words
  const levels = key.slice(0, key.indexOf(':')).split(',')
  const kept = levels.filter((level) => !/^index(?:-descriptor)?(?:\[|$)/.test(level.trim()))
  if (kept.length === levels.length) return words
  return kept.length === 0 ? [] : ['--annotation', kept.join(',') + value.slice(key.indexOf(':'))]
}

/** Parses `NAME=WHERE`. The name is normalised, because Dockerfiles may write it in several forms. */
function buildContextOf(value: string): [string, string] {
  const equals = value.indexOf('=')
  if (equals < 1) {
    throw new FootprintError(
      'USAGE',
      `build context "${value}" must be NAME=PATH, NAME=URL or NAME=docker-image://IMAGE`,
    )
  }
  return [contextName(value.slice(0, equals)), value.slice(equals + 1)]
}

/** Returns one name for all forms of a reference: `docker.io/library/alpine:latest` becomes `alpine`. */
export function contextName(reference: string): string {
  return reference
    .toLowerCase()
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\/(?=[^/]+$)/, '')
    .replace(/:latest$/, '')
}

/** Rejects an output to standard output, which is reserved for the report. */
function refuseStandardOutput(output: string): string {
  const fields = new Map(
    output.split(',').map((field): [string, string] => {
      const [name = '', value = ''] = field
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .split(/=(.*)/s)
      return [name.toLowerCase(), value]
    }),
  )
  const isFile = ['tar', 'oci'].includes(fields.get('type') ?? '') && fields.get('tar') !== 'false'
  if (output === '-' || fields.get('dest') === '-' || (isFile && !fields.get('dest')))
    throw new FootprintError(
      'USAGE',
      `output "${output}" would be written to standard output, which is for the report: set dest=FILE`,
    )
  return output
}

/** Returns what the last `--call` or `--check` asks for, or null for a build, which is the default. */
function callOf(uses: readonly FlagUse<BuildxFlag>[]): string | null {
  let call = 'build'
  for (const { flag, value } of uses) {
    if (flag.name === 'call') call = value
    else if (flag.name === 'check' && value === 'true') call = 'check'
  }
  return call === '' || call === 'build' ? null : call
}

/** From the flags of `docker buildx build` to what the rest of the program wants to know of a build. */
import { FootprintError } from '../errors.ts'
import type { BuildxFlag, FlagRole } from './buildx-flags.ts'
import type { FlagUse } from './flag-scan.ts'
import type { BuildInputs } from './inputs.ts'

export interface BuildParts {
  readonly context: string
  /** All flags of the user's build, one by one. */
  readonly uses: readonly FlagUse<BuildxFlag>[]
  /** The same as words, as the user wrote them. */
  readonly argv: readonly string[]
  readonly env: ReadonlyMap<string, string>
}

export function buildInputsOf({ context, uses, argv, env }: BuildParts): BuildInputs {
  const all = (name: string): string[] => uses.filter((use) => use.flag.name === name).map((use) => use.value)
  // An empty value is the flag's default, as in the client.
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
 * Weighing exports each platform by itself, with no index around it: annotations of an index (`index:KEY=VALUE`) would be
 * refused there, and are left out.
 */
function imageWords({ flag, value, words }: FlagUse<BuildxFlag>): readonly string[] {
  const key = value.split('=', 1)[0] ?? ''
  if (flag.name !== 'annotation' || !key.includes(':')) return words
  const levels = key.slice(0, key.indexOf(':')).split(',')
  const kept = levels.filter((level) => !/^index(?:-descriptor)?(?:\[|$)/.test(level.trim()))
  if (kept.length === levels.length) return words
  return kept.length === 0 ? [] : ['--annotation', kept.join(',') + value.slice(key.indexOf(':'))]
}

/** `NAME=WHERE`; the name as Dockerfiles may write it in any of its forms. */
function buildContextOf(value: string): [string, string] {
  const equals = value.indexOf('=')
  if (equals < 1) {
    throw new FootprintError(
      'USAGE',
      `build context "${value}" is not NAME=PATH, NAME=URL or NAME=docker-image://IMAGE`,
    )
  }
  return [contextName(value.slice(0, equals)), value.slice(equals + 1)]
}

/** One name for all forms of it: `docker.io/library/alpine:latest` is `alpine`. */
export function contextName(reference: string): string {
  return reference
    .toLowerCase()
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\/(?=[^/]+$)/, '')
    .replace(/:latest$/, '')
}

/** Standard output carries the report alone. */
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
      `output "${output}" would go to standard output, where the report goes: name a file with dest=FILE`,
    )
  return output
}

/** The last word of `--call` and `--check` counts; `build` is what is done without them. */
function callOf(uses: readonly FlagUse<BuildxFlag>[]): string | null {
  let call = 'build'
  for (const { flag, value } of uses) {
    if (flag.name === 'call') call = value
    else if (flag.name === 'check' && value === 'true') call = 'check'
  }
  return call === '' || call === 'build' ? null : call
}

import type { Platform } from '../oci/platform.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Instruction } from './instructions.ts'
import type { Escape } from './logical-line.ts'
import { readShellWords } from './shell-words.ts'

/** What the values of ARGs before the first FROM come from. */
export interface ArgumentSources {
  /** Values of `--build-arg`. */
  readonly buildArgs: ReadonlyMap<string, string>
  /** The platform that is built for. Without it, `TARGETARCH` and its like cannot be told. */
  readonly platform?: Platform | undefined
  /** The builder's own platform, if it is not the same. */
  readonly buildPlatform?: Platform | undefined
  /** `TARGETSTAGE`. */
  readonly targetStage: string
}

/** Variables that a FROM can use. Null: predefined, but its value is not known here. */
export type Variables = ReadonlyMap<string, string | null>

function predefined({ platform, buildPlatform, targetStage }: ArgumentSources): Map<string, string | null> {
  return new Map<string, string | null>([
    ...platformVariables('BUILD', buildPlatform ?? platform),
    ...platformVariables('TARGET', platform),
    ['TARGETSTAGE', targetStage],
  ])
}

function platformVariables(prefix: string, platform: Platform | undefined): [string, string | null][] {
  return [
    [`${prefix}PLATFORM`, platform === undefined ? null : formatPlatform(platform)],
    [`${prefix}OS`, platform?.os ?? null],
    [`${prefix}OSVERSION`, platform === undefined ? null : (platform['os.version'] ?? '')],
    [`${prefix}ARCH`, platform?.architecture ?? null],
    [`${prefix}VARIANT`, platform === undefined ? null : (platform.variant ?? '')],
  ]
}

/** The variables after the ARGs before the first FROM, each default expanded with what stands before it. */
export function globalVariables(args: readonly Instruction[], escape: Escape, sources: ArgumentSources): Variables {
  const variables = predefined(sources)
  for (const name of variables.keys()) {
    const given = sources.buildArgs.get(name)
    if (given !== undefined) variables.set(name, given)
  }
  for (const declaration of args.flatMap((arg) => declarations(arg.rest, escape))) {
    const equals = declaration.indexOf('=')
    const name = equals < 0 ? declaration : declaration.slice(0, equals)
    const given = sources.buildArgs.get(name)
    if (given !== undefined) variables.set(name, given)
    else if (equals >= 0) variables.set(name, expand(declaration.slice(equals + 1), escape, variables))
  }
  return variables
}

/** The `NAME` and `NAME=value` of an ARG; quotes keep spaces together and stay. One that does not end goes to the end. */
function declarations(rest: string, escape: Escape): readonly string[] {
  const words: string[] = []
  let start: number | null = null
  let quote = ''
  for (let at = 0; at < rest.length; at++) {
    const char = rest.charAt(at)
    if (quote === '' && /\s/.test(char)) {
      if (start !== null) words.push(rest.slice(start, at))
      start = null
      continue
    }
    start ??= at
    if (char === escape && quote !== "'") at++
    else if (char === quote) quote = ''
    else if (quote === '' && (char === '"' || char === "'")) quote = char
  }
  return start === null ? words : [...words, rest.slice(start)]
}

/** A longer text is no name of a stage or an image. Values may double with each `ARG`, and so come to an end. */
const longestWord = 1_024

/** A word with its variables replaced; null if it is not well-formed or needs one whose value is not known. */
export function expand(word: string, escape: Escape, variables: Variables): string | null {
  const unknown: string[] = []
  const lookUp = (name: string): string | undefined => {
    const value = variables.get(name)
    if (value === null) unknown.push(name)
    return value ?? undefined
  }
  const expanded = readShellWords(word, { escape, lookUp, longest: longestWord })
  return expanded === null || unknown.length > 0 ? null : expanded.text
}

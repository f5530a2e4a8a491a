import type { Platform } from '../oci/platform.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Instruction } from './instructions.ts'
import type { Escape } from './logical-line.ts'
import { readShellWords } from './shell-words.ts'

/** Sources for the values of ARGs before the first FROM. */
export interface ArgumentSources {
  /** Values of `--build-arg`. */
  readonly buildArgs: ReadonlyMap<string, string>
  /** The platform that the build is for. Without it, `TARGETARCH` and similar variables are unknown. */
  readonly platform?: Platform | undefined
  /** The builder's own platform, if it is different. */
  readonly buildPlatform?: Platform | undefined
  /** The value of `TARGETSTAGE`. */
  readonly targetStage: string
}

/** Variables that a FROM can use. The value is null if a variable is predefined but its value is not known here. */
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

/**
 * Returns the variables after the ARGs before the first FROM. Each default is expanded with the variables before it.
 */
export function globalVariables(args: readonly Instruction[], escape: Escape, sources: ArgumentSources): Variables {
  const variables = predefined(sources)
  for (const name of variables.keys()) {
    const given = sources.buildArgs.get(name)
    if (given !== undefined) variables.set(name, given)
  }
  for (const declaration of args.flatMap((arg) => variableWords(arg.rest, escape))) {
    const equals = declaration.indexOf('=')
    const name = equals < 0 ? declaration : declaration.slice(0, equals)
    const given = sources.buildArgs.get(name)
    if (given !== undefined) variables.set(name, given)
    else if (equals >= 0) variables.set(name, expand(declaration.slice(equals + 1), escape, variables))
  }
  return variables
}

/** Returns the names that an ARG declares. */
export const declaredNames = ({ rest }: Instruction, escape: Escape): readonly string[] =>
  variableWords(rest, escape).map((declaration) => declaration.split('=', 1)[0] ?? '')

/**
 * Splits what follows ARG or ENV into `NAME` and `NAME=value`. Quotes keep spaces together and stay in the text. An
 * unclosed quote extends to the end.
 */
export function variableWords(rest: string, escape: Escape): readonly string[] {
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

/**
 * Length limit, in UTF-16 code units. No name of a stage or image is longer. Values can double with each `ARG`, so
 * there must be a limit.
 */
const maxWordLength = 1_024

/**
 * Returns a word with its variables replaced. Returns null if it is malformed, too long, or needs a variable whose
 * value is unknown.
 */
export function expand(word: string, escape: Escape, variables: Variables): string | null {
  const unknown: string[] = []
  const lookUp = (name: string): string | undefined => {
    const value = variables.get(name)
    if (value === null) unknown.push(name)
    return value ?? undefined
  }
  const expanded = readShellWords(word, { escape, lookUp, maxLength: maxWordLength })
  return expanded === null || unknown.length > 0 ? null : expanded.text
}

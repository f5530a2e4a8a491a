/** Splits arguments into flags and operands by the rules of the Docker client (Go's pflag). */
import { FootprintError } from '../errors.ts'
import { goBoolean } from './boolean-input.ts'
import type { FlagShape } from './buildx-flags.ts'
import { nearest } from './nearest.ts'

/** A flag that is not in the table. A newer docker client may have it. */
export class UnknownFlag extends FootprintError {
  constructor(message: string) {
    super('USAGE', message)
  }
}

/** One flag as it was given. */
export interface FlagUse<F extends FlagShape> {
  readonly flag: F
  /** The value. For a boolean, `true` or `false`. */
  readonly value: string
  /** Arguments that give this flag alone. */
  readonly words: readonly string[]
}

/** Arguments that belong together: one flag, or a cluster of short flags such as `-Dt name`. */
export interface FlagGroup<F extends FlagShape> {
  /** As the user wrote them. */
  readonly words: readonly string[]
  readonly uses: readonly FlagUse<F>[]
}

/** Arguments, split into flags and operands. */
export interface Scan<F extends FlagShape> {
  readonly groups: readonly FlagGroup<F>[]
  readonly operands: readonly string[]
}

/**
 * Splits arguments. Flags may come before and after operands. `--` ends the flags, and `-` is an operand.
 *
 * @throws UnknownFlag for a flag that is not known
 * @throws FootprintError USAGE for a flag without its value, or with an invalid one
 */
export function scanFlags<F extends FlagShape>(argv: readonly string[], known: readonly F[]): Scan<F> {
  const groups: FlagGroup<F>[] = []
  const operands: string[] = []
  for (let position = 0; position < argv.length; position++) {
    const word = argv[position] ?? ''
    if (word === '--') {
      operands.push(...argv.slice(position + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      operands.push(word)
      continue
    }
    const next = argv[position + 1]
    const group = word.startsWith('--') ? longFlag(word, next, known) : shortFlags(word, next, known)
    groups.push(group)
    position += group.words.length - 1
  }
  return { groups, operands }
}

function longFlag<F extends FlagShape>(word: string, next: string | undefined, known: readonly F[]): FlagGroup<F> {
  const equals = word.indexOf('=')
  const name = word.slice(2, equals < 0 ? undefined : equals)
  const flag = known.find((candidate) => candidate.name === name)
  if (!flag) throw unknownFlag(`--${name}`, known)
  if (equals >= 0) return single(flag, word.slice(equals + 1), [word])
  if (!flag.takesValue) return single(flag, 'true', [word])
  if (next === undefined) throw new FootprintError('USAGE', `flag --${name} needs a value: --${name} VALUE`)
  return single(flag, next, [word, next])
}

function shortFlags<F extends FlagShape>(word: string, next: string | undefined, known: readonly F[]): FlagGroup<F> {
  const uses: FlagUse<F>[] = []
  let rest = word.slice(1)
  while (rest !== '') {
    const letter = rest.charAt(0)
    const flag = known.find((candidate) => candidate.short === letter)
    if (!flag) throw unknownFlag(`-${letter}`, known, word)
    rest = rest.slice(1)
    if (rest.length > 1 && rest.startsWith('=')) {
      uses.push(useOf(flag, rest.slice(1), [`-${letter}${rest}`]))
      break
    }
    if (!flag.takesValue) {
      uses.push(useOf(flag, 'true', [`-${letter}`]))
      continue
    }
    if (rest !== '') {
      uses.push(useOf(flag, rest, [`-${letter}${rest}`]))
      break
    }
    if (next === undefined) throw new FootprintError('USAGE', `flag -${letter} needs a value: -${letter} VALUE`)
    uses.push(useOf(flag, next, [`-${letter}`, next]))
    return { words: [word, next], uses }
  }
  return { words: [word], uses }
}

function single<F extends FlagShape>(flag: F, value: string, words: readonly string[]): FlagGroup<F> {
  return { words, uses: [useOf(flag, value, words)] }
}

function useOf<F extends FlagShape>(flag: F, value: string, words: readonly string[]): FlagUse<F> {
  return { flag, value: flag.takesValue || flag.anyText === true ? value : booleanOf(flag, value), words }
}

function booleanOf(flag: FlagShape, value: string): 'true' | 'false' {
  const wanted = goBoolean(value)
  if (wanted !== null) return wanted ? 'true' : 'false'
  throw new FootprintError('USAGE', `flag --${flag.name} must be true or false, not "${value}"`)
}

/**
 * Returns the error for an unknown flag.
 *
 * @param word the whole argument: `-platform` is a cluster that begins with an unknown `-p`, but `--platform` was meant
 */
function unknownFlag(written: string, known: readonly FlagShape[], word = written): UnknownFlag {
  const name = word.replace(/^-+/, '')
  const near = nearest(
    name,
    known.map((flag) => flag.name),
  )
  // A single letter is similar to too many names.
  const advice = near !== null && name.length > 1 ? `did you mean --${near}?` : 'see --help for all flags'
  return new UnknownFlag(`unknown flag ${written}; ${advice}`)
}

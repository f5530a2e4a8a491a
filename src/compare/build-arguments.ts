/** The values of declared build arguments, as far as a record knows them. Pure. */
import type { Setting } from '../dockerfile/settings.ts'
import type { Instruction } from '../record/footprint.ts'
import { argumentNames, settingsOf } from './instruction-text.ts'

/** An ARG before the first FROM. */
interface GlobalArgument {
  readonly line: number | null
  readonly names: readonly string[]
  readonly settings: readonly Setting[]
}

/** The ARGs before the first FROM. */
export interface Globals {
  /** Returns those that declare these names, and those whose values they use, in their order. */
  readonly behind: (names: readonly string[]) => readonly GlobalArgument[]
  readonly declares: (name: string) => boolean
}

/** Limit for what the ARGs before the first FROM declare, and for what they use, far beyond real Dockerfiles. */
export const maxGlobals = 200

/** Reads the ARGs before the first FROM once. Null if they are too many, so that the settings of a stage are not known. */
export function readGlobals(instructions: readonly Instruction[]): Globals | null {
  const lastFirst = instructions
    .map(({ text, line }) => ({
      line,
      names: argumentNames(text),
      settings: settingsOf(text),
      used: variablesIn(text),
    }))
    .toReversed()
  const [declaring, using] = [lastFirst.flatMap(({ settings }) => settings), lastFirst.flatMap(({ used }) => used)]
  if (Math.max(declaring.length, using.length) > maxGlobals) return null
  const declared = new Set(lastFirst.flatMap(({ names }) => names))
  return {
    declares: (name) => declared.has(name),
    behind: (some) => {
      const wanted = new Set(some)
      // An ARG only uses those before it.
      return lastFirst
        .filter(({ names, used }) => {
          if (!names.some((name) => wanted.has(name))) return false
          used.forEach((name) => wanted.add(name))
          return true
        })
        .toReversed()
    },
  }
}

/** Returns the names of the variables in a text. */
export const variablesIn = (text: string): readonly string[] =>
  Array.from(text.matchAll(/\$\{?(\w+)/g), ([, name = '']) => name)

/** Returns whether a setting declares an argument to which neither it nor the build gives a value. */
export function isUnset({ name, value }: Setting, globals: Globals, given: ReadonlySet<string>): boolean {
  if (value !== null) return false
  const argument = name.slice('ARG '.length)
  return !globals.declares(argument) && !given.has(argument) && !predefined.test(argument)
}

/** Arguments that the builder gives a value if they are declared. */
const predefined =
  /^(?:(?:BUILD|TARGET)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)|TARGETSTAGE|SOURCE_DATE_EPOCH|BUILDKIT_\w+)$/

/** The values of declared build arguments, as far as a record knows them. Pure. */
import type { Setting } from '../dockerfile/settings.ts'
import type { Instruction } from '../record/footprint.ts'
import { argumentNames } from './instruction-text.ts'

/** Returns the ARGs before the first FROM that declare these names, and those whose values they use, in their order. */
export function globalsBehind(names: readonly string[], globals: readonly Instruction[]): readonly Instruction[] {
  const wanted = new Set(names)
  // An ARG only uses those before it.
  return globals
    .toReversed()
    .filter(({ text }) => {
      if (!argumentNames(text).some((name) => wanted.has(name))) return false
      variablesIn(text).forEach((name) => wanted.add(name))
      return true
    })
    .toReversed()
}

/** Returns the names of the variables in a text. */
export const variablesIn = (text: string): readonly string[] =>
  Array.from(text.matchAll(/\$\{?(\w+)/g), ([, name = '']) => name)

/** Returns whether a setting declares an argument that has no value in this build, so that no step sees it. */
export function isUnset(
  { name, value }: Setting,
  globals: readonly Instruction[],
  given: ReadonlySet<string>,
): boolean {
  if (value !== null) return false
  const argument = name.slice('ARG '.length)
  const hasGlobal = globals.some(({ text }) => argumentNames(text).includes(argument))
  return !hasGlobal && !given.has(argument) && !predefined.test(argument)
}

/** Arguments that the builder gives a value if they are declared. */
const predefined =
  /^(?:(?:BUILD|TARGET)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)|TARGETSTAGE|SOURCE_DATE_EPOCH|BUILDKIT_\w+)$/

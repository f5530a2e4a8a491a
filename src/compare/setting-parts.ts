/** Reads what the settings of a stage set: variables, build arguments, folders, users and shells. Pure. */
import { isSetting, type Setting } from '../dockerfile/settings.ts'
import type { Stage } from '../record/footprint.ts'
import { isUnset, readGlobals, variablesIn, type Globals } from './build-arguments.ts'
import { argumentNames, settingsOf } from './instruction-text.ts'

/** One thing that a setting sets, with its place. */
export interface SettingPart extends Setting {
  /** Name of its stage. Null for an ARG before the first FROM. */
  readonly stage: string | null
  /** The line of its instruction. That of an ARG before the first FROM is above the stage. */
  readonly line: number
  /** The line of the stage from which it holds: of an ARG before the first FROM, that of its declaration there. */
  readonly from: number
  /** Of an ARG before the first FROM: the name of the part that declares it. */
  readonly declaredBy: string | null
  /** Whether it declares an argument to which neither it nor the build gives a value. A parent stage may have one. */
  readonly isUnset: boolean
  /** Whether it continues an earlier one of its name, as a relative folder or `PATH=/a:$PATH` does. */
  readonly continues: boolean
}

/** Limit for the settings of a stage, far beyond those of real Dockerfiles. With more, no edit is known. */
export const maxSettings = 500

/** What the settings of a stage set. */
export interface StageSettings {
  /** In their order. */
  readonly own: readonly SettingPart[]
  /** Those that a stage FROM it has, too. */
  readonly inherited: readonly SettingPart[]
  /** Equal for two stages that set the same. */
  readonly key: string
  /** The lines of all its instructions. */
  readonly lines: ReadonlySet<number | null>
}

/** Returns what the settings of a stage set. Null if its instructions are not known, or they are too many. */
export type SettingsOfStage = (stage: Stage, name: string) => StageSettings | null

/**
 * Returns a function that reads each stage once, however many stages are built FROM it.
 *
 * @param given names of the build arguments that one of the builds was given
 */
export function stageSettings(given: ReadonlySet<string>): SettingsOfStage {
  const known = new Map<Stage, StageSettings | null>()
  return (stage, name) => {
    const found = known.get(stage)
    if (found !== undefined) return found
    const own = ownParts(stage, name, given)
    const read = own && {
      own,
      // Build arguments, too.
      inherited: own.map((part) => ({ ...part, from: 0 })),
      key: JSON.stringify(own.map((part) => [part.name, part.value])),
      lines: new Set(stage.instructions?.map(({ line }) => line)),
    }
    known.set(stage, read)
    return read
  }
}

/** @param name how the stage is called, also if it had another name */
function ownParts(
  { instructions, globalArguments = [] }: Stage,
  name: string,
  given: ReadonlySet<string>,
): readonly SettingPart[] | null {
  const globals = readGlobals(globalArguments)
  if (!instructions || !globals) return null
  const parts: SettingPart[] = []
  for (const { text, line } of instructions) {
    if (line === null || !isSetting(text)) continue
    const place = { stage: name, line, from: line, declaredBy: null }
    for (const part of settingsOf(text))
      parts.push({ ...part, ...place, isUnset: isUnset(part, globals, given), continues: continuesEarlier(part) })
    for (const declared of argumentNames(text)) {
      if (parts.length > maxSettings) return null
      parts.push(...globalsOf(declared, line, globals))
    }
    if (parts.length > maxSettings) return null
  }
  return parts
}

/** Returns the ARGs before the first FROM that give a declared one its value. */
function globalsOf(declared: string, from: number, globals: Globals): readonly SettingPart[] {
  return globals.behind([declared]).flatMap(({ settings, line }): readonly SettingPart[] => {
    if (line === null) return []
    const place = { stage: null, line, from, declaredBy: `ARG ${declared}`, isUnset: false, continues: false }
    return settings.map(({ name, value }) => ({ name: `${declared} by ${name}`, value, ...place }))
  })
}

/** Returns the parts that hold after all of these: the last one of each name, and the earlier ones that this one continues. */
export function inEffect(parts: readonly SettingPart[]): ReadonlyMap<string, SettingPart> {
  const found = new Map<string, SettingPart>()
  const continued = new Map<string, number>()
  for (const part of parts) {
    const { name, continues } = part
    // It keeps the value that a parent stage gives it.
    if (part.isUnset && found.has(name)) continue
    const count = continued.get(name) ?? 0
    if (!continues) for (let at = 1; at <= count; at += 1) found.delete(`${name} (${at})`)
    continued.set(name, continues ? count + 1 : 0)
    found.set(continues ? `${name} (${count + 1})` : name, part)
  }
  return found
}

function continuesEarlier({ name, value }: Setting): boolean {
  if (name === 'WORKDIR') return !value?.startsWith('/')
  const [keyword, variable = ''] = name.split(' ')
  return keyword === 'ENV' && variablesIn(value ?? '').includes(variable)
}

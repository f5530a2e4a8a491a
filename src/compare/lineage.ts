/** The settings that a step of a stage runs under: those of ENV, ARG, WORKDIR, USER and SHELL before it. */
import { isSetting, type Setting } from '../dockerfile/settings.ts'
import type { Instruction, Stage } from '../record/footprint.ts'
import { isUnset, readGlobals } from './build-arguments.ts'
import { argumentNames, settingsOf, type SettingsNeeded } from './instruction-text.ts'
import type { Side } from './side.ts'

/** Limit for a chain of stages that are built FROM each other. No real Dockerfile reaches it. */
const maxParents = 200

/** Gives equal lists of settings the same number, on both sides of a comparison. */
export interface SettingsNumbers {
  readonly next: (previous: number, setting: Setting) => number
}

/** Makes the numbers for one comparison. */
export function numberSettings(): SettingsNumbers {
  const [lists, settings] = [new Map<string, number>(), new Map<string, number>()]
  // A long one may be used again and again.
  const known = new WeakMap<Setting, number>()
  const numberIn = (numbers: Map<string, number>, key: string): number => {
    const number = numbers.get(key) ?? numbers.size + 1
    numbers.set(key, number)
    return number
  }
  return {
    next: (previous, setting) => {
      const number = known.get(setting) ?? numberIn(settings, JSON.stringify([setting.name, setting.value]))
      known.set(setting, number)
      return numberIn(lists, `${previous} ${number}`)
    },
  }
}

/** The instructions of a stage and of the stages that it is built FROM. */
export interface Lineage {
  /** Returns the number of the settings before one of its instructions that count. Null if they are not known. */
  readonly before: (instruction: Instruction, needed: Needed) => number | null
  /** Returns the same for the first instruction with exactly this text. Returns null if there is none. */
  readonly beforeText: (text: string, needed: Needed) => number | null
  /** Returns whether the instruction may use a build argument that one of the builds was given. */
  readonly mayUseGiven: (instruction: Instruction) => boolean
  /** Returns how many of its instructions have this text. */
  readonly count: (text: string) => number
}

/** Returns the lineage of a stage, or null if not all of its instructions are known. */
export type LineageOf = (stage: Stage) => Lineage | null

type Needed = Exclude<SettingsNeeded, 'none'>
/** A number for all settings, and one for those that the working directory depends on. */
type Numbers = Readonly<Record<Needed, number>>

/** The instructions of one stage of a lineage. The numbers are those of the settings before an instruction. */
interface Generation {
  /** By `keyOf`. */
  readonly before: ReadonlyMap<string, Numbers>
  /** For the first instruction with a text. */
  readonly ofText: ReadonlyMap<string, Numbers>
  readonly counts: ReadonlyMap<string, number>
  /** The numbers after its last instruction. */
  readonly end: Numbers
  /** The instructions that may use a build argument that one of the builds was given, by `keyOf`. */
  readonly belowGiven: ReadonlySet<string>
  /** Whether that ARG applies to the stages that are FROM this one. */
  readonly hasGiven: boolean
}

/**
 * Returns a function for the lineages of the stages of one side. It reads each stage once, however many stages are built
 * FROM it.
 *
 */
export function lineagesOf(side: Side, numbers: SettingsNumbers, given: ReadonlySet<string>): LineageOf {
  const known = new Map<Stage, Generation | null>()
  return (stage) => {
    const stages: Stage[] = []
    for (let next: Stage | null = stage; next !== null; next = side.parentOf(next)) {
      if (next.instructions === undefined || stages.length === maxParents) return null
      stages.push(next)
    }
    const generations: Generation[] = []
    for (const one of stages.toReversed()) {
      const generation = known.has(one)
        ? known.get(one)
        : generationOf(one, generations.at(-1) ?? null, { side, numbers, given })
      known.set(one, generation ?? null)
      if (!generation) return null
      generations.push(generation)
    }
    const youngestFirst = generations.toReversed()
    return {
      before: (instruction, needed) => firstOf(youngestFirst, ({ before }) => before.get(keyOf(instruction))?.[needed]),
      mayUseGiven: (instruction) => generations.some(({ belowGiven }) => belowGiven.has(keyOf(instruction))),
      beforeText: (text, needed) => firstOf(generations, ({ ofText }) => ofText.get(text)?.[needed]),
      count: (text) => generations.reduce((sum, { counts }) => sum + (counts.get(text) ?? 0), 0),
    }
  }
}

interface Comparing {
  readonly side: Side
  readonly numbers: SettingsNumbers
  readonly given: ReadonlySet<string>
}

/**
 * Reads a stage. Returns null if it has too many arguments.
 *
 * @param parent the stage that it is built FROM; null for an image
 */
function generationOf(
  { instructions = [], globalArguments = [] }: Stage,
  parent: Generation | null,
  { side, numbers, given }: Comparing,
): Generation | null {
  const before = new Map<string, Numbers>()
  const ofText = new Map<string, Numbers>()
  const counts = new Map<string, number>()
  const belowGiven = new Set<string>()
  let end: Numbers = parent?.end ?? { all: 0, workdir: 0 }
  const add = (setting: Setting): void => {
    const all = numbers.next(end.all, setting)
    if (!/^(?:ONBUILD )?WORKDIR\b/.test(setting.name)) end = { ...end, all }
    // A working directory with a variable depends on all settings.
    else end = { all, workdir: setting.value?.includes('$') ? all : numbers.next(end.workdir, setting) }
  }
  let hasGiven = parent?.hasGiven ?? false
  const globals = readGlobals(globalArguments)
  if (globals === null) return null
  // Many lines may declare the same.
  const known = new Map<string, Setting>()
  const settingBehind = (declared: string): Setting => {
    const found = known.get(declared) ?? {
      name: 'ARG before the first FROM',
      value: JSON.stringify(
        globals.behind([declared]).flatMap(({ settings }) => settings.map((one) => withoutDefault(one, given))),
      ),
    }
    known.set(declared, found)
    return found
  }
  for (const instruction of instructions) {
    const text = side.canonical(instruction.text)
    before.set(keyOf(instruction), end)
    if (hasGiven) belowGiven.add(keyOf(instruction))
    const declared = argumentNames(instruction.text)
    hasGiven ||=
      given.size > 0 &&
      [...declared, ...globals.behind(declared).flatMap(({ names }) => names)].some((name) => given.has(name))
    if (!ofText.has(text)) ofText.set(text, end)
    counts.set(text, (counts.get(text) ?? 0) + 1)
    if (isSetting(instruction.text))
      for (const one of settingsOf(instruction.text)) if (!isUnset(one, globals, given)) add(withoutDefault(one, given))
    // An ARG without a value has that of the ARG before the first FROM, which may use others.
    for (const name of declared) if (globals.declares(name)) add(settingBehind(name))
  }
  return { before, ofText, counts, end, belowGiven, hasGiven }
}

/** Returns an ARG without its default value if a build was given another one. */
const withoutDefault = ({ name, value }: Setting, given: ReadonlySet<string>): Setting =>
  name.startsWith('ARG ') && given.has(name.slice('ARG '.length)) ? { name, value: null } : { name, value }

function firstOf(
  generations: readonly Generation[],
  numberIn: (generation: Generation) => number | undefined,
): number | null {
  for (const generation of generations) {
    const number = numberIn(generation)
    if (number !== undefined) return number
  }
  return null
}

const keyOf = ({ line, text }: Instruction): string => `${line} ${text}`

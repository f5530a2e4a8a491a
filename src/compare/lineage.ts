/** The settings that a step of a stage runs under: what ENV, ARG, WORKDIR, USER and SHELL before it said. */
import type { Instruction, Stage } from '../record/footprint.ts'
import { isSetting } from './instruction-text.ts'
import type { Side } from './side.ts'

/** Longer lines of stages that are FROM each other are in no Dockerfile. */
const mostParents = 200

/** Gives one number to one list of settings, on both sides of a comparison. */
export interface SettingsNumbers {
  readonly next: (previous: number, text: string) => number
}

export function numberSettings(): SettingsNumbers {
  const numbers = new Map<string, number>()
  return {
    next: (previous, text) => {
      const key = `${previous} ${text}`
      const number = numbers.get(key) ?? numbers.size + 1
      numbers.set(key, number)
      return number
    },
  }
}

/** The instructions of a stage and of those that it is FROM. */
export interface Lineage {
  /** Settings before an instruction of it; null where they are not known. */
  readonly before: (instruction: Instruction) => number | null
  /** The same for the first instruction of this text, as written; null where there is none. */
  readonly beforeText: (text: string) => number | null
  /** How often a text stands in it. */
  readonly count: (text: string) => number
}

/** @returns null where not every instruction of it is known */
export function lineageOf(stage: Stage, side: Side, numbers: SettingsNumbers): Lineage | null {
  const stages: Stage[] = []
  for (let next: Stage | null = stage; next !== null; next = side.parentOf(next)) {
    if (next.instructions === undefined || stages.length === mostParents) return null
    stages.push(next)
  }
  const settings = new Map<string, number>()
  const ofText = new Map<string, number>()
  const counts = new Map<string, number>()
  let current = 0
  for (const { instructions = [] } of stages.reverse()) {
    for (const instruction of instructions) {
      const text = side.canonical(instruction.text)
      settings.set(keyOf(instruction), current)
      if (!ofText.has(text)) ofText.set(text, current)
      counts.set(text, (counts.get(text) ?? 0) + 1)
      if (isSetting(instruction.text)) current = numbers.next(current, instruction.text)
    }
  }
  return {
    before: (instruction) => settings.get(keyOf(instruction)) ?? null,
    beforeText: (text) => ofText.get(text) ?? null,
    count: (text) => counts.get(text) ?? 0,
  }
}

const keyOf = ({ line, text }: Instruction): string => `${line} ${text}`

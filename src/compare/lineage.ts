/** The settings that a step of a stage runs under: those of ENV, ARG, WORKDIR, USER and SHELL before it. */
import type { Instruction, Stage } from '../record/footprint.ts'
import { isSetting } from './instruction-text.ts'
import type { Side } from './side.ts'

/** Limit for a chain of stages that are built FROM each other. No real Dockerfile reaches it. */
const maxParents = 200

/** Gives equal lists of settings the same number, on both sides of a comparison. */
export interface SettingsNumbers {
  readonly next: (previous: number, text: string) => number
}

/** Makes the numbers for one comparison. */
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

/** The instructions of a stage and of the stages that it is built FROM. */
export interface Lineage {
  /** Returns the number of the settings before one of its instructions. Returns null if they are not known. */
  readonly before: (instruction: Instruction) => number | null
  /** Returns the same for the first instruction with exactly this text. Returns null if there is none. */
  readonly beforeText: (text: string) => number | null
  /** Returns how many of its instructions have this text. */
  readonly count: (text: string) => number
}

/** Returns the lineage of a stage, or null if not all of its instructions are known. */
export function lineageOf(stage: Stage, side: Side, numbers: SettingsNumbers): Lineage | null {
  const stages: Stage[] = []
  for (let next: Stage | null = stage; next !== null; next = side.parentOf(next)) {
    if (next.instructions === undefined || stages.length === maxParents) return null
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

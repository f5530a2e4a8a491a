/** Finds the lines of a stage that the change edited. Pure. */
import type { Stage } from '../record/footprint.ts'
import type { LayerChange, StageChange } from './comparison.ts'
import { argumentNames, isSetting, keywordOf, settingsAsParsed } from './instruction-text.ts'
import { globalsBehind } from './lineage.ts'
import type { EditElsewhere } from './edit-elsewhere.ts'

/** Returns the name of the stage that has a line: `own` if that is not known. Null for a line above the first FROM. */
export type StageAt = (line: number, own: string) => string | null

/** A stage that is searched. */
export interface Source {
  readonly stage: Stage
  readonly change: StageChange
}

/** Returns a function for the stage of a line. A stage that is FROM another one has layers of its lines. */
export function stageAtLine(stages: readonly Stage[]): StageAt {
  const starts = stages
    .flatMap(({ name, line }) => (line == null ? [] : [{ name, line }]))
    .sort((one, other) => other.line - one.line)
  return (line, own) => (starts.length === 0 ? own : (starts.find((stage) => stage.line <= line)?.name ?? null))
}

/** Returns the FROM if the change gave the stage another base image. */
export function baseEdits({ stage, change: { baseImage } }: Source, stageAt: StageAt): readonly EditElsewhere[] {
  return baseImage.kind === 'edited' ? editIn(stage.base?.line ?? null, 'base', stage, stageAt) : []
}

/** Returns the edit of a line. Empty if it was not edited. */
export function ownEdits(
  { kind, edited, before, after }: LayerChange,
  { stage }: Source,
  stageAt: StageAt,
): readonly EditElsewhere[] {
  const instruction = (after ?? before)?.instruction ?? null
  if (instruction === null || (kind === 'changed' && !edited)) return []
  if (kind === 'removed') return [{ stage: stage.name, line: instruction.line, kind }]
  return editIn(instruction.line, edited ? 'edited' : 'added', stage, stageAt)
}

/** An edited setting. */
export interface SettingEdit {
  readonly edit: EditElsewhere
  /** The line of the stage from which it holds: of an ARG above the first FROM, that of its declaration there. */
  readonly from: number
}

/** Returns the edits of those settings that hold for a step, or of all if there is none. */
export function editsAbove(step: LayerChange | null, settings: readonly SettingEdit[]): readonly EditElsewhere[] {
  return settings.flatMap((one) => (step === null || isAbove(one, step) ? [one.edit] : []))
}

/** A removed setting is a line of the baseline. */
function isAbove({ edit, from }: SettingEdit, { before, after }: LayerChange): boolean {
  const step = edit.kind === 'removed' ? before : after
  return from < (step?.instruction?.line ?? 0)
}

/** Returns the edits of all settings in a stage. */
export function settingEdits({ stage, change }: Source, stageAt: StageAt): readonly SettingEdit[] {
  const [old, now] = [change.before, stage].map((side) => side && settingsIn(side))
  if (!old || !now) return []
  const [olds, news] = [old, now].map((all) => new Set(all.flatMap(({ parts }) => parts)))
  const [oldNames, newNames] = [olds, news].map((all) => new Set([...(all ?? [])].map(settingOf)))
  const fresh = now.filter(({ parts }) => parts.some((part) => olds?.has(part) !== true))
  const gone = old.filter(({ parts }) => parts.some((part) => newNames?.has(settingOf(part)) !== true))
  // Its variable has another value.
  const sets = ({ parts }: Setting): boolean => parts.some((part) => oldNames?.has(settingOf(part)) === true)
  // Those in the place of another one.
  const left = [...gone]
  const edits = fresh.flatMap((one): readonly SettingEdit[] => {
    const at = sets(one) ? -1 : left.findIndex(({ text }) => keywordOf(text) === keywordOf(one.text))
    if (at !== -1) left.splice(at, 1)
    const kind = sets(one) || at !== -1 ? 'edited' : 'added'
    return editIn(one.line, kind, stage, stageAt).map((edit) => ({ edit, from: one.from }))
  })
  return [
    ...edits,
    ...left.map(({ line, from }) => ({ edit: { stage: stage.name, line, kind: 'removed' as const }, from })),
  ]
}

interface Setting {
  readonly text: string
  readonly line: number
  readonly from: number
  /** What it sets, one by one, in one form. */
  readonly parts: readonly string[]
}

/** Returns the settings of a stage, and the ARGs before the first FROM that it declares again. Null if not known. */
function settingsIn({ instructions, globalArguments = [] }: Stage): readonly Setting[] | null {
  if (!instructions) return null
  const settings = instructions.filter(({ text }) => isSetting(text))
  const declared = settings.flatMap(({ text, line }) =>
    globalsBehind(argumentNames(text), globalArguments).map((one) => ({ one, from: line })),
  )
  const all = [...declared, ...settings.map((one) => ({ one, from: one.line }))].flatMap(({ one, from }) =>
    one.line === null || from === null
      ? []
      : [{ text: one.text, line: one.line, from, parts: settingsAsParsed(one.text) }],
  )
  // The first declaration of an ARG counts.
  return [...new Map(all.toReversed().map((one) => [`${one.line} ${one.text}`, one])).values()].reverse()
}

/** Returns the keyword of a setting and the name that it sets, if it has one. */
const settingOf = (text: string): string =>
  /^\s*\w+\s+[\w.-]*/.exec(text)?.[0].replace(/\s+/g, ' ').toUpperCase() ?? text

/** Returns a line with the stage that has it. Empty if the line is not known. */
export const inStage = (
  line: number | null,
  { name }: Stage,
  stageAt: StageAt,
): { stage: string | null; line: number }[] => (line === null ? [] : [{ stage: stageAt(line, name), line }])

type EditKind = Exclude<EditElsewhere['kind'], 'inputs'>

/** Returns an edit in a line. Empty if the line is not known. */
export const editIn = (
  line: number | null,
  kind: EditKind,
  source: Stage,
  stageAt: StageAt,
): readonly EditElsewhere[] => inStage(line, source, stageAt).map((place) => ({ ...place, kind }))

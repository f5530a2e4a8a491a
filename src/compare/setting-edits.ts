/** Finds the settings of a stage that the change edited: variables, build arguments, folders, users and shells. Pure. */
import type { Stage } from '../record/footprint.ts'
import type { LayerChange, StageChange } from './comparison.ts'
import type { EditElsewhere } from './edit-elsewhere.ts'
import { argumentNames, isSetting, keywordOf, settingsAsParsed } from './instruction-text.ts'
import { globalsBehind } from './lineage.ts'
import { editIn, type Source, type StageAt } from './line-edits.ts'

/** An edited setting. */
export interface SettingEdit {
  readonly edit: EditElsewhere
  /**
   * The line of the head's stage from which it holds: of an ARG above the first FROM, that of its declaration there.
   * Null if it is gone.
   */
  readonly from: number | null
  /** The same of the baseline's stage. Null if it is new. */
  readonly fromBefore: number | null
}

/** Limit for the variables that changed places, far beyond those of real Dockerfiles. */
const maxMoved = 100

/** Returns the edits of those settings that may change what a step does, or of all if there is none. */
export function editsAbove(step: LayerChange | null, settings: readonly SettingEdit[]): readonly EditElsewhere[] {
  return settings.flatMap((one) => (step === null || concerns(one, step) ? [one.edit] : []))
}

function concerns({ edit, from, fromBefore }: SettingEdit, { before, after }: LayerChange): boolean {
  const heldBefore = isAbove(fromBefore, before)
  const holds = isAbove(from, after)
  return edit.kind === 'moved' ? heldBefore !== holds : heldBefore || holds
}

const isAbove = (line: number | null, step: LayerChange['after']): boolean =>
  line !== null && line < (step?.instruction?.line ?? 0)

/** Returns the edits of all settings in a stage. */
export function settingEdits({ stage, change }: Source, stageAt: StageAt): readonly SettingEdit[] {
  const [old, now] = [change.before, stage].map((side) => side && settingsIn(side))
  if (!old || !now) return []
  const olds = new Map(old.flatMap((one) => one.parts.map((part) => [part, one] as const)))
  const oldNames = new Map(old.flatMap((one) => one.parts.map((part) => [settingOf(part), one] as const)))
  const newNames = new Set(now.flatMap(({ parts }) => parts.map(settingOf)))
  const isKept = new Set(now.flatMap(({ parts }) => parts.flatMap((part) => olds.get(part) ?? [])))
  const shorter = new Set(old.filter(({ parts }) => parts.some((part) => !newNames.has(settingOf(part)))))
  const gone = Map.groupBy([...shorter].filter((one) => !isKept.has(one)).reverse(), ({ text }) => keywordOf(text))
  const editOf = (kind: 'added' | 'edited' | 'moved', one: Setting, former?: Setting): readonly SettingEdit[] =>
    editIn(one.line, kind, stage, stageAt).map((edit) => ({ edit, from: one.from, fromBefore: former?.from ?? null }))
  const hasMoved = movedTest(change, new Set([...repeatedIn(old), ...repeatedIn(now)]))
  let moved = 0
  const edits = now.flatMap((one): readonly SettingEdit[] => {
    const kept = one.parts.flatMap((part) => olds.get(part) ?? [])
    const former = kept[0] ?? one.parts.flatMap((part) => oldNames.get(settingOf(part)) ?? [])[0]
    const isSame = kept.length === one.parts.length && !kept.some((other) => shorter.delete(other))
    if (isSame && former !== undefined)
      return hasMoved(former, one) && moved++ < maxMoved ? editOf('moved', one, former) : []
    if (former !== undefined) return editOf('edited', one, former)
    // A new variable in the place of another one.
    const replaced = gone.get(keywordOf(one.text))?.pop()
    return editOf(replaced === undefined ? 'added' : 'edited', one, replaced)
  })
  const removed = [...gone.values()].flat().sort((one, other) => one.line - other.line)
  return [
    ...edits,
    ...removed.map(({ line, from }) => ({
      edit: { stage: stage.name, line, kind: 'removed' as const },
      from: null,
      fromBefore: from,
    })),
  ]
}

interface Setting {
  readonly text: string
  readonly line: number
  readonly from: number
  /** What it sets, one by one, in one form. */
  readonly parts: readonly string[]
}

/** Returns what is set more than once. */
function repeatedIn(settings: readonly Setting[]): ReadonlySet<string> {
  const seen = new Set<string>()
  return new Set(settings.flatMap(({ parts }) => parts.filter((part) => seen.size === seen.add(part).size)))
}

/**
 * Returns a function that tells whether a variable is now above or below other steps. What is set repeatedly cannot be
 * paired, as users, folders and shells often are.
 */
function movedTest(
  { layers }: StageChange,
  repeated: ReadonlySet<string>,
): (before: Setting, after: Setting) => boolean {
  const steps = layers.flatMap(({ before, after }) => {
    const [old, now] = [before?.instruction?.line ?? null, after?.instruction?.line ?? null]
    return old === null || now === null ? [] : [{ old, now }]
  })
  const olds = steps.map(({ old }) => old).sort((one, other) => one - other)
  const news = steps.map(({ now }) => now).sort((one, other) => one - other)
  return (before, after) =>
    ['ENV', 'ARG'].includes(keywordOf(after.text)) &&
    !after.parts.some((part) => repeated.has(part)) &&
    countBelow(olds, before.from) !== countBelow(news, after.from)
}

/** Returns how many of these sorted numbers are less than a limit. */
function countBelow(sorted: readonly number[], limit: number): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle] ?? 0) < limit) from = middle + 1
    else to = middle
  }
  return from
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

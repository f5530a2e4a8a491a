/** Finds the edits of settings that may change what a step does. Pure. */
import { once } from '../once.ts'
import type { LayerChange, StageChange } from './comparison.ts'
import type { EditElsewhere } from './edit-elsewhere.ts'
import { countOf, settingsNeeded } from './instruction-text.ts'
import { editIn, type Source, type StageAt } from './line-edits.ts'
import { inEffect, maxSettings, type SettingPart, type SettingsOfStage, type StageSettings } from './setting-parts.ts'

/** Returns the edits of settings because of which a step has another variable, folder, user or shell. */
export type SettingEdits = (step: Pick<LayerChange, 'before' | 'after'>) => readonly EditElsewhere[]

/** Returns the edits of settings for the steps of a stage and of those that it is FROM, from the lowest. */
export function settingEdits(
  sources: readonly Source[],
  { stageAt, settingsOfStage }: { readonly stageAt: StageAt; readonly settingsOfStage: SettingsOfStage },
): SettingEdits {
  const ownerOf = ownersOf(sources, settingsOfStage)
  const settings = sources.map(({ stage, change }) => ({
    before: change.before && settingsOfStage(change.before, stage.name),
    after: settingsOfStage(stage, stage.name),
  }))
  const known = sources.map((source, at) => once(() => editsInStage(source, settings.slice(0, at + 1), stageAt)))
  return (step) => known[ownerOf(step.after) ?? -1]?.()(step) ?? []
}

/** Returns a function for the position of the source that has the line of a step. Null if none is known to have it. */
export function ownersOf(
  sources: readonly Source[],
  settingsOfStage: SettingsOfStage,
): (step: LayerChange['after']) => number | null {
  const lines = sources.map(({ stage }) => settingsOfStage(stage, stage.name)?.lines)
  return (step) => {
    const line = step?.instruction?.line ?? null
    const at = line === null ? -1 : lines.findLastIndex((some) => some?.has(line))
    return at === -1 ? null : at
  }
}

/** The settings of the two sides of a stage. Null if they are not known. */
interface BothSettings {
  readonly before: StageSettings | null
  readonly after: StageSettings | null
}

/**
 * Returns the edits for the steps of a stage. Steps with the same settings share the work.
 *
 * @param settings those of the stages that it is FROM, and its own last
 */
function editsInStage({ stage, change }: Source, settings: readonly BothSettings[], stageAt: StageAt): SettingEdits {
  const own = settings.at(-1)
  const areSame = settings.every(({ before, after }) => before?.key === after?.key)
  const compared = once(() => {
    const [old, now] = [throughStages(settings, 'before'), throughStages(settings, 'after')]
    if (!old || !now || Math.max(old.length, now.length) > maxSettings) return null
    const inCommon = old.findIndex((part, at) => now[at] === undefined || keyOf(part) !== keyOf(now[at]))
    return { old, now, inCommon: inCommon === -1 ? old.length : inCommon, sides: sidesOf(old, now) }
  })
  const isReplaced = once(() => replacedTest(change))
  const known = new Map<string, readonly EditElsewhere[]>()
  return (step) => {
    // An edited step says so itself.
    if (step.before === null || step.after === null) return []
    if (areSame && countAbove(own?.before?.own, step.before) === countAbove(own?.after?.own, step.after)) return []
    const all = compared()
    const [before, after] = [countAbove(all?.old, step.before), countAbove(all?.now, step.after)]
    if (all === null || (before === after && before <= all.inCommon)) return []
    const needed = settingsNeeded(step.after.instruction?.text ?? '')
    if (needed === 'none') return []
    const key = `${before} ${after} ${needed}`
    const found = known.get(key) ?? editsOf(all.old.slice(0, before), all.now.slice(0, after), all.sides, needed)
    known.set(key, found)
    return found
  }

  function editsOf(
    olds: readonly SettingPart[],
    news: readonly SettingPart[],
    sides: Sides,
    needed: 'all' | 'workdir',
  ): readonly EditElsewhere[] {
    const isNeeded = ({ name }: SettingPart): boolean => needed === 'all' || name === 'WORKDIR'
    const [from, to] = [inEffect(olds.filter(isNeeded)), inEffect(news.filter(isNeeded))]
    const edits = editsBetween(from, to, sides)
    // One instruction may set several, and have one of them in another form.
    const lines = new Map(
      edits.toSorted(editedLast).map((edit) => [`${edit.kind === 'removed'} ${edit.part.line}`, edit]),
    )
    return withReplaced([...lines.values()], isReplaced())
      .sort((one, other) => one.part.line - other.part.line)
      .flatMap(({ kind, part }) =>
        kind === 'removed' ? [{ stage: part.stage, line: part.line, kind }] : editIn(part.line, kind, stage, stageAt),
      )
  }
}

/** Returns the settings of the last stage, below those that it has from the others. Null if they are not known. */
function throughStages(settings: readonly BothSettings[], side: keyof BothSettings): readonly SettingPart[] | null {
  const all = settings.map((one) => one[side])
  if (!all.every((one) => one !== null)) return null
  return all.flatMap(({ own, inherited }, at) => (at < all.length - 1 ? inherited : own))
}

type InEffect = ReturnType<typeof inEffect>

/** Returns the edits between the settings of the two sides of a step. */
function editsBetween(from: InEffect, to: InEffect, sides: Sides): readonly Edit[] {
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((name) => {
    const [a, b] = [from.get(name), to.get(name)]
    if (a?.value === b?.value) return []
    if (a === undefined ? b?.isUnset : b === undefined && a.isUnset) return []
    const declaredBy = (a ?? b)?.declaredBy ?? null
    const isOfDeclaration = declaredBy !== null && !(from.has(declaredBy) && to.has(declaredBy))
    return isOfDeclaration ? [] : editOf(a, b, sides)
  })
}

/** An edited setting. */
interface Edit {
  readonly kind: 'added' | 'edited' | 'moved' | 'removed'
  /** That of the head; of the baseline if it was removed. */
  readonly part: SettingPart
}

const editedLast = (one: Edit, other: Edit): number => Number(one.kind === 'edited') - Number(other.kind === 'edited')

const keyOf = ({ name, value }: SettingPart): string => `${name}\0${value}`

interface Sides {
  /** Whether the head has a part more often than the baseline. */
  readonly isFresh: (part: SettingPart) => boolean
  /** Whether the head has a part less often than the baseline. */
  readonly isGone: (part: SettingPart) => boolean
  /** The last one of the head. */
  readonly now: ReadonlyMap<string, SettingPart>
  readonly freshByName: ReadonlyMap<string, SettingPart>
  /** The lines of the head that have a part of the baseline. */
  readonly kept: ReadonlySet<number>
  /** By lines of the baseline: a part of the head that the line had, too. */
  readonly heirs: ReadonlyMap<number, SettingPart>
}

function sidesOf(olds: readonly SettingPart[], news: readonly SettingPart[]): Sides {
  const [counts, countsNow] = [olds, news].map((parts) => countOf(parts.map(keyOf)))
  const moreNow = (part: SettingPart): number => (countsNow?.get(keyOf(part)) ?? 0) - (counts?.get(keyOf(part)) ?? 0)
  const now = new Map(news.map((part) => [keyOf(part), part]))
  return {
    now,
    isFresh: (part) => moreNow(part) > 0,
    isGone: (part) => moreNow(part) < 0,
    freshByName: new Map(news.flatMap((part) => (moreNow(part) > 0 ? [[part.name, part] as const] : []))),
    kept: new Set(news.flatMap((part) => (counts?.has(keyOf(part)) === true && moreNow(part) <= 0 ? [part.line] : []))),
    heirs: new Map(
      olds.flatMap((part) => {
        const heir = now.get(keyOf(part))
        return heir === undefined ? [] : [[part.line, heir] as const]
      }),
    ),
  }
}

/** Returns the edit that gives a step another value of one name. */
function editOf(before: SettingPart | undefined, after: SettingPart | undefined, sides: Sides): readonly Edit[] {
  const isGone = before !== undefined && sides.isGone(before)
  if (after === undefined) return before === undefined ? [] : [goneFrom(before, sides)]
  if (sides.isFresh(after)) return [{ kind: isGone || sides.kept.has(after.line) ? 'edited' : 'added', part: after }]
  // It was somewhere before.
  return [isGone ? goneFrom(before, sides) : { kind: 'moved', part: after }]
}

/** Returns the edit because of which a step no longer has a part. */
function goneFrom(before: SettingPart, { isGone, now, freshByName, heirs }: Sides): Edit {
  const there = now.get(keyOf(before))
  if (there !== undefined && !isGone(before)) return { kind: 'moved', part: there }
  // Another user, folder or shell is no other form of this one.
  const heir = (isVariable(before) ? freshByName.get(before.name) : undefined) ?? heirs.get(before.line)
  return heir === undefined || keyOf(heir) === keyOf(before)
    ? { kind: 'removed', part: before }
    : { kind: 'edited', part: heir }
}

const isVariable = ({ name }: SettingPart): boolean => name.includes(' ')

/** Returns the edits with one for a removed setting and a new one in its place. */
function withReplaced(
  edits: readonly Edit[],
  isReplaced: (before: SettingPart, after: SettingPart) => boolean,
): Edit[] {
  const removed = new Set(edits.filter(({ kind }) => kind === 'removed'))
  const others = edits.flatMap((edit): readonly Edit[] => {
    if (edit.kind !== 'added') return edit.kind === 'removed' ? [] : [edit]
    const other = [...removed].find(({ part }) => isReplaced(part, edit.part))
    if (other === undefined) return [edit]
    removed.delete(other)
    return [{ ...edit, kind: 'edited' }]
  })
  return [...others, ...removed]
}

/** Returns a test for two instructions of one kind that are between the same steps. */
function replacedTest({ layers }: StageChange): (before: SettingPart, after: SettingPart) => boolean {
  const steps = layers.flatMap(({ before, after }) => {
    const [old, now] = [before?.instruction?.line ?? null, after?.instruction?.line ?? null]
    return old === null || now === null ? [] : [{ old, now }]
  })
  const olds = steps.map(({ old }) => ({ from: old })).sort(byLine)
  const news = steps.map(({ now }) => ({ from: now })).sort(byLine)
  return (before, after) =>
    keywordIn(before) === keywordIn(after) && countBelow(olds, before.from) === countBelow(news, after.from)
}

type From = Pick<SettingPart, 'from'>
const byLine = (one: From, other: From): number => one.from - other.from
const keywordIn = ({ name }: SettingPart): string => name.split(' ', 1)[0] ?? ''

/** Returns how many parts hold for a step. */
const countAbove = (parts: readonly SettingPart[] = [], layer: LayerChange['before']): number =>
  countBelow(parts, layer?.instruction?.line ?? 0)

/** Returns how many of these, which are sorted by line, are above a line. */
function countBelow(sorted: readonly From[], line: number): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle]?.from ?? 0) < line) from = middle + 1
    else to = middle
  }
  return from
}

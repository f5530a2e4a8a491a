/** Finds what the change did in the stages that a step takes files from. Pure. */
import { copiedWords, parseInstructions } from '../dockerfile/instructions.ts'
import { once } from '../once.ts'
import { packageKey } from '../packages/package-key.ts'
import type { Stage } from '../record/footprint.ts'
import type { LayerChange, StageChange } from './comparison.ts'
import { otherFiles } from './edited-files.ts'
import { placeTest, sourcesOf } from './growth-of-others.ts'
import type { StepInputs } from './instruction-text.ts'
import { baseEdits, inStage, ownEdits, type Source, type StageAt } from './line-edits.ts'
import { mayDelete } from './may-delete.ts'
import { isFewBytes } from './noise.ts'
import type { PackageChange } from './packages.ts'
import { settingEdits } from './setting-edits.ts'
import type { SettingsOfStage } from './setting-parts.ts'
import type { Side } from './side.ts'
import type { EditElsewhere } from './edit-elsewhere.ts'

/** Where edits are searched. */
export interface Search {
  readonly changes: ReadonlyMap<Stage, StageChange>
  readonly side: Side
  readonly stageAt: StageAt
  readonly settingsOfStage: SettingsOfStage
  /** The stages that were searched, for each COPY. */
  readonly seen: Set<string>
}

/** What the change did. Null if a part of it is not known, so that the rest may not be the reason. */
export type Found = readonly EditElsewhere[] | null

/**
 * Returns what the change did in the stages that a step takes files from.
 *
 * @param whose `row`: of the COPY whose row it is for, which shows itself what it takes
 */
export function editsBehind(text: string, search: Search, whose: 'row' | 'other'): Found {
  const stages = [...search.changes.keys()]
  const found = search.side.inputsOf(text).references.map((reference): Found => {
    const stage = search.side.resolve(reference)
    const change = stage === null ? undefined : search.changes.get(stage)
    if (stage === null || change?.kind !== 'matched') return null
    // Another COPY may take other files of the stage.
    const key = `${stages.indexOf(stage)} ${reference.via === 'mount' ? '' : text}`
    if (search.seen.has(key)) return []
    search.seen.add(key)
    const source = { stage, change }
    return reference.via === 'mount' ? editsBelow(null, source, search, []) : editsOfTaken(text, source, search, whose)
  })
  return together(found)
}

/** Returns all of it, or null if a part is not known. */
export const together = (all: readonly Found[]): Found => (all.every((one) => one !== null) ? all.flat() : null)

/**
 * Returns the edits of the layers with files that a COPY takes. If one of these is a RUN, also what the change did below
 * it, since the RUN may use that.
 */
function editsOfTaken(text: string, source: Source, search: Search, whose: 'row' | 'other'): Found {
  const places = placesOf(text)
  if (places === null) return editsBelow(null, source, search, [])
  const layers = source.change.layers.filter(isOfChange)
  const taken = layers.filter(placeTest(places))
  if (taken.length === 0) {
    // Light files are in no list that is cut.
    if (layers.some(isCut)) return editsBelow(null, source, search, [])
    // What only the base image has, or a step deleted, is in no list either.
    const ofBase = baseEdits(source, search.stageAt)
    const deleting = layers
      .filter(({ before, after }) => mayDelete(before) || mayDelete(after))
      .flatMap((layer) => ownEdits(layer, source, search.stageAt))
    return ofBase.length > 0 ? ofBase : deleting.length === 1 ? deleting : []
  }
  const shown = whose === 'row' && sourcesOf(text) !== null ? taken : []
  const last = taken.findLast(({ kind, after }) => {
    return kind === 'changed' && search.side.inputsOf(after?.instruction?.text ?? '').runs
  })
  const above = last === undefined ? taken : taken.slice(taken.indexOf(last) + 1)
  // Records do not list what a step deletes.
  const deleting = layers
    .slice(layers.findIndex((layer) => taken.includes(layer)))
    .filter((layer) => !taken.includes(layer) && (mayDelete(layer.before) || mayDelete(layer.after)))
  // The row has no space for files of a few bytes, of which a RUN may have made more, and often none for files beside packages.
  const inputsAt = ({ after }: LayerChange): StepInputs => search.side.inputsOf(after?.instruction?.text ?? '')
  const hasPackages = taken.some((layer) => layer.packages.length > 0 && inputsAt(layer).runs)
  const shownBelow = shown.filter((layer) => {
    return !(hasPackages || isFewBytes(layer.growth)) || inputsAt(layer).context !== 'content'
  })
  return together([
    ...(last === undefined
      ? []
      : [editsBelow(last, source, search, shownBelow), ownEdits(last, source, search.stageAt)]),
    ...above.map((layer) => inputsOf(layer, source, search, shown)),
    ...deleting.map((layer) => ownEdits(layer, source, search.stageAt)),
  ])
}

const isCut = ({ before, after }: LayerChange): boolean =>
  [before, after].some((layer) => layer?.contents?.complete === false)

/** Folders that a merged `/usr` has links to, as that of Debian. */
const linked = /^(?:bin|lib|lib32|lib64|sbin)(?=\/|$)/

/** Returns the paths that a COPY names, of a pattern or a variable the folder above it. Null if it may mean any file. */
function placesOf(text: string): readonly string[] | null {
  const words = copiedWords(parseInstructions(text).instructions[0]?.rest ?? '').slice(0, -1)
  const places = words.map((word) => {
    const start = word.search(/[^\w.@+/-]/)
    const place = start === -1 ? word : word.slice(0, Math.max(0, word.lastIndexOf('/', start)))
    return place
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/')
  })
  return places.every((place) => place !== '')
    ? places.flatMap((place) => (linked.test(place) ? [place, `usr/${place}`] : [place]))
    : null
}

/**
 * Returns what may have had a RUN run again: edits of the base image, of settings and of lines below it, and what unedited
 * lines brought.
 *
 * @param run null for all of the stage
 * @param shown layers of which the row shows the files
 */
function editsBelow(run: LayerChange | null, source: Source, search: Search, shown: readonly LayerChange[]): Found {
  const { layers } = source.change
  const below = (run === null ? layers : layers.slice(0, layers.indexOf(run))).filter(isOfChange)
  // Nothing is said about lines in another order.
  if (below.some(({ moved }) => moved)) return null
  return together([
    baseEdits(source, search.stageAt),
    ...[...below, ...(run === null ? [] : [run])].map(settingEdits([...parentsOf(source, search), source], search)),
    ...below.map((layer) => inputsOf(layer, source, search, shown)),
    ...(run === null ? [] : [behindRun(run, search)]),
  ])
}

/** Returns what the change did in the stages that a RUN mounts. Files of the context that it mounts are not known. */
export function behindRun({ after }: LayerChange, search: Search): Found {
  const text = after?.instruction?.text ?? ''
  return search.side.inputsOf(text).context === null ? editsBehind(text, search, 'other') : null
}

/** Returns the edit of a line, or the files of the context or the packages that it brought if it is unedited. */
export function inputsOf(layer: LayerChange, source: Source, search: Search, shown: readonly LayerChange[]): Found {
  const { after, kind, edited } = layer
  const text = after?.instruction?.text
  if (kind !== 'changed' || edited || text === undefined) return ownEdits(layer, source, search.stageAt)
  const { references, context, runs } = search.side.inputsOf(text)
  const isShown = shown.includes(layer)
  const places = isShown ? [] : inStage(after?.instruction?.line ?? null, source.stage, search.stageAt)
  if (context === 'content') {
    const { layers } = source.change
    const files = otherFiles(layer, layers.slice(0, layers.indexOf(layer)))
    if (files?.count === 0) return []
    return places.map((place) => ({ ...place, kind: 'inputs', files, packages: [] }))
  }
  const packages = packagesBrought(layer, source.change)
  const brought = packages.length === 0 ? [] : places.map((place) => ({ ...place, kind: 'inputs' as const, files: null, packages })) // prettier-ignore
  return together([brought, runs ? behindRun(layer, search) : references.length === 0 ? null : editsBehind(text, search, 'other')]) // prettier-ignore
}

/** Returns the packages that a layer brings to its stage or takes from it, without those that moved to another layer. */
function packagesBrought({ packages }: LayerChange, { before, after }: StageChange): readonly PackageChange[] {
  const [old, now] = [once(() => packagesOf(before)), once(() => packagesOf(after))]
  return packages.filter((one) => {
    const [side, other] = one.kind === 'new' ? [one.after, old] : [one.before, now]
    if (one.kind !== 'new' && one.kind !== 'removed') return one.kind === 'updated'
    const versions: readonly (string | null)[] = side?.versions.length === 0 ? [null] : (side?.versions ?? [])
    return !versions.every((version) => other().has(versionKey(one, version)))
  })
}

const packagesOf = (stage: Stage | null): ReadonlySet<string> =>
  new Set(
    [stage?.base?.packages, ...(stage?.layers ?? []).map(({ contents }) => contents?.packages)].flatMap((found) =>
      (found?.packages ?? []).map((one) => versionKey(one, one.version)),
    ),
  )

const versionKey = (one: Parameters<typeof packageKey>[0], version: string | null): string =>
  JSON.stringify([packageKey(one), version])

/** Returns the stages that a stage is FROM, which have settings for it. */
export function parentsOf({ stage }: Source, { side, changes }: Pick<Search, 'side' | 'changes'>): readonly Source[] {
  const parent = side.parentOf(stage)
  const change = parent === null ? undefined : changes.get(parent)
  if (parent === null || change?.kind !== 'matched') return []
  const source = { stage: parent, change }
  return [...parentsOf(source, { side, changes }), source]
}

/** An edited line has later ones run again even if it makes the same files. */
export const isOfChange = ({ kind, cause, edited, moved }: LayerChange): boolean =>
  edited || moved || (kind !== 'same' && (cause === 'change' || cause === 'unknown'))

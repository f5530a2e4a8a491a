/** Finds what the change did in other stages that a COPY takes files from, so that its row can name it. Pure. */
import { copiedWords, parseInstructions } from '../dockerfile/instructions.ts'
import type { Instruction, Layer, Stage } from '../record/footprint.ts'
import type { LayerChange, StageChange } from './comparison.ts'
import { otherFiles } from './edited-files.ts'
import { placeTest, sourcesOf } from './growth-of-others.ts'
import { argumentNames, isSetting, keywordOf, settingsAsParsed } from './instruction-text.ts'
import { globalsBehind } from './lineage.ts'
import { mayDelete } from './may-delete.ts'
import type { Side } from './side.ts'
import type { SourceEdit } from './source-edit.ts'

/** Limit for the edits of a COPY. A row names only a few. */
const maxEdits = 10

/** Returns the stages with the edits behind each COPY whose own line is unedited. */
export function withEditsOfSources(stages: readonly StageChange[], side: Side): readonly StageChange[] {
  const changes = new Map(stages.flatMap((change) => (change.after === null ? [] : [[change.after, change] as const])))
  const stageAt = stageAtLine([...changes.keys()])
  return stages.map((stage) => ({
    ...stage,
    layers: stage.layers.map((layer) => withEdits(layer, { changes, side, stageAt })),
  }))
}

function withEdits(layer: LayerChange, sources: Omit<Search, 'seen'>): LayerChange {
  const text = layer.after?.instruction?.text
  const [reference] = text === undefined ? [] : sources.side.inputsOf(text).references
  if (
    text === undefined ||
    reference?.via !== 'copy' ||
    layer.before === null ||
    layer.edited ||
    layer.cause !== 'change'
  )
    return layer
  const found = editsBehind(text, { ...sources, seen: new Set() }, 'row') ?? []
  const distinct = [...new Map(found.map((edit) => [JSON.stringify(edit), edit])).values()]
  const sourceEdits = distinct.filter((edit, at) => !repeats(edit, distinct.slice(0, at))).slice(0, maxEdits)
  return sourceEdits.length === 0 ? layer : { ...layer, sourceEdits }
}

/** Returns whether a line only brought files that an earlier one of the stage brought, too. */
function repeats(edit: SourceEdit, earlier: readonly SourceEdit[]): boolean {
  if (edit.kind !== 'inputs' || edit.files === null || edit.files.count > edit.files.paths.length) return false
  const others = earlier.filter(({ stage }) => stage === edit.stage)
  const known = new Set(others.flatMap((one) => (one.kind === 'inputs' ? (one.files?.paths ?? []) : [])))
  return edit.files.isComplete && edit.files.paths.every((path) => known.has(path))
}

interface Search {
  readonly changes: ReadonlyMap<Stage, StageChange>
  readonly side: Side
  /** Returns the name of the stage that has a line. Null if that is not known. */
  readonly stageAt: (line: number) => string | null
  /** The stages that were searched, for each COPY. */
  readonly seen: Set<string>
}

/** A stage that is searched. */
interface Source {
  readonly stage: Stage
  readonly change: StageChange
}

/** What the change did. Null if a part of it is not known, so that the rest may not be the reason. */
type Found = readonly SourceEdit[] | null

/** Returns a function for the stage of a line. A stage that is FROM another one has layers of its lines. */
function stageAtLine(stages: readonly Stage[]): Search['stageAt'] {
  const starts = stages
    .flatMap(({ name, line }) => (line == null ? [] : [{ name, line }]))
    .sort((one, other) => other.line - one.line)
  return (line) => starts.find((stage) => stage.line <= line)?.name ?? null
}

/**
 * Returns what the change did in the stages that a step takes files from.
 *
 * @param whose `row`: of the COPY whose row it is for, which shows itself what it takes
 */
function editsBehind(text: string, search: Search, whose: 'row' | 'other'): Found {
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
const together = (all: readonly Found[]): Found => (all.every((one) => one !== null) ? all.flat() : null)

/**
 * Returns the edits of the layers with files that a COPY takes. If one of these is a RUN, also what the change did below
 * it, since the RUN may use that.
 */
function editsOfTaken(text: string, source: Source, search: Search, whose: 'row' | 'other'): Found {
  const places = placesOf(text)
  if (places === null) return editsBelow(null, source, search, [])
  const layers = source.change.layers.filter(isOfChange)
  const taken = layers.filter(placeTest(places))
  // What only the base image has, or a step deleted, is in no list.
  if (taken.length === 0) {
    const ofBase = baseEdits(source, search)
    const deleting = layers.filter(({ after }) => mayDelete(after)).flatMap((layer) => ownEdits(layer, source, search))
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
  return together([
    ...(last === undefined ? [] : [editsBelow(last, source, search, shown), ownEdits(last, source, search)]),
    ...above.map((layer) => inputsOf(layer, source, search, shown)),
    ...deleting.map((layer) => ownEdits(layer, source, search)),
  ])
}

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
  return places.every((place) => place !== '') ? places : null
}

/** Returns the FROM if the change gave the stage another base image. */
function baseEdits({ stage, change: { baseImage } }: Source, search: Search): readonly SourceEdit[] {
  return baseImage.kind === 'edited' ? editIn(stage.base?.line ?? null, 'base', stage, search) : []
}

/** Returns the edit of a line. Empty if it was not edited. */
function ownEdits(
  { kind, edited, before, after }: LayerChange,
  { stage }: Source,
  search: Search,
): readonly SourceEdit[] {
  const instruction = (after ?? before)?.instruction ?? null
  if (instruction === null || (kind === 'changed' && !edited)) return []
  if (kind === 'removed') return [{ stage: stage.name, line: instruction.line, kind }]
  return editIn(instruction.line, edited ? 'edited' : 'added', stage, search)
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
    baseEdits(source, search),
    ...parentsOf(source, search).map((parent) => editsOfSettings(null, parent, search)),
    editsOfSettings(run, source, search),
    ...below.map((layer) => inputsOf(layer, source, search, shown)),
    ...(run === null ? [] : [behindRun(run, search)]),
  ])
}

/** Returns what the change did in the stages that a RUN mounts. Files of the context that it mounts are not known. */
function behindRun({ after }: LayerChange, search: Search): Found {
  const text = after?.instruction?.text ?? ''
  return search.side.inputsOf(text).context === null ? editsBehind(text, search, 'other') : null
}

/** Returns the edit of a line, or the files of the context or the packages that it brought if it is unedited. */
function inputsOf(layer: LayerChange, source: Source, search: Search, shown: readonly LayerChange[]): Found {
  const { after, kind, edited } = layer
  const text = after?.instruction?.text
  if (kind !== 'changed' || edited || text === undefined) return ownEdits(layer, source, search)
  const { references, context, runs } = search.side.inputsOf(text)
  const isShown = shown.includes(layer)
  const places = isShown ? [] : inStage(after?.instruction?.line ?? null, source.stage, search.stageAt)
  if (context === 'content') {
    const { layers } = source.change
    const files = otherFiles(layer, layers.slice(0, layers.indexOf(layer)))
    if (files?.count === 0) return []
    return places.map((place) => ({ ...place, kind: 'inputs', files, packages: [] }))
  }
  const packages = layer.packages.filter(({ kind }) => kind === 'updated' || kind === 'new' || kind === 'removed')
  const brought = packages.length === 0 ? [] : places.map((place) => ({ ...place, kind: 'inputs' as const, files: null, packages })) // prettier-ignore
  return together([brought, runs ? behindRun(layer, search) : references.length === 0 ? null : editsBehind(text, search, 'other')]) // prettier-ignore
}

/** Returns the stages that a stage is FROM, which have settings for it. */
function parentsOf({ stage }: Source, { side, changes }: Pick<Search, 'side' | 'changes'>): readonly Source[] {
  const parent = side.parentOf(stage)
  const change = parent === null ? undefined : changes.get(parent)
  if (parent === null || change?.kind !== 'matched') return []
  const source = { stage: parent, change }
  return [...parentsOf(source, { side, changes }), source]
}

/** Returns the edits of settings above a step, or of all in the stage. */
function editsOfSettings(run: LayerChange | null, { stage, change }: Source, search: Search): readonly SourceEdit[] {
  const [old, now] = [change.before, stage].map((side) => side && settingsIn(side))
  if (!old || !now) return []
  const above = (all: readonly Instruction[], step: Layer | null | undefined): readonly Instruction[] =>
    all.filter(({ text, line }) => isSetting(text) && line !== null && line < (step === undefined ? Infinity : (step?.instruction?.line ?? 0))) // prettier-ignore
  const [olds, news] = [old, now].map((all) => new Set(all.flatMap(({ text }) => settingsAsParsed(text))))
  const [oldNames, newNames] = [olds, news].map((all) => new Set([...(all ?? [])].map(settingOf)))
  const parts = ({ text }: Instruction): readonly string[] => settingsAsParsed(text)
  const fresh = above(now, run?.after).filter((one) => parts(one).some((part) => olds?.has(part) !== true))
  const gone = above(old, run?.before).filter((one) =>
    parts(one).some((part) => newNames?.has(settingOf(part)) !== true),
  )
  // Its variable has another value.
  const sets = (one: Instruction): boolean => parts(one).some((part) => oldNames?.has(settingOf(part)) === true)
  // Those in the place of another one.
  const left = [...gone]
  const edits = fresh.flatMap((one) => {
    const at = sets(one) ? -1 : left.findIndex(({ text }) => keywordOf(text) === keywordOf(one.text))
    if (at !== -1) left.splice(at, 1)
    return editIn(one.line, sets(one) || at !== -1 ? 'edited' : 'added', stage, search)
  })
  return [...edits, ...left.map(({ line }): SourceEdit => ({ stage: stage.name, line, kind: 'removed' }))]
}

/** Returns the instructions of a stage, and the ARGs before the first FROM that it declares again. Null if not known. */
function settingsIn({ instructions, globalArguments = [] }: Stage): readonly Instruction[] | null {
  if (!instructions) return null
  const declared = instructions.flatMap(({ text }) => argumentNames(text))
  return [...globalsBehind(declared, globalArguments), ...instructions]
}

/** Returns the keyword of a setting and the name that it sets, if it has one. */
const settingOf = (text: string): string =>
  /^\s*\w+\s+[\w.-]*/.exec(text)?.[0].replace(/\s+/g, ' ').toUpperCase() ?? text

/** Returns a line with the stage that has it. Empty if the line is not known. */
const inStage = (
  line: number | null,
  { name }: Stage,
  stageAt: Search['stageAt'],
): { stage: string; line: number }[] => (line === null ? [] : [{ stage: stageAt(line) ?? name, line }])

type EditKind = Exclude<SourceEdit['kind'], 'inputs'>

const editIn = (line: number | null, kind: EditKind, source: Stage, { stageAt }: Search): readonly SourceEdit[] =>
  inStage(line, source, stageAt).map((place) => ({ ...place, kind }))

/** An edited line has later ones run again even if it makes the same files. */
const isOfChange = ({ kind, cause, edited, moved }: LayerChange): boolean =>
  edited || moved || (kind !== 'same' && (cause === 'change' || cause === 'unknown'))

/**
 * Finds what the change did elsewhere, so that the row of an unedited step can name it: in the stages that a COPY takes
 * files from, and in lines above a RUN. Pure.
 */
import { copiedWords, parseInstructions } from '../dockerfile/instructions.ts'
import type { Stage } from '../record/footprint.ts'
import type { LayerChange, StageChange } from './comparison.ts'
import { otherFiles } from './edited-files.ts'
import { placeTest, sourcesOf } from './growth-of-others.ts'
import { baseEdits, editsOfSettings, inStage, ownEdits, stageAtLine, type Source, type StageAt } from './line-edits.ts'
import { mayDelete } from './may-delete.ts'
import { isFewBytes } from './noise.ts'
import type { Side } from './side.ts'
import type { SourceEdit } from './source-edit.ts'

/** Limit for the edits of a step, far beyond those of real Dockerfiles. */
const maxEdits = 1_000

/** Returns the stages with what the change did elsewhere, for each layer of an unedited COPY or RUN that it gave other files. */
export function withEditsOfSources(stages: readonly StageChange[], side: Side): readonly StageChange[] {
  const changes = new Map(stages.flatMap((change) => (change.after === null ? [] : [[change.after, change] as const])))
  const stageAt = stageAtLine([...changes.keys()])
  return stages.map((change) => ({
    ...change,
    layers: change.layers.map((layer) => withEdits(layer, change, { changes, side, stageAt, seen: new Set() })),
  }))
}

function withEdits(layer: LayerChange, change: StageChange, search: Search): LayerChange {
  const text = layer.after?.instruction?.text
  if (text === undefined || change.after === null || layer.before === null || layer.edited || layer.cause !== 'change')
    return layer
  const { references, runs } = search.side.inputsOf(text)
  const found = runs
    ? editsOfRun(layer, { stage: change.after, change }, search)
    : references[0]?.via === 'copy'
      ? editsBehind(text, search, 'row')
      : []
  const distinct = [...new Map((found ?? []).map((edit) => [JSON.stringify(edit), edit])).values()]
  const some = distinct.slice(0, maxEdits)
  const sourceEdits = some.flatMap((edit, at) => withoutRepeated(edit, some.slice(0, at)))
  return sourceEdits.length === 0 ? layer : { ...layer, sourceEdits }
}

/**
 * Returns why a RUN ran again, as far as no larger row of another layer says it: edited settings, edits and changed files
 * of a few bytes below it, and edits in stages that it mounts.
 */
function editsOfRun(run: LayerChange, source: Source, search: Search): Found {
  const line = run.after?.instruction?.line ?? null
  const sources = [...parentsOf(source, search), source]
  const at = sources.findIndex(({ stage }) => stage.instructions?.some((one) => one.line === line) === true)
  const own = sources[at]
  if (line === null || own === undefined) return []
  const { layers } = source.change
  const small = layers
    .slice(0, layers.indexOf(run))
    .filter((layer) => isOfChange(layer) && layer.inBase === undefined && isFewBytes(layer.growth))
  const found = together([
    ...sources.slice(0, at).map((parent) => editsOfSettings(null, parent, search.stageAt)),
    editsOfSettings(run, own, search.stageAt),
    ...small.map((layer) => inputsOf(layer, source, search, [])),
    behindRun(run, search),
  ])
  return found && found.map((edit) => (edit.stage === own.stage.name ? { ...edit, stage: null } : edit))
}

/** Returns what a line brought without files that an earlier one of the stage brought, too. Empty if nothing is left. */
function withoutRepeated(edit: SourceEdit, earlier: readonly SourceEdit[]): readonly SourceEdit[] {
  if (edit.kind !== 'inputs' || edit.files === null) return [edit]
  const others = earlier.filter(({ stage }) => stage === edit.stage)
  const known = new Set(
    others.flatMap((one) => (one.kind === 'inputs' ? (one.files?.files.map(({ path }) => path) ?? []) : [])),
  )
  const { files } = edit
  const left = files.files.filter(({ path }) => !known.has(path))
  const count = files.count - (files.files.length - left.length)
  // Which others there are is not known, so these are as good as any.
  if (left.length === 0) return count === 0 && files.isComplete ? [] : [edit]
  return [{ ...edit, files: { ...files, files: left, count } }]
}

interface Search {
  readonly changes: ReadonlyMap<Stage, StageChange>
  readonly side: Side
  readonly stageAt: StageAt
  /** The stages that were searched, for each COPY. */
  readonly seen: Set<string>
}

/** What the change did. Null if a part of it is not known, so that the rest may not be the reason. */
type Found = readonly SourceEdit[] | null

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
  if (taken.length === 0) {
    // Light files are in no list that is cut.
    if (layers.some(isCut)) return editsBelow(null, source, search, [])
    // What only the base image has, or a step deleted, is in no list either.
    const ofBase = baseEdits(source, search.stageAt)
    const deleting = layers
      .filter(({ after }) => mayDelete(after))
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
  return together([
    ...(last === undefined ? [] : [editsBelow(last, source, search, shown), ownEdits(last, source, search.stageAt)]),
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
    ...parentsOf(source, search).map((parent) => editsOfSettings(null, parent, search.stageAt)),
    editsOfSettings(run, source, search.stageAt),
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

/** An edited line has later ones run again even if it makes the same files. */
const isOfChange = ({ kind, cause, edited, moved }: LayerChange): boolean =>
  edited || moved || (kind !== 'same' && (cause === 'change' || cause === 'unknown'))

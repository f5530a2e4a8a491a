/** Finds what the change did in other stages that a COPY takes files from, so that its row can name it. Pure. */
import type { Instruction, Layer, Stage } from '../record/footprint.ts'
import type { LayerChange, StageChange } from './comparison.ts'
import { otherFiles } from './edited-files.ts'
import { placeTest, sourcesOf } from './growth-of-others.ts'
import { isSetting, keywordOf } from './instruction-text.ts'
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
  if (text === undefined || layer.before === null || layer.edited || !isOfChange(layer)) return layer
  const found = editsBehind(text, { ...sources, seen: new Set() })
  const sourceEdits = [...new Map(found.map((edit) => [JSON.stringify(edit), edit])).values()].slice(0, maxEdits)
  return sourceEdits.length === 0 ? layer : { ...layer, sourceEdits }
}

interface Search {
  readonly changes: ReadonlyMap<Stage, StageChange>
  readonly side: Side
  /** Returns the name of the stage that has a line. Null if that is not known. */
  readonly stageAt: (line: number) => string | null
  /** The stages that were searched. */
  readonly seen: Set<StageChange>
}

interface BelowRun extends Search {
  /** Layers of which the COPY takes files. */
  readonly shown: readonly LayerChange[]
}

/** Returns a function for the stage of a line. A stage that is FROM another one has layers of its lines. */
function stageAtLine(stages: readonly Stage[]): Search['stageAt'] {
  const starts = stages
    .flatMap(({ name, line }) => (line == null ? [] : [{ name, line }]))
    .sort((one, other) => other.line - one.line)
  return (line) => starts.find((stage) => stage.line <= line)?.name ?? null
}

/**
 * Returns the edits in the stage that a COPY takes from: those of the layers with files that it takes. If one of these
 * ran again only because of what is before it, the edits there.
 */
function editsBehind(text: string, search: Search): readonly SourceEdit[] {
  const [reference] = search.side.inputsOf(text).references
  const source = reference?.via === 'copy' ? search.side.resolve(reference) : null
  const change = source === null ? undefined : search.changes.get(source)
  if (source === null || change?.kind !== 'matched' || search.seen.has(change)) return []
  search.seen.add(change)
  const paths = sourcesOf(text)
  const layers = change.layers.filter(isOfChange)
  const taken = layers.filter(placeTest(paths))
  // What only the base image has, or a step deleted, is in no list.
  if (taken.length === 0) {
    const deleting = layers.filter(({ after }) => mayDelete(after))
    const edits = deleting.flatMap((layer) => editsOf(layer, source, search))
    return [...baseEdits(change, source, search), ...onlyOne(edits)]
  }
  const edits = taken.flatMap((layer) => editsOf(layer, source, search))
  // A pattern or a variable may mean any of these layers.
  if (edits.length > 0) return paths === null ? onlyOne(edits) : edits
  const last = taken.findLast(({ after }) => after !== null && keywordOf(after.instruction?.text ?? '') === 'RUN')
  // The row shows itself what the COPY takes.
  return last === undefined ? [] : editsBefore(last, change, source, { ...search, shown: paths === null ? [] : taken })
}

const onlyOne = (edits: readonly SourceEdit[]): readonly SourceEdit[] => (edits.length === 1 ? edits : [])

/** Returns the FROM if the change gave the stage another base image. */
function baseEdits({ baseImage }: StageChange, source: Stage, search: Search): readonly SourceEdit[] {
  return baseImage.kind === 'edited' ? editIn(source.base?.line ?? null, 'base', source, search) : []
}

function editsOf(layer: LayerChange, source: Stage, search: Search): readonly SourceEdit[] {
  const { kind, edited, before, after } = layer
  const instruction = (after ?? before)?.instruction ?? null
  if (instruction === null) return []
  if (kind === 'removed') return [{ stage: source.name, line: instruction.line, kind }]
  if (kind === 'added' || edited) return editIn(instruction.line, edited ? 'edited' : 'added', source, search)
  return editsBehind(instruction.text, search)
}

/**
 * Returns what may have had a RUN run again: edits of the base image, of settings and of lines below it, and what unedited
 * lines brought. None if it mounts files of the context, which are not known.
 */
function editsBefore(run: LayerChange, change: StageChange, source: Stage, search: BelowRun): readonly SourceEdit[] {
  const below = change.layers.slice(0, change.layers.indexOf(run)).filter(isOfChange)
  if (search.side.inputsOf(run.after?.instruction?.text ?? '').context !== null) return []
  return [
    ...baseEdits(change, source, search),
    ...editsOfSettings(run, change, source, search),
    ...below.flatMap((layer) => inputsOf(layer, source, search) ?? editsOf(layer, source, search)),
  ]
}

/** Returns the files of the context or the packages that an unedited line brought. Null if it did not. */
function inputsOf(layer: LayerChange, source: Stage, { side, stageAt, shown }: BelowRun): readonly SourceEdit[] | null {
  const { before, after, kind, edited } = layer
  const text = after?.instruction?.text
  if (kind !== 'changed' || edited || text === undefined) return null
  const packages = layer.packages.filter(({ kind }) => kind === 'updated' || kind === 'new' || kind === 'removed')
  const isOfContext = side.inputsOf(text).context === 'content'
  if (!isOfContext && packages.length === 0) return null
  if (shown.includes(layer)) return []
  const files = isOfContext ? otherFiles(before, after) : null
  return inStage(after?.instruction?.line ?? null, source, stageAt).map((place) => ({
    ...place,
    kind: 'inputs',
    files,
    packages: isOfContext ? [] : packages,
  }))
}

/** Returns the edits of settings above a step. */
function editsOfSettings(
  { before, after }: LayerChange,
  change: StageChange,
  source: Stage,
  search: Search,
): readonly SourceEdit[] {
  const [old, now] = [change.before?.instructions, source.instructions]
  if (!old || !now) return []
  const above = (all: readonly Instruction[], step: Layer | null): readonly Instruction[] =>
    all.filter(({ text, line }) => isSetting(text) && line !== null && line < (step?.instruction?.line ?? 0))
  const has = (all: readonly Instruction[], text: string): boolean =>
    all.some((one) => search.side.canonical(one.text) === search.side.canonical(text))
  const sets = (all: readonly Instruction[], text: string): boolean =>
    all.some((one) => settingOf(one.text) === settingOf(text))
  const fresh = above(now, after).filter(({ text }) => !has(old, text))
  const gone = above(old, before).filter(({ text }) => !sets(now, text))
  // Its variable has another value, or it is in the place of another one.
  const isEdited = (text: string): boolean =>
    sets(old, text) || gone.some((one) => keywordOf(one.text) === keywordOf(text))
  return [
    ...fresh.flatMap(({ text, line }) => editIn(line, isEdited(text) ? 'edited' : 'added', source, search)),
    ...(fresh.length > 0 ? [] : gone).map(({ line }): SourceEdit => ({ stage: source.name, line, kind: 'removed' })),
  ]
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

const isOfChange = ({ kind, cause }: LayerChange): boolean =>
  kind !== 'same' && (cause === 'change' || cause === 'unknown')

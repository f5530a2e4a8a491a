/** Finds the edits of other stages that changed what a COPY takes from there, so that its row can name them. Pure. */
import type { Stage } from '../record/footprint.ts'
import type { LayerChange, SourceEdit, StageChange } from './comparison.ts'
import { placeTest, sourcesOf } from './growth-of-others.ts'
import type { Side } from './side.ts'

/** Limit for the edits of a COPY. A row names only a few. */
const maxEdits = 10

/** Returns the stages with the edits behind each COPY whose own line is unedited. */
export function withEditsOfSources(stages: readonly StageChange[], side: Side): readonly StageChange[] {
  const changes = new Map(stages.flatMap((change) => (change.after === null ? [] : [[change.after, change] as const])))
  return stages.map((stage) => ({ ...stage, layers: stage.layers.map((layer) => withEdits(layer, changes, side)) }))
}

function withEdits(layer: LayerChange, changes: ReadonlyMap<Stage, StageChange>, side: Side): LayerChange {
  const text = layer.after?.instruction?.text
  if (text === undefined || layer.before === null || layer.edited || !isOfChange(layer)) return layer
  const sourceEdits = editsBehind(text, { changes, side, seen: new Set() })
  return sourceEdits.length === 0 ? layer : { ...layer, sourceEdits: sourceEdits.slice(0, maxEdits) }
}

interface Search {
  readonly changes: ReadonlyMap<Stage, StageChange>
  readonly side: Side
  /** The stages that were searched. */
  readonly seen: Set<StageChange>
}

/** Returns the edits in the stage that a COPY takes from: those of layers with files that it takes, or else all. */
function editsBehind(text: string, search: Search): readonly SourceEdit[] {
  const [reference] = search.side.inputsOf(text).references
  const source = reference?.via === 'copy' ? search.side.resolve(reference) : null
  const change = source === null ? undefined : search.changes.get(source)
  if (source === null || change?.kind !== 'matched' || search.seen.has(change)) return []
  search.seen.add(change)
  const layers = change.layers.filter(isOfChange)
  const taken = layers.filter(placeTest(sourcesOf(text)))
  const edits = [taken, layers].map((some) => some.flatMap((layer) => editsOf(layer, source, search)))
  const found = edits.find((some) => some.length > 0) ?? []
  const line = change.baseImage.kind === 'edited' ? (source.base?.line ?? null) : null
  return found.length > 0 || line === null ? found : [{ stage: source.name, line, kind: 'edited' }]
}

function editsOf(layer: LayerChange, { name }: Stage, search: Search): readonly SourceEdit[] {
  const { kind, edited, before, after } = layer
  const instruction = (after ?? before)?.instruction ?? null
  if (instruction === null) return []
  if (kind === 'removed') return [{ stage: name, line: null, kind }]
  if (kind === 'added' || edited)
    return instruction.line === null ? [] : [{ stage: name, line: instruction.line, kind: edited ? 'edited' : 'added' }]
  return editsBehind(instruction.text, search)
}

const isOfChange = ({ kind, cause }: LayerChange): boolean =>
  kind !== 'same' && (cause === 'change' || cause === 'unknown')

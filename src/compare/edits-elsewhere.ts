/** Gives the layer of each unedited step what the change did elsewhere, so that its row can name it. Pure. */
import type { LayerChange, StageChange } from './comparison.ts'
import { editsOfRuns } from './edits-of-runs.ts'
import { editsBehind, type Found, type Search } from './edits-of-sources.ts'
import { stageAtLine } from './line-edits.ts'
import { stageSettings } from './setting-parts.ts'
import type { Side } from './side.ts'
import type { EditElsewhere } from './edit-elsewhere.ts'

/** Limit for the edits of a step, far beyond those of real Dockerfiles. */
const maxEdits = 1_000

/**
 * Returns the stages with what the change did elsewhere, for each unedited COPY and RUN that has other files from it.
 *
 * @param given names of the build arguments that one of the builds was given
 */
export function withEditsElsewhere(
  stages: readonly StageChange[],
  side: Side,
  given: ReadonlySet<string>,
): readonly StageChange[] {
  const changes = new Map(stages.flatMap((change) => (change.after === null ? [] : [[change.after, change] as const])))
  const shared = { changes, side, stageAt: stageAtLine([...changes.keys()]), settingsOfStage: stageSettings(given) }
  const search = (): Search => ({ ...shared, seen: new Set() })
  return stages.map((change) => {
    if (change.after === null) return change
    const ofRun = editsOfRuns({ stage: change.after, change }, search)
    const layers = change.layers.map((layer, position): LayerChange => {
      const text = layer.after?.instruction?.text
      if (text === undefined || !isUnedited(layer)) return layer
      const { references, runs } = side.inputsOf(text)
      if (runs) return withEdits(layer, ofRun(layer, position))
      return references[0]?.via === 'copy' ? withEdits(layer, editsBehind(text, search(), 'row')) : layer
    })
    return { ...change, layers }
  })
}

const isUnedited = ({ before, edited, cause }: LayerChange): boolean => before !== null && !edited && cause === 'change'

function withEdits(layer: LayerChange, found: Found): LayerChange {
  const all = [...new Map((found ?? []).map((edit) => [JSON.stringify(edit), edit])).values()].slice(0, maxEdits)
  const edited = new Set(all.flatMap(({ kind, stage, line }) => (kind === 'edited' ? [`${stage} ${line}`] : [])))
  // A line may be new for one step, and an edit for another one.
  const distinct = all.filter(
    ({ kind, stage, line }) => !(kind === 'added' || kind === 'moved') || !edited.has(`${stage} ${line}`),
  )
  const editsElsewhere = distinct.flatMap((edit, at) => withoutRepeated(edit, distinct.slice(0, at)))
  return editsElsewhere.length === 0 ? layer : { ...layer, editsElsewhere }
}

/** Returns what a line brought without files that an earlier one of the stage brought, too. Empty if nothing is left. */
function withoutRepeated(edit: EditElsewhere, earlier: readonly EditElsewhere[]): readonly EditElsewhere[] {
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

/** Finds what the change did above an unedited RUN, so that it ran again. Pure. */
import { once } from '../once.ts'
import type { LayerChange } from './comparison.ts'
import { behindRun, inputsOf, isOfChange, parentsOf, together, type Found, type Search } from './edits-of-sources.ts'
import { baseEdits, editIn, ownEdits, type Source } from './line-edits.ts'
import { isFewBytes } from './noise.ts'
import { ownersOf, settingEdits } from './setting-edits.ts'

/** Limit for the layers of a stage that are looked into. All other work is done once for a stage. */
const maxLayers = 20

/**
 * Returns a function for the RUNs of a stage. It returns why a RUN ran again, as far as no larger row of another layer
 * says it: edited settings, edits and changed files of a few bytes below it, and edits in stages that it mounts.
 *
 * @param search starts a search
 */
export function editsOfRuns(source: Source, search: () => Search): (run: LayerChange, position: number) => Found {
  const first = search()
  const { stageAt } = first
  const sources = [...parentsOf(source, first), source]
  const ownerOf = ownersOf(sources, first.settingsOfStage)
  const editsOfSettings = settingEdits(sources, first)
  const differing = source.change.layers
    .map((layer, at) => ({ layer, at }))
    .filter(({ layer }) => layer.inBase === undefined && (layer.kind !== 'same' || isOfChange(layer)))
  const firstMoved = differing.find(({ layer }) => layer.moved)?.at ?? Infinity
  const small = once(() =>
    differing
      .filter(({ layer }) => isOfChange(layer) && isFewBytes(layer.growth))
      .slice(0, maxLayers)
      .map(({ layer, at }) => ({ at, inputs: inputsOf(layer, source, search(), []) })),
  )
  const large = once(() =>
    differing
      .filter(({ layer }) => !isFewBytes(layer.growth))
      .slice(0, maxLayers)
      .map(({ layer, at }) => ({
        at,
        edits:
          layer.after === null
            ? ownEdits(layer, source, stageAt)
            : editIn(layer.after.instruction?.line ?? null, 'row', source.stage, stageAt),
      })),
  )
  return (run, position) => {
    const owner = ownerOf(run.after)
    if (owner === null) return []
    // Nothing is said about lines in another order.
    if (firstMoved < position) return null
    const found = together([
      editsOfSettings(run),
      ...small().flatMap(({ at, inputs }) => (at < position ? [inputs] : [])),
      behindRun(run, search()),
    ])
    const own = sources[owner]?.stage.name
    // Beside these, larger rows must not look like no reason, whatever their cause.
    const rows = large().flatMap(({ at, edits }) => (at < position ? edits : []))
    const told = new Set(found?.map(({ stage, line }) => `${stage} ${line}`))
    const untold = rows.filter(({ kind, stage, line }) => kind !== 'row' || !told.has(`${stage} ${line}`))
    const others = found?.length === 0 ? [] : [...baseEdits(source, stageAt), ...untold]
    return found && [...found, ...others].map((edit) => (edit.stage === own ? { ...edit, stage: null } : edit))
  }
}

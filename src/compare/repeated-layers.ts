/**
 * Finds layers that contain the files of lower layers once more, such as the layer of `RUN chown -R`. What changed in
 * such a layer changed in the lower ones, too. Pure.
 */
import type { Stage } from '../record/footprint.ts'
import type { LayerChange, Repetition, StageChange } from './comparison.ts'

/** Limit for the file bytes of a layer that are not repeated. A record does not list the smallest savings. */
const maxOthers = 1_000

/** Returns the same stage. Layers that only repeat files say which lower layers have these files. */
export function withRepetitions(stage: StageChange): StageChange {
  const layers = stage.layers.map((layer): LayerChange => {
    const repeats = layer.kind === 'same' ? null : repetitionOf(stage, layer)
    return repeats === null ? layer : { ...layer, repeats }
  })
  return { ...stage, layers }
}

/** Returns null unless the layer only repeats files on each side where it exists, and it exists in the head. */
function repetitionOf(stage: StageChange, { before, after }: LayerChange): Repetition | null {
  if (after === null) return null
  if (before !== null && linesRepeated(stage.before, before) === null) return null
  const lines = linesRepeated(stage.after, after)
  return lines === null ? null : { lines }
}

/**
 * Returns the lines of the layers whose files this layer has once more, with the same contents. Null if it has other
 * files, too, or if the record does not know.
 */
function linesRepeated(stage: Stage | null, layer: Stage['layers'][number]): Repetition['lines'] | null {
  if (stage === null || !stage.savings || layer.fileBytes === null) return null
  const position = stage.layers.indexOf(layer)
  const items = stage.savings.items.filter(
    ({ rule, claim, laterLayer }) => rule === 'owner-or-mode' && claim === 'sure' && laterLayer === position,
  )
  const repeated = items.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
  if (repeated === 0 || layer.fileBytes - repeated > maxOthers) return null
  const positions = [...new Set(items.map((item) => item.layer))].sort((a, b) => a - b)
  return positions.map((one) => stage.layers[one]?.instruction?.line ?? null)
}

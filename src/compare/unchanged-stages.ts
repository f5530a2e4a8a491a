/** Decides whether a stage is the same on both sides. Pure. */
import type { LayerChange, StageChange } from './comparison.ts'

/**
 * Returns whether a stage is the same on both sides. Its name and the text of its instructions may differ, because they
 * do not affect the image.
 */
export const isUnchanged = (stage: StageChange): boolean => isAlike(stage) && stage.layers.every(isSame)

/** Returns whether a stage is the same on both sides, or would be without rebuild drift. */
export const hasOnlyDrift = (stage: StageChange): boolean =>
  isAlike(stage) && stage.layers.every((layer) => isSame(layer) || isDrift(layer))

const isSame = ({ kind, moved }: LayerChange): boolean => kind === 'same' && !moved
const isDrift = ({ kind, moved, cause }: LayerChange): boolean => kind === 'changed' && !moved && cause === 'drift'

/** Returns whether everything but the layers of a stage is the same. */
export function isAlike({ kind, baseImage, metadataOnlySteps }: StageChange): boolean {
  return (
    kind === 'matched' &&
    // If one side does not know its base, the layers are compared instead.
    (baseImage.kind === 'same' ||
      (baseImage.kind === 'unknown' && (baseImage.before === null || baseImage.after === null))) &&
    (metadataOnlySteps === null || metadataOnlySteps === 0)
  )
}

import type { Layer } from '../record/footprint.ts'

/** Returns whether a layer deletes something of the layers below it, or that is not known. */
export const mayDelete = (layer: Pick<Layer, 'whiteouts' | 'opaqueWhiteouts'> | null): boolean =>
  layer !== null && (layer.whiteouts !== 0 || layer.opaqueWhiteouts !== 0)

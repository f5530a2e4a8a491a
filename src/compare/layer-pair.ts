/** A layer with its counterpart on the other side. */
import type { Layer } from '../record/footprint.ts'
import type { LayerChange } from './comparison.ts'

/** A layer and its counterpart. */
export interface LayerPair {
  /** Null if the layer was added. Only one of the two can be null. */
  readonly before: Layer | null
  /** Null if the layer was removed. */
  readonly after: Layer | null
  /** Whether the layer is at another position in the order. */
  readonly moved: boolean
  /** Whether the layer belongs to the external base image. */
  readonly base: boolean
  /** As in `LayerChange`. */
  readonly inBase?: LayerChange['inBase']
}

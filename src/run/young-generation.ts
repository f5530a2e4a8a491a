/** Limits the memory that this process takes besides what it holds. */
import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8's young generation small, from now on and in new threads. Chunks of layers lie outside of V8's heap, but are
 * only freed when the young objects that hold them are collected. With the default of 16 MB, freed chunks add up to
 * many times that size (docs/performance.md).
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--max-semi-space-size=2')
  setFlagsFromString('--semi-space-growth-factor=1')
}

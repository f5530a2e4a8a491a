/** The targets of a bake that have no figures. Pure. */
import type { Footprint } from './footprint.ts'

/** Returns the names of the targets that were not weighed on any platform. */
export function lostTargets({ images, unweighedTargets = [] }: Footprint): readonly string[] {
  const weighed = new Set(images.map(({ name }) => name))
  return unweighedTargets.filter((name) => !weighed.has(name))
}

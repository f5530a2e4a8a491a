/** The targets of a bake that have no figures, and what comes first in a footprint. Pure. */
import type { Footprint, Image } from './footprint.ts'

/** Returns the names of the targets that were not weighed on any platform. */
export function lostTargets({ images, unweighedTargets = [] }: Footprint): readonly string[] {
  const weighed = new Set(images.map(({ name }) => name))
  return unweighedTargets.filter((name) => !weighed.has(name))
}

/**
 * Returns the name of the first target of a bake, weighed or not, or that of the only image. Null if there is none.
 * Bake sorts targets by name.
 */
export function firstName(footprint: Footprint): string | null {
  const [lost] = lostTargets(footprint).toSorted()
  const weighed = footprint.images[0]?.name
  return weighed === undefined || (lost !== undefined && lost < weighed) ? (lost ?? null) : weighed
}

/** Returns the first image. Null if there is none, or the first target of a bake was not weighed. */
export function firstImage(footprint: Footprint): Image | null {
  const [image = null] = footprint.images
  return image?.name === firstName(footprint) ? image : null
}

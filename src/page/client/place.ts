/**
 * The fragment of the page's address, which says what is shown: `#/IMAGE/MODE/STAGE/PART/…`. An image has its name there,
 * because its position differs in the next page.
 */
import { keysOf, type AddressedImages } from '../image-keys.ts'
import { pathTo, type MapNode } from '../map-node.ts'
import type { Mode } from '../model.ts'

/** What a treemap shows. */
export interface Place {
  readonly image: number
  readonly mode: Mode
  readonly stage: string
  /** Ids of the parts on the path, from the stage down. */
  readonly ids: readonly string[]
}

/** Returns the fragment of a place. */
export function fragmentOf({ image, mode, stage, ids }: Place, keys: readonly string[]): string {
  return `#/${[keys[image] ?? image, mode, stage, ...ids].map(encodeURIComponent).join('/')}`
}

/** Returns the image that a fragment calls so, and whether it is certainly this one and not only the nearest. */
type FindImage = (key: string) => { readonly image: number; readonly isCertain: boolean }

/** Returns a function that finds an image by its key, or by its name alone, as pages of earlier releases call it. */
export function imageFinder(images: AddressedImages): FindImage {
  const keys = keysOf(images)
  return (key) => {
    const exact = keys.indexOf(key)
    if (exact !== -1) return { image: exact, isCertain: true }
    const named = images.filter(({ name }) => name === key).length
    const alike = images.findIndex(({ name }) => key === name || key.startsWith(`${name} `))
    return { image: Math.max(alike, 0), isCertain: named === 1 }
  }
}

/** Finds an image by its position, as the page itself is written. */
export const atPosition: FindImage = (key) => ({ image: Number(key), isCertain: true })

/**
 * Parses a fragment. Null if it is not one of ours. If it is not certain which image it calls so, the place is a stage
 * that no image has, so that the reader is told.
 */
export function placeOf(fragment: string, find: FindImage): Place | null {
  if (!fragment.startsWith('#/')) return null
  let parts: string[]
  try {
    parts = fragment.slice(2).split('/').map(decodeURIComponent)
  } catch {
    return null
  }
  const [key = '', mode, stage, ...ids] = parts
  if ((mode !== 'in' && mode !== 'changed') || stage === undefined) return null
  const { image, isCertain } = find(key)
  return isCertain ? { image, mode, stage, ids } : { image, mode, stage: '', ids: [] }
}

/** Returns the ids of the nodes from the stage, which is left out, down to this node. */
export function idsOf(node: MapNode): readonly string[] {
  return pathTo(node)
    .slice(1)
    .map(({ id }) => id)
}

/**
 * The fragment of the page's address, which says what is shown: `#/IMAGE/MODE/STAGE/PART/…`. An image has its name there,
 * because its position differs in the next page.
 */
import { pathTo, type MapNode } from '../map-node.ts'
import type { Mode, PageImage } from '../model.ts'

/** What a treemap shows. */
export interface Place {
  readonly image: number
  readonly mode: Mode
  readonly stage: string
  /** Ids of the parts on the path, from the stage down. */
  readonly ids: readonly string[]
}

/** What fragments call the images of a page: by position, as the page itself is written, or by a name that is unique. */
export function keysOf(images: readonly Pick<PageImage, 'name'>[]): readonly string[] {
  return images.map(({ name }, at) => {
    const isUnique = images.every((other, position) => position === at || other.name !== name)
    return images.length > 1 && isUnique && name !== '' && !/^\d+$/.test(name) ? name : String(at)
  })
}

/** Returns the fragment of a place. */
export function fragmentOf({ image, mode, stage, ids }: Place, keys: readonly string[]): string {
  return `#/${[keys[image] ?? image, mode, stage, ...ids].map(encodeURIComponent).join('/')}`
}

/** Parses a fragment, which names an image by its key or its position. Null if it is not one of ours. */
export function placeOf(fragment: string, keys: readonly string[]): Place | null {
  if (!fragment.startsWith('#/')) return null
  let parts: string[]
  try {
    parts = fragment.slice(2).split('/').map(decodeURIComponent)
  } catch {
    return null
  }
  const [key = '', mode, stage, ...ids] = parts
  const named = keys.indexOf(key)
  const image = named !== -1 ? named : /^\d{1,4}$/.test(key) ? Number(key) : -1
  if (image === -1 || (mode !== 'in' && mode !== 'changed') || stage === undefined) return null
  return { image, mode, stage, ids }
}

/** Returns the ids of the nodes from the stage, which is left out, down to this node. */
export function idsOf(node: MapNode): readonly string[] {
  return pathTo(node)
    .slice(1)
    .map(({ id }) => id)
}

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

/** The images of a page, as their addresses need them. */
export type AddressedImages = readonly Pick<PageImage, 'name' | 'platform'>[]

/** Returns what fragments call the images: by a name that is unique, perhaps with the platform, or else by position. */
export function keysOf(images: AddressedImages): readonly string[] {
  const names = images.map(({ name }) => name)
  const withPlatforms = images.map(({ name, platform }) => `${name} ${platform}`)
  return images.map((_, at) => {
    const key = [names, withPlatforms].find((all) => isUnique(all, at) && !isPosition(all[at] ?? ''))?.[at]
    return key ?? String(at)
  })
}

/** Returns what the page itself calls the images where it is written. */
export const positionsOf = (images: AddressedImages): readonly string[] => images.map((_, at) => String(at))

const isUnique = (all: readonly string[], at: number): boolean =>
  all[at] !== '' && all.every((one, position) => position === at || one !== all[at])

const isPosition = (key: string): boolean => /^\d+$/.test(key)

/** Returns the fragment of a place. */
export function fragmentOf({ image, mode, stage, ids }: Place, keys: readonly string[]): string {
  return `#/${[keys[image] ?? image, mode, stage, ...ids].map(encodeURIComponent).join('/')}`
}

/**
 * Parses a fragment. Null if it is not one of ours. If the page has no such image, the place is a stage that it does not
 * have either, so that the reader is told.
 */
export function placeOf(fragment: string, keys: readonly string[]): Place | null {
  if (!fragment.startsWith('#/')) return null
  let parts: string[]
  try {
    parts = fragment.slice(2).split('/').map(decodeURIComponent)
  } catch {
    return null
  }
  const [key = '', mode, stage, ...ids] = parts
  if ((mode !== 'in' && mode !== 'changed') || stage === undefined) return null
  const image = keys.indexOf(key)
  return image === -1 ? { image: 0, mode, stage: '', ids: [] } : { image, mode, stage, ids }
}

/** Returns the ids of the nodes from the stage, which is left out, down to this node. */
export function idsOf(node: MapNode): readonly string[] {
  return pathTo(node)
    .slice(1)
    .map(({ id }) => id)
}

/** The fragment of the page's address, which says what is shown: `#/IMAGE/MODE/STAGE/PART/…`. */
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
export function fragmentOf({ image, mode, stage, ids }: Place): string {
  return `#/${[image, mode, stage, ...ids].map(encodeURIComponent).join('/')}`
}

/** Parses a fragment. Null if it is not one of ours. */
export function placeOf(fragment: string): Place | null {
  if (!fragment.startsWith('#/')) return null
  let parts: string[]
  try {
    parts = fragment.slice(2).split('/').map(decodeURIComponent)
  } catch {
    return null
  }
  const [image = '', mode, stage, ...ids] = parts
  if (!/^\d{1,4}$/.test(image) || (mode !== 'in' && mode !== 'changed') || stage === undefined) return null
  return { image: Number(image), mode, stage, ids }
}

/** Returns the ids of the nodes from the stage, which is left out, down to this node. */
export function idsOf(node: MapNode): readonly string[] {
  return pathTo(node)
    .slice(1)
    .map(({ id }) => id)
}

/** The path from a stage to what is shown. Each part of it is a link. */
import type { MapNode } from '../map-node.ts'
import { element } from './dom.ts'

/** Returns the path as a list. The last part is what is shown. */
export function crumbsOf(path: readonly MapNode[], hrefOf: (node: MapNode) => string): HTMLOListElement {
  const items = path.map((node, at) =>
    element(
      'li',
      {},
      at === path.length - 1
        ? element('span', { 'aria-current': 'location' }, node.name)
        : element('a', { href: hrefOf(node) }, node.name),
    ),
  )
  return element('ol', {}, ...items)
}

/** The names of the parts that lead to a part of the treemap. */
import { hasRightToLeft } from '../../text.ts'
import type { MapNode } from '../map-node.ts'
import { element } from './dom.ts'

/**
 * Returns the names with slashes between them, as children of an element. A name in a right-to-left script has an
 * element of its own, so that what is copied has no invisible characters.
 */
export const joinedNames = (nodes: readonly MapNode[]): readonly (Node | string)[] =>
  nodes.flatMap(({ name }, at) => [
    ...(at === 0 ? [] : [' / ']),
    hasRightToLeft(name) ? element('bdi', {}, name) : name,
  ])

/** What a treemap marks, and says, of a place that an address names. Pure. */
import { formatBytes, formatCount } from '../../report/units.ts'
import { broughtByFrom, fromId, nodeAt, valueOf, type MapNode } from '../map-node.ts'
import type { Mode } from '../model.ts'
import { labelOf } from '../words.ts'
import { idsOf } from './place.ts'

/** What an address leads to. */
export interface Arrival {
  readonly target: MapNode
  /** Parts that the picture and the table mark. */
  readonly marked: readonly MapNode[]
  /** What the picture alone does not show, in words. Empty if there is nothing to say. */
  readonly words: string
}

/** For an address of another page, such as one that was kept from an earlier build. */
const missingWords = 'The address names a part that this page does not have. The nearest one is shown.'

/**
 * Returns what these ids lead to.
 *
 * @param isStage whether the root is the stage that the address names
 */
export function arrivalAt(
  root: MapNode,
  ids: readonly string[],
  mode: Mode,
  isCompared: boolean,
  isStage: boolean,
): Arrival {
  const [first] = ids
  if (first === fromId && ids.length === 1) {
    const marked = broughtByFrom(root)
    return { target: root, marked, words: fromWords(marked) }
  }
  const target = nodeAt(root, ids)
  if (!isStage || idsOf(target).length < ids.length) return { target, marked: [], words: missingWords }
  // A file has no parts, so its parent is shown and the file is marked.
  const isMarked = target.children.length === 0 && target.parent !== null
  if (!isMarked) return { target, marked: [], words: '' }
  const isDrawn = valueOf(target, mode) > 0
  return { target, marked: [target], words: isDrawn ? '' : undrawnWords(target, mode, isCompared) }
}

function fromWords(marked: readonly MapNode[]): string {
  const bytes = marked.reduce((sum, { after }) => sum + (after ?? 0), 0)
  const layers = marked.filter(({ kind }) => kind !== 'base').length
  const parts = [
    ...marked.filter(({ kind }) => kind === 'base').map(({ name }) => name),
    ...(layers === 0 ? [] : [`${formatCount(layers, 'layer')} of another stage`]),
  ]
  return `Marked: what FROM brings, ${formatBytes(bytes)} of files: ${parts.join(' and ')}`
}

/** Returns why a part has no box. */
function undrawnWords(node: MapNode, mode: Mode, isCompared: boolean): string {
  const { kind, layer, after } = node
  if (kind === 'layer' && layer !== null && after === 0) {
    const [, unpacked] = layer.unpacked
    const headers =
      unpacked === null || unpacked === 0
        ? ''
        : `: its ${formatBytes(unpacked)} are headers, such as those of directories and deletions`
    return `${node.name}: this layer has no file bytes${headers}`
  }
  const label = labelOf(node, isCompared)
  return mode === 'changed' ? `${label}, not changed` : label
}

/**
 * The words for a part of the treemap, used in its label, its table row and for screen readers. Also used in a browser.
 * Pure.
 */
import type { Cause } from '../compare/comparison.ts'
import { causeNouns } from '../report/cause-nouns.ts'
import { formatBytes, formatGrowth } from '../report/units.ts'
import type { MapNode } from './map-node.ts'
import type { Mode } from './model.ts'

/** Returns the cause of a part's growth, such as `from this change`. */
export const causeWords = (cause: Cause): string => `from ${causeNouns[cause]}`

/** Returns `80.1 kB` or `+1.2 MB`. For a part with growth and reduction, returns the difference and both. */
export function figureOf(node: MapNode, mode: Mode): string {
  return mode === 'in' ? formatBytes(node.after ?? 0) : changeOf(node)
}

/** Returns the growth of a part. If it contains growth and reduction, returns the difference and both. */
export function changeOf({ grew, shrank }: Pick<MapNode, 'grew' | 'shrank'>): string {
  const net = formatGrowth(grew - shrank)
  return grew > 0 && shrank > 0 ? `${net} net: ${formatGrowth(grew)}, ${formatGrowth(-shrank)}` : net
}

/** Returns `1.2 MB → 1.9 MB`, `new` or `gone`, with the size. It is the size alone if the one before is not known. */
export function sizesOf(
  { before, after, isBeforeKnown }: Pick<MapNode, 'before' | 'after' | 'isBeforeKnown'>,
  isCompared: boolean,
): string {
  if (!isCompared || !isBeforeKnown) return formatBytes(after ?? 0)
  if (before === null) return `new, ${formatBytes(after ?? 0)}`
  if (after === null) return `gone, was ${formatBytes(before)}`
  return before === after ? formatBytes(after) : `${formatBytes(before)} → ${formatBytes(after)}`
}

/** Follows the size of a part whose size before is not known. */
export const beforeUnknown = 'size before not known'

/** Returns everything about a part besides its name: a version, sizes, growth and its cause. */
export function detailsOf(node: MapNode, isCompared: boolean): readonly string[] {
  const hasChanged = node.grew + node.shrank > 0
  return [
    node.note,
    sizesOf(node, isCompared),
    node.isBeforeKnown ? '' : beforeUnknown,
    isCompared && hasChanged ? changeOf(node) : '',
    node.cause !== null && hasChanged ? causeWords(node.cause) : '',
  ].filter((detail) => detail !== '')
}

/** Returns everything about a part in one sentence. */
export function labelOf(node: MapNode, isCompared: boolean): string {
  const [first = '', ...others] = detailsOf(node, isCompared)
  return node.note === ''
    ? `${node.name}: ${[first, ...others].join(', ')}`
    : `${node.name} ${first}: ${others.join(', ')}`
}

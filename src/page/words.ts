/**
 * The words for a part of the treemap, used in its label, its table row and for screen readers. Also used in a browser.
 * Pure.
 */
import type { Cause } from '../compare/comparison.ts'
import { causeNouns } from '../report/cause-nouns.ts'
import { formatBytes, formatCount, formatGrowth } from '../report/units.ts'
import type { MapNode } from './map-node.ts'
import type { Mode, PageStage } from './model.ts'

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

/** Returns the caption of the table with the parts of a node. The words for the final stage need an article. */
export function partsCaption({ name, kind }: Pick<MapNode, 'name' | 'kind'>, role: PageStage['role']): string {
  return `Parts of ${kind === 'stage' && role === 'final' ? 'the ' : ''}${name}, file bytes`
}

/** Returns the title of the row with the sums of all parts. */
export const sumWords = (grew: number, shrank: number): string =>
  `all parts: ${formatGrowth(grew)}, ${formatGrowth(-shrank)}`

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

/**
 * Returns the number of files of a part that is more than one file, as `, 16 files, and 1 that is gone`. Empty if it is
 * not known.
 */
export function filesOf({ kind, files, goneFiles }: Pick<MapNode, 'kind' | 'files' | 'goneFiles'>): string {
  if (kind === 'file' || files === null || files + goneFiles < 2) return ''
  if (goneFiles === 0) return `, ${formatCount(files, 'file')}`
  if (files === 0) return `, ${formatCount(goneFiles, 'file')}`
  return `, ${formatCount(files, 'file')}, and ${goneFiles} that ${goneFiles === 1 ? 'is' : 'are'} gone`
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

/** Stands for a treemap without boxes, by mode. */
export const emptyWords = { changed: 'Nothing changed here.', in: 'There are no files here.' } as const

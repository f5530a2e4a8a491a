/** Recognises archives by their names. Pure. */
import type { PathTree } from '../layer/path-tree.ts'

const ends = [
  '.tar',
  '.tar.gz',
  '.tgz',
  '.tar.xz',
  '.txz',
  '.tar.bz2',
  '.tbz2',
  '.tar.zst',
  '.tar.lz4',
  '.zip',
  '.7z',
  '.rpm',
  '.deb',
].map((end) => Buffer.from(end))

/** Grouped by last byte for speed, because nearly all names end differently. */
const byLastByte = Map.groupBy(ends, (end) => end.at(-1) ?? 0)

/** Returns how an archive is added to a group, whose edit names each archive. */
export const ofArchive = (
  node: number,
): { readonly place: number; readonly together: true; readonly listsPlaces: true } => ({
  place: node,
  together: true,
  listsPlaces: true,
})

/** Returns whether a file has the name of an archive. */
export function isArchive(tree: PathTree, node: number): boolean {
  return byLastByte.get(tree.lastByte(node))?.some((end) => tree.endsWith(node, end)) ?? false
}

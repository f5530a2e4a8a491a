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

/** By the last byte: nearly all names end with another. */
const byLastByte = Map.groupBy(ends, (end) => end.at(-1) ?? 0)

/** Whether a file's name is that of an archive. */
export function isArchive(tree: PathTree, node: number): boolean {
  return byLastByte.get(tree.lastByte(node))?.some((end) => tree.endsWith(node, end)) ?? false
}

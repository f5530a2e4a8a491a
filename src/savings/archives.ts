import type { PathTree } from '../filesystem/path-tree.ts'

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

/** Whether a file's name is that of an archive. */
export function isArchive(tree: PathTree, node: number): boolean {
  return ends.some((end) => tree.endsWith(node, end))
}

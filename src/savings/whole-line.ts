/** Finds out whether an instruction brings nothing but some files, so that it can be dropped. Pure. */
import { root, type PathTree } from '../layer/path-tree.ts'
import type { StageFiles } from './files.ts'

/**
 * Returns whether a layer has nothing but these files or directories and the directories above them, as far as the file
 * system shows it.
 *
 * @param nodes the paths of the files or directories
 * @param isDeleted whether a later line deletes a path as well, such as a link or an empty folder among the files
 */
export function isWholeLine(
  files: StageFiles,
  layer: number,
  nodes: ReadonlySet<number>,
  isDeleted: (path: string) => boolean = () => false,
): boolean {
  const { tree, files: table } = files.fileSystem
  const above = parentsOf(tree, nodes)
  const isInside = (start: number): boolean => {
    for (let node = start; node !== root; node = tree.parent(node)) if (nodes.has(node)) return true
    return nodes.has(root)
  }
  const [start, end] = [files.fileSystem.firstNodeOf(layer), files.fileSystem.firstNodeOf(layer + 1)]
  for (let node = start; node < end; node += 1)
    if (!above.has(node) && !isInside(node) && !isDeleted(`/${tree.path(node)}`)) return false
  // The layer may also replace what was there before.
  return files.filesOf(layer).every((file) => isInside(table.nodeOf(file)))
}

/** Returns the directories that contain these nodes. */
function parentsOf(tree: PathTree, nodes: ReadonlySet<number>): ReadonlySet<number> {
  const known = new Set<number>()
  for (const start of nodes)
    // The root is its own parent.
    for (let node = tree.parent(start); !known.has(node); node = tree.parent(node)) known.add(node)
  return known
}

/** Finds out whether an instruction brings nothing but some files, so that it can be dropped. Pure. */
import type { PathTree } from '../layer/path-tree.ts'
import type { StageFiles } from './files.ts'

/**
 * Returns whether a layer has nothing but these files and the directories above them, as far as the file system shows
 * it.
 *
 * @param nodes the paths of the files
 */
export function isWholeLine(files: StageFiles, layer: number, nodes: ReadonlySet<number>): boolean {
  const { tree, files: table } = files.fileSystem
  const known = withParents(tree, nodes)
  const [start, end] = [files.fileSystem.firstNodeOf(layer), files.fileSystem.firstNodeOf(layer + 1)]
  for (let node = start; node < end; node += 1) if (!known.has(node)) return false
  // The layer may also replace what was there before.
  for (let file = files.firstFileOf(layer); file <= files.count && table.adderOf(file) === layer; file += 1)
    if (!nodes.has(table.nodeOf(file))) return false
  return true
}

function withParents(tree: PathTree, nodes: ReadonlySet<number>): ReadonlySet<number> {
  const known = new Set(nodes)
  for (const start of nodes)
    // The root is its own parent.
    for (let node = tree.parent(start); !known.has(node); node = tree.parent(node)) known.add(node)
  return known
}

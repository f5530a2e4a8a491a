/** Finds copied files that several RUN instructions work on, one after the other. Pure. */
import { none, root, type PathTree } from '../layer/path-tree.ts'
import type { StageFiles } from './files.ts'
import { isRun } from './rule.ts'
import { attributeCommands, deletingCommands, runsOnly } from './commands.ts'

/**
 * Returns a function that tells whether several RUN instructions may work on files that a line copies and a later line
 * hides, so that one of them needs what another one made or changed there. If each mounted the files, that would be gone.
 */
export function usesByTurns(files: StageFiles): (copy: number, later: number) => boolean {
  const { tree, files: table } = files.fileSystem
  // For each layer: the first layer that hides files of it, for each directory that such files are below.
  const hiders = files.layers.map(() => new Map<number, number>())
  // For each two layers: the directory that contains all files of the first that the second hides.
  const folders = new Map<string, number>()
  for (let file = 1; file <= files.count; file += 1) {
    const [adder, hider] = [table.adderOf(file), table.hiderOf(file)]
    if (hider === none || hider === adder) continue
    const folder = tree.parent(table.nodeOf(file))
    const key = `${adder} ${hider}`
    folders.set(key, commonFolder(tree, folders.get(key) ?? folder, folder))
    const known = hiders[adder]
    for (let at = folder; known !== undefined && (known.get(at) ?? Infinity) > hider; at = tree.parent(at)) {
      known.set(at, hider)
      if (at === root) break
    }
  }
  return (copy, later) => {
    const folder = folders.get(`${copy} ${later}`) ?? root
    const runs = files.layers.flatMap((_, position) =>
      position > copy && position <= later && isRun(files.textOf(position)) ? [position] : [],
    )
    // Nothing that was made is needed to delete a file, or to change its owner.
    const last = runs.findLastIndex((run) => !runsOnly(files.textOf(run), ...deletingCommands, ...attributeCommands))
    const hidesBy = (layer: number, last: number): boolean => (hiders[layer]?.get(folder) ?? Infinity) <= last
    return runs.slice(0, Math.max(last, 0)).some((run) => hidesBy(copy, run) || hidesBy(run, later))
  }
}

/** Returns the deepest folder that contains both, or is one of them. */
function commonFolder(tree: PathTree, one: number, other: number): number {
  let [a, b] = [one, other]
  // A parent has a lower number than its children.
  while (a !== b) {
    if (a > b) a = tree.parent(a)
    else b = tree.parent(b)
  }
  return a
}

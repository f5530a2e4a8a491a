/** Finds out whether copied files can be mounted where RUN instructions need them. Pure. */
import { none, root, type PathTree } from '../layer/path-tree.ts'
import type { StageFiles } from './files.ts'
import { isRun } from './rule.ts'
import { attributeCommands, deletingCommands, runsOnly } from './commands.ts'
import { commonOf } from './places.ts'

/**
 * Returns a function that tells whether RUN instructions can have files by a mount that a line copies and a later line
 * hides. What they write below a mount is gone. So none may need what another one made or changed there, and nothing
 * that they make there may be kept.
 */
export function mountable(files: StageFiles): (copy: number, later: number) => boolean {
  const hidden = hiddenFilesOf(files)
  return (copy, later) => {
    const runs = files.layers.flatMap((_, position) =>
      position > copy && position <= later && isRun(files.textOf(position)) ? [position] : [],
    )
    return !areUsedByTurns(files, hidden, runs, copy, later) && !areAmongResults(files, runs, copy, later)
  }
}

/** Where the files are that one layer adds and another one hides. */
interface HiddenFiles {
  /** For each layer: the first layer that hides files of it, for each directory that such files are below. */
  readonly hiders: readonly ReadonlyMap<number, number>[]
  /** For each two layers: the directories that have files of the first that the second hides. */
  readonly folders: ReadonlyMap<string, ReadonlySet<number>>
}

function hiddenFilesOf({ fileSystem: { tree, files: table }, layers, count }: StageFiles): HiddenFiles {
  const hiders = layers.map(() => new Map<number, number>())
  const folders = new Map<string, Set<number>>()
  for (let file = 1; file <= count; file += 1) {
    const [adder, hider] = [table.adderOf(file), table.hiderOf(file)]
    if (hider === none || hider === adder) continue
    const folder = tree.parent(table.nodeOf(file))
    const key = `${adder} ${hider}`
    const some = folders.get(key) ?? new Set()
    folders.set(key, some.add(folder))
    const known = hiders[adder]
    for (let at = folder; known !== undefined && (known.get(at) ?? Infinity) > hider; at = tree.parent(at)) {
      known.set(at, hider)
      if (at === root) break
    }
  }
  return { hiders, folders }
}

/** Returns whether several RUN instructions may work on the files, so that one needs what another one left there. */
function areUsedByTurns(
  files: StageFiles,
  { hiders, folders }: HiddenFiles,
  runs: readonly number[],
  copy: number,
  later: number,
): boolean {
  const folder = commonOf(files.fileSystem.tree, folders.get(`${copy} ${later}`) ?? [])
  // Nothing that was made is needed to delete a file, or to change its owner.
  const last = runs.findLastIndex((run) => !runsOnly(files.textOf(run), ...deletingCommands, ...attributeCommands))
  const hidesBy = (layer: number, last: number): boolean => (hiders[layer]?.get(folder) ?? Infinity) <= last
  return runs.slice(0, Math.max(last, 0)).some((run) => hidesBy(copy, run) || hidesBy(run, later))
}

/** Returns whether the RUN instructions make files that stay, in a folder that may have to be mounted for the others. */
function areAmongResults(files: StageFiles, runs: readonly number[], copy: number, later: number): boolean {
  const { tree, files: table } = files.fileSystem
  const stays = (file: number): boolean => table.hiderOf(file) === none || table.hiderOf(file) > later
  const folders = new Set<number>()
  let deleted = 0
  for (const file of files.filesOf(copy)) {
    if (table.hiderOf(file) !== later || table.successorOf(file) !== none) continue
    folders.add(tree.parent(table.nodeOf(file)))
    deleted += 1
  }
  // A single file is mounted as such.
  if (deleted < 2) return false
  const common = commonOf(tree, folders)
  if (runs.some((run) => files.filesOf(run).some((file) => stays(file) && isBelow(tree, table.nodeOf(file), common))))
    return true
  // The line that deletes the files may make links and empty folders, too.
  const [start, end] = [later, later + 1].map((layer) => files.fileSystem.firstNodeOf(layer)) as [number, number]
  for (let node = start; node < end; node += 1) if (isBelow(tree, node, common)) return true
  return false
}

/** Returns whether a path is below a folder. A parent has a lower number than its children. */
function isBelow(tree: PathTree, node: number, folder: number): boolean {
  let at = node
  while (at > folder) at = tree.parent(at)
  return at === folder
}

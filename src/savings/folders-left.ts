/** Finds folders that an image has only because of a COPY. Without the line, they are not there. Pure. */
import { none, root } from '../layer/path-tree.ts'
import type { Stage } from '../record/footprint.ts'
import { deletedPaths, deletesFolders } from './deletions.ts'
import type { StageFiles } from './files.ts'
import { wholePath, workdirOf } from './mounts.ts'
import { onceEach } from './once-each.ts'

/**
 * Returns a function that tells what is missing above a later line if a COPY does not bring a file that this line deletes.
 * It is the path of the file, or that of its highest folder which no lower layer has, in which the COPY brings nothing
 * else, and which the later line deletes as well. Null if the image would lose a folder that the later line leaves.
 */
export function missingWithout(
  files: StageFiles,
  stage: Stage,
): (file: number, copy: number, later: number) => string | null {
  const { tree, files: table } = files.fileSystem
  const foldersThatStay = onceEach((copy: number, later: number) => {
    const folders = new Set<number>()
    for (const file of files.filesOf(copy)) {
      if (!isThereAfter(file, later)) continue
      for (let at = tree.parent(table.nodeOf(file)); !folders.has(at); at = tree.parent(at)) {
        folders.add(at)
        if (at === root) break
      }
    }
    return folders
  })
  /** Whether a file, or another one in its place, is there after a layer. */
  const isThereAfter = (file: number, layer: number): boolean => {
    let last = file
    for (let next = table.successorOf(last); next !== none && table.adderOf(next) <= layer;) {
      last = next
      next = table.successorOf(last)
    }
    return table.hiderOf(last) === none || table.hiderOf(last) > layer
  }
  // Empty if no folder is missing.
  const missingFolder = onceEach((folder: number, copy: number, later: number): string | null => {
    const first = files.fileSystem.firstNodeOf(copy)
    const stay = foldersThatStay(copy, later)
    let highest = null
    for (let at = folder; at !== root && at >= first && !stay.has(at); at = tree.parent(at)) highest = at
    if (highest === null) return ''
    const path = `/${tree.path(highest)}`
    return isDeleted(path, later) ? path : null
  })
  const isDeleted = (folder: string, later: number): boolean => {
    const instruction = stage.layers[later]?.instruction ?? null
    if (instruction === null || !deletesFolders(instruction.text)) return false
    const workdir = workdirOf(instruction, stage.instructions ?? [])
    return deletedPaths(instruction.text).some((path) => {
      const whole = wholePath(path, workdir)?.replace(/\/$/, '')
      return whole !== undefined && (folder === whole || folder.startsWith(`${whole}/`))
    })
  }
  return (file, copy, later) => {
    const node = table.nodeOf(file)
    const folder = missingFolder(tree.parent(node), copy, later)
    return folder === '' ? `/${tree.path(node)}` : folder
  }
}

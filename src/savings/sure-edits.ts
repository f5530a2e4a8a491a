/**
 * Tells which edits of files that a later line hides surely leave the same image. What a RUN does cannot be told from its
 * text, so no line is joined with another one, and nothing is mounted in place of a COPY: the later line directly follows,
 * and only deletes or copies. Pure.
 */
import { root } from '../layer/path-tree.ts'
import type { Stage } from '../record/footprint.ts'
import { deletedPaths, deletesFolder, onlyRemoves } from './deletions.ts'
import type { StageFiles } from './files.ts'
import { hasMountAtAny } from './mounts.ts'
import { onceEach } from './once-each.ts'
import { isCopy, isRun, keywordOf } from './rule.ts'
import { repeatableDeletion } from './rules/hidden.ts'
import { followsAtOnce, isDirectlyBelow } from './steps.ts'

/** For a file, the layer of the line to edit, and the later layer that hides the file: whether the edit is sure. */
type IsSure = (file: number, layer: number, later: number) => boolean

/** Returns the tests for files that a later line deletes, and that it replaces. */
export function sureEdits(files: StageFiles, stage: Stage): { readonly deleted: IsSure; readonly replaced: IsSure } {
  const textOf = (layer: number): string => files.textOf(layer)
  const areFoldersSame = foldersTest(files, stage)
  // Another user may write to a file that it cannot delete.
  const isRootHere = !(stage.instructions ?? []).some(({ text }) => keywordOf(text) === 'USER')
  /** Whether the RUN can delete its files itself, as the next one does. */
  const canDelete = onceEach(
    (layer: number, later: number) =>
      followsAtOnce(stage, layer, later) &&
      repeatableDeletion(textOf(later)) !== null &&
      // `&&` in place of `;` ends at the first failure.
      !textOf(later).includes(';') &&
      !hasMountAtAny(stage, layer, later, deletedPaths),
  )
  /** Whether a COPY can do without files, if nothing needs them before the next line deletes or replaces them. */
  const canLeaveOut = onceEach(
    (layer: number, later: number) =>
      isDirectlyBelow(stage, layer, later) &&
      isPlainCopy(textOf(layer)) &&
      (isPlainCopy(textOf(later)) || (onlyRemoves(textOf(later)) && hidesOnlyFilesOf(files, layer, later))),
  )
  return {
    deleted: (file, layer, later) =>
      isRun(textOf(layer))
        ? canDelete(layer, later)
        : canLeaveOut(layer, later) && isNewIn(files, file, layer) && areFoldersSame(file, layer, later),
    replaced: (file, layer, later) => {
      if (isRun(textOf(layer))) return isRootHere && isCopy(textOf(later)) && isDirectlyBelow(stage, layer, later)
      return canLeaveOut(layer, later) && isPlainCopy(textOf(later)) && areFoldersSame(file, layer, later)
    },
  }
}

/** Returns whether an instruction is a COPY without `--link`, which makes the folders above anew. ADD may unpack. */
const isPlainCopy = (text: string): boolean => keywordOf(text) === 'COPY' && !/\s--link\b/.test(text)

/** Returns whether no lower layer has the path of a file, which would come back without it. */
const isNewIn = ({ fileSystem }: StageFiles, file: number, layer: number): boolean =>
  fileSystem.files.nodeOf(file) >= fileSystem.firstNodeOf(layer)

/** Returns whether a layer deletes no files but those of another one. */
function hidesOnlyFilesOf({ fileSystem: { files: table }, count }: StageFiles, layer: number, later: number): boolean {
  for (let file = 1; file <= count; file += 1)
    if (table.hiderOf(file) === later && table.adderOf(file) !== layer) return false
  return true
}

/**
 * Returns a test for the folders above a file that a COPY brings and a later line deletes or replaces: without the file,
 * the image must have the same folders. That is so if a lower layer has them and the later line leaves them, if the COPY
 * brings other files there, or if it alone brings them and the later line deletes them, too.
 */
function foldersTest(files: StageFiles, stage: Stage): IsSure {
  const { tree, files: table } = files.fileSystem
  const foldersThatStay = onceEach((copy: number, later: number) => {
    const folders = new Set<number>()
    for (const file of files.filesOf(copy)) {
      if (table.hiderOf(file) === later) continue
      for (let at = tree.parent(table.nodeOf(file)); !folders.has(at); at = tree.parent(at)) {
        folders.add(at)
        if (at === root) break
      }
    }
    return folders
  })
  const areSame = onceEach((folder: number, copy: number, later: number) => {
    const first = files.fileSystem.firstNodeOf(copy)
    const stay = foldersThatStay(copy, later)
    let highest: number | null = null
    for (let at = folder; at !== root && at >= first && !stay.has(at); at = tree.parent(at)) highest = at
    const deletes = (node: number): boolean => isDeleted(`/${tree.path(node)}`, later)
    const above = highest === null ? folder : tree.parent(highest)
    return (highest === null || deletes(highest)) && (above === root || !deletes(above))
  })
  const isDeleted = (folder: string, later: number): boolean => {
    const instruction = stage.layers[later]?.instruction ?? null
    return instruction !== null && deletesFolder(instruction, stage.instructions ?? [], folder)
  }
  return (file, copy, later) => areSame(tree.parent(table.nodeOf(file)), copy, later)
}

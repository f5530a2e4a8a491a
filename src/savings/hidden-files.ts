/** Finds files that one layer of this Dockerfile adds and another layer hides. Pure. */
import { none } from '../layer/path-tree.ts'
import type { Stage } from '../record/footprint.ts'
import { isArchive, mayUnpack, ofArchive } from './archives.ts'
import { changesAttributes, type StageFiles } from './files.ts'
import { attributeCommands, commandsOf, deletingCommands, runsOnly } from './commands.ts'
import { copiedAgain } from './copied-again.ts'
import { missingWithout } from './folders-left.ts'
import type { Groups } from './groups.ts'
import { deletedPaths, deletesAround, deletionsWithCopies } from './deletions.ts'
import { mountable } from './mountable.ts'
import { hasMountAtAny, haveMounts } from './mounts.ts'
import { onceEach } from './once-each.ts'
import { namesPath, readsOnly } from './readers.ts'
import { coversWholeCopy } from './owner-cover.ts'
import { isCopy, isRun, says, unpacks } from './rule.ts'
import { canJoin, followsAtOnce, haveSameUser, isNext, runsAsRoot } from './steps.ts'
import { archiveRule } from './rules/archives.ts'
import { baseOwnerRule, deletedRule, ownerRule, repeatableDeletion, replacedRule } from './rules/hidden.ts'

/** Adds these files to the groups. */
export function addHiddenFiles(files: StageFiles, groups: Groups, stage: Stage): void {
  const { tree, files: table } = files.fileSystem
  // For each layer: whether its instruction changes owner or mode.
  const changesOwner = files.layers.map((_, position) => changesAttributes(files.textOf(position)))
  const keepsOwner = onceEach((layer: number, later: number) =>
    isCopy(files.textOf(layer))
      ? coversWholeCopy(files, layer, later)
      : followsAtOnce(stage, layer, later) && !hasMountAtAny(stage, layer, later, changedPaths),
  )
  const isMountable = mountable(files)
  const isSurelyGone = onceEach(
    (layer: number, later: number, isDeleted: boolean) =>
      (isDeleted ? goesSurely(stage, layer, later) : staysSurely(stage, layer, later)) &&
      !(isCopy(files.textOf(layer)) && !isMountable(layer, later)),
  )
  const comesAgain = onceEach((layer: number, later: number) => copiedAgain(stage, layer, later))
  const isUnpacked = onceEach(
    (layer: number, later: number) =>
      isCopy(files.textOf(layer)) &&
      files.layers.slice(layer + 1, later + 1).some(({ instruction }) => mayUnpack(instruction?.text ?? '')),
  )
  const reads = onceEach((run: number) => readsOnly(files.textOf(run)))
  const missing = missingWithout(files, stage)
  /** Whether each RUN that may need a copied file surely works the same if a mount brings it, or if it is not there. */
  const areOnlyReaders = (file: number, copy: number, later: number, missingPath: string): boolean => {
    const path = `/${tree.path(table.nodeOf(file))}`
    return files.layers.slice(copy + 1, later + 1).every(({ instruction }, at) => {
      const text = instruction?.text ?? ''
      if (!isRun(text)) return true
      const run = copy + 1 + at
      if (needsNothing(text) && (run === later || !namesPath(text, missingPath))) return true
      return reads(run)(path)
    })
  }
  const canBeLeftOut = (file: number, copy: number, later: number): boolean => {
    const missingPath = missing(file, copy, later)
    return missingPath !== null && areOnlyReaders(file, copy, later, missingPath)
  }
  const isWithCopies = deletionsWithCopies(files, stage)
  const lastCopies = lastCopiesOf(files, changesOwner)
  const isHiddenLater = (file: number): boolean =>
    table.hiderOf(file) !== none && table.hiderOf(file) !== table.adderOf(file)
  for (let file = 1; file <= files.count; file += 1) {
    const hiddenBy = table.hiderOf(file)
    if (hiddenBy === none || !files.isOwnLayer(hiddenBy) || hiddenBy === table.adderOf(file)) continue
    const isCopied = files.isAgain(file) && (changesOwner[hiddenBy] ?? false)
    const last = lastCopies[file] ?? file
    // Null if the copy for another owner or mode is in the final file system.
    const goneBy = isCopied && !isHiddenLater(last) ? null : table.hiderOf(last)
    const isDeleted = goneBy !== null && table.successorOf(last) === none
    const origin = files.originOf(file)
    if (!files.isOwnLayer(origin)) {
      const copy = table.successorOf(file)
      if (!isCopied || !files.isEditable(copy)) continue
      if (isDeleted)
        groups.add(copy, deletedRule, hiddenBy, { laterLayer: goneBy, isSure: isSurelyGone(hiddenBy, goneBy, true) })
      else groups.add(copy, baseOwnerRule, hiddenBy)
      continue
    }
    if (!files.isEditable(file)) continue
    if (goneBy === null) {
      const isSure = files.isSurelyAgain(file) && table.adderOf(file) === origin && keepsOwner(origin, hiddenBy)
      groups.add(file, ownerRule, origin, { laterLayer: hiddenBy, isSure })
    } else if (!isDeleted)
      groups.add(file, replacedRule, origin, {
        laterLayer: goneBy,
        isSure:
          isSurelyGone(origin, goneBy, false) &&
          (!isCopy(files.textOf(origin)) || areOnlyReaders(file, origin, goneBy, `/${tree.path(table.nodeOf(file))}`)),
      })
    else if (isArchive(tree, table.nodeOf(file)) && isUnpacked(origin, goneBy)) {
      const path = `/${tree.path(table.nodeOf(file))}`
      const isSure =
        canBeLeftOut(file, origin, goneBy) && !comesAgain(origin, goneBy)(path) && !deletesAround(stage, goneBy, path)
      groups.add(file, archiveRule, origin, { laterLayer: goneBy, isSure, ...ofArchive(table.nodeOf(file)) })
    } else {
      // Without the copy of this folder, its deletion is another one, too.
      const isSure =
        isSurelyGone(origin, goneBy, true) &&
        (isCopy(files.textOf(origin))
          ? canBeLeftOut(file, origin, goneBy) && !comesAgain(origin, goneBy)(`/${tree.path(table.nodeOf(file))}`)
          : !isWithCopies(file))
      groups.add(file, deletedRule, origin, { laterLayer: goneBy, isSure })
    }
  }
}

/** Returns whether a RUN only deletes files and changes owners or modes, and so needs no contents. */
const needsNothing = (text: string): boolean =>
  runsOnly(text, ...deletingCommands, ...attributeCommands) && !/\s-(?:exec|ok|fprint|fls)|[>`]|\$\(/.test(text)

/** Returns whether the edit for files that a later line deletes surely leaves the same image. */
function goesSurely(stage: Stage, layer: number, later: number): boolean {
  const [text, last] = [layer, later].map((position) => stage.layers[position]?.instruction?.text ?? '')
  if (isCopy(last ?? '')) return staysSurely(stage, layer, later)
  // A command such as `npm install` may delete files, too.
  const isDeletion = says(last ?? '', ...deletingCommands, 'unlink')
  if (isCopy(text ?? '') && (!isDeletion || !runsAsRoot(stage, later) || unpacks(text ?? ''))) return false
  // A mount has the modes and owners of the context.
  const isMounted = !isNext(stage.layers, layer, later) || !needsNothing(last ?? '')
  if (isMounted && /\s--ch(?:mod|own)=/.test(text ?? '')) return false
  // Nothing in between can need the files.
  if (isNext(stage.layers, layer, later) && repeatableDeletion(last ?? '') !== null)
    return (
      isCopy(text ?? '') || (haveSameUser(stage, layer, later) && !hasMountAtAny(stage, layer, later, deletedPaths))
    )
  return isCopy(text ?? '') || (canJoin(stage, layer, later) && !haveMounts(stage, layer, later))
}

/** The same for files that a later line replaces. If that is a RUN, it may change what it finds. */
function staysSurely(stage: Stage, layer: number, later: number): boolean {
  const [text, last] = [layer, later].map((position) => stage.layers[position]?.instruction?.text ?? '')
  if (isCopy(text ?? '')) return !isRun(last ?? '') && runsAsRoot(stage, later)
  if (isCopy(last ?? '')) return isNext(stage.layers, layer, later)
  return canJoin(stage, layer, later) && !haveMounts(stage, layer, later)
}

/** Returns the paths whose owner or mode an instruction changes. */
const changedPaths = (text: string): readonly string[] =>
  commandsOf(text, ...attributeCommands).flatMap(({ words }) => words.slice(1))

/**
 * Returns for each file the last of the copies that later lines made for another owner or mode. If a line then hides
 * that one, an edit of the first line saves all of them.
 */
function lastCopiesOf(files: StageFiles, changesOwner: readonly boolean[]): Uint32Array {
  const table = files.fileSystem.files
  const last = new Uint32Array(files.count + 1)
  // A copy has a higher number than its original.
  for (let file = files.count; file > 0; file -= 1) {
    const hiddenBy = table.hiderOf(file)
    const isCopied = changesOwner[hiddenBy] === true && hiddenBy !== table.adderOf(file) && files.isAgain(file)
    last[file] = isCopied ? (last[table.successorOf(file)] ?? file) : file
  }
  return last
}

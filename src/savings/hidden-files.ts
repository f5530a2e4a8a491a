/** Finds files that one layer of this Dockerfile adds and another layer hides. Pure. */
import { none } from '../layer/path-tree.ts'
import type { Stage } from '../record/footprint.ts'
import { isArchive, mayUnpack, ofArchive } from './archives.ts'
import { attributeCommands, commandsOf } from './commands.ts'
import { deletionsWithCopies } from './deletions.ts'
import { changesAttributes, type StageFiles } from './files.ts'
import type { Groups } from './groups.ts'
import { hasMountAtAny } from './mounts.ts'
import { onceEach } from './once-each.ts'
import { coversWholeCopy } from './owner-cover.ts'
import { isCopy } from './rule.ts'
import { archiveRule } from './rules/archives.ts'
import { baseOwnerRule, deletedRule, ownerRule, replacedRule } from './rules/hidden.ts'
import { followsAtOnce } from './steps.ts'
import { sureEdits } from './sure-edits.ts'

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
  const surely = sureEdits(files, stage)
  const isUnpacked = onceEach(
    (layer: number, later: number) =>
      isCopy(files.textOf(layer)) &&
      files.layers.slice(layer + 1, later + 1).some(({ instruction }) => mayUnpack(instruction?.text ?? '')),
  )
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
        groups.add(copy, deletedRule, hiddenBy, { laterLayer: goneBy, isSure: surely.deleted(copy, hiddenBy, goneBy) })
      else if (files.layers[origin]?.origin === 'base') groups.add(copy, baseOwnerRule, hiddenBy)
      continue
    }
    if (!files.isEditable(file)) continue
    if (goneBy === null) {
      const isSure = files.isSurelyAgain(file) && table.adderOf(file) === origin && keepsOwner(origin, hiddenBy)
      groups.add(file, ownerRule, origin, { laterLayer: hiddenBy, isSure })
    } else if (!isDeleted)
      groups.add(file, replacedRule, origin, { laterLayer: goneBy, isSure: surely.replaced(file, origin, goneBy) })
    else if (isArchive(tree, table.nodeOf(file)) && isUnpacked(origin, goneBy))
      groups.add(file, archiveRule, origin, { laterLayer: goneBy, ...ofArchive(table.nodeOf(file)) })
    else {
      // Without the copy of this folder, its deletion is another one, too.
      const isSure = surely.deleted(file, origin, goneBy) && (isCopy(files.textOf(origin)) || !isWithCopies(file))
      groups.add(file, deletedRule, origin, { laterLayer: goneBy, isSure })
    }
  }
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

/** Finds files that one layer of this Dockerfile adds and another layer hides. Pure. */
import { none } from '../layer/path-tree.ts'
import type { Stage } from '../record/footprint.ts'
import { isArchive } from './archives.ts'
import { changesAttributes, type StageFiles } from './files.ts'
import type { Groups } from './groups.ts'
import { coversWholeCopy } from './owner-cover.ts'
import { isCopy } from './rule.ts'
import { followsAtOnce } from './steps.ts'
import { archiveRule, baseOwnerRule, deletedRule, ownerRule, replacedRule } from './rules/hidden.ts'

/** Adds these files to the groups. */
export function addHiddenFiles(files: StageFiles, groups: Groups, stage: Stage): void {
  const { tree, files: table } = files.fileSystem
  // For each layer: whether its instruction changes owner or mode.
  const changesOwner = files.layers.map((_, position) => changesAttributes(files.textOf(position)))
  // There may be many files, and each answer reads all paths.
  const known = new Map<string, boolean>()
  const keepsOwner = (layer: number, later: number): boolean => {
    const key = `${layer} ${later}`
    const answer =
      known.get(key) ??
      (isCopy(files.textOf(layer)) ? coversWholeCopy(files, layer, later) : followsAtOnce(stage, layer, later))
    known.set(key, answer)
    return answer
  }
  for (let file = 1; file <= files.count; file += 1) {
    const hiddenBy = table.hiderOf(file)
    if (hiddenBy === none || !files.isOwnLayer(hiddenBy) || hiddenBy === table.adderOf(file)) continue
    const isCopied = files.isAgain(file) && (changesOwner[hiddenBy] ?? false)
    const origin = files.originOf(file)
    if (!files.isOwnLayer(origin)) {
      const copy = table.successorOf(file)
      if (isCopied && files.isFree(copy)) groups.add(copy, baseOwnerRule, hiddenBy)
      continue
    }
    if (!files.isFree(file)) continue
    const rule = isCopied
      ? ownerRule
      : table.successorOf(file) !== none
        ? replacedRule
        : isCopy(files.textOf(origin)) && isArchive(tree, table.nodeOf(file))
          ? archiveRule
          : deletedRule
    const isSure =
      rule.likely === null ||
      (rule === ownerRule &&
        files.isSurelyAgain(file) &&
        table.adderOf(file) === origin &&
        keepsOwner(origin, hiddenBy))
    groups.add(file, rule, origin, { laterLayer: hiddenBy, isSure })
  }
}

/** Finds what edits of a Dockerfile would save in its final stage. Pure. */
import type { FileSystem } from '../filesystem/file-system.ts'
import { none } from '../layer/path-tree.ts'
import type { Stage } from '../record/footprint.ts'
import { maxSavings, type BaseFiles, type Savings } from '../record/savings.ts'
import { StageFiles } from './files.ts'
import { bySaving, Groups, pathOf } from './groups.ts'
import { addHiddenFiles } from './hidden-files.ts'
import { addLikelyFiles } from './likely-files.ts'
import { addSureDirectories } from './sure-directories.ts'

/** Smaller savings are not worth an edit. In bytes, and as a share of the bytes of all layers. */
const leastBytes = 100_000
const leastShare = 0.001

/**
 * Returns the savings of a stage. A byte counts in at most one of them. Bytes of the base image never count, because no
 * edit of this Dockerfile removes them from its layers.
 *
 * @returns null if it is not known of any layer whether it belongs to the base
 */
export function findSavings(fileSystem: FileSystem, stage: Stage): Savings | null {
  const files = new StageFiles(fileSystem, stage)
  const isKnown = stage.totals.baseLayers !== null || stage.layers.some((_, position) => files.isOwnLayer(position))
  if (!isKnown && stage.layers.length > 0) return null
  const groups = new Groups(files)
  addSureDirectories(files, groups, stage)
  addHiddenFiles(files, groups)
  addLikelyFiles(files, groups, stage)
  const floor = Math.max(leastBytes, leastShare * stage.layers.reduce((sum, layer) => sum + (layer.fileBytes ?? 0), 0))
  const items = groups.items(floor).sort(bySaving)
  const sum = (claim: (typeof items)[number]['claim']): number =>
    items.reduce((total, item) => (item.claim === claim ? total + item.fileBytes : total), 0)
  return {
    fileBytes: sum('sure'),
    likelyFileBytes: sum('likely'),
    items: items.slice(0, maxSavings),
    baseFiles: baseFilesOf(files, floor),
  }
}

/** Returns the files of the base image that this Dockerfile deletes, for each layer that does so. */
function baseFilesOf(files: StageFiles, floor: number): BaseFiles[] {
  const table = files.fileSystem.files
  const deleted = new Map<number, { readonly files: number[]; fileBytes: number }>()
  for (let file = 1; file <= files.count; file += 1) {
    const hiddenBy = table.hiderOf(file)
    if (hiddenBy === none || !files.isOwnLayer(hiddenBy) || files.layers[table.adderOf(file)]?.origin !== 'base')
      continue
    if (table.successorOf(file) !== none || files.size(file) === 0) continue
    const sum = deleted.get(hiddenBy) ?? { files: [], fileBytes: 0 }
    deleted.set(hiddenBy, sum)
    sum.files.push(file)
    sum.fileBytes += files.size(file)
  }
  return [...deleted]
    .filter(([, { fileBytes }]) => fileBytes >= floor)
    .map(([layer, some]) => ({
      ...pathOf(files, some.files, some.fileBytes),
      files: some.files.length,
      fileBytes: some.fileBytes,
      layer,
    }))
    .sort((a, b) => b.fileBytes - a.fileBytes || a.layer - b.layer)
    .slice(0, maxSavings)
}

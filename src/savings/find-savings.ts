/** Finds what edits of a Dockerfile would save in its final stage. Pure. */
import type { FileSystem } from '../filesystem/file-system.ts'
import { none } from '../layer/path-tree.ts'
import type { Stage } from '../record/footprint.ts'
import { maxSavings, type BaseFiles, type Savings } from '../record/savings.ts'
import type { FileSource, StageUse } from './copied-files.ts'
import { addDebugSymbols, addSameBytes } from './file-contents.ts'
import type { FileDetails } from './file-details.ts'
import { StageFiles } from './files.ts'
import { bySaving, Groups } from './groups.ts'
import { addHiddenFiles } from './hidden-files.ts'
import { addLikelyFiles } from './likely-files.ts'
import { addSparePackages } from './package-files.ts'
import { pathOf } from './path-of-files.ts'
import { placesIn } from './places.ts'
import { says } from './rule.ts'
import { sureDirectoryRules } from './rules.ts'
import { RunUsers } from './run-places.ts'
import { inheritsFromShared } from './shared-stages.ts'
import { addSureDirectories, type Instructed } from './sure-directories.ts'

/** Words of a line that deletes files on purpose. */
const deleting = ['rm', 'rmdir', '-delete', 'unlink', 'purge', 'remove', 'autoremove', 'uninstall', 'erase', 'del']
/** Words of a line that also adds files. Cleaning up after itself is then good practice. */
const installing = ['install', 'add', 'update', 'upgrade', 'dist-upgrade', 'full-upgrade']
/** Directories in which installations leave files behind. */
const tidied = [...sureDirectoryRules.flatMap(({ directories = [] }) => directories), '/var/cache', '/var/log', '/tmp']

/** Smallest saving that is worth an edit, in bytes and as a share of the bytes of all layers. */
const minBytes = 100_000
const minShare = 0.001

/**
 * Returns the savings of a stage. A byte counts in at most one of them. Bytes of the base image never count, because no
 * edit of this Dockerfile removes them from its layers.
 *
 * @param details what is known of the files besides paths and sizes
 * @param sources the steps of builder stages that made copied files, by number of the file
 * @param uses all uses of stages in the Dockerfile. Null if they are not known
 * @param others the other stages of the Dockerfile that were weighed
 * @param unweighed the other stages that were not weighed
 * @returns null if no layer is known to be of a line of this Dockerfile, unless all are of the base
 */
export function findSavings(
  fileSystem: FileSystem,
  stage: Stage,
  details?: FileDetails,
  sources?: ReadonlyMap<number, FileSource>,
  uses: readonly StageUse[] | null = null,
  others: readonly Stage[] = [],
  unweighed: readonly Instructed[] = [],
): Savings | null {
  const files = new StageFiles(fileSystem, stage, details, sources)
  const areOfBase = stage.totals.baseLayers !== null && stage.layers.every(({ origin }) => origin === 'base')
  const isKnown = areOfBase || stage.layers.some((_, position) => files.isOwnLayer(position))
  if (!isKnown && stage.layers.length > 0) return null
  const floor = Math.max(minBytes, minShare * stage.layers.reduce((sum, layer) => sum + (layer.fileBytes ?? 0), 0))
  const users = new RunUsers([stage, ...others], uses)
  const groups = new Groups(files, stage, users, inheritsFromShared(stage.index, uses), others)
  addSureDirectories(files, groups, stage, [...others, ...unweighed])
  const instructions = users.lineageOf(stage).flatMap((one) => one.instructions ?? [])
  addHiddenFiles(files, groups, { ...stage, instructions })
  addSparePackages(files, groups)
  addLikelyFiles(files, groups, stage)
  addSameBytes(files, groups, floor)
  addDebugSymbols(files, groups)
  const { items: found, leastPullBytes } = groups.items(floor)
  const items = found.toSorted(bySaving)
  const sum = (claim: (typeof items)[number]['claim']): number =>
    items.reduce((total, item) => (item.claim === claim ? total + item.fileBytes : total), 0)
  return {
    fileBytes: sum('sure'),
    ...(leastPullBytes === null ? {} : { leastPullBytes }),
    likelyFileBytes: sum('likely'),
    items: items.slice(0, maxSavings),
    baseFiles: baseFilesOf(files, floor),
  }
}

/**
 * Returns the files of the base image that a line of this Dockerfile deletes in order to save their bytes. Caches that a
 * line cleans up after an installation are left out, and so are files that an upgrade replaces by others.
 */
function baseFilesOf(files: StageFiles, floor: number): BaseFiles[] {
  const table = files.fileSystem.files
  const { placeOf } = placesIn(files.fileSystem.tree, tidied, 'outer')
  const deletes = files.layers.map((_, position) => says(files.textOf(position), ...deleting))
  const installs = files.layers.map((_, position) => says(files.textOf(position), ...installing))
  const deleted = new Map<number, { readonly files: number[]; fileBytes: number }>()
  for (let file = 1; file <= files.count; file += 1) {
    const hiddenBy = table.hiderOf(file)
    if (hiddenBy === none || !files.isOwnLayer(hiddenBy) || files.layers[table.adderOf(file)]?.origin !== 'base')
      continue
    if (table.successorOf(file) !== none || files.size(file) === 0 || deletes[hiddenBy] !== true) continue
    if (installs[hiddenBy] === true && placeOf[table.nodeOf(file)] !== 0) continue
    const sum = deleted.get(hiddenBy) ?? { files: [], fileBytes: 0 }
    deleted.set(hiddenBy, sum)
    sum.files.push(file)
    sum.fileBytes += files.size(file)
  }
  return [...deleted]
    .filter(([, { fileBytes }]) => fileBytes >= floor)
    .map(([layer, some]) => ({
      ...pathOf(files, some.files),
      files: some.files.length,
      fileBytes: some.fileBytes,
      layer,
    }))
    .sort((a, b) => b.fileBytes - a.fileBytes || a.layer - b.layer)
    .slice(0, maxSavings)
}

/** Finds packages whose files are all gone from the final file system. Their bytes are still shipped. Pure. */
import type { FileSystem } from '../filesystem/file-system.ts'
import { none, type PathTree, root } from '../layer/path-tree.ts'
import type { LayerPackagesAndOthers } from '../layer/layer-index.ts'
import { ownersOf } from '../packages/owner-runs.ts'
import type { LayerPackage } from '../packages/package.ts'
import { maxDeletedPackages, type DeletedPackage } from '../record/final-files.ts'

/** Returns the layers from which another layer deletes files, the lowest first. */
export function layersWithDeletedFiles({ files }: FileSystem): readonly number[] {
  const found = new Set<number>()
  for (let file = 1; file <= files.count; file += 1) {
    const hider = files.hiderOf(file)
    if (hider !== none && hider !== files.adderOf(file)) found.add(files.adderOf(file))
  }
  return [...found].sort((a, b) => a - b)
}

/**
 * Returns the packages of these layers of which the final file system has no file. Package managers keep settings
 * below `/etc` unless a package is purged, so these files do not count.
 *
 * @param known the packages of layers, by position
 */
export function deletedPackages(
  fileSystem: FileSystem,
  known: ReadonlyMap<number, LayerPackagesAndOthers>,
): readonly DeletedPackage[] {
  const { files, tree } = fileSystem
  const deleters = deletersOf(fileSystem)
  const settings = settingsIn(tree)
  const found: DeletedPackage[] = []
  let file = 1
  while (file <= files.count) {
    const layer = files.adderOf(file)
    const packages = known.get(layer)
    const next = typeof packages?.owners === 'string' ? ownersOf(packages.owners) : null
    const gone = new Map<number, number>()
    const kept = new Set<number>()
    for (; file <= files.count && files.adderOf(file) === layer; file += 1) {
      const owner = next?.() ?? -1
      if (owner < 0) continue
      const deleter = deleters[file] ?? 0
      if (deleter !== 0) gone.set(owner, Math.max(gone.get(owner) ?? 0, deleter - 1))
      else if (!isBelow(tree, files.nodeOf(file), settings)) kept.add(owner)
    }
    for (const [owner, deletedBy] of gone) {
      const one = kept.has(owner) ? undefined : packages?.packages[owner]
      if (one !== undefined) found.push(deletedPackage(one, layer, deletedBy))
    }
  }
  return found.sort((a, b) => b.fileBytes - a.fileBytes || a.addedBy - b.addedBy).slice(0, maxDeletedPackages)
}

const deletedPackage = (
  { ecosystem, name, version, path, fileBytes }: LayerPackage,
  addedBy: number,
  deletedBy: number,
): DeletedPackage => ({ ecosystem, name, version, path, fileBytes, addedBy, deletedBy })

/**
 * Returns for each file the layer that deleted it, or the last file that replaced it, counted from 1. 0 if the final
 * file system has one.
 */
function deletersOf({ files }: FileSystem): Uint16Array {
  const deleters = new Uint16Array(files.count + 1)
  // A file that replaces another one has a higher number.
  for (let file = files.count; file > 0; file -= 1) {
    const hider = files.hiderOf(file)
    const successor = files.successorOf(file)
    if (hider !== none) deleters[file] = successor === none ? hider + 1 : (deleters[successor] ?? 0)
  }
  return deleters
}

const etc = Buffer.from('etc')

/** Returns the node of `/etc`, or `none`. */
function settingsIn(tree: PathTree): number {
  for (let node = root + 1; node < tree.count; node += 1)
    if (tree.parent(node) === root && tree.isNamed(node, etc)) return node
  return none
}

function isBelow(tree: PathTree, node: number, directory: number): boolean {
  if (directory === none) return false
  let above = node
  // A parent always has a lower number than its children.
  while (above > directory) above = tree.parent(above)
  return above === directory
}

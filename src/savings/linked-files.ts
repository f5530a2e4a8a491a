/** Finds out which npm packages have the names of a file with several names (hard links). Pure. */
import { none, root } from '../layer/path-tree.ts'
import type { LayerPackage } from '../packages/package.ts'
import type { StageFiles } from './files.ts'

const modules = Buffer.from('node_modules')
const scope = Buffer.from('@')
const metadata = Buffer.from('package.json')

/**
 * Returns the npm packages of all names that each of these files has in the final file system. A name outside of the
 * folders of packages has null.
 */
export function packagesOfNames(
  files: StageFiles,
  some: ReadonlySet<number>,
): ReadonlyMap<number, readonly (LayerPackage | null)[]> {
  const { tree } = files.fileSystem
  const found = new Map<number, (LayerPackage | null)[]>()
  for (let node = root + 1; some.size > 0 && node < tree.count; node += 1) {
    const file = files.fileSystem.fileAt(node)
    if (some.has(file)) found.set(file, [...(found.get(file) ?? []), packageOf(files, node)])
  }
  return found
}

/** Returns the package whose folder a path is in. It is known by the file with the package's metadata. */
function packageOf({ fileSystem, details }: StageFiles, node: number): LayerPackage | null {
  const { tree } = fileSystem
  for (let folder = tree.parent(node); folder !== root; folder = tree.parent(folder)) {
    const above = tree.parent(folder)
    const isPackage = tree.startsWith(above, scope)
      ? tree.isNamed(tree.parent(above), modules)
      : tree.isNamed(above, modules) && !tree.startsWith(folder, scope)
    if (!isPackage) continue
    const file = fileSystem.fileAt(tree.find(folder, metadata, 0, metadata.length))
    return file === none ? null : details.packageOf(file)
  }
  return null
}

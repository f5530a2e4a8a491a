/** Finds packages that an option of the package manager leaves out. Pure. */
import { none } from '../layer/path-tree.ts'
import type { LayerPackage } from '../packages/package.ts'
import { changesAttributes, type StageFiles } from './files.ts'
import type { Groups } from './groups.ts'
import { packagesOfNames } from './linked-files.ts'
import { placesIn } from './places.ts'
import { isCopy, isRun, says } from './rule.ts'
import { developmentRule, mayRunPackages, recommendedRule } from './rules/packages.ts'

const installers = ['apt', 'apt-get', 'aptitude']

/** Adds the files of these packages to the groups. */
export function addSparePackages(files: StageFiles, groups: Groups): void {
  const { details, fileSystem } = files
  const { tree, files: table } = fileSystem
  const { found, placeOf } = placesIn(tree, ['/var/lib/dpkg/info'], 'outer')
  const info = found[0]?.node ?? none
  // There may be many files, and each answer reads the whole instruction.
  const mayLeaveOut = files.layers.map((_, position) => {
    const text = files.textOf(position)
    return says(text, ...installers) && !says(text, '--no-install-recommends')
  })
  const builders = files.layers.map((_, position) => laterRunner(files, position))
  // A file with several names may have several copies after `chown`. That line installs none of them.
  const isOnlyCopied = files.layers.map((_, position) => {
    const text = files.textOf(position)
    return isRun(text) && changesAttributes(text) && !mayRunPackages(text)
  })
  const linked = linkedFiles(files)
  // A layer with copies for another owner may lack the metadata of the packages.
  const owners = new Map<number, LayerPackage>()
  for (let file = 1; file <= files.count; file += 1) {
    const owner = owners.get(file) ?? details.packageOf(file)
    if (owner !== null && files.isCopiedForAttributes(file)) owners.set(table.successorOf(file), owner)
    // Another edit may count a file that a later line deletes. This one would leave it out too.
    const remains = files.remains(file)
    if ((!remains && !files.isCounted(file)) || !files.isEditable(file)) continue
    if (table.isLinked(file) && linked.get(file)?.every((one) => one?.isForDevelopment === true) !== true) continue
    const layer = files.originOf(file)
    if (!files.isOwnLayer(layer)) continue
    if (table.adderOf(file) !== layer && !owners.has(file)) continue
    if (owner?.ecosystem === 'npm') {
      const laterLayer = isCopy(files.textOf(layer)) ? null : (builders[layer] ?? null)
      if (owner.isForDevelopment === true && isOnlyCopied[layer] !== true)
        groups.add(file, developmentRule, layer, { laterLayer, packageName: owner.name })
      continue
    }
    if (mayLeaveOut[layer] !== true) continue
    const node = table.nodeOf(file)
    const isInfo = (placeOf[node] ?? 0) !== 0 && tree.parent(node) === info
    const name = owner?.ecosystem === 'deb' ? owner.name : isInfo ? packageOfInfo(tree.name(node)) : null
    const until = remains ? Infinity : table.hiderOf(file)
    if (name !== null && details.isRecommendedOnly(name, layer, until))
      groups.add(file, recommendedRule, layer, { packageName: name })
  }
}

/** Returns the packages of all names of those files that have several, one of them in a package for development. */
function linkedFiles(files: StageFiles): ReturnType<typeof packagesOfNames> {
  const some = new Set<number>()
  for (let file = 1; file <= files.count; file += 1)
    if (files.fileSystem.files.isLinked(file) && files.details.packageOf(file)?.isForDevelopment === true)
      some.add(file)
  return packagesOfNames(files, some)
}

/** Returns the package of a file such as `libc6:amd64.list`. */
function packageOfInfo(base: string): string {
  const end = base.lastIndexOf('.')
  const name = end === -1 ? base : base.slice(0, end)
  const colon = name.indexOf(':')
  return colon === -1 ? name : name.slice(0, colon)
}

/** Returns the first later RUN that may need development packages. Null for none. */
function laterRunner(files: StageFiles, layer: number): number | null {
  const at = files.layers.findIndex((_, position) => {
    const text = position > layer ? files.textOf(position) : ''
    return mayRunPackages(text)
  })
  return at === -1 ? null : at
}

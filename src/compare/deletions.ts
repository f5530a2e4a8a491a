/** Finds packages of lower layers that a layer removes on one side only, and what a package manager leaves of them. Pure. */
import { packageKey } from '../packages/package-key.ts'
import { maxDeletedPackages, type DeletedPackage } from '../record/final-files.ts'
import type { Stage } from '../record/footprint.ts'
import type { DeletedCopy, Deletions, LayerChange, StageChange } from './comparison.ts'
import type { PackageChange } from './packages.ts'

/** Returns the stage with the packages that its layers remove. Both sides must know theirs, except of a new layer. */
export function withDeletions(stage: StageChange): StageChange {
  const [before, after] = [sideOf(stage.before), sideOf(stage.after)]
  if (before.isEmpty && after.isEmpty) return stage
  const layers = stage.layers.map((layer): LayerChange => {
    if (layer.kind === 'same') return layer
    const [old, now] = [before.of(layer.before), after.of(layer.after)]
    return {
      ...layer,
      ...of('removes', old, now),
      ...of('keeps', now, old),
      packages: layer.packages.map((change) => withLeftover(change, layer, stage)),
    }
  })
  return { ...stage, layers }
}

interface Side {
  readonly isEmpty: boolean
  /** Returns the packages that a layer removes. Null if they are not known. */
  readonly of: (layer: LayerChange['after']) => Removed | null
}

interface Removed {
  readonly packages: Deletions['packages']
  /** Whether the record has no room for more of them. */
  readonly isCut: boolean
}

const none: Removed = { packages: [], isCut: false }

function sideOf(stage: Stage | null): Side {
  const all = stage?.deletedPackages ?? null
  if (stage === null || all === null) return { isEmpty: true, of: (layer) => (layer === null ? none : null) }
  const installed = newestPlaces(stage)
  const isGone = ({ deletedBy, ...one }: DeletedPackage): boolean => (installed.get(packageKey(one)) ?? -1) < deletedBy
  const byLayer = Map.groupBy(all.filter(isGone), ({ deletedBy }) => stage.layers[deletedBy])
  const isCut = all.length >= maxDeletedPackages
  return {
    isEmpty: all.length === 0,
    of: (layer) => {
      if (layer === null) return none
      const copies = Map.groupBy(byLayer.get(layer) ?? [], packageKey)
      const packages = [...copies.values()].map((some) => copyOf(some, stage))
      return { packages: packages.sort((a, b) => b.fileBytes - a.fileBytes), isCut }
    },
  }
}

/** Returns the copies of a package in several layers as one, which is where the highest of them is. */
function copyOf(copies: readonly DeletedPackage[], { layers }: Stage): DeletedCopy {
  const highest = copies.reduce((one, other) => (other.addedBy > one.addedBy ? other : one))
  const { ecosystem, name, version, addedBy } = highest
  return {
    ...{ ecosystem, name, version, fileBytes: copies.reduce((sum, { fileBytes }) => sum + fileBytes, 0) },
    ...{ base: layers[addedBy]?.origin === 'base', line: layers[addedBy]?.instruction?.line ?? null },
  }
}

/** Returns for each package the highest layer that installs it. What is left of a package has no version. */
function newestPlaces({ layers }: Stage): ReadonlyMap<string, number> {
  return new Map(
    layers.flatMap(({ contents }, position) =>
      (contents?.packages?.packages ?? [])
        .filter(({ version }) => version !== null)
        .map((one) => [packageKey(one), position] as const),
    ),
  )
}

/** Returns what the layer of one side removes, and that of the other side does not. */
function of(kind: 'removes' | 'keeps', other: Removed | null, one: Removed | null): Pick<LayerChange, typeof kind> {
  if (one === null || other === null || other.isCut) return {}
  const known = new Set(other.packages.map(packageKey))
  const packages = one.packages.filter((found) => !known.has(packageKey(found)))
  return packages.length === 0 ? {} : { [kind]: { packages, isCut: one.isCut } }
}

/**
 * Marks a package of which the layer only has what is left, such as a list of settings that dpkg keeps. If the head's
 * layer does not have the package, the layer of the baseline is used.
 */
function withLeftover(change: PackageChange, { before, after }: LayerChange, sides: StageChange): PackageChange {
  const [own, layer, stage] =
    change.after === null ? [change.before, before, sides.before] : [change.after, after, sides.after]
  if (own === null || layer === null || own.versions.length > 0) return change
  const position = stage?.layers.indexOf(layer) ?? -1
  const key = packageKey(change)
  const here = (layer.contents?.packages?.packages ?? []).filter((one) => packageKey(one) === key)
  const deleted = here.map(({ path }) =>
    stage?.deletedPackages?.find((one) => one.deletedBy <= position && one.path === path && packageKey(one) === key),
  )
  const [first] = deleted
  return first === undefined || deleted.includes(undefined) ? change : { ...change, leftOf: { version: first.version } }
}

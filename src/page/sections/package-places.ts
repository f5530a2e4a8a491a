/** The packages of the final stage by layer, as far as the lists of this run and the record know them. Pure. */
import type { StageChange } from '../../compare/comparison.ts'
import type { ComparedPackages, PlacedPackages } from '../../compare/packages.ts'
import type { LayerLists } from '../../layer/layer-lists.ts'
import type { Base, Layer, Stage } from '../../record/footprint.ts'
import { packageKey } from '../../packages/package-key.ts'
import { deletedIn, keyOf } from './deleted-packages.ts'

/** The packages of the layers of each side, from the lowest layer to the highest. */
export interface Places {
  /** Empty if nothing was compared. */
  readonly before: readonly LayerPlace[]
  readonly after: readonly LayerPlace[]
}

/** The packages of a layer, or of all layers of a base image. */
export interface LayerPlace extends PlacedPackages {
  /** Null for a base image. */
  readonly diffId: string | null
  readonly isOfBase: boolean
  readonly packages: (Omit<ComparedPackages, 'packages'> & { readonly packages: readonly PlacedPackage[] }) | null
}

/** A package at its place. The path is not known if a record lists the packages of a base image. */
export type PlacedPackage = ComparedPackages['packages'][number] & {
  readonly path?: string
  readonly isDeleted?: true
}

/**
 * Returns the packages of both sides. A record has no packages of single base layers, so those of the whole base image
 * take their place.
 */
export function placesOf(final: Stage, change: StageChange | null, lists: LayerLists | null): Places {
  const { before, after } = placesOfLayers(final, change, lists)
  const [old, now] = [change?.before ?? null, change?.after ?? final]
  const isKnown = [...before, ...after].every(({ isOfBase, packages }) => !isOfBase || packages !== null)
  if (isKnown || !now.base?.packages || (old !== null && !old.base?.packages)) return { before, after }
  const withBase = (stage: Stage, places: readonly LayerPlace[]): readonly LayerPlace[] => [
    { place: 'base', diffId: null, isOfBase: true, packages: packagesOfBase(stage, stage.base?.packages ?? null) },
    ...places.filter(({ isOfBase }) => !isOfBase),
  ]
  return { before: old === null ? before : withBase(old, before), after: withBase(now, after) }
}

/** Marks as many copies of each package as higher layers delete. */
function packagesOfBase(stage: Stage, packages: NonNullable<Base['packages']> | null): LayerPlace['packages'] {
  if (packages === null) return null
  const deleted = new Map<string, number>()
  for (const { addedBy, ...one } of stage.deletedPackages ?? [])
    if (stage.layers[addedBy]?.origin === 'base') deleted.set(packageKey(one), (deleted.get(packageKey(one)) ?? 0) + 1)
  return {
    ...packages,
    packages: packages.packages.map((one) => {
      const left = deleted.get(packageKey(one)) ?? 0
      if (left === 0) return one
      deleted.set(packageKey(one), left - 1)
      return { ...one, version: null, isDeleted: true as const }
    }),
  }
}

function placesOfLayers(final: Stage, change: StageChange | null, lists: LayerLists | null): Places {
  const placed = (layer: Layer | null, place: number, deleted: ReadonlySet<string> | null): readonly LayerPlace[] => {
    if (layer === null) return []
    const packages = lists?.of(layer.digest, layer.diffId)?.packages ?? layer.contents?.packages ?? null
    return [
      {
        place: String(place),
        diffId: layer.diffId,
        isOfBase: layer.origin === 'base',
        packages: packages && deleted ? withDeleted(packages, deleted) : packages,
      },
    ]
  }
  const { layers } = final
  const deletedNow = deletedIn(change?.after ?? final)
  if (change === null)
    return { before: [], after: layers.flatMap((layer, at) => placed(layer, at, deletedNow.get(at) ?? null)) }
  const deletedBefore = deletedIn(change.before)
  return {
    before: change.layers.flatMap(({ before, after }, at) => {
      // For equal content, the side that knows more is used for both.
      const isSame = before !== null && before.diffId === after?.diffId
      const position = before === null ? -1 : (change.before?.layers.indexOf(before) ?? -1)
      return placed(isSame ? after : before, at, deletedBefore.get(position) ?? null)
    }),
    after: change.layers.flatMap(({ after }, at) => {
      const position = after === null ? -1 : (change.after?.layers.indexOf(after) ?? -1)
      return placed(after, at, deletedNow.get(position) ?? null)
    }),
  }
}

/** Marks deleted packages. They have no version, since the final file system has none. */
function withDeleted(
  packages: NonNullable<LayerPlace['packages']>,
  deleted: ReadonlySet<string>,
): NonNullable<LayerPlace['packages']> {
  return {
    ...packages,
    packages: packages.packages.map((one) =>
      one.path !== undefined && deleted.has(keyOf({ ...one, path: one.path }))
        ? { ...one, version: null, isDeleted: true }
        : one,
    ),
  }
}

/**
 * Returns both sides without what is not known about a layer that is the same on both, such as one of the base image in
 * two records. Whatever is in it, it did not change.
 */
export function withoutGapsOfBoth({ before, after }: Places): Places {
  const isOfBoth = ({ place, diffId }: LayerPlace): boolean => {
    const isThis = (one: LayerPlace): boolean => one.place === place && diffId !== null && one.diffId === diffId
    return before.some(isThis) && after.some(isThis)
  }
  const closed = (one: LayerPlace): LayerPlace =>
    isOfBoth(one)
      ? { ...one, packages: { packages: one.packages?.packages ?? [], folded: { packages: 0 }, complete: true } }
      : one
  return { before: before.map(closed), after: after.map(closed) }
}

/**
 * Relates the packages of a layer to other layers: a package was moved there, it replaces a copy below, or it was
 * removed and another layer still has a copy. Pure.
 */
import type { LayerChange, StageChange } from './comparison.ts'
import { mayDelete } from './may-delete.ts'
import type { PackageChange, PackageMove } from './packages.ts'
import { packageKey } from '../packages/package-key.ts'

interface End {
  readonly stage: StageChange
  /** Null for the base image. */
  readonly layer: LayerChange | null
  readonly change: PackageChange
}

/**
 * Returns the same changes with references to other layers. A package that is new in one layer, or in another base image,
 * and was removed from another one gets a reference to the other one. So does a package that hides a copy in a lower
 * layer, and a removed one of which another layer of its stage, or its base image, has a copy.
 *
 * A move within a stage takes precedence over a move to another stage. A package counts as moved to another stage only
 * if that stage did not have a package of this name before and deletes nothing later, the first stage has none left, and no
 * third stage has it on both sides: the second one may then be FROM that stage, or copy from it.
 */
export function withOtherLayers(stages: readonly StageChange[]): readonly StageChange[] {
  const came = endsOf(stages, 'new')
  const holds = holdings()
  const moves = new Map<PackageChange, PackageMove>()
  const join = (from: End, to: End): void => {
    const elsewhere = from.stage !== to.stage
    moves.set(from.change, moveTo(to, elsewhere))
    moves.set(to.change, moveTo(from, elsewhere))
  }
  for (const [key, gone] of endsOf(stages, 'removed')) {
    const arrivals = came.get(key) ?? []
    if (arrivals.length === 0) continue
    const within = Map.groupBy(arrivals, ({ stage }) => stage)
    for (const [stage, some] of Map.groupBy(gone, (end) => end.stage))
      some.forEach((from, nth) => {
        const to = within.get(stage)?.[nth]
        if (to) join(from, to)
      })
    if (stages.some(({ before, after }) => holds(before, key) && holds(after, key))) continue
    const leaves = gone.filter(
      ({ stage, layer, change }) => layer !== null && !moves.has(change) && !holds(stage.after, key),
    )
    const enters = arrivals.filter(
      ({ stage, layer, change }) =>
        layer !== null && !moves.has(change) && !holds(stage.before, key) && !deletesLater(stage, layer),
    )
    leaves.forEach((from, nth) => {
      const to = enters[nth]
      if (to && to.stage !== from.stage) join(from, to)
    })
  }
  const copyOf = copies()
  return stages.map((stage) =>
    withPackages(
      stage,
      (change, layer) => ({
        ...withLinks(change, stage.after, moves.get(change)),
        ...(change.kind === 'removed' && !moves.has(change) ? stillIn(copyOf(stage, layer, change), stage, layer) : {}),
      }),
      (change) => withMove(change, moves.get(change)),
    ),
  )
}

function endsOf(stages: readonly StageChange[], kind: PackageChange['kind']): ReadonlyMap<string, readonly End[]> {
  const ends = stages.flatMap((stage) =>
    [
      { layer: null, packages: stage.baseImage.packages },
      ...stage.layers.map((layer) => ({ layer, packages: layer.packages })),
    ].flatMap(({ layer, packages }) =>
      packages.filter((change) => change.kind === kind).map((change): End => ({ stage, layer, change })),
    ),
  )
  return Map.groupBy(ends, ({ change }) => packageKey(change))
}

/** Returns a test for packages of a stage, which reads each stage once. */
function holdings(): (stage: StageChange['after'], key: string) => boolean {
  const known = new Map<StageChange['after'], ReadonlySet<string>>()
  return (stage, key) => {
    const keys =
      known.get(stage) ??
      new Set(stage?.layers.flatMap(({ contents }) => (contents?.packages?.packages ?? []).map(packageKey)))
    known.set(stage, keys)
    return keys.has(key)
  }
}

/** Returns whether a higher layer of the head deletes something. What that is, a record knows of the final stage only. */
function deletesLater({ layers }: StageChange, layer: LayerChange): boolean {
  const higher = layers.slice(layers.indexOf(layer) + 1)
  return higher.some(({ after }) => mayDelete(after))
}

interface Copy {
  /** Null for the base image. */
  readonly layer: LayerChange | null
  readonly version: string | null
}

/**
 * Returns a function that finds a copy of a package in another layer of the head's stage, or else in its base image. It
 * reads each stage once.
 */
function copies(): (stage: StageChange, layer: LayerChange, change: PackageChange) => Copy | null {
  const known = new Map<StageChange, ReadonlyMap<string, readonly Copy[]>>()
  return (stage, layer, change) => {
    const found = known.get(stage) ?? copiesIn(stage)
    known.set(stage, found)
    return found.get(packageKey(change))?.find((copy) => copy.layer !== layer) ?? null
  }
}

function copiesIn({ layers, after }: StageChange): ReadonlyMap<string, readonly Copy[]> {
  const inLayers = layers.flatMap((layer) =>
    (layer.after?.contents?.packages?.packages ?? []).map((one) => ({ layer, key: packageKey(one), ...one })),
  )
  const inBase = (after?.base?.packages?.packages ?? []).map((one) => ({ layer: null, key: packageKey(one), ...one }))
  return Map.groupBy([...inLayers, ...inBase], ({ key }) => key)
}

function stillIn(copy: Copy | null, { layers }: StageChange, here: LayerChange): Pick<PackageChange, 'still'> {
  if (copy === null) return layers.some((one) => one !== here && mayHaveMore(one)) ? { still: null } : {}
  const { version } = copy
  const { origin, instruction } = copy.layer?.after ?? { origin: 'base', instruction: null }
  return { still: { version, base: origin === 'base', line: instruction?.line ?? null } }
}

/** Returns whether a layer may have packages that the record does not list. A record lists none of a base image. */
function mayHaveMore({ after }: LayerChange): boolean {
  const packages = after?.contents?.packages ?? null
  return packages !== null && (!packages.complete || packages.folded.packages > 0)
}

function moveTo({ stage, layer, change }: End, elsewhere: boolean): PackageMove {
  const side = change.after ?? change.before
  if (side === null) throw new RangeError('a package changed that is on neither side')
  return {
    stage: elsewhere ? (stage.after ?? stage.before) : null,
    base: layer === null,
    line: (layer?.after ?? layer?.before)?.instruction?.line ?? null,
    former: (elsewhere ? stage : (layer ?? change)).after === null,
    side,
  }
}

const withMove = (change: PackageChange, move: PackageMove | undefined): PackageChange =>
  move ? { ...change, move } : change

function withLinks(change: PackageChange, stage: StageChange['after'], move: PackageMove | undefined): PackageChange {
  const replaces = change.after?.replaces
  const lower = replaces && stage?.layers[replaces.addedBy]
  return {
    ...withMove(change, move),
    ...(lower
      ? {
          over: {
            version: replaces.version,
            base: lower.origin === 'base',
            line: lower.instruction?.line ?? null,
          },
        }
      : {}),
  }
}

function withPackages(
  stage: StageChange,
  of: (change: PackageChange, layer: LayerChange) => PackageChange,
  ofBase: (change: PackageChange) => PackageChange,
): StageChange {
  const layers = stage.layers.map((layer) =>
    layer.packages.length === 0 ? layer : { ...layer, packages: layer.packages.map((change) => of(change, layer)) },
  )
  const packages = stage.baseImage.packages.map(ofBase)
  return { ...stage, layers, ...(packages.length === 0 ? {} : { baseImage: { ...stage.baseImage, packages } }) }
}

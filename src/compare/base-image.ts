/** Compares the external base images of a stage's two sides. */
import { packageKey } from '../packages/package-key.ts'
import type { BasePackages, ContentLists } from '../record/contents.ts'
import type { Base, Stage } from '../record/footprint.ts'
import { sumOf } from '../record/layer-sums.ts'
import type { BaseImageChange, Cause, PathGrowth } from './comparison.ts'
import { familiarName, sameReferenceAs } from './given.ts'
import { countOf } from './instruction-text.ts'
import { isSmallBeside, minShare, packageBytes } from './explain-growth.ts'
import { pathGrowth } from './path-growth.ts'
import { comparePackages, type PackageChange, type PlacedPackages } from './packages.ts'

/**
 * Returns whether a base is another target of the same bake file. Its content then comes from the repository itself.
 */
const isTarget = ({ reference }: Base): boolean => reference.startsWith('target:')

/**
 * Compares the bases of a stage and says whether the base moved or was edited.
 *
 * A record has only the reference of a FROM, as written. If it contains a build argument and leads to another image,
 * the image may have moved, or the default of the argument may have been edited. One builder that builds both sides
 * within minutes resolves a reference to the same image, so there it was edited. The same applies to a target: with one
 * builder, it differs because of an edit. With another builder, a record cannot distinguish an edit from a move of the
 * target's own base. A record does not say what a named context is, so a base with such a name is not known either.
 */
export function compareBase(
  before: Stage,
  after: Stage,
  { sameBuilder, namedContexts }: { readonly sameBuilder: boolean; readonly namedContexts: ReadonlySet<string> },
): BaseImageChange {
  const [a, b] = [before.base, after.base]
  const kindOf = (): BaseImageChange['kind'] => {
    if (a === null || b === null) return 'unknown'
    // A build that is given the default of an argument has its value in the reference.
    const isGiven = a.reference.includes('$') !== b.reference.includes('$')
    if (sameReferenceAs(a.reference) !== sameReferenceAs(b.reference) && !isGiven) return 'edited'
    if (isSameImage(a, b) && haveSameLayers(before, after)) return 'same'
    // It is another image of the same index, so `--platform` was edited, or an argument in it.
    if (a.digest !== null && a.digest === b.digest) return 'edited'
    if (namedContexts.has(familiarName(a.reference))) return 'unknown'
    if (!isGiven && !a.reference.includes('$') && !isTarget(a)) return 'moved'
    return sameBuilder ? 'edited' : 'unknown'
  }
  const kind = kindOf()
  return { kind, before: a, after: b, ...(kind === 'same' ? noContents : contentChanges(before, after)) }
}

const noContents = { packages: [], paths: [] } as const

/** Returns the packages that differ, and the paths that explain the rest of the growth. */
function contentChanges(before: Stage, after: Stage): Pick<BaseImageChange, 'packages' | 'paths'> {
  const [from, to] = [before.base?.packages ?? null, after.base?.packages ?? null]
  if (from === null || to === null) return noContents
  const { changes } = comparePackages(placed(from, before), placed(to, after))
  const [old, now] = [baseBytes(before), baseBytes(after)]
  const isWhole = from.complete && to.complete && old !== null && now !== null
  if (!isWhole || !from.others || !to.others) return { packages: changes, paths: [] }
  const growth = now - packageBytes(to) - (old - packageBytes(from))
  return { packages: changes, paths: pathsBeside(changes, growth, { before: from.others, after: to.others }) }
}

/**
 * Returns the packages of a stage's base image, with those that a later layer of it deletes. The record of the base has no
 * places, so a copy counts as deleted only if all equal ones are.
 */
function placed(packages: BasePackages, { layers, deletedPackages }: Stage): readonly PlacedPackages[] {
  const isOfBase = (position: number): boolean => layers[position]?.origin === 'base'
  const deleted = countOf(
    (deletedPackages ?? []).filter((one) => isOfBase(one.addedBy) && isOfBase(one.deletedBy)).map(copyKey),
  )
  const all = countOf(packages.packages.map(copyKey))
  const told = packages.packages.map((one) =>
    deleted.get(copyKey(one)) === all.get(copyKey(one)) ? { ...one, isDeleted: true } : one,
  )
  return [{ place: '', packages: { ...packages, packages: told } }]
}

const copyKey = (one: Pick<BasePackages['packages'][number], 'ecosystem' | 'name' | 'version' | 'fileBytes'>): string =>
  JSON.stringify([packageKey(one), one.version, one.fileBytes])

/** Returns the paths that explain the growth of files without a package. Such a directory may have packages too. */
function pathsBeside(
  packages: readonly PackageChange[],
  growth: number,
  { before, after }: { readonly before: ContentLists; readonly after: ContentLists },
): readonly PathGrowth[] {
  if (isSmallBeside(packages, growth)) return []
  const explain = (from: ContentLists, to: ContentLists, bytes: number): readonly PathGrowth[] =>
    pathGrowth(from, to, bytes, () => null)
  const all = explain(before, after, growth)
  const found = all.filter(isNoMove)
  // Packages are named one by one, so what is left beside the first paths can be larger than all of them.
  const rest = growth - found.reduce((sum, path) => sum + (path.after ?? 0) - (path.before ?? 0), 0)
  const isRestSmall = found.length === 0 || Math.abs(rest) < minShare * Math.abs(growth)
  const more = isRestSmall ? [] : explain(without(before, all), without(after, all), rest).filter(isNoMove)
  return [...found, ...more].map((path) =>
    path.kind === 'file' || path.cache !== undefined ? path : { ...path, otherFiles: true },
  )
}

const isNoMove = ({ movedFrom }: PathGrowth): boolean => movedFrom === undefined

/** Returns the lists without these paths and where they were before, what is in them, and what contains them. */
function without(lists: ContentLists, some: readonly PathGrowth[]): ContentLists {
  const paths = some.flatMap(({ path, movedFrom }) => (movedFrom === undefined ? [path] : [path, movedFrom]))
  const isApart = (one: { readonly path: string }): boolean =>
    !paths.some((path) => `${one.path}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${one.path}/`))
  return { ...lists, files: lists.files.filter(isApart), directories: lists.directories.filter(isApart) }
}

const baseBytes = ({ layers }: Stage): number | null =>
  sumOf(layers.filter(({ origin }) => origin === 'base').map(({ fileBytes }) => fileBytes))

/** Returns whether two bases may be the same image. An unknown digest is taken as equal. */
const isSameImage = (a: Base, b: Base): boolean => a.digest === null || b.digest === null || a.digest === b.digest

function haveSameLayers(before: Stage, after: Stage): boolean {
  const [a, b] = [before, after].map(({ layers }) => layers.filter(({ origin }) => origin === 'base')) as [
    Stage['layers'],
    Stage['layers'],
  ]
  return a.length === b.length && a.every(({ diffId }, position) => diffId === b[position]?.diffId)
}

/**
 * Returns why layers of the base differ. Null if the base is the same, so that only the storage of its layers can
 * differ.
 */
export function causeOfBase({ kind }: BaseImageChange): Cause | null {
  switch (kind) {
    case 'same':
      return null
    case 'moved':
      return 'base-image'
    case 'edited':
      return 'change'
    case 'unknown':
      return 'unknown'
  }
}

/**
 * Returns why the steps above the base see a different base, or null if they do not. A new name for the same image
 * changes nothing for them. If one side does not know its base, its layers are compared instead.
 */
export function causeFromBase(change: BaseImageChange, before: Stage, after: Stage): Cause | null {
  const [a, b] = [change.before, change.after]
  if (a === null || b === null) return null
  const same = a.digest !== null && a.digest === b.digest && haveSameLayers(before, after)
  return same ? null : causeOfBase(change)
}

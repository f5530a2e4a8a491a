/** Explains the growth of a layer: by its packages first, and then by the paths that belong to no package. */
import type { ContentLists, RecordedPackages } from '../record/contents.ts'
import type { Layer } from '../record/footprint.ts'
import type { LayerChange, PathGrowth } from './comparison.ts'
import { growthOf } from './growth.ts'
import { packageOfPath } from './package-of-path.ts'
import { comparePackages, type PackageChange } from './packages.ts'
import { pathGrowth } from './path-growth.ts'

/** The packages and paths that explain a layer's growth. */
export type Explanation = Pick<LayerChange, 'packages' | 'paths'>

/** Paths outside of packages are left out if they are less than this share of everything that grew or shrank. */
export const minShare = 0.02
/** The same share for caches. It is smaller because a cache has a name and can be removed. */
const minCache = 0.01
/** The share of a layer's growth that packages must explain if not all packages are known. */
const enough = 0.5

const nothing: ContentLists = { files: [], directories: [], complete: true }
const noPackages: RecordedPackages = {
  packages: [],
  folded: { packages: 0, fileBytes: 0, files: 0 },
  complete: true,
  others: null,
}

/**
 * Returns the packages and paths that explain a layer's growth. If both sides know their packages, each byte counts
 * either in a package or in a path. A layer that does not exist on a side is known to be empty there.
 */
export function explainGrowth(before: Layer | null, after: Layer | null): Explanation {
  const { fileBytes: growth } = growthOf(before, after)
  const [from, to] = [before === null ? nothing : before.contents, after === null ? nothing : after.contents]
  if (growth === null || !from || !to) return { packages: [], paths: [] }
  const byPaths = (): Explanation => ({
    packages: [],
    paths: pathGrowth(from, to, growth, packageOfPath, minCache * Math.abs(growth)),
  })
  const [old, now] = [packagesOf(before), packagesOf(after)]
  if (old === null || now === null) return byPaths()

  const { changes } = comparePackages([{ place: '', packages: old }], [{ place: '', packages: now }])
  // In a layer that shrank, the one that shrank most comes first.
  const packages = growth < 0 ? changes.toSorted((a, b) => a.growth - b.growth) : changes
  const explained = packages.reduce((sum, each) => sum + each.growth, 0)
  // Files that one side knows as a package may be plain files on the other side.
  if (!old.complete || !now.complete)
    return packages.length > 0 && Math.abs(growth - explained) <= enough * Math.abs(growth)
      ? { packages, paths: [] }
      : byPaths()

  const ofOthers = growth - (packageBytes(now) - packageBytes(old))
  const moved = movedBytes(packages, ofOthers)
  const paths = pathGrowth(old.others ?? from, now.others ?? to, ofOthers, () => null, minCache * moved, {
    before: from,
    after: to,
  }).filter(
    isSmallBeside(packages, ofOthers)
      ? ({ cache, before, after, movedFrom }) =>
          movedFrom !== undefined || (cache !== undefined && Math.abs((after ?? 0) - (before ?? 0)) >= minCache * moved)
      : () => true,
  )
  return { packages, paths: paths.flatMap((path) => besidePackages(path, old.others && from, now.others && to)) }
}

function packagesOf(layer: Layer | null): RecordedPackages | null {
  return layer === null ? noPackages : (layer.contents?.packages ?? null)
}

/** Returns all bytes that grew or shrank. */
const movedBytes = (packages: readonly PackageChange[], ofOthers: number): number =>
  packages.reduce((sum, { growth }) => sum + Math.abs(growth), Math.abs(ofOthers))

/** Returns whether the growth of files without a package is too small to be named beside that of the packages. */
export const isSmallBeside = (packages: readonly PackageChange[], ofOthers: number): boolean =>
  packages.length > 0 && Math.abs(ofOthers) < minShare * movedBytes(packages, ofOthers)

/** Returns the file bytes of all packages, including the folded ones. */
export function packageBytes({
  packages,
  folded,
}: Pick<RecordedPackages, 'folded'> & {
  readonly packages: readonly { readonly fileBytes: number }[]
}): number {
  return packages.reduce((sum, { fileBytes }) => sum + fileBytes, folded.fileBytes)
}

/**
 * Returns a path as it is in the whole layer. A directory also exists on a side where all of its files belong to
 * packages. A file that belongs to a package on the other side was neither added nor removed, so it is left out.
 *
 * @param from the lists of the whole layer; null if it contains no packages
 */
function besidePackages(path: PathGrowth, from: ContentLists | null, to: ContentLists | null): readonly PathGrowth[] {
  // Neither has a package.
  const isOwn = path.cache !== undefined && path.isMostlyCache !== true
  if (path.movedFrom !== undefined || isOwn) return [path]
  if (path.kind === 'file') {
    const isElsewhere = (bytes: number | null, lists: ContentLists | null): boolean =>
      bytes === null && lists?.files.some((file) => file.path === path.path) === true
    return isElsewhere(path.before, from) || isElsewhere(path.after, to) ? [] : [path]
  }
  if (path.unlisted) return [{ ...path, otherFiles: path.otherFiles || from !== null || to !== null }]
  const [old, now] = [wholeBytes(path.path, path.before, from), wholeBytes(path.path, path.after, to)]
  if (old === path.before && now === path.after) return [path]
  return [
    {
      ...path,
      before: old === null ? null : (path.before ?? 0),
      after: now === null ? null : (path.after ?? 0),
      otherFiles: true,
    },
  ]
}

/**
 * Returns the file bytes of a directory including its packages.
 *
 * @param bytes file bytes without packages, which are all if `lists` is null
 */
function wholeBytes(path: string, bytes: number | null, lists: ContentLists | null): number | null | 'not known' {
  if (lists === null) return bytes
  return (
    lists.directories.find((directory) => directory.path === path)?.fileBytes ?? (lists.complete ? null : 'not known')
  )
}

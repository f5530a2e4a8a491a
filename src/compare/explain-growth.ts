/** Why a layer grew: its packages first, then the paths of what belongs to none. */
import type { ContentLists, RecordedPackages } from '../record/contents.ts'
import type { Layer } from '../record/footprint.ts'
import type { LayerChange, PathGrowth } from './comparison.ts'
import { growthOf } from './growth.ts'
import { packageOfPath } from './package-of-path.ts'
import { comparePackages } from './packages.ts'
import { pathGrowth } from './path-growth.ts'

export type Explanation = Pick<LayerChange, 'packages' | 'paths'>

/** What is of no package and comes to less than this share of all that grew or shrank is not told. */
const least = 0.1
/** The same of a cache: it has a name, and a reader can do without it. */
const leastCache = 0.01
/** What packages have to explain of a layer's growth where not all packages are known. */
const enough = 0.5

const nothing: ContentLists = { files: [], directories: [], complete: true }
const noPackages: RecordedPackages = {
  packages: [],
  folded: { packages: 0, fileBytes: 0, files: 0 },
  complete: true,
  others: null,
}

/**
 * Where both sides know their packages, these and the other paths add up: no byte counts in both. A layer that is not
 * there holds nothing, and that is known.
 */
export function explainGrowth(before: Layer | null, after: Layer | null): Explanation {
  const { fileBytes: growth } = growthOf(before, after)
  const [from, to] = [before === null ? nothing : before.contents, after === null ? nothing : after.contents]
  if (growth === null || !from || !to) return { packages: [], paths: [] }
  const byPaths = (): Explanation => ({ packages: [], paths: pathGrowth(from, to, growth, packageOfPath) })
  const [old, now] = [packagesOf(before), packagesOf(after)]
  if (old === null || now === null) return byPaths()

  const packages = comparePackages([{ place: '', packages: old }], [{ place: '', packages: now }]).changes.toSorted(
    (a, b) => Math.abs(b.growth) - Math.abs(a.growth),
  )
  const explained = packages.reduce((sum, each) => sum + each.growth, 0)
  // What one side knows to be a package may be mere files to the other.
  if (!old.complete || !now.complete)
    return packages.length > 0 && Math.abs(growth - explained) <= enough * Math.abs(growth)
      ? { packages, paths: [] }
      : byPaths()

  const ofOthers = growth - (bytesOf(now) - bytesOf(old))
  const moved = packages.reduce((sum, each) => sum + Math.abs(each.growth), Math.abs(ofOthers))
  const paths = pathGrowth(old.others ?? from, now.others ?? to, ofOthers, () => null).filter(
    packages.length > 0 && Math.abs(ofOthers) < least * moved
      ? ({ cache, before, after }) =>
          cache !== undefined && Math.abs((after ?? 0) - (before ?? 0)) >= leastCache * moved
      : () => true,
  )
  return { packages, paths: paths.flatMap((path) => besidePackages(path, old.others && from, now.others && to)) }
}

function packagesOf(layer: Layer | null): RecordedPackages | null {
  return layer === null ? noPackages : (layer.contents?.packages ?? null)
}

/** Of all packages, the folded ones too. */
function bytesOf({ packages, folded }: RecordedPackages): number {
  return packages.reduce((sum, { fileBytes }) => sum + fileBytes, folded.fileBytes)
}

/**
 * A path as the whole layer sees it: a directory that packages share is there also on a side where all in it is theirs,
 * and a file that is a package's on the other side neither came nor went.
 *
 * @param from the lists of the whole layer; null where no package is in it
 */
function besidePackages(path: PathGrowth, from: ContentLists | null, to: ContentLists | null): readonly PathGrowth[] {
  if (path.kind === 'file') {
    const isElsewhere = (bytes: number | null, lists: ContentLists | null): boolean =>
      bytes === null && lists?.files.some((file) => file.path === path.path) === true
    return isElsewhere(path.before, from) || isElsewhere(path.after, to) ? [] : [path]
  }
  const [old, now] = [wholeBytes(path.path, path.before, from), wholeBytes(path.path, path.after, to)]
  if (old === path.before && now === path.after) return [path]
  return [
    {
      ...path,
      before: old === null ? null : (path.before ?? 0),
      after: now === null ? null : (path.after ?? 0),
      besidePackages: true,
    },
  ]
}

/** File bytes of a directory with its packages; `bytes` without them, which are all where no package is in the layer. */
function wholeBytes(path: string, bytes: number | null, lists: ContentLists | null): number | null | 'not known' {
  if (lists === null) return bytes
  return (
    lists.directories.find((directory) => directory.path === path)?.fileBytes ?? (lists.complete ? null : 'not known')
  )
}

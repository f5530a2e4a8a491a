/** Finds the fewest and deepest paths of a layer that explain its growth. */
import { cacheOfPath } from '../savings/names.ts'
import type { ContentLists, LayerLists } from '../record/contents.ts'
import type { PathGrowth } from './comparison.ts'
import { knownPaths, prefixOf, type KnownPath } from './known-paths.ts'
import { isInOneCache, isWholeDirectory, movedPaths } from './moved-files.ts'
import { defaultNoise } from './noise.ts'

/** Limit for the paths of one layer. */
const maxPaths = 5
/** File bytes from which it is worth saying that something moved. */
const minMoved = 1_000
/**
 * How far the sum of the paths may be from a layer's growth, as a share of it. If five paths do not come within the
 * first share, the second one is tried.
 */
const tightest = 0.1
const tolerances: readonly number[] = [tightest, 0.5]

/** The share of a layer's growth from which a file beside the chosen paths is worth naming, if such files are few. */
const minBeside = 0.02

/** A path of the tree. */
interface Node extends KnownPath {
  readonly children: Node[]
}

/**
 * Returns the paths that explain the growth. The search starts from the whole layer and descends as long as a few
 * entries of a directory explain its growth. It always descends into a single entry, into several entries unless the
 * directory is a package, and never into a cache. Shrinkage counts like growth, so a package that was replaced by its
 * next version shows as both.
 *
 * @param growth file bytes of everything in the lists, after minus before
 * @param packageOf returns the package that a path belongs to, or null if it belongs to none
 * @param minCache file bytes by which a cache must have grown or shrunk to be named beside the fewest paths
 * @param whole the lists of the whole layer, if the others are those of files that belong to no package
 * @returns the paths, the largest growth first, and then those that only moved within the layer. There are no others if
 * file bytes did not grow or the lists do not explain it
 */
export function pathGrowth(
  before: ContentLists,
  after: ContentLists,
  growth: number,
  packageOf: PackageOf,
  minCache = Infinity,
  whole: Readonly<Record<'before' | 'after', LayerLists>> = { before, after },
): readonly PathGrowth[] {
  const moved = movedPaths(before, after)
  const shown = moved.filter((move) => move.fileBytes >= minMoved && !isInOneCache(move)).slice(0, maxPaths)
  const moves = shown.map((move): PathGrowth => ({
    ...{ kind: move.kind, path: move.to, before: move.fileBytes, after: move.fileBytes, movedFrom: move.from },
    ...(move.kind === 'file' || isWholeDirectory(move, whole.before, whole.after)
      ? {}
      : { movedFiles: move.files.length }),
    ...{ package: packageOf(move.to), otherFiles: false },
  }))
  if (growth === 0) return moves
  const known = knownPaths(before, after, moved, whole)
  // Paths that the other side's list may have left out are tried last.
  const roots = [known.filter(({ unlisted }) => !unlisted), known].map((nodes) => treeOf(nodes, growth))
  const found =
    roots
      .flatMap((root) => tolerances.map((tolerance) => narrow(root, tolerance, packageOf)))
      .find((nodes) => nodes.length > 0) ?? []
  const isSettled = (node: KnownPath): boolean =>
    node.kind === 'file' ||
    packageOf(node.path) !== null ||
    cacheInside(node, node.growth > 0 ? after : before) !== null
  const chosen = withDeepest(found, growth, (node) => deepestIn(node, known, isSettled))
  const named = [...chosen, ...cachesBeside(chosen, known, minCache)]
  return [
    ...[...named, ...filesBeside(named, known, minBeside * Math.abs(growth), packageOf)]
      .toSorted(heaviestFirst)
      .map((node) => ({
        ...pathGrowthOf(node, packageOf, node.growth > 0 ? after : before),
        ...(isSettled(node) ? {} : largestIn(node, known)),
      })),
    ...moves,
  ]
}

/** Returns the paths with deeper ones in their places, as long as these explain as much of the growth. */
function withDeepest(chosen: readonly Node[], growth: number, deepestOf: (node: Node) => Node): readonly Node[] {
  const missing = (nodes: readonly Node[]): number =>
    Math.abs(nodes.reduce((sum, node) => sum + node.growth, 0) - growth)
  const most = Math.max(missing(chosen), tightest * Math.abs(growth))
  let named = chosen
  for (const node of chosen) {
    const deeper = named.map((one) => (one === node ? deepestOf(node) : one))
    if (missing(deeper) <= most) named = deeper
  }
  return named
}

/** Returns the deepest path that explains the growth of a directory, even if the other side's list may have left it out. */
function deepestIn(directory: Node, known: readonly KnownPath[], isSettled: (node: Node) => boolean): Node {
  const { growth } = directory
  const isEnough = (explained: number): boolean => Math.abs(explained - growth) <= tightest * Math.abs(growth)
  const inside = known.filter((one) => one.path !== directory.path && isInside(one, directory))
  let [deepest, place] = [directory, treeOf(inside, growth)]
  while (!isSettled(deepest)) {
    const [part] = partsOf(place, 1, isEnough) ?? []
    if (part === undefined) break
    deepest = place = part
  }
  return deepest
}

/**
 * Returns the files that no chosen path contains and that grew or shrank by at least these file bytes. Some of many would
 * explain nothing, so it returns none if there are too many.
 */
function filesBeside(
  named: readonly KnownPath[],
  known: readonly KnownPath[],
  least: number,
  packageOf: PackageOf,
): readonly KnownPath[] {
  if (named.length === 0) return []
  const beside = known.filter(
    (node) =>
      node.kind === 'file' &&
      Math.abs(node.growth) >= least &&
      packageOf(node.path) === null &&
      !named.some((one) => isInside(node, one)),
  )
  return named.length + beside.length <= maxPaths ? beside : []
}

/** The share of a directory's growth from which its largest file is worth naming. */
const minLargest = 0.25

/** Returns the file that grew or shrank most in a directory. Empty if it is small. */
function largestIn(directory: KnownPath, known: readonly KnownPath[]): Pick<PathGrowth, 'largest'> {
  const least = Math.max(defaultNoise, minLargest * Math.abs(directory.growth))
  const [largest] = known.filter((node) => node.kind === 'file' && isInside(node, directory)).toSorted(heaviestFirst)
  return largest === undefined || Math.abs(largest.growth) < least
    ? {}
    : { largest: { path: largest.path, growth: largest.growth } }
}

const isInside = (inner: KnownPath, outer: KnownPath): boolean => prefixOf(inner.path).startsWith(prefixOf(outer.path))

/** Returns the largest caches that no chosen path contains or is inside of. Caches have a name and can be removed. */
function cachesBeside(chosen: readonly KnownPath[], known: readonly KnownPath[], least: number): readonly KnownPath[] {
  return known
    .filter(
      (node) =>
        node.kind === 'directory' &&
        Math.abs(node.growth) >= least &&
        `/${cacheOfPath(node.path)?.path}/` === prefixOf(node.path) &&
        !chosen.some((one) => isInside(node, one) || isInside(one, node)),
    )
    .toSorted(heaviestFirst)
    .slice(0, maxPaths)
}

/** @param larger the lists of the side that has more bytes */
function pathGrowthOf(node: KnownPath, packageOf: PackageOf, larger: ContentLists): PathGrowth {
  const { kind, path, before, after, otherFiles, unlisted } = node
  const found = {
    ...{ kind, path, before, after, package: packageOf(path), otherFiles },
    ...(unlisted ? { unlisted } : {}),
  }
  const cache = cacheOfPath(path)
  if (cache !== null) return { ...found, cache: cache.name }
  const inside = kind === 'directory' ? cacheInside(node, larger) : null
  return inside === null ? found : { ...found, cache: inside, isMostlyCache: true }
}

/** The share of a directory's growth that a cache in it must have, so that the directory is named after the cache. */
const mostly = 0.9

/**
 * Returns the name of the cache that is most of what grew or shrank in a directory. A list that is not complete may lack
 * the cache itself on the other side.
 */
function cacheInside({ path, before, after, growth }: KnownPath, { directories }: ContentLists): string | null {
  const smaller = Math.min(before ?? 0, after ?? 0)
  const prefix = prefixOf(path)
  for (const one of directories) {
    if (!prefixOf(one.path).startsWith(prefix) || one.fileBytes - smaller < mostly * Math.abs(growth)) continue
    const cache = cacheOfPath(one.path)
    if (cache !== null && `/${cache.path}/` === prefixOf(one.path)) return cache.name
  }
  return null
}

type PackageOf = (path: string) => string | null

/**
 * Puts each node below the nearest known directory that contains it. The nodes are sorted by segments, so parents come
 * right before their children.
 */
function treeOf(nodes: readonly KnownPath[], growth: number): Node {
  const root: Node = {
    kind: 'directory',
    path: '/',
    before: null,
    after: null,
    otherFiles: false,
    unlisted: false,
    growth,
    children: [],
  }
  const above: { readonly node: Node; readonly prefix: string }[] = []
  const placed = nodes
    .map((node) => ({ node: { ...node, children: [] }, prefix: prefixOf(node.path) }))
    .filter(({ prefix }) => prefix !== '/')
    .sort((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0))
  for (const place of placed) {
    while (above.length > 0 && !place.prefix.startsWith(above.at(-1)?.prefix ?? '')) above.pop()
    ;(above.at(-1)?.node ?? root).children.push(place.node)
    // A file that is a directory on the other side has no children. A path in both lists would be its own parent.
    if (place.node.kind === 'directory' && above.at(-1)?.prefix !== place.prefix) above.push(place)
  }
  return root
}

function narrow(root: Node, tolerance: number, packageOf: PackageOf): readonly Node[] {
  let chosen: readonly Node[] = [root]
  const settled = new Set<Node>()
  for (;;) {
    const next = chosen.filter((node) => !settled.has(node)).toSorted(heaviestFirst)[0]
    if (next === undefined) break
    const others = chosen.filter((node) => node !== next)
    const explainedByOthers = others.reduce((total, node) => total + node.growth, 0)
    const isCache = next.kind === 'directory' && cacheOfPath(next.path) !== null
    const most = isCache ? 0 : packageOf(next.path) === null ? maxPaths - others.length : 1
    const parts = partsOf(
      next,
      most,
      (explained) => Math.abs(explainedByOthers + explained - root.growth) <= tolerance * Math.abs(root.growth),
    )
    if (parts === null) settled.add(next)
    else chosen = [...others, ...parts]
  }
  // The whole layer as a path explains nothing.
  return chosen.filter((node) => node !== root)
}

/** Returns the fewest entries of a directory that explain enough. Returns null if that takes too many. */
function partsOf(node: Node, most: number, isEnough: (growth: number) => boolean): readonly Node[] | null {
  const heaviest = node.children.toSorted(heaviestFirst).slice(0, most)
  let explained = 0
  for (const [position, child] of heaviest.entries()) {
    explained += child.growth
    if (isEnough(explained)) return heaviest.slice(0, position + 1)
  }
  return null
}

const heaviestFirst = (a: KnownPath, b: KnownPath): number =>
  Math.abs(b.growth) - Math.abs(a.growth) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)

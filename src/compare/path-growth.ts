/** Finds the fewest and deepest paths of a layer that explain its growth. */
import { cacheOfPath } from '../savings/names.ts'
import type { ContentLists } from '../record/contents.ts'
import type { PathGrowth } from './comparison.ts'
import { isInOneCache, isWholeDirectory, movedPaths, type MovedPath } from './moved-files.ts'

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

/** The share of a layer's growth from which a single file beside all other paths is worth naming. */
const minSingle = 0.02

interface Node {
  readonly kind: PathGrowth['kind']
  readonly path: string
  /** File bytes without those of files that moved into it or out of it; null if the path does not exist on that side. */
  readonly before: number | null
  readonly after: number | null
  /** Whether files moved into it or out of it. */
  readonly otherFiles: boolean
  /** See `PathGrowth`. */
  readonly unlisted: boolean
  readonly growth: number
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
  whole: { readonly before: ContentLists; readonly after: ContentLists } = { before, after },
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
  const known = knownPaths(before, after, moved)
  // Paths that the other side's list may have left out are tried last.
  const roots = [known.filter(({ unlisted }) => !unlisted), known].map((nodes) => treeOf(nodes, growth))
  const found =
    roots
      .flatMap((root) => tolerances.map((tolerance) => narrow(root, tolerance, packageOf)))
      .find((nodes) => nodes.length > 0) ?? []
  const isSettled = (node: Node): boolean =>
    node.kind === 'file' ||
    packageOf(node.path) !== null ||
    cacheInside(node, node.growth > 0 ? after : before) !== null
  const chosen = withDeepest(found, growth, (node) => deepestIn(node, known, isSettled))
  const named = [...chosen, ...cachesBeside(chosen, known, minCache)]
  return [
    ...[...named, ...singleBeside(named, known, minSingle * Math.abs(growth))]
      .toSorted(heaviestFirst)
      .map((node) => pathGrowthOf(node, packageOf, node.growth > 0 ? after : before)),
    ...moves,
  ]
}

/** File bytes of moved files, by path: the file itself and each directory that it moved into or out of. */
interface MovedBytes {
  readonly out: ReadonlyMap<string, number>
  readonly into: ReadonlyMap<string, number>
}

function movedBytes(moved: readonly MovedPath[]): MovedBytes {
  const [out, into] = [new Map<string, number>(), new Map<string, number>()]
  const add = (sums: Map<string, number>, path: string, other: string, bytes: number): void => {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = path.slice(0, end)
      // Within a directory, a file keeps its bytes there.
      if (other.startsWith(`${above}/`)) return
      sums.set(above, (sums.get(above) ?? 0) + bytes)
    }
  }
  for (const { files } of moved)
    for (const { from, to, fileBytes } of files) {
      add(out, from, to, fileBytes)
      add(into, to, from, fileBytes)
    }
  return { out, into }
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
function deepestIn(directory: Node, known: readonly Node[], isSettled: (node: Node) => boolean): Node {
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

/** Returns the only file that grew or shrank and that no named path contains. Empty if there are several. */
function singleBeside(named: readonly Node[], known: readonly Node[], least: number): readonly Node[] {
  const files = named.length === 0 ? [] : known.filter(({ kind }) => kind === 'file')
  const beside = files.filter((file) => !named.some((one) => isInside(file, one)))
  return beside.length === 1 ? beside.filter(({ growth }) => Math.abs(growth) >= least) : []
}

const isInside = (inner: Node, outer: Node): boolean => prefixOf(inner.path).startsWith(prefixOf(outer.path))

/** Returns the largest caches that no chosen path contains or is inside of. Caches have a name and can be removed. */
function cachesBeside(chosen: readonly Node[], known: readonly Node[], least: number): readonly Node[] {
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
function pathGrowthOf(node: Node, packageOf: PackageOf, larger: ContentLists): PathGrowth {
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
function cacheInside({ path, before, after, growth }: Node, { directories }: ContentLists): string | null {
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

/** The heaviest path that a list may lack, as a share of the path on the other side, so that this one grew or shrank. */
const negligible = 0.1

/**
 * Returns the paths that grew or shrank and whose size is known on both sides, well enough at least. A path that an
 * incomplete list lacks is lighter than those in it. Files that only moved within the layer count on neither side, so
 * they are no growth.
 */
function knownPaths(before: ContentLists, after: ContentLists, moved: readonly MovedPath[]): readonly Node[] {
  const { out, into } = movedBytes(moved)
  const pairUp = (kind: Node['kind'], from: ContentLists['files'], to: ContentLists['files']): readonly Node[] => {
    const old = new Map(from.map(({ path, fileBytes }) => [path, fileBytes - (out.get(path) ?? 0)]))
    const now = new Map(to.map(({ path, fileBytes }) => [path, fileBytes - (into.get(path) ?? 0)]))
    const [lightestOld, lightestNow] = [lightestOf(from, before), lightestOf(to, after)]
    return [...new Set([...now.keys(), ...old.keys()])].flatMap((path): readonly Node[] => {
      const [a, b] = [old.get(path) ?? null, now.get(path) ?? null]
      const mayHave = a === null ? lightestOld : b === null ? lightestNow : 0
      const growth = (b ?? 0) - (a ?? 0)
      const isKnown = mayHave <= negligible * Math.abs(growth)
      const otherFiles = kind === 'directory' && (out.has(path) || into.has(path))
      return isKnown && growth !== 0
        ? [{ kind, path, before: a, after: b, otherFiles, unlisted: mayHave > 0, growth, children: [] }]
        : []
    })
  }
  return [...pairUp('directory', before.directories, after.directories), ...pairUp('file', before.files, after.files)]
}

/** Returns the file bytes that a path may have if a list lacks it. */
const lightestOf = (list: ContentLists['files'], { complete }: ContentLists): number =>
  complete ? 0 : (list.at(-1)?.fileBytes ?? Infinity)

/**
 * Puts each node below the nearest known directory that contains it. The nodes are sorted by segments, so parents come
 * right before their children.
 */
function treeOf(nodes: readonly Node[], growth: number): Node {
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

/** Returns the path as `/a/b/`, so that only paths inside a directory begin with its prefix. */
const prefixOf = (path: string): string =>
  `/${path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/')}/`.replace('//', '/')

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

const heaviestFirst = (a: Node, b: Node): number =>
  Math.abs(b.growth) - Math.abs(a.growth) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)

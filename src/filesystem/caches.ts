/** Caches of package managers and the like in a file system: directories that such tools make for themselves. Pure. */
import type { Cache } from '../record/footprint.ts'
import type { FileSystem } from './file-system.ts'
import { none, root, type PathTree } from './path-tree.ts'

/** Directories at their place; `*` is any one name. */
const places: readonly (readonly [path: string, name: string])[] = [
  ['var/cache/apt', 'apt packages'],
  ['var/lib/apt/lists', 'apt package lists'],
  ['var/cache/apk', 'apk packages'],
  ['etc/apk/cache', 'apk packages'],
  ['var/cache/dnf', 'dnf cache'],
  ['var/cache/yum', 'yum cache'],
  ['var/cache/zypp', 'zypper cache'],
  ['var/cache/pacman', 'pacman packages'],
  ['usr/local/share/.cache', 'Yarn cache'],
  ['usr/local/cargo/registry', 'Cargo registry'],
  ['go/pkg/mod/cache', 'Go module cache'],
  ...['root', 'home/*'].flatMap((home): [string, string][] => [
    [`${home}/.cache/pip`, 'pip cache'],
    [`${home}/.cache/uv`, 'uv cache'],
    [`${home}/.cache/go-build`, 'Go build cache'],
    [`${home}/.cache`, 'cache'],
    [`${home}/.npm`, 'npm cache'],
    [`${home}/.cargo/registry`, 'Cargo registry'],
    [`${home}/.gradle/caches`, 'Gradle cache'],
    [`${home}/.nuget/packages`, 'NuGet packages'],
    [`${home}/.bundle/cache`, 'Bundler cache'],
    [`${home}/go/pkg/mod/cache`, 'Go module cache'],
  ]),
]

/** Wherever they are. */
const anywhere = { path: '__pycache__', name: 'compiled Python' }

/** Every name that a cache can have here. */
export const cacheNames: ReadonlySet<string> = new Set([...places.map(([, name]) => name), anywhere.name])

/** The cache that a path is in; null if it is in none. The first of the list counts, and `__pycache__` does not. */
export function cacheOfPath(path: string): { readonly path: string; readonly name: string } | null {
  const parts = path.split('/').filter((part) => part !== '')
  for (const [place, name] of places) {
    const wanted = place.split('/')
    if (wanted.every((part, nth) => parts[nth] !== undefined && (part === '*' || part === parts[nth])))
      return { path: parts.slice(0, wanted.length).join('/'), name }
  }
  return null
}

/** One for each cache and each layer that put files there, heaviest first. */
export function findCaches(fileSystem: FileSystem): readonly Cache[] {
  const { tree } = fileSystem
  const found = [{ name: anywhere.name, path: anywhere.path }]
  const numberOf = new Map<number, number>()
  for (const [path, name] of places)
    for (const node of nodesAt(tree, path))
      if (!numberOf.has(node)) numberOf.set(node, found.push({ name, path: tree.path(node) }))
  const spread = Buffer.from(anywhere.path)
  /** For each node the cache that it is in, counted from 1; the innermost one counts. */
  const cacheOf = new Uint32Array(tree.count)
  const counted = new Set<number>()
  const sums = new Map<string, Cache>()
  for (let node = 1; node < tree.count; node += 1) {
    const parent = tree.parent(node)
    const cache =
      numberOf.get(node) ?? (cacheOf[parent] || (tree.find(parent, spread, 0, spread.length) === node ? 1 : 0))
    cacheOf[node] = cache
    const file = cache === 0 ? none : fileSystem.fileAt(node)
    const of = found[cache - 1]
    if (file === none || of === undefined) continue
    const addedBy = fileSystem.files.adderOf(file)
    const key = `${cache} ${addedBy}`
    const sum = sums.get(key) ?? { ...of, files: 0, fileBytes: 0, addedBy }
    // Hard links of one file: its bytes once.
    const fileBytes = counted.has(file) ? 0 : fileSystem.files.sizeOf(file)
    if (fileSystem.files.isLinked(file)) counted.add(file)
    sums.set(key, { ...sum, files: sum.files + 1, fileBytes: sum.fileBytes + fileBytes })
  }
  return [...sums.values()]
    .filter(({ fileBytes }) => fileBytes > 0)
    .sort((a, b) => b.fileBytes - a.fileBytes || a.addedBy - b.addedBy || (a.path < b.path ? -1 : 1))
}

function nodesAt(tree: PathTree, path: string): number[] {
  return path.split('/').reduce<number[]>(
    (nodes, part) =>
      nodes.flatMap((node) => {
        if (part === '*') return childrenOf(tree, node)
        const name = Buffer.from(part)
        const child = tree.find(node, name, 0, name.length)
        return child === none ? [] : [child]
      }),
    [root],
  )
}

function childrenOf(tree: PathTree, node: number): number[] {
  const children: number[] = []
  for (let at = tree.firstChild(node); at !== none; at = tree.nextSibling(at)) children.push(at)
  return children
}

/** Finds caches in a file system: directories that package managers and similar tools make for themselves. Pure. */
import type { FileSystem } from '../filesystem/file-system.ts'
import { none } from '../layer/path-tree.ts'
import type { Cache } from '../record/footprint.ts'
import { placesIn } from './places.ts'
import { cacheRules } from './rules.ts'

/** A directory that occurs in many places. */
const compiled = '__pycache__'

const directories: readonly (readonly [directory: string, name: string])[] = [
  ...cacheRules.flatMap(({ directories = [], name }) => directories.map((directory) => [directory, name] as const)),
  [compiled, 'compiled Python'],
  ['/root/.npm', 'cache of npm'],
  ['/home/*/.npm', 'cache of npm'],
  ['/root/.cache', 'cache'],
  ['/home/*/.cache', 'cache'],
]

/** Limit for the caches of a record. */
const maxCaches = 20

/** Returns one entry for each cache and each layer that added files to it, the heaviest first. */
export function findCaches(fileSystem: FileSystem): Cache[] {
  const { tree, files } = fileSystem
  const { found, placeOf } = placesIn(
    tree,
    directories.map(([directory]) => directory),
    'inner',
  )
  const counted = new Set<number>()
  const sums = new Map<string, { -readonly [Key in keyof Cache]: Cache[Key] }>()
  for (let node = 1; node < tree.count; node += 1) {
    const place = found[(placeOf[node] ?? 0) - 1]
    const file = place === undefined ? none : fileSystem.fileAt(node)
    if (file === none || place === undefined) continue
    const [directory = '', name = ''] = directories[place.pattern] ?? []
    const addedBy = files.adderOf(file)
    const key = `${addedBy} ${directory === compiled ? '' : place.node}`
    const path = (): string => (directory === compiled ? compiled : tree.path(place.node))
    const sum = sums.get(key) ?? { name, path: path(), files: 0, fileBytes: 0, addedBy }
    sums.set(key, sum)
    sum.files += 1
    // The bytes of a file with several hard links count once.
    if (!counted.has(file)) sum.fileBytes += files.sizeOf(file)
    if (files.isLinked(file)) counted.add(file)
  }
  return [...sums.values()]
    .filter(({ fileBytes }) => fileBytes > 0)
    .sort((a, b) => b.fileBytes - a.fileBytes || a.addedBy - b.addedBy || (a.path < b.path ? -1 : 1))
    .slice(0, maxCaches)
}

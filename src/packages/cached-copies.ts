/** Distinguishes installed packages from copies of them that package managers keep in a cache. Pure. */

/** What identifies a package, as far as its metadata was read. The path is the directory of its metadata. */
interface Named {
  readonly ecosystem: string
  /** Null if it is not known. */
  readonly name: string | null
  readonly version: string | null
  readonly path: string
}

/**
 * Returns the positions of the packages in the caches of Yarn 1 and uv that the same layer also contains elsewhere.
 * Without a copy elsewhere, hard links or symbolic links may use the one in the cache.
 */
export function cachedCopies(packages: readonly Named[]): ReadonlySet<number> {
  const cached = packages.flatMap((one, position) => (isCached(one.path) ? [position] : []))
  if (cached.length === 0) return new Set()
  const installed = new Set(packages.filter(({ name, path }) => name !== null && !isCached(path)).map(keyOf))
  return new Set(cached.filter((position) => installed.has(keyOf(packages[position]))))
}

/**
 * Returns whether a package is in a cache: `v6/npm-NAME-VERSION-HASH-integrity/node_modules/NAME`, or
 * `uv/archive-v0/ID/NAME-VERSION.dist-info`. Environments of uv's tools are also below `archive-v0`, but in a folder
 * `lib`.
 */
function isCached(path: string): boolean {
  const parts = path.split('/')
  const archive = parts.findIndex((part) => /^archive-v\d+$/.test(part))
  if (archive !== -1 && parts.length === archive + 3) return true
  // The folder of the cache may be any.
  const yarn = parts.findIndex((part) => /^npm-.*-[0-9a-f]{40}(?:-integrity)?$/.test(part))
  return yarn > 0 && /^v\d+$/.test(parts[yarn - 1] ?? '') && parts[yarn + 1] === 'node_modules'
}

const keyOf = (one: Named | undefined): string => JSON.stringify([one?.ecosystem, one?.name, one?.version])

/** Names the caches that paths are in, and the history of Git. Every part of a report uses these names. Pure. */
import { cacheRules } from './rules.ts'
import { gitRule } from './rules/leftovers.ts'

interface Named {
  readonly name: string
  readonly fromRoot: boolean
  readonly parts: readonly string[]
}

const caches: readonly Named[] = [...cacheRules, gitRule].flatMap(({ directories = [], name }) =>
  directories.map((directory) => ({ name, fromRoot: directory.startsWith('/'), parts: partsOf(directory) })),
)

/**
 * Returns the cache that a path is in, such as `apt package lists` for `var/lib/apt/lists` and everything in it, with
 * the path of its directory. Null if it is in none.
 *
 * @param path directory or file in a layer, with or without a slash at its start
 */
export function cacheOfPath(path: string): { readonly path: string; readonly name: string } | null {
  const parts = partsOf(path)
  for (const one of caches) {
    const end = endWithin(parts, one)
    if (end !== null) return { path: parts.slice(0, end).join('/'), name: one.name }
  }
  return null
}

/** Returns the number of path segments up to the end of the directory. Null if the path is not in it. */
function endWithin(parts: readonly string[], one: Named): number | null {
  const last = one.fromRoot ? 0 : parts.length - one.parts.length
  for (let start = 0; start <= last; start += 1)
    if (one.parts.every((pattern, at) => fits(parts[start + at], pattern))) return start + one.parts.length
  return null
}

function fits(part: string | undefined, pattern: string): boolean {
  if (part === undefined) return false
  return pattern === '*' ? !part.startsWith('@') : pattern === '@*' ? part.startsWith('@') : part === pattern
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

/** What files are, by the directory that they are in. Every part of a report calls them so. Pure. */
import { rules } from './rules.ts'

const named = rules.flatMap(({ directories = [], name }) =>
  directories.map((directory) => ({ name, fromRoot: directory.startsWith('/'), parts: partsOf(directory) })),
)

/**
 * Such as `package lists of apt` for `var/lib/apt/lists`; the same for what is in the directory. Null of a directory
 * that no rule is about.
 *
 * @param path of a directory or file in a layer, with or without a slash at its start
 */
export function nameOfPath(path: string): string | null {
  const parts = partsOf(path)
  return named.find((one) => isWithin(parts, one))?.name ?? null
}

function isWithin(parts: readonly string[], one: (typeof named)[number]): boolean {
  const last = one.fromRoot ? 0 : parts.length - one.parts.length
  for (let start = 0; start <= last; start += 1)
    if (one.parts.every((pattern, at) => fits(parts[start + at], pattern))) return true
  return false
}

function fits(part: string | undefined, pattern: string): boolean {
  if (part === undefined) return false
  return pattern === '*' ? !part.startsWith('@') : pattern === '@*' ? part.startsWith('@') : part === pattern
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

/** Matches the files of the two sides. Pure. */
import type { Leaf } from './draft.ts'

type Sizes = ReadonlyMap<string, number>

/**
 * Pairs files by path, then by a path that differs only in numbers (`python3.12/x` and `python3.13/x`), then by name
 * and size, for a file that moved. The path of a pair is the head's. Each rule only makes pairs that are unambiguous.
 */
export function pairFiles(before: Sizes, after: Sizes): readonly Leaf[] {
  const leaves: Leaf[] = []
  const gone = new Map(before)
  const fresh = new Map(after)
  const pair = (from: string, to: string): void => {
    leaves.push({ path: to, before: gone.get(from) ?? 0, after: fresh.get(to) ?? 0 })
    gone.delete(from)
    fresh.delete(to)
  }
  for (const path of after.keys()) if (gone.has(path)) pair(path, path)
  if (gone.size > 0 && fresh.size > 0) {
    for (const [from, to] of unambiguous(gone, fresh, (path) => path.replace(/\d+(?:\.\d+)*/g, '#'))) pair(from, to)
    for (const [from, to] of unambiguous(
      gone,
      fresh,
      (path, size) => `${size} ${path.slice(path.lastIndexOf('/') + 1)}`,
    ))
      pair(from, to)
  }
  for (const [path, size] of fresh) leaves.push({ path, before: null, after: size })
  for (const [path, size] of gone) leaves.push({ path, before: size, after: null })
  return leaves
}

/** Returns pairs whose key occurs once on each side. */
function unambiguous(
  before: Sizes,
  after: Sizes,
  keyOf: (path: string, size: number) => string,
): readonly (readonly [string, string])[] {
  const old = onceEach(before, keyOf)
  const now = onceEach(after, keyOf)
  return [...now].flatMap(([key, to]) => {
    const from = old.get(key) ?? null
    return from === null || to === null ? [] : [[from, to] as const]
  })
}

/** Returns the path of each key. It is null if several paths have the key. */
function onceEach(sizes: Sizes, keyOf: (path: string, size: number) => string): ReadonlyMap<string, string | null> {
  const paths = new Map<string, string | null>()
  for (const [path, size] of sizes) {
    const key = keyOf(path, size)
    paths.set(key, paths.has(key) ? null : path)
  }
  return paths
}

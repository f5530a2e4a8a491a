/** Which file of the one side is which of the other. Pure. */
import type { Leaf } from './draft.ts'

type Sizes = ReadonlyMap<string, number>

/**
 * By path; then by a path that differs in numbers alone (`python3.12/x` and `python3.13/x`); then by name and size,
 * which is a file that moved. The path of a pair is the head's. Each rule pairs only what it leaves no choice for.
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

/** Pairs whose key each side has once. */
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

/** The path of each key; null where several have it. */
function onceEach(sizes: Sizes, keyOf: (path: string, size: number) => string): ReadonlyMap<string, string | null> {
  const paths = new Map<string, string | null>()
  for (const [path, size] of sizes) {
    const key = keyOf(path, size)
    paths.set(key, paths.has(key) ? null : path)
  }
  return paths
}

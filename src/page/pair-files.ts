/** Matches the files of the two sides. Pure. */
import type { Leaf } from './draft.ts'

type Sizes = ReadonlyMap<string, number>

/**
 * Pairs files by path, then by a path that differs only in numbers (`python3.12/x` and `python3.13/x`), then by name
 * and size, for a file that moved. The path of a pair is the head's. Each rule only makes pairs that are unambiguous.
 */
export function* pairFiles(before: Sizes, after: Sizes): Generator<Leaf> {
  // Most files are on both sides, so only the others are collected.
  const fresh = new Map<string, number>()
  for (const [path, size] of after) {
    const old = before.get(path)
    if (old === undefined) fresh.set(path, size)
    else yield { path, before: old, after: size }
  }
  const gone = new Map<string, number>()
  for (const [path, size] of before) if (!after.has(path)) gone.set(path, size)
  for (const keyOf of [withoutNumbers, nameAndSize]) {
    if (gone.size === 0 || fresh.size === 0) break
    for (const [from, to] of unambiguous(gone, fresh, keyOf)) {
      yield { path: to, before: gone.get(from) ?? 0, after: fresh.get(to) ?? 0 }
      gone.delete(from)
      fresh.delete(to)
    }
  }
  for (const [path, size] of fresh) yield { path, before: null, after: size }
  for (const [path, size] of gone) yield { path, before: size, after: null }
}

const withoutNumbers = (path: string): string => path.replace(/\d+(?:\.\d+)*/g, '#')
const nameAndSize = (path: string, size: number): string => `${size} ${path.slice(path.lastIndexOf('/') + 1)}`

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

/** Finds the first values in an order without sorting all of them. Pure. */

/** Returns the first values in the order of `compare`, sorted, at most `limit`. */
export function firstOf<Value>(
  values: Iterable<Value>,
  limit: number,
  compare: (a: Value, b: Value) => number,
): readonly Value[] {
  let first: Value[] = []
  let last: Value | undefined
  for (const value of values) {
    if (last !== undefined && compare(value, last) >= 0) continue
    first.push(value)
    if (first.length < 2 * limit) continue
    first = first.sort(compare).slice(0, limit)
    last = first.at(-1)
  }
  return first.sort(compare).slice(0, limit)
}

/** Computes a value once. */

/** Returns a function that computes its value on the first call and returns the same one on each. */
export function once<Value>(compute: () => Value): () => Value {
  let computed: { readonly value: Value } | null = null
  return () => (computed ??= { value: compute() }).value
}

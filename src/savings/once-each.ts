/** Remembers answers about layers. Pure. */

/** Returns the same function, which computes each answer once. There may be many files, and only a few layers. */
export function onceEach<Of extends readonly (number | boolean | string)[], T>(
  answer: (...of: Of) => T,
): (...of: Of) => T {
  const known = new Map<string, { readonly answer: T }>()
  return (...of) => {
    const key = of.join(' ')
    const found = known.get(key) ?? { answer: answer(...of) }
    known.set(key, found)
    return found.answer
  }
}

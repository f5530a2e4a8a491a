/** Reads from a source that may be slow or hostile, as long as it makes progress. */

/**
 * The slowest source that is accepted: at least `minBytes` bytes must arrive in each `idle` milliseconds of waiting.
 */
export interface StallLimit {
  readonly idle: number
  readonly minBytes: number
}

/** Reads the next part of a source. The result of the last call says `done`. */
export type NextPart<T> = () => Promise<
  { readonly done: false; readonly value: T } | { readonly done: true; readonly value?: unknown }
>

/**
 * Yields the parts as they arrive. Time that the consumer takes for its own work does not count. The caller closes the
 * source.
 *
 * @param stalled makes the error that is thrown if the source is too slow
 */
export async function* untilStalled<T extends Uint8Array>(
  next: NextPart<T>,
  { idle, minBytes }: StallLimit,
  stalled: () => Error,
): AsyncGenerator<T> {
  let left = idle
  let bytes = 0
  for (;;) {
    const from = performance.now()
    const part = await within(next(), left, stalled)
    if (part.done) return
    left -= performance.now() - from
    bytes += part.value.length
    if (bytes >= minBytes) [left, bytes] = [idle, 0]
    yield part.value
  }
}

// The number of milliseconds may be negative.
async function within<T>(promise: Promise<T>, milliseconds: number, stalled: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(stalled()), Math.max(0, milliseconds))
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Reading from somebody who may be slow, or hostile: no longer than they make progress. */

/** At least so many bytes have to come in this time while we wait for them. Milliseconds, and bytes. */
export interface Patience {
  readonly idle: number
  readonly leastBytes: number
}

/** What is read from, one part at a time; `undefined` at its end. */
export type NextPart<T> = () => Promise<
  { readonly done: false; readonly value: T } | { readonly done: true; readonly value?: unknown }
>

/**
 * The parts, as they come. Time that the reader takes for itself does not count. Closing the source is for the caller.
 *
 * @param stalled makes the error that is thrown where too little comes
 */
export async function* makingProgress<T extends Uint8Array>(
  next: NextPart<T>,
  { idle, leastBytes }: Patience,
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
    if (bytes >= leastBytes) [left, bytes] = [idle, 0]
    yield part.value
  }
}

/** @param milliseconds may be none */
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

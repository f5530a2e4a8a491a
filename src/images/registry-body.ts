/** Reads the body of a registry's response as it arrives, with a size limit and a check for progress. */
import { FootprintError } from '../errors.ts'
import { untilStalled, type StallLimit } from '../stall-limit.ts'

/** The default. A slower network is of no use for images. */
export const defaultStallLimit: StallLimit = { idle: 60_000, minBytes: 16_384 }

/**
 * Yields the parts of a response body. Time that the consumer takes does not count.
 *
 * @throws FootprintError REGISTRY_UNREACHABLE if the data arrives too slowly
 */
export async function* bodyOf(
  answer: Response,
  host: string,
  patience: StallLimit = defaultStallLimit,
): AsyncGenerator<Uint8Array> {
  const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined
  if (reader === undefined) return
  try {
    yield* untilStalled(
      () => reader.read(),
      patience,
      () => stalledError(host),
    )
  } finally {
    // Ends the connection if part of the body is left.
    await reader.cancel().catch(() => undefined)
  }
}

/**
 * Reads a whole body. Returns null if it has more than `maxBytes` bytes.
 *
 * @throws FootprintError REGISTRY_UNREACHABLE if the data arrives too slowly
 */
export async function readBody(
  answer: Response,
  host: string,
  maxBytes: number,
  patience?: StallLimit,
): Promise<Buffer | null> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of bodyOf(answer, host, patience)) {
    bytes += part.length
    if (bytes > maxBytes) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Ends a response whose body is not needed. It does not matter if the connection has broken in the meantime. */
export async function discard({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => undefined)
}

/** Returns the error for a host that stopped answering. */
export function stalledError(host: string): FootprintError {
  return new FootprintError(
    'REGISTRY_UNREACHABLE',
    `${host} stopped answering: try again later, or check the network connection`,
  )
}

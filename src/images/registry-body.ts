/** What a registry answers, as it comes: no longer than it may be, and with progress. */
import { FootprintError } from '../errors.ts'
import { makingProgress, type Patience } from '../patience.ts'

/** A slower network is of no use for images. */
export const usualPatience: Patience = { idle: 60_000, leastBytes: 16_384 }

/**
 * The parts of an answer's body. Time that the reader takes for itself does not count.
 *
 * @throws FootprintError REGISTRY_UNREACHABLE where too little comes
 */
export async function* bodyOf(
  answer: Response,
  host: string,
  patience: Patience = usualPatience,
): AsyncGenerator<Uint8Array> {
  const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined
  if (reader === undefined) return
  try {
    yield* makingProgress(
      () => reader.read(),
      patience,
      () => stalledError(host),
    )
  } finally {
    // Ends the connection where something is left of the body.
    await reader.cancel().catch(() => undefined)
  }
}

/** The whole body, of at most so many bytes; null where it has more. */
export async function readBody(
  answer: Response,
  host: string,
  most: number,
  patience?: Patience,
): Promise<Buffer | null> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of bodyOf(answer, host, patience)) {
    bytes += part.length
    if (bytes > most) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}

export function stalledError(host: string): FootprintError {
  return new FootprintError(
    'REGISTRY_UNREACHABLE',
    `${host} stopped answering: try again later, or look at the network in between`,
  )
}

/** The end of a program's output, which usually says why it failed. */
export class OutputTail {
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #bytes = 0

  /** @param maxBytes how much of the output is kept, in bytes */
  constructor(maxBytes = 65_536) {
    this.#maxBytes = maxBytes
  }

  /** Takes the next part of the output. */
  readonly write = (chunk: Buffer): void => {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    // Twice the limit may be held, because dropping bytes with each small chunk would take quadratic time.
    if (this.#bytes > 2 * this.#maxBytes) this.#cut()
  }

  /** Returns the last bytes. */
  bytes(): Buffer {
    this.#cut()
    return this.#chunks[0] ?? Buffer.alloc(0)
  }

  /** Returns the last bytes as text. */
  text(): string {
    return this.bytes().toString('utf8')
  }

  #cut(): void {
    const whole = Buffer.concat(this.#chunks)
    // A copy, because a part of a buffer keeps the whole of it in memory.
    const kept = whole.length > this.#maxBytes ? Buffer.from(whole.subarray(-this.#maxBytes)) : whole
    this.#chunks = [kept]
    this.#bytes = kept.length
  }
}

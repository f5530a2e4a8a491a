/** Reads parts of one file while its archive goes by, or jumps from one to the next where it can be seeked. */

/** Of a file: `from` inclusive, `to` exclusive. Bytes. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

/** Takes the bytes of a file that it wants. */
export interface PayloadReader {
  /** Where in the file the next byte is that is wanted; Infinity once there is none. */
  readonly wants: number
  /** Bytes of the file from `at` on, in order; they may begin before what is wanted. Good until the call returns. */
  readonly take: (bytes: Buffer, at: number) => void
}

/** Gives ranges of a file, once all are there. Bytes that come in one piece are not copied if they are all. */
export class RangesReader implements PayloadReader {
  wants: number
  readonly #ranges: readonly ByteRange[]
  readonly #onRanges: (bytes: readonly Buffer[]) => void
  readonly #whole: Buffer[] = []
  #filling: Buffer | null = null

  constructor(ranges: readonly ByteRange[], onRanges: (bytes: readonly Buffer[]) => void) {
    this.#ranges = ranges.filter(({ from, to }) => from < to)
    this.#onRanges = onRanges
    this.wants = this.#ranges[0]?.from ?? Infinity
  }

  take(bytes: Buffer, at: number): void {
    for (;;) {
      const range = this.#ranges[this.#whole.length]
      if (range === undefined || at + bytes.length <= this.wants) return
      const from = this.wants
      const to = Math.min(range.to, at + bytes.length)
      const some = bytes.subarray(from - at, to - at)
      if (this.#ranges.length === 1 && from === range.from && to === range.to) {
        this.wants = Infinity
        this.#onRanges([some])
        return
      }
      this.#filling ??= Buffer.allocUnsafeSlow(range.to - range.from)
      some.copy(this.#filling, from - range.from)
      this.wants = to
      if (to === range.to) this.#next(this.#filling)
    }
  }

  #next(filled: Buffer): void {
    this.#whole.push(filled)
    this.#filling = null
    this.wants = this.#ranges[this.#whole.length]?.from ?? Infinity
    if (this.wants === Infinity) this.#onRanges(this.#whole)
  }
}

/** Reads parts of one file while its archive streams past, or seeks from one part to the next if it can. */

/** A range of bytes in a file: `from` is inclusive, `to` is exclusive. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

/** Receives the bytes of a file and says which ones it wants. */
export interface PayloadReader {
  /** Offset of the next byte that is wanted, or Infinity if no more are wanted. */
  readonly wants: number
  /**
   * Receives the bytes of the file from `at` on, in order. They may begin before the wanted offset. The buffer may be
   * reused after the call returns.
   */
  readonly take: (bytes: Buffer, at: number) => void
}

/** Gives the bytes of one file to two readers. */
export class TwoReaders implements PayloadReader {
  readonly #one: PayloadReader
  readonly #other: PayloadReader

  constructor(one: PayloadReader, other: PayloadReader) {
    this.#one = one
    this.#other = other
  }

  get wants(): number {
    return Math.min(this.#one.wants, this.#other.wants)
  }

  take(bytes: Buffer, at: number): void {
    for (const reader of [this.#one, this.#other]) if (reader.wants < at + bytes.length) reader.take(bytes, at)
  }
}

/** Memory that one file after another uses. New memory for each file would become garbage. */
export class Room {
  #buffer = Buffer.alloc(0)

  /** Returns a buffer of this size. Its content is only valid until the next call. */
  of(bytes: number): Buffer {
    if (this.#buffer.length < bytes) this.#buffer = Buffer.allocUnsafeSlow(bytes)
    return this.#buffer.subarray(0, bytes)
  }
}

/**
 * Passes on the ranges of a file once all of them have been read. The bytes are not copied if there is one range and it
 * arrives in one piece.
 */
export class RangesReader implements PayloadReader {
  wants: number
  readonly #ranges: readonly ByteRange[]
  readonly #onRanges: (bytes: readonly Buffer[]) => void
  readonly #whole: Buffer[] = []
  #filling: Buffer | null = null
  readonly #room: Room | null

  /** @param room for the bytes of a single range; several ranges need memory of their own */
  constructor(ranges: readonly ByteRange[], onRanges: (bytes: readonly Buffer[]) => void, room: Room | null = null) {
    this.#room = room
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
      const wanted = bytes.subarray(from - at, to - at)
      if (this.#ranges.length === 1 && from === range.from && to === range.to) {
        this.wants = Infinity
        this.#onRanges([wanted])
        return
      }
      this.#filling ??= this.#room?.of(range.to - range.from) ?? Buffer.allocUnsafeSlow(range.to - range.from)
      wanted.copy(this.#filling, from - range.from)
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

import { algorithmOf, type Digest, type DigestAlgorithm } from '../oci/digest.ts'
import { ByteMeter } from './byte-meter.ts'
import { Decoder } from './decoder.ts'
import type { LayerEntry, LayerIndex } from './layer-index.ts'
import { LayerTally, type Tallied } from './layer-tally.ts'
import { TarReader } from './tar-reader.ts'
import { TimelessDigest } from './timeless-digest.ts'

/** Limits for the expansion of a blob. If it exceeds both, it is rejected as a decompression bomb. */
export interface BombLimits {
  /** Number of uncompressed bytes that are always allowed. */
  readonly uncompressedBytes: number
  /** Number of uncompressed bytes that are allowed for each byte of the blob. */
  readonly ratio: number
}

/** Options for the results of a blob. */
export interface Wanted {
  /** Algorithm for the diffID. */
  readonly tarAlgorithm: DigestAlgorithm
  /** Whether to compute the `TimelessDigest`, which takes a fifth of the time. */
  readonly timeless: boolean
}

/** The results for a blob. */
export interface Unpacked extends Tallied {
  /** Null if it equals the digest of the blob, as for a plain tar, which then need not be hashed twice. */
  readonly diffId: Digest | null
  readonly uncompressedSize: number
  /** See `TimelessDigest`. Null if it was not requested. */
  readonly timelessDigest: Digest | null
  readonly totals: Pick<LayerIndex, 'fileBytes' | 'entries' | 'whiteouts' | 'opaqueWhiteouts'>
}

/** Receives the chunks of one blob, in order. The caller must close it in the end. */
export interface Unpacking {
  readonly write: (chunk: Buffer) => void | Promise<void>
  /** Returns the results. It must be called after the last chunk. */
  readonly end: () => Unpacked | Promise<Unpacked>
  readonly close: () => void
}

/**
 * Unpacks one blob on this thread. Memory grows only with the number of directories, entries and packages, up to a
 * limit. `write` and `end` throw an Error that says what is wrong with the blob, and the errors of `onEntry`.
 */
export class Unpacker implements Unpacking {
  readonly #digest: Digest
  readonly #limits: BombLimits
  readonly #decoder = new Decoder()
  readonly #tarAlgorithm: DigestAlgorithm
  readonly #plain: ByteMeter
  readonly #tally = new LayerTally({ readsAll: true })
  readonly #timeless: TimelessDigest | null
  readonly #tar: TarReader
  #blobBytes = 0

  /** @param digest the expected digest of the blob. It is not compared with the bytes */
  constructor(
    digest: Digest,
    limits: BombLimits,
    { tarAlgorithm, timeless }: Wanted,
    onEntry?: (entry: LayerEntry) => void,
  ) {
    this.#digest = digest
    this.#limits = limits
    this.#tarAlgorithm = tarAlgorithm
    this.#plain = new ByteMeter(tarAlgorithm)
    this.#timeless = timeless ? new TimelessDigest() : null
    this.#tar = new TarReader((entry) => {
      onEntry?.(entry)
      return this.#tally.add(entry)
    }, this.#timeless)
  }

  write(chunk: Buffer): void {
    this.#blobBytes += chunk.length
    for (const bytes of this.#decoder.decode(chunk)) this.#take(bytes)
  }

  end(): Unpacked {
    for (const bytes of this.#decoder.end()) this.#take(bytes)
    this.#tar.end()
    return {
      diffId: this.#isHashed ? this.#plain.digest() : null,
      uncompressedSize: this.#isHashed ? this.#plain.bytes : this.#blobBytes,
      timelessDigest: this.#timeless?.digest() ?? null,
      totals: this.#tally.totals(),
      ...this.#tally.tallied(this.#digest),
    }
  }

  close(): void {
    this.#decoder.close()
  }

  /** A plain tar has the same digest as its blob, unless the blob's digest uses another algorithm. */
  get #isHashed(): boolean {
    return this.#decoder.compression !== 'none' || algorithmOf(this.#digest) !== this.#tarAlgorithm
  }

  #take(bytes: Buffer): void {
    if (this.#isHashed) {
      this.#plain.add(bytes)
      this.#requireNoBomb()
    }
    this.#tar.write(bytes)
  }

  #requireNoBomb(): void {
    const { uncompressedBytes, ratio } = this.#limits
    if (this.#plain.bytes > uncompressedBytes && this.#plain.bytes > ratio * this.#blobBytes) {
      throw new Error(
        `it is a decompression bomb: its first ${this.#blobBytes} bytes unfold to more than ${this.#plain.bytes} bytes`,
      )
    }
  }
}

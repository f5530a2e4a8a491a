import { algorithmOf, type Digest, type DigestAlgorithm } from '../oci/digest.ts'
import { ByteMeter } from './byte-meter.ts'
import { Decoder } from './decoder.ts'
import type { LayerEntry, LayerIndex } from './layer-index.ts'
import { LayerTally, type Tallied } from './layer-tally.ts'
import { TarReader } from './tar-reader.ts'
import { TimelessDigest } from './timeless-digest.ts'

/** How far a small blob may unfold before it counts as a decompression bomb: past both, it is refused. */
export interface BombLimits {
  /** Uncompressed bytes that are always allowed. */
  readonly uncompressedBytes: number
  /** Uncompressed bytes for each byte of the blob. */
  readonly ratio: number
}

/** What is to be made of a blob besides what always is. */
export interface Wanted {
  /** By which the diffID is made. */
  readonly tarAlgorithm: DigestAlgorithm
  /** Whether its `TimelessDigest` is, too: it takes a fifth of the time. */
  readonly timeless: boolean
}

/** What the bytes of a blob unfold to. */
export interface Unpacked extends Tallied {
  /** Null where it is the blob's own digest, as of a plain tar: no need to hash it twice. */
  readonly diffId: Digest | null
  readonly uncompressedSize: number
  /** See `TimelessDigest`; null where it was not wanted. */
  readonly timelessDigest: Digest | null
  readonly totals: Pick<LayerIndex, 'fileBytes' | 'entries' | 'whiteouts' | 'opaqueWhiteouts'>
}

/** Takes the chunks of one blob, in order. Whoever has one closes it in the end. */
export interface Unpacking {
  readonly write: (chunk: Buffer) => void | Promise<void>
  /** After the last chunk. */
  readonly end: () => Unpacked | Promise<Unpacked>
  readonly close: () => void
}

/**
 * Unpacks one blob on this thread. Memory grows with the number of directories and entries, up to a bound, and with
 * nothing else. Throws Errors that say what is wrong with the blob, and what `onEntry` throws.
 */
export class Unpacker implements Unpacking {
  readonly #digest: Digest
  readonly #limits: BombLimits
  readonly #decoder = new Decoder()
  readonly #tarAlgorithm: DigestAlgorithm
  readonly #plain: ByteMeter
  readonly #tally = new LayerTally()
  readonly #timeless: TimelessDigest | null
  readonly #tar: TarReader
  #blobBytes = 0

  /** @param digest the blob's, as it is called; it is not compared with its bytes */
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

  /** A plain tar has the digest of its blob, unless that was made by another algorithm. */
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

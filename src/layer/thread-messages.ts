/** What the two sides of an unpacking thread tell each other (`unpacking-thread.ts`, `unpack-worker.ts`). */
import type { Digest } from '../oci/digest.ts'
import type { BombLimits, Unpacked, Wanted } from './unpacker.ts'

/** What a thread begins with. */
export interface ThreadData {
  /** Memory of both sides; the one who was told of a slot last may touch it. */
  readonly slots: readonly Uint8Array[]
}

/** One blob after the other: what it is called, its bytes, and that there are no more. */
export type ToThread =
  | { readonly begin: Digest; readonly limits: BombLimits; readonly wanted: Wanted }
  | { readonly slot: number; readonly bytes: number }
  | 'end'

export type FromThread =
  /** The bytes of this slot were used. */
  | { readonly slot: number }
  | { readonly unpacked: Unpacked }
  /** What is wrong with the blob. Nothing more is heard of it. */
  | { readonly wrong: string }

/** The messages between the two sides of an unpacking thread (`unpacking-thread.ts`, `unpack-worker.ts`). */
import type { Digest } from '../oci/digest.ts'
import type { BombLimits, Unpacked, Wanted } from './unpacker.ts'

/** The data that a thread starts with. */
export interface ThreadData {
  /** Memory shared by both sides. Only the side that last received the slot's number may touch a slot. */
  readonly slots: readonly Uint8Array[]
}

/** Messages to the thread, for one blob after another: its digest, its bytes, and its end. */
export type ToThread =
  | { readonly begin: Digest; readonly limits: BombLimits; readonly wanted: Wanted }
  | { readonly slot: number; readonly bytes: number }
  | 'end'

/** Messages from the thread. */
export type FromThread =
  /** The bytes in this slot have been used. */
  | { readonly slot: number }
  | { readonly unpacked: Unpacked }
  /** What is wrong with the blob. No further message follows for it. */
  | { readonly wrong: string }

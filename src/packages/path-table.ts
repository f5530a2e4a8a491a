/** Maps paths to owners by hash. It needs about 24 bytes for a path, a tenth of what a map of strings needs. */
import { randomInt } from 'node:crypto'
import { isAt } from './lines.ts'

/** Stands for the lack of an owner or of a number. */
export const none = -1
const beginning = 2048
const firstPrime = 0x9e3779b1
const secondPrime = 0x85ebca6b

/**
 * Two 32-bit hashes that are updated byte by byte, so that the hash of a path continues the hash of its directory. Both
 * have random seeds, so nobody can construct paths that collide.
 */
export class PathHash {
  first = 0
  second = 0
  readonly #firstSeed = randomInt(2 ** 32 - 1)
  readonly #secondSeed = randomInt(2 ** 32 - 1)

  start(): this {
    this.first = this.#firstSeed
    this.second = this.#secondSeed
    return this
  }

  add(byte: number): void {
    const first = Math.imul(this.first ^ byte, firstPrime)
    this.first = first ^ (first >>> 15)
    const second = Math.imul(this.second + byte, secondPrime)
    this.second = second ^ (second >>> 13)
  }

  /** Adds several bytes. */
  addAll(bytes: Buffer, from: number, to: number): this {
    let { first, second } = this
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] ?? 0
      first = Math.imul(first ^ byte, firstPrime)
      first ^= first >>> 15
      second = Math.imul(second + byte, secondPrime)
      second ^= second >>> 13
    }
    this.first = first
    this.second = second
    return this
  }

  /** Hashes a whole path. `/usr/lib` and `/lib` have the same hash. */
  of(bytes: Buffer, from: number, to: number): this {
    return this.start().addAll(bytes, from + mergedPrefix(bytes, from, to), to)
  }
}

/**
 * Returns the length of a leading `usr/` that makes no difference. `/usr/lib` and `/lib` are one directory on current
 * systems, as are `bin` and `sbin`. Package lists use one form, and layers use the other.
 */
export function mergedPrefix(bytes: Buffer, from: number, to: number): number {
  if (!isAt(bytes, from, to, 'usr/')) return 0
  const start = from + 'usr/'.length
  return merged.some((name) => isAt(bytes, start, to, name)) ? 'usr/'.length : 0
}

const merged = ['lib/', 'bin/', 'sbin/', 'lib64/', 'lib32/', 'libo32/', 'libx32/']

/** Maps path hashes to numbers. A later number replaces an earlier one. */
export class PathTable {
  readonly #capacity: number
  #count = 0
  /** Each slot has two hashes and the number plus 1. A 0 marks a free slot. */
  #slots = new Int32Array(3 * beginning)

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /**
   * Sets the number of a path, unless it has one that stays.
   *
   * @returns false if there is no room
   */
  set({ first, second }: PathHash, number: number, stays: (held: number) => boolean = never): boolean {
    const slot = slotOf(this.#slots, first, second)
    const held = (this.#slots[slot + 2] ?? 0) - 1
    if (held !== none && stays(held)) return true
    if (held === none) {
      if (this.#count === this.#capacity) return false
      this.#count += 1
    }
    put(this.#slots, slot, first, second, number + 1)
    if (this.#count * 6 > this.#slots.length) this.#grow()
    return true
  }

  /** Returns the number of a path, or `none`. */
  get({ first, second }: PathHash): number {
    return this.#count === 0 ? none : (this.#slots[slotOf(this.#slots, first, second) + 2] ?? 0) - 1
  }

  #grow(): void {
    const old = this.#slots
    const slots = new Int32Array(old.length * 2)
    for (let at = 0; at < old.length; at += 3) {
      const [first = 0, second = 0, number = 0] = [old[at], old[at + 1], old[at + 2]]
      if (number !== 0) put(slots, slotOf(slots, first, second), first, second, number)
    }
    this.#slots = slots
  }
}

const never = (): boolean => false

/** Returns the slot of a hash, or the free slot where it belongs. There is always a free slot. */
function slotOf(slots: Int32Array, first: number, second: number): number {
  const places = slots.length / 3
  for (let place = (first ^ (second >>> 7)) & (places - 1); ; place = (place + 1) & (places - 1)) {
    const slot = place * 3
    if (slots[slot + 2] === 0 || (slots[slot] === (first | 0) && slots[slot + 1] === (second | 0))) return slot
  }
}

function put(slots: Int32Array, slot: number, first: number, second: number, number: number): void {
  slots[slot] = first
  slots[slot + 1] = second
  slots[slot + 2] = number
}

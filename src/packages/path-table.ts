/** What belongs to whom, by the hash of a path: some 24 bytes a path where a map of texts takes ten times as much. */
import { randomInt } from 'node:crypto'
import { isAt } from './lines.ts'

export const none = -1
const beginning = 2048
const firstPrime = 0x9e3779b1
const secondPrime = 0x85ebca6b

/**
 * Two hashes of 32 bits, taken byte by byte, so that a path goes on from its directory. They begin at random: nobody
 * can make paths that have the same two.
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

  /** Goes on with these bytes. */
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

  /** Of a whole path, wherever its `/usr` is. */
  of(bytes: Buffer, from: number, to: number): this {
    return this.start().addAll(bytes, from + mergedPrefix(bytes, from, to), to)
  }
}

/**
 * How many bytes at the start of a path tell nothing: `/usr/lib` and `/lib` are one directory today, likewise `bin` and
 * `sbin`; lists of packages have the one form, layers the other.
 */
export function mergedPrefix(bytes: Buffer, from: number, to: number): number {
  if (!isAt(bytes, from, to, 'usr/')) return 0
  const start = from + 'usr/'.length
  return merged.some((name) => isAt(bytes, start, to, name)) ? 'usr/'.length : 0
}

const merged = ['lib/', 'bin/', 'sbin/', 'lib64/', 'lib32/', 'libo32/', 'libx32/']

/** A number for each hash; a later one takes the place of an earlier one. */
export class PathTable {
  readonly #most: number
  #count = 0
  /** Two hashes and the number, plus 1: 0 is a free place. */
  #slots = new Int32Array(3 * beginning)

  constructor(most: number) {
    this.#most = most
  }

  /** @returns false where there is no room for one more */
  set({ first, second }: PathHash, number: number): boolean {
    const slot = slotOf(this.#slots, first, second)
    if (this.#slots[slot + 2] === 0) {
      if (this.#count === this.#most) return false
      this.#count += 1
    }
    put(this.#slots, slot, first, second, number + 1)
    if (this.#count * 6 > this.#slots.length) this.#grow()
    return true
  }

  /** The number of a path; none if it has none. */
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

/** Where it is, or would be. There always is a free place. */
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

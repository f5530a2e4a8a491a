/** Makes random damage that is the same for the same seed. */
import { sealed } from '../../__tests__/support/tar-bytes.ts'

/** A random generator. */
export interface Random {
  /** Returns an integer from 0 up to, but not including, `limit`. */
  readonly below: (limit: number) => number
  readonly pick: <T>(from: readonly T[]) => T
}

/** Returns a random generator (Mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  return {
    below,
    pick: (from) => {
      const chosen = from[below(from.length)]
      if (chosen === undefined) throw new RangeError('nothing to pick from')
      return chosen
    },
  }
}

const numbers = [
  '-1',
  '7777777777777',
  '00000000000',
  '77777777777',
  '\x80\0\0\0\0\0\0\0\0\0\0\x07',
  '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff',
  '\x80\0\0\0\0\0\x7f\xff\xff\xff\xff\xff',
  ' 1 ',
  '9',
  '',
]
const types = ['0', '\0', '1', '2', '5', 'x', 'g', 'X', 'L', 'K', 'S', 'M', 'V', 'D', '7', 'Q']

/**
 * Damages a tar in a few places. Changed headers get a correct checksum, so that the code behind the check is reached.
 */
export function damageArchive(random: Random, archive: Buffer): Buffer {
  let bytes: Buffer = Buffer.from(archive)
  for (let harms = random.below(4); harms > 0; harms -= 1) {
    const at = 512 * random.below(Math.floor(bytes.length / 512))
    const block = bytes.subarray(at, at + 512)
    const harm = random.below(6)
    if (harm === 0) sealed(block.fill(Buffer.from(random.pick(numbers).padEnd(12, '\0'), 'latin1'), 124, 136))
    else if (harm === 1) sealed(block.fill(random.pick(types), 156, 157))
    else if (harm === 2) sealed(block.fill(random.below(256), random.below(512)))
    else if (harm === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(512 * random.below(bytes.length / 512))]).subarray(
        0,
        400_000,
      )
    else if (harm === 4)
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        ...Array<Buffer>(1 + random.below(50)).fill(Buffer.from(block)),
        bytes.subarray(at),
      ])
    else bytes = damageBytes(random, bytes)
    if (bytes.length < 512) return bytes
  }
  return bytes
}

/** Cuts, extends or changes bytes at random places. */
export function damageBytes(random: Random, input: Buffer): Buffer {
  const bytes = Buffer.from(input)
  const harm = random.below(4)
  if (harm === 0) return bytes.subarray(0, random.below(bytes.length + 1))
  if (harm === 1) return Buffer.concat([bytes, random.pick([Buffer.alloc(700), bytes, Buffer.from('x')])])
  for (let flips = 1 + random.below(5); flips > 0; flips -= 1) {
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
  }
  return bytes
}

const values: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  '',
  'x',
  '__proto__',
  '\0',
  '\ud800',
  [],
  {},
  true,
  'sha256:',
  'x'.repeat(100_000),
  Array(2000).fill(1),
]

/**
 * Limit for the characters of a document. A larger one that grew by repetition says nothing about a parser's memory
 * use.
 */
const largest = 2_000_000

/**
 * Returns the JSON of a document with a few values replaced, removed, repeated or nested. Sometimes the text is damaged
 * too.
 */
export function damageJson(random: Random, document: unknown): string {
  const copy: { root: unknown } = { root: structuredClone(document) }
  for (let harms = random.below(4); harms > 0; harms -= 1) harmOne(random, copy)
  const text = JSON.stringify(copy)
  const inner = text.length > largest ? JSON.stringify(document) : text.slice('{"root":'.length, -1)
  const harm = random.below(12)
  if (harm === 0) return inner.slice(0, random.below(inner.length))
  if (harm === 1) return damageBytes(random, Buffer.from(inner)).toString('latin1')
  if (harm === 2)
    return inner.replace(/[:,]\d+/, (found) => `${found.slice(0, 1)}${'['.repeat(20_000)}${']'.repeat(20_000)}`)
  return inner
}

function harmOne(random: Random, copy: object): void {
  let holder: Record<string, unknown> = copy as Record<string, unknown>
  for (;;) {
    const keys = Object.keys(holder)
    if (keys.length === 0) return
    const key = random.pick(keys)
    const value = holder[key]
    if (typeof value === 'object' && value !== null && random.below(5) > 0) {
      holder = value as Record<string, unknown>
      continue
    }
    const harm = random.below(4)
    if (harm === 0 && !Array.isArray(holder)) Reflect.deleteProperty(holder, key)
    else if (harm === 1 && Array.isArray(holder))
      holder.push(...Array.from({ length: random.below(300) }, () => structuredClone(value)))
    else holder[key] = structuredClone(random.pick(values))
    return
  }
}

/** The bytes to pull that a saving promises at least, against layers that are compressed with and without the files. */
import { randomBytes } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { leastPullBytes, tarBytesOf } from '../../src/savings/pull-bound.ts'
import { header } from '../support/tar-bytes.ts'

/** Text of lines that are alike, as in lists of packages. It compresses to a quarter or less. */
const text = (bytes: number): Buffer => {
  const lines = Array.from({ length: Math.ceil(bytes / 40) }, (_, at) =>
    `Package: tool-${at}\nChecksum: ${(at * 2_654_435_761).toString(16)}\n`.padEnd(40),
  )
  return Buffer.from(lines.join('')).subarray(0, bytes)
}
const many = (bytes: number, each: number, of: (bytes: number) => Buffer): readonly Buffer[] =>
  Array.from({ length: Math.floor(bytes / each) }, () => of(each))

interface Kind {
  readonly name: string
  /** The files of a layer, of about so many bytes. */
  readonly of: (bytes: number) => readonly Buffer[]
}
const kinds: readonly Kind[] = [
  { name: 'text', of: (bytes) => [text(bytes)] },
  { name: 'compressed data', of: (bytes) => [randomBytes(bytes)] },
  { name: 'many small files of text', of: (bytes) => many(bytes, 700, text) },
  { name: 'many small files of compressed data', of: (bytes) => many(bytes, 2_000, randomBytes) },
  { name: 'zeros', of: (bytes) => [Buffer.alloc(bytes)] },
]
const codecs: Readonly<Record<string, (tar: Buffer) => number>> = {
  'gzip at level 1': (tar) => gzipSync(tar, { level: 1 }).length,
  gzip: (tar) => gzipSync(tar).length,
  zstd: (tar) => zstdCompressSync(tar).length,
  nothing: (tar) => tar.length,
}

const tarOf = (files: readonly Buffer[]): Buffer =>
  Buffer.concat([
    ...files.flatMap((file, at) => [
      header(`files/${at}`, file.length),
      file,
      Buffer.alloc((512 - (file.length % 512)) % 512),
    ]),
    Buffer.alloc(1_024),
  ])

/** Puts the files of one list between those of another, so that they share blocks of the compression. */
const mixed = (some: readonly Buffer[], others: readonly Buffer[]): readonly Buffer[] =>
  Array.from({ length: Math.max(some.length, others.length) }, (_, at) =>
    [some[at], others[at]].filter((file) => file !== undefined),
  ).flat()

const sum = (files: readonly Buffer[], of: (bytes: number) => number): number =>
  files.reduce((total, { length }) => total + of(length), 0)

test.each(
  kinds.flatMap((saved) =>
    kinds.flatMap((kept) => Object.keys(codecs).map((codec) => [saved.name, kept.name, codec, saved, kept] as const)),
  ),
)('%s between %s, compressed with %s: at least what is promised', (_saved, _kept, codec, saved, kept) => {
  const size = codecs[codec]!
  for (const share of [0.5, 0.9, 0.99]) {
    const gone = saved.of(250_000 * share)
    const stays = kept.of(250_000 * (1 - share))
    const [fat, lean] = [tarOf(mixed(gone, stays)), tarOf(stays)]
    const fileBytes = sum([...gone, ...stays], Number)
    const layer = {
      ...{ compressedSize: size(fat), uncompressedSize: fat.length, fileBytes },
      entries: gone.length + stays.length,
    }
    const least = leastPullBytes([[layer, sum(gone, tarBytesOf)]])
    if (least === null) continue
    const real = size(fat) - size(lean)
    expect(least).toBeLessThanOrEqual(real)
    expect(2 * least).toBeGreaterThanOrEqual(real - 4_096)
  }
})

const layer = { compressedSize: 25_000_000, uncompressedSize: 88_700_000, fileBytes: 88_000_000, entries: 100 }

test('the rest of a layer takes at most its own length', () => {
  expect(leastPullBytes([[layer, 82_900_000]])).toBe(25_000_000 - 5_800_000 - 5_800 - 4_096)
  expect(leastPullBytes([[layer, layer.uncompressedSize]])).toBe(25_000_000 - 4_096)
  const uncompressed = { ...layer, compressedSize: layer.uncompressedSize }
  expect(leastPullBytes([[uncompressed, 40_000_000]])).toBe(40_000_000 - 48_700 - 4_096)
})

test.each([
  ['nothing is known that is of use', [[layer, 10_000_000]]],
  ['the size to pull is not known', [[{ ...layer, compressedSize: null }, 82_900_000]]],
  ['the layer is not known', [[undefined, 82_900_000]]],
  [
    'one of two layers is not known',
    [
      [layer, 82_900_000],
      [undefined, 1],
    ],
  ],
  ['there are files with holes', [[{ ...layer, fileBytes: 100_000_000 }, 82_900_000]]],
  ['nothing is lost', []],
] as const)('no figure if %s', (_why, lost) => {
  expect(leastPullBytes(lost)).toBeNull()
})

test('the limits of two layers are added up', () => {
  expect(
    leastPullBytes([
      [layer, 82_900_000],
      [layer, 80_000_000],
    ]),
  ).toBe(50_000_000 - 14_500_000 - 14_500 - 8_192)
})

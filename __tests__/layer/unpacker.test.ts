import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { readEntryList } from '../../src/layer/entry-list.ts'
import { bombLimits, unpackLayer, type ReadLayer } from '../../src/layer/read-layer.ts'
import { Unpacker, type BombLimits, type Unpacking } from '../../src/layer/unpacker.ts'
import { UnpackingThread } from '../../src/layer/unpacking-thread.ts'
import { UnpackingThreads } from '../../src/layer/unpacking-threads.ts'
import { archives } from '../support/generated-archives.ts'
import { header, payload, sha256, streamOf, trailer } from '../support/tar-bytes.ts'

type Make = (digest: ReturnType<typeof sha256>, limits: BombLimits) => Unpacking
const here: Make = (digest, limits) => new Unpacker(digest, limits, { tarAlgorithm: 'sha256', timeless: false })
const threads = new UnpackingThreads(1)
const apart: Make = (digest, limits) => {
  const thread = threads.take(digest, limits, { tarAlgorithm: 'sha256', timeless: false })
  if (thread === null) throw new Error('the thread is still busy')
  return thread
}

const unpack = (blob: Buffer, make: Make, limits = bombLimits, sizes?: readonly number[]): Promise<ReadLayer> =>
  unpackLayer(streamOf(blob, sizes), { digest: sha256(blob), size: blob.length }, make(sha256(blob), limits))

const file = randomBytes(3_000_000)
const manifest = Buffer.from('{"version":"1.2.3"}')
const tar = Buffer.concat([
  header('d/a', file.length),
  payload(file),
  header('d/b', 5),
  payload(Buffer.from('hello')),
  header('.wh.c', 0),
  header('node_modules/e/package.json', manifest.length),
  payload(manifest),
  trailer,
])

describe('a separate thread', () => {
  test.each([
    ['tar', tar],
    ['gzip', gzipSync(tar)],
    ['zstd', zstdCompressSync(tar)],
    ['nothing', Buffer.alloc(0)],
  ])('gives the same result: %s', async (_, blob) => {
    const right = await unpack(blob, here)
    // One chunk of several slots, chunks smaller than a slot, and chunks slightly larger than a slot.
    for (const size of [blob.length || 1, 100_000, 262_144, 300_000])
      expect(await unpack(blob, apart, bombLimits, [size])).toEqual(right)
    const paths: string[] = []
    expect(
      readEntryList(right.entries ?? Buffer.alloc(0), sha256(blob), ({ path, pathLength }) =>
        paths.push(path.toString('utf8', 0, pathLength)),
      ),
    ).toBe(true)
    expect(paths).toEqual(blob.length === 0 ? [] : ['d/a', 'd/b', '.wh.c', 'node_modules/e/package.json'])
    expect(right.packages?.packages.map(({ name, version }) => [name, version])).toEqual(
      blob.length === 0 ? [] : [['e', '1.2.3']],
    )
  })

  test('gives the same result for archives of all kinds', async () => {
    await fc.assert(
      fc.asyncProperty(archives(true), async ({ bytes }) => {
        const blob = gzipSync(bytes)
        expect(await unpack(blob, apart)).toEqual(await unpack(blob, here))
      }),
      { numRuns: 10 },
    )
  })

  const hurt = gzipSync(tar)
  hurt[hurt.length >> 1]! ^= 1
  test.each([
    ['a flipped bit', hurt],
    ['a truncated stream', gzipSync(tar).subarray(0, 1_000_000)],
    ['a truncated tar', gzipSync(tar.subarray(0, 1_000_000))],
    ['garbage', Buffer.alloc(2_000_000, 'garbage')],
  ])('fails with the same message: %s', async (_, blob) => {
    const words = await unpack(blob, here).catch((error: unknown) => error)
    expect(words).toMatchObject({
      name: 'FootprintError',
      code: 'LAYER',
      message: expect.stringMatching(/^layer sha256:.* is damaged: /),
    })
    await expect(unpack(blob, apart)).rejects.toMatchObject({ message: (words as Error).message })
  })

  test('that ends before it has answered is not reported as damage of the layer', async () => {
    const thread = new UnpackingThread(() => undefined)
    thread.begin(sha256(tar), bombLimits, { tarAlgorithm: 'sha256', timeless: false })
    const source = Readable.from(
      (function* () {
        yield tar
        thread.stop()
        yield tar
      })(),
    )
    await expect(unpackLayer(source, { digest: sha256(tar), size: null }, thread)).rejects.toThrow(
      /^the thread that unpacks ended too early$/,
    )
  })

  test('takes the next blob, unless it was stopped in the middle of one', async () => {
    const pool = new UnpackingThreads(1)
    const first = pool.take(sha256(tar), bombLimits, { tarAlgorithm: 'sha256', timeless: false })
    expect(pool.take(sha256(tar), bombLimits, { tarAlgorithm: 'sha256', timeless: false })).toBeNull()
    await unpack(tar, () => first ?? here(sha256(tar), bombLimits))
    const second = pool.take(sha256(tar), bombLimits, { tarAlgorithm: 'sha256', timeless: false })
    expect(second).toBe(first)
    const dropped = new Error('connection reset')
    const source = Readable.from(
      (function* () {
        yield tar
        throw dropped
      })(),
    )
    await expect(
      unpackLayer(source, { digest: sha256(tar), size: null }, second ?? here(sha256(tar), bombLimits)),
    ).rejects.toBe(dropped)
    const third = pool.take(sha256(tar), bombLimits, { tarAlgorithm: 'sha256', timeless: false })
    expect(third).not.toBe(first)
    expect(await unpack(tar, () => third ?? here(sha256(tar), bombLimits))).toEqual(await unpack(tar, here))
  })

  test('is not started if none is allowed', () => {
    expect(
      new UnpackingThreads(0).take(sha256(tar), bombLimits, { tarAlgorithm: 'sha256', timeless: false }),
    ).toBeNull()
  })
})

test.each([
  ['in this thread', here],
  ['in a separate thread', apart],
])('refuses a bomb before it is completely unpacked, %s', async (_, make) => {
  const content = Buffer.alloc(20_000_000)
  for (const press of [gzipSync, zstdCompressSync]) {
    const bomb = press(Buffer.concat([header('a', content.length), payload(content), trailer]))
    await expect(unpack(bomb, make, { uncompressedBytes: 1_000_000, ratio: 100 })).rejects.toMatchObject({
      code: 'LAYER',
      message: expect.stringMatching(
        / is a decompression bomb: its first \d+ bytes unfold to more than [1-9]\d{6} bytes$/,
      ),
    })
    expect((await unpack(bomb, make, { uncompressedBytes: 1_000_000, ratio: 1_000_000 })).index.uncompressedSize).toBe(
      20_001_792,
    )
    expect((await unpack(bomb, make, { uncompressedBytes: 30_000_000, ratio: 100 })).index.entries).toBe(1)
  }
})

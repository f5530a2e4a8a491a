/** Seeking gives the same result as reading. */
import { afterAll, describe, expect, test } from '@jest/globals'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { fileFactsOf } from '../../src/layer/file-facts.ts'
import type { FilePart } from '../../src/layer/file-part.ts'
import type { LayerContents, LayerEntry } from '../../src/layer/layer-index.ts'
import { readLayer, type ReadLayer } from '../../src/layer/read-layer.ts'
import { seekLayer } from '../../src/layer/seek-layer.ts'
import { archives } from '../support/generated-archives.ts'
import { header, listLayer, payload, remove, sha256, streamOf, temporaryFolder, trailer } from '../support/tar-bytes.ts'

const folder = temporaryFolder()
const path = join(folder, 'a.tar')
afterAll(() => remove(folder))

function partOf(bytes: Buffer, signal = new AbortController().signal): FilePart {
  const [before, behind] = [Buffer.alloc(777, 'x'), Buffer.alloc(600, 'y')]
  writeFileSync(path, Buffer.concat([before, bytes, behind]))
  return { path, start: before.length, bytes: bytes.length, signal }
}

/**
 * The result or the error. Seeking gives no checksums, so only the other facts are compared. The digest is that of the
 * bytes, whatever they are.
 */
async function outcomes(bytes: Buffer): Promise<readonly [seeking: unknown, reading: unknown]> {
  const digest = sha256(bytes)
  const outcome = async (read: (onEntry: (entry: LayerEntry) => void) => Promise<unknown>): Promise<unknown> => {
    const entries: LayerEntry[] = []
    const found = await read((entry) => entries.push(entry)).then(withoutChecksums, (error: unknown) => ({
      refused: String(error),
    }))
    return { found, entries }
  }
  return [
    await outcome((onEntry) => seekLayer(partOf(bytes), digest, undefined, onEntry)),
    await outcome((onEntry) => listLayer(streamOf(bytes), { digest, size: bytes.length }, onEntry)),
  ]
}

function withoutChecksums(layer: unknown): unknown {
  const { facts, contents, packages, ...others } = layer as ReadLayer
  const next = fileFactsOf(facts)
  const plain = ({ files, ...lists }: LayerContents): LayerContents => ({
    ...lists,
    files: files.map(({ path, fileBytes }) => ({ path, fileBytes })),
  })
  return {
    ...others,
    contents: plain(contents),
    packages: packages && { ...packages, others: packages.others && plain(packages.others) },
    debugBytes: Array.from({ length: others.index.entries }, () => next().debugBytes),
  }
}

/** A file of many windows between small ones, which are at the beginning, at the end, and on window boundaries. */
const large = Buffer.concat([
  ...[0, 1, 511, 512, 513, 3583, 3584, 3585, 4096, 100_000, 7, 1_000_000].flatMap((size, nth) => [
    header(`d/f${nth}`, size),
    payload(Buffer.alloc(size, nth)),
  ]),
  header('d/last', 9),
  payload(Buffer.alloc(9)),
  trailer,
])

describe('seeking gives the same as reading', () => {
  test('for generated archives, whole, cut short or damaged', async () => {
    let refused = 0
    const runs = { whole: 0, damaged: 0 }
    await fc.assert(
      fc.asyncProperty(
        archives(true),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async ({ bytes, told }, at, flip) => {
          const [seeking, reading] = await outcomes(bytes)
          expect({ told, seeking }).toEqual({ told, seeking: reading })
          expect(reading).toMatchObject({ found: { index: { uncompressedSize: bytes.length } } })
          runs.whole += 1
          const hurt = Buffer.from(bytes)
          hurt[at % bytes.length]! ^= flip
          for (const bad of [hurt, bytes.subarray(0, at % bytes.length)]) {
            const [seekingBad, readingBad] = await outcomes(bad)
            expect({ told, seeking: seekingBad }).toEqual({ told, seeking: readingBad })
            runs.damaged += 1
            if (JSON.stringify(readingBad).includes('refused')) refused += 1
          }
        },
      ),
      { seed: 20_261_124, numRuns: 120, endOnFailure: true },
    )
    expect(runs.whole).toBeGreaterThan(20)
    expect(refused).toBeGreaterThan(10)
    expect(refused).toBeLessThan(runs.damaged)
  })

  test('for files much larger than one read', async () => {
    const [seeking, reading] = await outcomes(large)
    expect(seeking).toEqual(reading)
    expect(seeking).toMatchObject({ found: { index: { entries: 13, fileBytes: 1_116_401 } } })
  })

  test.each([0, 1, 3, 511, 1024])('for %d bytes of zeros', async (bytes) => {
    const [seeking, reading] = await outcomes(Buffer.alloc(bytes))
    expect(seeking).toEqual(reading)
  })
})

test.each([
  ['gzip', gzipSync(large)],
  ['zstd', zstdCompressSync(large)],
])('returns null for %s', async (_, blob) => {
  expect(await seekLayer(partOf(blob), sha256(blob))).toBeNull()
})

test('does not notice damage in a payload, which is the price of seeking', async () => {
  const hurt = Buffer.from(large)
  hurt[large.length - 500_000]! ^= 1
  const [sound, damaged] = [await seekLayer(partOf(large), sha256(large)), await seekLayer(partOf(hurt), sha256(large))]
  expect(damaged).toEqual(sound)
  await expect(readLayer(streamOf(hurt), { digest: sha256(large), size: large.length })).rejects.toMatchObject({
    code: 'LAYER',
  })
})

test('refuses a file that is too short, wherever it ends', async () => {
  for (const length of [0, 700, 777 + 1, 777 + 600, 777 + 600_000, 777 + large.length - 1]) {
    const part = partOf(large)
    truncateSync(path, length)
    await expect(seekLayer(part, sha256(large))).rejects.toMatchObject({
      code: 'LAYER',
      message: expect.stringContaining(`, and its descriptor says ${large.length}`),
    })
  }
})

test("stops on a signal, reports progress, and passes on the system's error if it cannot open the file", async () => {
  const many = Buffer.concat([...Array.from({ length: 120_000 }, (_, nth) => header(`f${nth}`, 0)), trailer])
  const seen: number[] = []
  await seekLayer(partOf(many), sha256(many), (bytes) => seen.push(bytes))
  expect(seen.length).toBeGreaterThan(2)
  expect(seen.at(-1)).toBe(many.length)
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  const stop = new AbortController()
  const reason = new Error('stopped')
  await expect(seekLayer(partOf(many, stop.signal), sha256(many), () => stop.abort(reason))).rejects.toBe(reason)
  await expect(seekLayer({ ...partOf(many), path: join(folder, 'gone') }, sha256(many))).rejects.toMatchObject({
    code: 'ENOENT',
  })
})

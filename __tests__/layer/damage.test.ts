import { describe, expect, test } from '@jest/globals'
import { Readable } from 'node:stream'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { readLayer } from '../../src/layer/read-layer.ts'
import { inThread } from '../support/thread.ts'
import {
  base256,
  cut,
  entriesOf,
  header,
  pax,
  payload,
  read,
  sealed,
  sha256,
  streamOf,
  trailer,
} from '../support/tar-bytes.ts'

const damaged = {
  name: 'FootprintError',
  code: 'LAYER',
  message: expect.stringMatching(/^layer sha256:.* is damaged: /),
}
const content = Buffer.from(Array.from({ length: 3000 }, (_, nth) => (nth * 7919) % 251))
const good = Buffer.concat([
  pax({ path: 'näme', comment: 'x' }),
  header('a', content.length),
  payload(content),
  header('long', 5, 'L'),
  payload(Buffer.from('b/lon')),
  header('b', 0, '5'),
  header('c', 9),
  payload(Buffer.alloc(9)),
  trailer,
])
const blobs = [
  ['tar', good],
  ['gzip', gzipSync(good)],
  ['zstd', zstdCompressSync(good)],
] as const

describe.each(blobs)('a %s blob', (_, blob) => {
  const expected = { digest: sha256(blob), size: blob.length }

  test('is refused if it is truncated anywhere', async () => {
    const step = Math.max(1, Math.floor(blob.length / 150))
    for (let length = 0; length < blob.length; length += step) {
      await expect(readLayer(streamOf(blob.subarray(0, length)), expected)).rejects.toMatchObject(damaged)
    }
  })

  test('is refused if a bit is flipped anywhere', async () => {
    const step = Math.max(1, Math.floor(blob.length / 150))
    for (let at = 0; at < blob.length; at += step) {
      const flipped = Buffer.from(blob)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
      await expect(readLayer(streamOf(flipped), expected)).rejects.toMatchObject(damaged)
    }
  })

  test('is refused if it is cut inside an entry, although its digest matches', async () => {
    const short = blob.subarray(0, Math.floor(blob.length / 4))
    await expect(read(short)).rejects.toMatchObject(damaged)
  })

  test('is refused if its digest or size differs', async () => {
    await expect(readLayer(streamOf(blob), { ...expected, digest: `sha256:${'0'.repeat(64)}` })).rejects.toMatchObject(
      damaged,
    )
    await expect(readLayer(streamOf(blob), { ...expected, size: blob.length + 1 })).rejects.toMatchObject(damaged)
    await expect(readLayer(streamOf(blob), { ...expected, size: blob.length - 1 })).rejects.toMatchObject(damaged)
  })
})

test('stops reading an endless blob at the first byte too many', async () => {
  let given = 0
  const endless = Readable.from(
    (function* () {
      for (;;) {
        given += 1024
        yield Buffer.alloc(1024)
      }
    })(),
  )
  await expect(readLayer(endless, { digest: sha256(good), size: 10_000 })).rejects.toMatchObject(damaged)
  expect(given).toBeLessThan(100_000)
  expect(endless.destroyed).toBe(true)
})

test.each([1, 200_000])("passes the source's own error on, after %d bytes", async (bytes) => {
  const dropped = new Error('connection reset')
  for (const blob of [
    Buffer.alloc(bytes),
    gzipSync(Buffer.alloc(bytes * 50)),
    zstdCompressSync(Buffer.alloc(bytes * 50)),
  ]) {
    const source = Readable.from(
      (function* () {
        yield blob
        throw dropped
      })(),
    )
    await expect(readLayer(source, { digest: sha256(blob), size: null })).rejects.toBe(dropped)
  }
})

test("passes a callback's own error on", async () => {
  const own = new Error('mine')
  const stop = (): never => {
    throw own
  }
  for (const [, blob] of blobs) {
    const expected = { digest: sha256(blob), size: null }
    await expect(readLayer(streamOf(blob), expected, stop)).rejects.toBe(own)
  }
})

test('reports progress in bytes of the blob', async () => {
  const seen: number[] = []
  await readLayer(streamOf(good, [1000]), { digest: sha256(good), size: null }, (bytes) => seen.push(bytes))
  expect(seen.at(-1)).toBe(good.length)
  expect(seen).toHaveLength(cut(good, [1000]).length)
})

describe('hostile archives are refused', () => {
  const negativeOctal = Buffer.from('-0000000010\0')
  const badChecksum = header('a', 0)
  badChecksum[0] = 0x62
  const refused: [string, Buffer][] = [
    ['a wrong checksum', badChecksum],
    ['garbage', Buffer.alloc(2048, 0x5a)],
    ['a negative size', header('a', base256(-1n))],
    ['a negative octal size', header('a', negativeOctal)],
    ['a size that is no number', header('a', Buffer.from('12345x789 1\0'))],
    ['a size of 2^80', header('a', base256(1n << 80n))],
    ['a size of 2^53 - 1 without the data', header('a', base256((1n << 53n) - 1024n))],
    ['a negative PAX size', Buffer.concat([pax({ size: '-5' }), header('a', 0)])],
    ['a PAX size beyond numbers', Buffer.concat([pax({ size: '99999999999999999999' }), header('a', 0)])],
    ['a PAX header of 2 MiB', Buffer.concat([header('p', 2 << 20, 'x'), Buffer.alloc(2 << 20), header('a', 0)])],
    ['a long name of 2 MiB', Buffer.concat([header('p', 2 << 20, 'L'), Buffer.alloc(2 << 20, 65), header('a', 0)])],
    ['a path out of the layer', header('../a', 0)],
    ['a path out of the layer by its middle', Buffer.concat([pax({ path: 'a/b/../../../c' }), header('a', 0)])],
    ['a malformed PAX record', Buffer.concat([header('p', 8, 'x'), payload(Buffer.from('9 path=a')), header('a', 0)])],
    [
      'a PAX record of length 0',
      Buffer.concat([header('p', 8, 'x'), payload(Buffer.from('0 path=\n')), header('a', 0)]),
    ],
    ['a PAX header with no entry', pax({ path: 'a' })],
    ['a PAX header before the trailer', Buffer.concat([pax({ path: 'a' }), trailer])],
    ['an entry after a lone block of zeros', Buffer.concat([Buffer.alloc(512), header('a', 0)])],
    [
      'a sparse file without a size',
      Buffer.concat([pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0' }), header('a', 0)]),
    ],
    [
      'an unknown sparse version',
      Buffer.concat([pax({ 'GNU.sparse.major': '7', 'GNU.sparse.realsize': '1' }), header('a', 0)]),
    ],
    [
      'sizes that add up beyond numbers',
      Buffer.concat(
        ['a', 'b'].flatMap((name) => [
          pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '9007199254740991' }),
          header(name, 0),
        ]),
      ),
    ],
    ['half a header', header('a', 0).subarray(0, 300)],
  ]
  test.each(refused)('%s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject(damaged)
    await expect(read(gzipSync(bytes))).rejects.toMatchObject(damaged)
  })
})

// Quadratic work on it would take a quarter of an hour.
test('a path with a megabyte of slashes is read in time', async () => {
  expect(
    await inThread(new URL('../support/tar-bytes.ts', import.meta.url), 'entryNamed', `x${'/'.repeat(1_000_000)}y`),
  ).toMatchObject({ path: 'x/y' })
})

describe('unusual but valid archives', () => {
  test('have no payload after a hard link, whatever its size says', async () => {
    const bytes = Buffer.concat([
      header('a', 700),
      payload(Buffer.alloc(700)),
      header('b', 700, '1'),
      header('c', 3),
      payload(Buffer.alloc(3)),
      trailer,
    ])
    expect((await entriesOf(bytes)).map((entry) => [entry.path, entry.kind, entry.fileBytes])).toEqual([
      ['a', 'file', 700],
      ['b', 'hardlink', 0],
      ['c', 'file', 3],
    ])
  })
  test('may contain devices', async () => {
    const kinds = (await entriesOf(Buffer.concat([header('c', 0, '3'), header('b', 0, '4'), trailer]))).map(
      (entry) => entry.kind,
    )
    expect(kinds).toEqual(['character-device', 'block-device'])
  })
  test('may have base-256 and PAX sizes', async () => {
    const bytes = Buffer.concat([
      header('a', base256(600n)),
      payload(Buffer.alloc(600)),
      pax({ size: '5' }),
      header('b', 0),
      payload(Buffer.alloc(5)),
      trailer,
    ])
    expect((await read(bytes)).fileBytes).toBe(605)
  })
  test('may have global PAX records, which hold until a local one', async () => {
    const bytes = Buffer.concat([
      pax({ path: 'all' }, 'g'),
      header('a', 0),
      pax({ path: './/one/' }),
      header('b', 0),
      header('c', 0),
      trailer,
    ])
    expect((await entriesOf(bytes)).map((entry) => entry.path)).toEqual(['all', 'one', 'all'])
  })
  test('may list a path twice, which counts twice', async () => {
    const one = [header('a', 5), payload(Buffer.alloc(5))]
    expect(await read(Buffer.concat([...one, ...one]))).toMatchObject({ entries: 2, fileBytes: 10 })
  })
  test('may have no trailer, a short one, or data after it', async () => {
    const one = Buffer.concat([header('a', 5), payload(Buffer.alloc(5))])
    for (const rest of [
      Buffer.alloc(0),
      Buffer.alloc(512),
      Buffer.alloc(10_240),
      Buffer.concat([trailer, header('late', 0)]),
      Buffer.alloc(1500),
    ]) {
      const bytes = Buffer.concat([one, rest])
      expect(await read(bytes)).toMatchObject({ entries: 1, fileBytes: 5, uncompressedSize: bytes.length })
    }
  })
  test('may be the layer of a step that changed nothing', async () => {
    expect(await read(trailer)).toMatchObject({ entries: 0, fileBytes: 0, uncompressedSize: 1024 })
  })
  test.each([
    [
      'zeros before a PAX size',
      [pax({ size: `${'0'.repeat(40)}600` }), header('a', 0)],
      { path: 'a', kind: 'file', fileBytes: 600 },
    ],
    ['a volume label', [header('label', 600, 'V')], { path: 'label', kind: 'other', fileBytes: 0 }],
    ['the rest of a file of another volume', [header('m', 600, 'M')], { path: 'm', kind: 'other', fileBytes: 0 }],
    ['a directory with a dump of its names', [header('d/', 600, 'D')], { path: 'd', kind: 'directory', fileBytes: 0 }],
    ['a contiguous file', [header('c', 600, '7')], { path: 'c', kind: 'file', fileBytes: 600 }],
    ['an unknown type', [header('u', 600, 'Q')], { path: 'u', kind: 'file', fileBytes: 600 }],
    ['a regular file with a slash at its end', [header('d/', 600)], { path: 'd', kind: 'directory', fileBytes: 0 }],
    [
      'a path with parts that say nothing',
      [header('.//a/./b//../c/.', 600)],
      { path: 'a/c', kind: 'file', fileBytes: 600 },
    ],
    ['a name that begins with dots', [header('..a/...', 600)], { path: '..a/...', kind: 'file', fileBytes: 600 }],
    [
      'a name that is no UTF-8',
      [header(Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0xe2, 0x82, 0x62]), 600)],
      { path: 'a\\377é\\342\\202b', kind: 'file', fileBytes: 600 },
    ],
    [
      'the character that stands for a wrong one',
      [header('a\ufffdb', 600)],
      { path: 'a\ufffdb', kind: 'file', fileBytes: 600 },
    ],
  ])('are read past %s', async (_, headers, entry) => {
    const bytes = Buffer.concat([
      ...headers,
      payload(Buffer.alloc(600)),
      header('z', 3),
      payload(Buffer.alloc(3)),
      trailer,
    ])
    expect(await entriesOf(bytes)).toEqual([entry, { path: 'z', kind: 'file', fileBytes: 3 }])
  })
  test('may have a signed checksum and an old directory entry', async () => {
    const block = header(Buffer.from([0xe4, 0x2f]), 0, '\0')
    let sum = 0
    block.fill(0x20, 148, 156)
    for (const byte of block) sum += byte > 127 ? byte - 256 : byte
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    expect((await entriesOf(block))[0]?.kind).toBe('directory')
    expect(sealed(block)).toBe(block)
  })
})

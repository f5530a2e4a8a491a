import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compressionOf, decompress, Decoder } from '../../src/layer/decoder.ts'
import { isIndexMediaType, isManifestMediaType, layerCompression } from '../../src/oci/media-type.ts'
import { cut, header, pax, payload, read, streamOf, trailer } from '../support/tar-bytes.ts'

async function unpack(blob: Buffer, sizes?: readonly number[]): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of decompress(streamOf(blob, sizes))) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A skippable frame, as in RFC 8878, section 3.1.2. */
function skippable(bytes: Buffer): Buffer {
  const head = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 0, 0, 0, 0])
  head.writeUInt32LE(bytes.length, 4)
  return Buffer.concat([head, bytes])
}

const parts = [
  Buffer.from('one'),
  Buffer.alloc(0),
  Buffer.alloc(400_000, 'ab'),
  randomBytes(300_000),
  Buffer.from('end'),
]
const whole = Buffer.concat(parts)
const zstdBinary = (input: Buffer, ...args: string[]): Buffer =>
  execFileSync('zstd', ['-qc', ...args], { input, maxBuffer: 1 << 28 })
const frames = Buffer.concat([
  skippable(randomBytes(70_000)),
  ...parts.map((part) => zstdCompressSync(part)),
  skippable(Buffer.alloc(0)),
])
const members = Buffer.concat(parts.map((part) => gzipSync(part)))

describe('zstd', () => {
  test.each([1, 3, 7, 1000, 65_536, 1 << 24])('decodes many frames in chunks of %d bytes', async (size) => {
    const blob =
      size < 100
        ? Buffer.concat([
            zstdCompressSync(Buffer.from('one')),
            skippable(Buffer.from('skip')),
            zstdCompressSync(Buffer.alloc(9000, 'ab')),
          ])
        : frames
    const right = size < 100 ? Buffer.concat([Buffer.from('one'), Buffer.alloc(9000, 'ab')]) : whole
    expect((await unpack(blob, [size])).equals(right)).toBe(true)
  })

  test.each([['-1'], ['-19'], ['--check'], ['--no-check'], ['--long=27'], ['--ultra', '-22', '--long=29']])(
    'decodes the output of the zstd program: %s',
    async (...args) => {
      const blob = Buffer.concat([zstdBinary(whole, ...args), zstdBinary(parts[0] ?? whole, ...args)])
      expect((await unpack(blob)).equals(Buffer.concat([whole, Buffer.from('one')]))).toBe(true)
    },
  )

  test('decodes 20,000 tiny frames', async () => {
    const frame = zstdCompressSync(Buffer.from('tiny file'))
    const blob = Buffer.concat(Array.from({ length: 20_000 }, () => frame))
    expect((await unpack(blob)).length).toBe(9 * 20_000)
  })

  test.each([
    ['garbage after the last frame', Buffer.concat([frames, Buffer.from('garbage')])],
    ['zeros after the last frame', Buffer.concat([frames, Buffer.alloc(3)])],
    ['a truncated skippable frame', frames.subarray(0, frames.length - 3)],
    ['a truncated last frame', Buffer.concat([zstdCompressSync(whole), zstdCompressSync(whole).subarray(0, 9)])],
    [
      'a damaged checksum',
      (() => {
        const blob = zstdBinary(whole, '--check')
        blob[blob.length - 1] = (blob[blob.length - 1] ?? 0) ^ 1
        return blob
      })(),
    ],
  ])('refuses %s', async (_, blob) => {
    await expect(unpack(blob)).rejects.toThrow()
    await expect(unpack(blob, [4096])).rejects.toThrow()
  })
})

const gzipBinary = (input: Buffer, ...args: string[]): Buffer =>
  execFileSync('gzip', ['-c', ...args], { input, maxBuffer: 1 << 28 })
/** With a name in its header. */
const named = (() => {
  const plain = gzipSync(whole)
  plain[3] = 8
  return Buffer.concat([plain.subarray(0, 10), Buffer.from('name\0'), plain.subarray(10)])
})()
const wrongChecksum = (() => {
  const blob = gzipSync(whole)
  blob[blob.length - 8]! ^= 1
  return blob
})()

test('refuses a gzip member with a wrong checksum', async () => {
  await expect(unpack(wrongChecksum)).rejects.toThrow('incorrect data check')
})

test('does not wait for a stalled source once decoding failed', async () => {
  const hurt = (async function* () {
    yield Buffer.concat([gzipSync(Buffer.from('a')).subarray(0, 10), Buffer.alloc(50, 0xff)])
    await new Promise(() => undefined)
  })()
  await expect(decompress(hurt)[Symbol.asyncIterator]().next()).rejects.toThrow()
})

describe('gzip', () => {
  test.each([1000, 65_536, 1 << 24])('decodes many members in chunks of %d bytes', async (size) => {
    expect((await unpack(members, [size])).equals(whole)).toBe(true)
  })
  test.each([
    ['one member', gzipSync(whole)],
    ['a name in the header', named],
    ['the output of the gzip program', gzipBinary(whole)],
    ['the output of the gzip program with a name', gzipBinary(whole, '--name')],
    ['an empty stream', gzipSync(Buffer.alloc(0))],
  ])('decodes %s', async (_, blob) => {
    const right = blob.length < 50 ? Buffer.alloc(0) : whole
    // Split at each boundary of the last bytes too.
    for (const sizes of [[1 << 24], [7, 1 << 24], ...[1, 2, 7, 8, 9].map((back) => [blob.length - back, back])]) {
      expect((await unpack(blob, sizes)).equals(right)).toBe(true)
      expect(
        (await unpack(Buffer.concat([blob, blob, Buffer.alloc(9)]), sizes)).equals(Buffer.concat([right, right])),
      ).toBe(true)
    }
  })
  test('refuses a stream that is truncated anywhere', async () => {
    const blob = gzipSync(parts[2] ?? whole)
    for (let length = 2; length < blob.length; length += 1)
      await expect(unpack(blob.subarray(0, length), [100])).rejects.toThrow()
  })
  test('takes zeros after the end as padding, and reads the source to its end', async () => {
    for (const zeros of [1, 500, 300_000]) {
      const blob = Buffer.concat([members, Buffer.alloc(zeros)])
      for (const size of [blob.length, members.length, 4096])
        expect((await unpack(blob, [size])).equals(whole)).toBe(true)
    }
  })
  test.each([
    ['garbage after the end', Buffer.concat([members, Buffer.from('garbage')])],
    ['garbage after zeros', Buffer.concat([members, Buffer.alloc(70_000), Buffer.from('garbage')])],
    ['garbage after few zeros', Buffer.concat([members, Buffer.alloc(3), Buffer.from('garbage')])],
    ['a truncated member', members.subarray(0, members.length - 2)],
  ])('refuses %s', async (_, blob) => {
    await expect(unpack(blob)).rejects.toThrow()
    await expect(unpack(blob, [members.length])).rejects.toThrow()
  })
})

test('stops the source if the reader stops early', async () => {
  for (const blob of [members, frames]) {
    const source = streamOf(blob, [1000])
    for await (const chunk of decompress(source)) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(source.destroyed).toBe(true)
  }
})

test.each([
  ['zstd', zstdCompressSync],
  ['gzip', gzipSync],
])('never holds the whole content of a %s bomb, however large a chunk is', (_, press) => {
  const bomb = press(Buffer.alloc(200 << 20))
  const decoder = new Decoder()
  let total = 0
  const memory = new Set<ArrayBufferLike>()
  for (const bytes of decoder.decode(bomb)) {
    total += bytes.length
    memory.add(bytes.buffer)
  }
  decoder.close()
  expect(total).toBe(200 << 20)
  expect(memory.size).toBe(1)
  expect([...memory][0]?.byteLength).toBeLessThan(1 << 20)
})

test('recognises the compression by the first bytes', () => {
  expect(compressionOf(members)).toBe('gzip')
  expect(compressionOf(frames)).toBe('zstd')
  expect(compressionOf(zstdCompressSync(whole))).toBe('zstd')
  expect(compressionOf(header('a', 0))).toBe('none')
  expect(compressionOf(Buffer.alloc(0))).toBe('none')
})

test('gives the same index however the blob is split', async () => {
  const archive = Buffer.concat([
    pax({ path: 'p'.repeat(600) }),
    header('a', 1300),
    payload(Buffer.alloc(1300, 1)),
    header('x', 200, 'L'),
    payload(Buffer.alloc(200, 0x62)),
    header('b', 77),
    payload(Buffer.alloc(77)),
    header('.wh.c', 0),
    trailer,
  ])
  const half = archive.length >> 1
  const [first, second] = [archive.subarray(0, half), archive.subarray(half)]
  const blobs = [archive, ...[gzipSync, zstdCompressSync].map((press) => Buffer.concat([press(first), press(second)]))]
  for (const blob of blobs) {
    const right = await read(blob)
    expect(right).toMatchObject({ entries: 3, fileBytes: 1377, whiteouts: 1 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), async (sizes) => {
        expect(await read(blob, sizes)).toEqual(right)
      }),
      { numRuns: 60 },
    )
    expect(cut(blob, [1])).toHaveLength(blob.length)
    expect(await read(blob, [1])).toEqual(right)
  }
})

test('recognises the compression by the media type', () => {
  expect(layerCompression('application/vnd.oci.image.layer.v1.tar')).toBe('none')
  expect(layerCompression('application/vnd.oci.image.layer.v1.tar+zstd')).toBe('zstd')
  expect(layerCompression('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip')).toBe('gzip')
  expect(layerCompression('application/vnd.docker.image.rootfs.diff.tar.gzip')).toBe('gzip')
  expect(layerCompression('application/vnd.docker.image.rootfs.diff.tar')).toBe('none')
  expect(layerCompression('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip')).toBe('gzip')
  for (const other of [
    'application/vnd.in-toto+json',
    'application/vnd.oci.image.layer.v1.tar+gzip+encrypted',
    '',
    'application/vnd.oci.image.config.v1+json',
  ]) {
    expect(layerCompression(other)).toBeNull()
  }
  expect(isIndexMediaType('application/vnd.oci.image.index.v1+json')).toBe(true)
  expect(isIndexMediaType('application/vnd.docker.distribution.manifest.list.v2+json; charset=utf-8')).toBe(true)
  expect(isIndexMediaType('application/vnd.oci.image.manifest.v1+json')).toBe(false)
  expect(isManifestMediaType('application/vnd.oci.image.manifest.v1+json')).toBe(true)
  expect(isManifestMediaType('application/vnd.docker.distribution.manifest.v2+json')).toBe(true)
})

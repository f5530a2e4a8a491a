/** Archives as GNU tar writes them, in each of its formats. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { gzipSync } from 'node:zlib'
import { readLayer } from '../../src/layer/read-layer.ts'
import { UnpackingThreads } from '../../src/layer/unpacking-threads.ts'
import { read, remove, sha256, streamOf, tar, temporaryFolder } from '../support/tar-bytes.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
  mkdirSync(join(folder, 'd'))
  writeFileSync(join(folder, 'd/file'), 'x'.repeat(2_000))
  writeFileSync(join(folder, 'd/other'), 'y')
  symlinkSync('file', join(folder, 'd/link'))
  // Longer than the fields of a header.
  writeFileSync(join(folder, 'd', 'n'.repeat(200)), 'z')
})
afterEach(() => remove(folder))

const archive = (format: string, mtime: string, ...more: string[]): Buffer =>
  tar('-c', `--format=${format}`, '--sort=name', `--mtime=${mtime}`, ...more, '-C', folder, 'd')

const timeless = async (bytes: Buffer, sizes?: readonly number[]): Promise<string | null> =>
  (await readLayer(streamOf(bytes, sizes), { digest: sha256(bytes), size: bytes.length, timeless: true })).index
    .timelessDigest

describe.each(['gnu', 'pax', 'oldgnu'])('the digest without times, in the format %s', (format) => {
  test('is the same whatever the times are', async () => {
    const [one, other] = [
      archive(format, '2020-01-02 03:04:05'),
      archive(format, '2026-11-12 13:14:15.123456789', ...(format === 'pax' ? ['--pax-option=delete=atime'] : [])),
    ]
    expect(sha256(one)).not.toBe(sha256(other))
    expect(await timeless(one)).toBe(await timeless(other))
    // However it is split.
    expect(await timeless(one, [1, 511, 513, 7_000])).toBe(await timeless(one))
  })

  const write = (name: string, text: string) => (): readonly string[] => {
    writeFileSync(join(folder, 'd', name), text)
    return []
  }
  const rename = (from: string, to: string) => (): readonly string[] => {
    renameSync(join(folder, 'd', from), join(folder, 'd', to))
    return []
  }
  const changes: readonly (readonly [string, () => readonly string[]])[] = [
    ['one byte', write('file', `${'x'.repeat(1_999)}X`)],
    ['a length', write('other', 'y\0')],
    ['one more', write('p', '')],
    ['a name', rename('other', 'others')],
    ['a long name', rename('n'.repeat(200), `${'n'.repeat(199)}m`)],
    ['a mode', () => ['--mode=600']],
    ['an owner', () => ['--owner=somebody:4711']],
    ['the order', () => ['--sort=none', '-C', folder, 'd/other']],
  ]
  test.each(changes)('differs if %s changed', async (_, change) => {
    const before = await timeless(archive(format, '2020-01-02'))
    expect(await timeless(archive(format, '2020-01-02', ...change()))).not.toBe(before)
  })
})

test('the digest without times depends on attributes', async () => {
  const [one, other] = ['1', '2'].map((value) =>
    archive('pax', '2020-01-02', `--pax-option=SCHILY.xattr.user.a:=${value}`),
  )
  expect(await timeless(one!)).not.toBe(await timeless(other!))
})

test('the digest without times depends on the content of a sparse file', async () => {
  const [one, other] = ['a', 'b'].map((text) => {
    rmSync(join(folder, 'd/file'))
    writeFileSync(join(folder, 'd/file'), text)
    truncateSync(join(folder, 'd/file'), 600_000)
    return archive('gnu', '2020-01-02', '--sparse')
  })
  expect((await read(one!)).fileBytes).toBeGreaterThan(one!.length)
  expect(await timeless(one!)).not.toBe(await timeless(other!))
})

test('the digest without times is computed only on request, also in a thread', async () => {
  writeFileSync(join(folder, 'd/file'), randomBytes(6_000_000))
  const blob = gzipSync(archive('pax', '2020-01-02'), { level: 1 })
  expect((await read(blob)).timelessDigest).toBeNull()
  const threads = new UnpackingThreads(1)
  const { index } = await readLayer(
    streamOf(blob),
    { digest: sha256(blob), size: blob.length, timeless: true },
    () => undefined,
    threads,
  )
  expect(blob.length).toBeGreaterThan(4 * 1024 * 1024)
  expect(index.timelessDigest).toBe(await timeless(archive('pax', '2020-01-03')))
})

/** Headers made by hand, since no tool writes such archives. */
function block(name: string, type: string, size: number, more: (header: Buffer) => void = () => undefined): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write(size.toString(8).padStart(11, '0'), 124)
  header.write('        ', 148)
  header.write(type, 156)
  header.write('ustar\x0000', 257, 'latin1')
  more(header)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}
const records = (type: string, text: string): Buffer =>
  Buffer.concat([block('pax', type, text.length), Buffer.concat([Buffer.from(text), Buffer.alloc(512)], 512)])
const timesAlone = '13 mtime=123\n'

test.each([
  ['a global header', 'g'],
  ['an extended header', 'x'],
])('%s with only times counts if it replaces another one', async (_, type) => {
  const named = records(type, '12 path=abc\n')
  const [kept, replaced] = [[named], [named, records(type, timesAlone)]].map((helpers) =>
    Buffer.concat([...helpers, block('file', '0', 0)]),
  )
  expect(await timeless(replaced!)).not.toBe(await timeless(kept!))
})

test('an extended header with only times does not count', async () => {
  expect(await timeless(Buffer.concat([records('x', timesAlone), block('file', '0', 0)]))).toBe(
    await timeless(block('file', '0', 0)),
  )
})

test("other data in place of GNU tar's times counts, since engines take it for a part of the name", async () => {
  const under = (prefix: string): Buffer =>
    block('file', '0', 0, (header) => header.write(`ustar  \0`, 257, 'latin1') && header.write(prefix, 345))
  expect(await timeless(under('etc'))).not.toBe(await timeless(under('usr')))
})

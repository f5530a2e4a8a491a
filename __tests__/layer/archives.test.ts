import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { entriesOf, entriesWithAttributes, read, remove, sha256, tar, temporaryFolder } from '../support/tar-bytes.ts'

let root = ''
const long = `deep/${'d'.repeat(90)}/${'e'.repeat(120)}`

beforeAll(() => {
  root = temporaryFolder()
  mkdirSync(join(root, 'deep', 'd'.repeat(90)), { recursive: true })
  mkdirSync(join(root, 'sub'))
  for (let nth = 0; nth < 40; nth += 1) writeFileSync(join(root, 'sub', `f${nth}`), Buffer.alloc(nth * 511, nth))
  writeFileSync(join(root, long), 'long')
  linkSync(join(root, 'sub/f9'), join(root, 'sub/hard'))
  symlinkSync('f9', join(root, 'sub/soft'))
  symlinkSync('t'.repeat(200), join(root, 'sub/soft-long'))
  execFileSync('mkfifo', [join(root, 'sub/fifo')])
  writeFileSync(join(root, 'sub/.wh.gone'), '')
  writeFileSync(join(root, 'sub/.wh..wh..opq'), '')
  mkdirSync(join(root, '.wh..wh.plnk'))
  writeFileSync(Buffer.concat([Buffer.from(`${root}/sub/`), Buffer.from([0xff, 0xfe, 0x41])]), 'not utf-8')
})
afterAll(() => remove(root))

/** The expected sum, found in another way: each inode once, since a hard link adds nothing. */
function bytesOnDisk(folder: string, seen = new Set<number>()): number {
  let sum = 0
  for (const name of readdirSync(Buffer.from(folder), { encoding: 'buffer' })) {
    const path = Buffer.concat([Buffer.from(`${folder}/`), name])
    const stat = lstatSync(path)
    if (stat.isDirectory()) sum += bytesOnDisk(path.toString(), seen)
    if (stat.isFile() && !seen.has(stat.ino)) sum += stat.size
    seen.add(stat.ino)
  }
  return sum
}

function countByTar(bytes: Buffer): number {
  return execFileSync('tar', ['-tf', '-'], { input: bytes, stdio: ['pipe', 'pipe', 'ignore'] })
    .toString('latin1')
    .trimEnd()
    .split('\n').length
}

describe.each(['gnu', 'oldgnu', 'pax', 'ustar', 'v7'])('an archive in the format %s', (format) => {
  // v7 has no fifo, and neither v7 nor ustar has such long links. tar leaves them out and says so in its status.
  const exclude = ['v7', 'ustar'].includes(format) ? ['--exclude=soft-long', `--exclude=${'e'.repeat(120)}`] : []
  const more = format === 'v7' ? ['--exclude=fifo'] : []
  const make = (): Buffer => tar(`--format=${format}`, ...exclude, ...more, '-C', root, '-cf', '-', '.')
  const missing = exclude.length > 0 ? 4 : 0

  test('has the sizes and counts that find and tar report', async () => {
    const bytes = make()
    const index = await read(bytes)
    expect(index).toEqual({
      digest: sha256(bytes),
      diffId: sha256(bytes),
      compressedSize: bytes.length,
      uncompressedSize: bytes.length,
      fileBytes: bytesOnDisk(root) - missing,
      entries: countByTar(bytes),
      whiteouts: 1,
      opaqueWhiteouts: 1,
      timelessDigest: null,
    })
  })

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('is the same compressed with %s', async (_, compress) => {
    const bytes = make()
    const blob = compress(bytes)
    expect(await read(blob)).toEqual({
      ...(await read(bytes)),
      digest: sha256(blob),
      compressedSize: blob.length,
    })
  })

  test.each([
    ['small numbers', '1234', '567'],
    // Larger than the octal digits of a header can say.
    ...(format === 'gnu' || format === 'pax' ? [['large numbers', '3000000', '4000000'] as const] : []),
  ] as const)('has the owners and modes that tar lists: %s', async (_, uid, gid) => {
    const modes = ['--mode=u=rwxs,g=rx,o=t', `--owner=:${uid}`, `--group=:${gid}`]
    const bytes = tar(`--format=${format}`, ...modes, '-C', root, '-cf', '-', 'sub/f1', 'sub/f9', 'sub/hard')
    const listed = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '-f', '-'], { input: bytes })
    expect((await entriesWithAttributes(bytes)).map(({ attributes }) => attributes)).toEqual(
      Array(3).fill({ mode: 0o5750, uid: Number(uid), gid: Number(gid) }),
    )
    expect(listed.toString().match(new RegExp(`^[-h]rwsr-x--T ${uid}/${gid} `, 'gm'))).toHaveLength(3)
  })

  test('has the right paths and kinds', async () => {
    const entries = new Map((await entriesOf(make())).map((entry) => [entry.path, entry]))
    expect(entries.get('')?.kind).toBe('directory')
    expect(entries.get('sub')?.kind).toBe('directory')
    expect(entries.get('sub/soft')?.kind).toBe('symlink')
    expect([entries.get('sub/hard')?.kind, entries.get('sub/f9')?.kind].sort()).toEqual(['file', 'hardlink'])
    expect(entries.get('sub/f39')).toEqual({ path: 'sub/f39', kind: 'file', fileBytes: 39 * 511 })
    expect(entries.get('sub/.wh.gone')?.kind).toBe('whiteout')
    expect(entries.get('sub/.wh..wh..opq')?.kind).toBe('opaque-whiteout')
    expect(entries.get('.wh..wh.plnk')?.kind).toBe('directory')
    if (more.length === 0) expect(entries.get('sub/fifo')?.kind).toBe('fifo')
    if (exclude.length === 0) expect(entries.get(long)?.fileBytes).toBe(4)
  })
})

describe('sparse files', () => {
  let folder = ''
  const size = 64 * 1024 * 1024
  beforeAll(() => {
    folder = temporaryFolder()
    const file = openSync(join(folder, 'holes'), 'w')
    ftruncateSync(file, size)
    // More pieces than fit into a header or one block of the map.
    for (let nth = 0; nth < 60; nth += 1) writeSync(file, 'data', nth * 1024 * 1024)
    closeSync(file)
    writeFileSync(join(folder, 'z-after'), 'after')
  })
  afterAll(() => remove(folder))

  test.each([
    ['--format=gnu'],
    ['--format=oldgnu'],
    ['--format=pax', '--sparse-version=0.0'],
    ['--format=pax', '--sparse-version=0.1'],
    ['--format=pax', '--sparse-version=1.0'],
  ])('have their real size and name: %s %s', async (...format) => {
    const bytes = tar(...format, '--sparse', '-C', folder, '-cf', '-', 'holes', 'z-after')
    expect(bytes.length).toBeLessThan(size / 4)
    expect(await entriesOf(bytes)).toEqual([
      { path: 'holes', kind: 'file', fileBytes: size },
      { path: 'z-after', kind: 'file', fileBytes: 5 },
    ])
    expect((await read(bytes, [511])).uncompressedSize).toBe(bytes.length)
  })
})

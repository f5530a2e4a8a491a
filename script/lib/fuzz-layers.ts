/** Checks what must be true of every layer that was read. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { LayerEntry } from '../../src/layer/layer-index.ts'
import { bombLimits, unpackLayer } from '../../src/layer/read-layer.ts'
import { Unpacker } from '../../src/layer/unpacker.ts'
import type { Digest } from '../../src/oci/digest.ts'

export const compressions: readonly { readonly name: string; readonly compress: (bytes: Buffer) => Buffer }[] = [
  { name: 'tar', compress: (bytes) => bytes },
  { name: 'gzip', compress: (bytes) => gzipSync(bytes, { level: 1 }) },
  { name: 'zstd', compress: (bytes) => zstdCompressSync(bytes) },
]

const sha256 = (bytes: Buffer): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/**
 * Reads a layer and checks it.
 *
 * @throws the reader's errors; AssertionError if a figure contradicts another one or the bytes
 */
export async function checkLayer(blob: Buffer): Promise<void> {
  const entries: LayerEntry[] = []
  const source = Readable.from([blob.subarray(0, 1000), blob.subarray(1000)].filter((chunk) => chunk.length > 0))
  const expected = { digest: sha256(blob), size: blob.length }
  const unpacker = new Unpacker(expected.digest, bombLimits, { tarAlgorithm: 'sha256', timeless: true }, (entry) =>
    entries.push(entry),
  )
  const { index, contents } = await unpackLayer(source, expected, unpacker)
  assert.equal(index.compressedSize, blob.length)
  const tar =
    blob[0] === 0x1f && blob[1] === 0x8b
      ? gunzipSync(blob)
      : blob.length >= 4 && blob.readUInt32LE(0) === 0xfd2fb528
        ? null
        : blob
  if (tar !== null) {
    assert.equal(index.uncompressedSize, tar.length)
    assert.equal(index.diffId, sha256(tar))
    // Without a sparse file (type S, or records with that name), files have no more bytes than the archive.
    if (!tar.includes('S') && !tar.includes('GNU.sparse')) assert.ok(index.fileBytes <= tar.length)
  }
  assert.equal(index.entries, entries.length)
  assert.equal(
    index.fileBytes,
    entries.reduce((sum, entry) => sum + entry.fileBytes, 0),
  )
  assert.ok(index.entries * 512 <= index.uncompressedSize)
  const last = new Map(entries.map((entry) => [entry.path, entry.fileBytes]))
  for (const { path, fileBytes } of contents.files) assert.equal(fileBytes, last.get(path))
  for (const { path, fileBytes, files } of contents.directories) {
    const below = entries.filter((entry) => entry.kind === 'file' && entry.path.startsWith(`${path}/`))
    assert.deepEqual(
      { fileBytes, files },
      { fileBytes: below.reduce((sum, entry) => sum + entry.fileBytes, 0), files: below.length },
    )
  }
  if (contents.complete)
    assert.equal(contents.files.length, [...last.values()].filter((fileBytes) => fileBytes > 0).length)
}

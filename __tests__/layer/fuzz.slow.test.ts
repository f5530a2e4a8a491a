import { expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import { fuzz } from '../../script/lib/fuzz.ts'
import { readEntryList } from '../../src/layer/entry-list.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { readLayoutImage } from '../../src/weigh/stage-layout.ts'
import { remove, sha256, temporaryFolder } from '../support/tar-bytes.ts'

test('reads damaged layers, lists of entries and documents correctly, or refuses them with a code', async () => {
  const { outcomes, failure } = await fuzz({ cases: 2_000, seed: 5 })
  expect(failure === null ? null : { ...failure, input: failure.input.toString('latin1').slice(0, 2000) }).toBeNull()
  // If all of them were refused, or all of them read, the test would find nothing.
  for (const outcome of [
    'tar read',
    'tar refused',
    'record read',
    'record refused',
    'entries read',
    'entries refused',
    'entries-inside read',
    'entries-inside refused',
  ])
    expect(outcomes.get(outcome)).toBeGreaterThan(0)
})

test('refuses a version that is nested too deep to be shown', () => {
  const text = `{"schemaVersion":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
  expect(() => parseRecord(text, 'r')).toThrow(expect.objectContaining({ code: 'UNREADABLE_INPUT' }))
})

test('refuses a layout that names a missing blob', async () => {
  const folder = temporaryFolder()
  const descriptor = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: sha256(Buffer.from('gone')),
    size: 4,
  }
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }))
  await expect(readLayoutImage(folder)).rejects.toMatchObject({
    code: 'LAYER',
    message: expect.stringContaining(descriptor.digest),
  })
  remove(folder)
})

/** A list with one piece and one entry. */
function listOf(piece: Buffer, checksum = 1): { readonly isList: boolean; readonly told: readonly number[] } {
  const digest = sha256(piece)
  const packed = zstdCompressSync(piece, { params: { [constants.ZSTD_c_checksumFlag]: checksum } })
  const numbers = [packed.length, 0, 1].map((number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(number)
    return bytes
  })
  const list = Buffer.concat([Buffer.from(digest.slice(7), 'hex'), numbers[0]!, packed, ...numbers.slice(1)])
  const told: number[] = []
  const isList = readEntryList(list, digest, ({ pathLength, fileBytes }) => told.push(pathLength, fileBytes))
  return { isList, told }
}

test('refuses endless numbers in an entry of an undamaged piece', () => {
  // Kind, bytes shared, bytes of its own, path, size.
  const entry = [[0], [0], [1], [0x61], [5]]
  expect(listOf(Buffer.from(entry.flat()))).toEqual({ isList: true, told: [1, 5] })
  const endless = Array<number>(200).fill(0x80)
  for (const place of [0, 1, 2, 4]) {
    for (const number of [endless, [...endless, 1], Array<number>(12).fill(0xff)]) {
      const piece = Buffer.from(entry.map((bytes, nth) => (nth === place ? number : bytes)).flat())
      expect([place, listOf(piece)]).toEqual([place, { isList: false, told: [] }])
    }
  }
})

test('refuses a piece without a checksum, since damage in it would become a number', () => {
  expect(listOf(Buffer.from([0, 0, 1, 0x61, 5]), 0)).toEqual({ isList: false, told: [] })
})

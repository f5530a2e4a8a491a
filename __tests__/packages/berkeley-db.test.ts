/** A hostile Berkeley DB takes no more work than one of its size can need. */
import { expect, test } from '@jest/globals'
import { valuesOfBerkeleyDb } from '../../src/packages/berkeley-db.ts'

const pageBytes = 512
const hashPages = 40
/** As many items as the page has room for, since a hostile page may let all of them be at the same place. */
const items = 200

/** Returns a database whose pages have only values like this one, after one page that all chains use. */
function database(writeItem: (page: Buffer, at: number) => void, valueBytes: number): Buffer {
  const bytes = Buffer.alloc((2 + hashPages) * pageBytes)
  bytes.writeUInt32LE(0x061561, 12)
  bytes.writeUInt32LE(pageBytes, 20)
  const shared = bytes.subarray(pageBytes, 2 * pageBytes)
  shared.writeUInt16LE(1, 22)
  shared[25] = 7
  shared.writeUInt32LE(1, 16)
  for (let nth = 2; nth < 2 + hashPages; nth++) {
    const page = bytes.subarray(nth * pageBytes, (nth + 1) * pageBytes)
    page[25] = 13
    page.writeUInt16LE(items, 20)
    for (let item = 0; item < items; item++) page.writeUInt16LE(item % 2 === 1 ? 440 : 440 + valueBytes, 26 + 2 * item)
    writeItem(page, 440)
  }
  return bytes
}

/** Returns a value that is stored on the shared page. */
function onSharedPage(length: number): Buffer {
  return database((page, at) => {
    page[at] = 3
    page.writeUInt32LE(1, at + 4)
    page.writeUInt32LE(length, at + 8)
  }, 12)
}

test('values that share a page are not more than the pages of the database', () => {
  const values = [...valuesOfBerkeleyDb(onSharedPage(1))]
  expect(values.length).toBeGreaterThan(0)
  expect(values.length).toBeLessThanOrEqual(hashPages + 2)
})

test('a chain that forms a circle ends', () => {
  expect([...valuesOfBerkeleyDb(onSharedPage(1_000_000))]).toEqual([])
})

test('empty values are skipped, and tiny ones at the same place are limited', () => {
  expect([...valuesOfBerkeleyDb(onSharedPage(0))]).toEqual([])
  const tiny = database((page, at) => void (page[at] = 1), 2)
  expect([...valuesOfBerkeleyDb(tiny)].length).toBeLessThanOrEqual(tiny.length / 16)
})

/** The words for a record that has a field too few, or a value that it cannot have. */
import { expect, test } from '@jest/globals'
import { parseRecord, recordOf } from '../../src/record/parse-record.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

const record = JSON.stringify(recordOf(footprintOf([image({ stages: [stage({ layers: [layer({})] })] })])))

/** Returns what is said of the record with another value at a path. Without a value, the field is left out. */
function saidWith(path: string, value?: unknown): string {
  const changed = JSON.parse(record) as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop()!
  const holder = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, changed)
  expect(holder).toHaveProperty([last])
  // JSON leaves out what is undefined.
  holder[last] = value
  try {
    parseRecord(JSON.stringify(changed), 'base.json')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'nothing'
}

test.each([
  'images',
  'images.0.name',
  'images.0.stages.0.name',
  'images.0.stages.0.layers',
  'images.0.stages.0.layers.0.diffId',
])('says which field of which file is missing: %s', (path) =>
  expect(saidWith(path)).toBe(`base.json is not a valid record: ${path} is missing`),
)

test.each([
  ['images', 5, 'images is a number, which is not allowed there'],
  ['images.0.name', null, 'images.0.name is null, which is not allowed there'],
  ['images.0.stages', {}, 'images.0.stages is an object, which is not allowed there'],
  ['images.0.stages.0', 'x', 'images.0.stages.0 is text, which is not allowed there'],
  ['images.0.stages.0.role', 'x', 'images.0.stages.0.role must be "builder" or "final"'],
  ['images.0.stages.0.role', 7, 'images.0.stages.0.role must be "builder" or "final"'],
  ['schemaVersion', '1', 'schemaVersion is text, and must be a number, such as 1'],
  ['images.0.stages.0.index', -1, 'images.0.stages.0.index must be >=0'],
  ['images.0.stages.0.layers.0.diffId', 'x', 'images.0.stages.0.layers.0.diffId has a value that is not allowed'],
] as const)('says which field has a value that it cannot have: %s %j', (path, value, words) => {
  expect(saidWith(path, value)).toBe(`base.json is not a valid record: ${words}`)
})

/** Returns what is said of these bytes, read as the program reads a record. */
function saidOf(bytes: Buffer): string {
  try {
    parseRecord(bytes.toString('utf8'), 'base.json')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'nothing'
}

test('says that the index of an image layout is no record, not one of a later version', () => {
  expect(saidOf(Buffer.from('{"schemaVersion":2,"manifests":[]}'))).toBe('base.json is not a record: it has no images')
  expect(saidOf(Buffer.from('{"schemaVersion":2,"images":[]}'))).toBe(
    'base.json is a record of version 2; this program reads version 1',
  )
})

test('accepts a byte order mark of UTF-8', () => {
  expect(saidOf(Buffer.from(`\uFEFF${record}`))).toBe('nothing')
})

test('says that a file is empty, or is UTF-16', () => {
  expect(saidOf(Buffer.alloc(0))).toBe('base.json is empty: it is not a record')
  const utf16 = Buffer.from(`\uFEFF${record}`, 'utf16le')
  const words =
    'base.json is UTF-16 text, as Windows PowerShell writes it with ">": write the record with --json FILE instead'
  expect([saidOf(utf16), saidOf(Buffer.from(utf16).swap16()), saidOf(utf16.subarray(2))]).toEqual([words, words, words])
})

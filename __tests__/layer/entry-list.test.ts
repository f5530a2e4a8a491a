/** The list of a layer's entries is read as it was written. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { EntryListWriter, readEntryList } from '../../src/layer/entry-list.ts'
import type { Attributes, EntryKind, LayerEntry } from '../../src/layer/layer-index.ts'

const digest = `sha256:${'0'.repeat(64)}` as const

interface Read {
  readonly path: string
  readonly attributes: Attributes
}

function readBack(entries: readonly LayerEntry[]): readonly Read[] {
  const writer = new EntryListWriter()
  for (const entry of entries) writer.add(entry)
  const read: Read[] = []
  const list = writer.list(digest)
  const isWhole =
    list !== null &&
    readEntryList(list, digest, ({ path, pathLength, attributes }) => {
      read.push({ path: path.toString('utf8', 0, pathLength), attributes })
    })
  expect(isWhole).toBe(true)
  return read
}

const [ofFile, ofDirectory] = [
  { mode: 0o644, uid: 5, gid: 5 },
  { mode: 0o755, uid: 9, gid: 9 },
]

test('a directory with the name of a whiteout does not change the attributes of the next file', () => {
  const entries: readonly LayerEntry[] = [
    { path: 'a', kind: 'file', fileBytes: 1, attributes: ofFile },
    { path: '.wh.dir', kind: 'directory', fileBytes: 0, attributes: ofDirectory },
    { path: 'b', kind: 'file', fileBytes: 1, attributes: ofFile },
    { path: 'd', kind: 'directory', fileBytes: 0, attributes: ofDirectory },
  ]
  expect(readBack(entries)).toEqual(entries.map(({ path, attributes }) => ({ path, attributes })))
})

const everyKind: readonly EntryKind[] = [
  'file',
  'hardlink',
  'symlink',
  'directory',
  'character-device',
  'block-device',
  'fifo',
  'whiteout',
  'opaque-whiteout',
]

test('any entries of any kind have the path and attributes that were written', () => {
  const entry = fc.record({
    path: fc.constantFrom('a', 'a/b', '.wh.a', 'a/.wh.b', 'a/.wh..wh..opq', '.wh..wh.plnk', 'a/ü'),
    kind: fc.constantFrom(...everyKind),
    fileBytes: fc.nat(),
    linkTarget: fc.constantFrom('', 'a', '../x'),
    attributes: fc.record({
      mode: fc.constantFrom(-1, 0o644, 0o755),
      uid: fc.constantFrom(-1, 0, 9),
      gid: fc.constantFrom(0, 9),
    }),
  })
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      expect(readBack(entries)).toEqual(entries.map(({ path, attributes }) => ({ path, attributes })))
    }),
  )
})

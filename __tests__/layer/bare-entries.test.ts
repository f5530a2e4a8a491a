/** A record lists what a layer has without bytes, because it may still hide a file of a lower layer. */
import { expect, test } from '@jest/globals'
import type { EntryKind } from '../../src/layer/layer-index.ts'
import { LayerTally } from '../../src/layer/layer-tally.ts'

type Entry = readonly [path: string, kind: EntryKind, fileBytes?: number]

function bareOf(entries: Iterable<Entry>): readonly string[] | undefined {
  const tally = new LayerTally({ readsAll: false })
  for (const [path, kind, fileBytes = 0] of entries) tally.add({ path, kind, fileBytes })
  return tally.tallied(`sha256:${'0'.repeat(64)}`).contents.bare
}

const some: readonly Entry[] = [
  ['', 'directory'],
  ['app', 'directory'],
  ['app/__init__.py', 'file'],
  ['app/main.py', 'file', 3],
  ['app/logs', 'directory'],
  ['app/.wh.old', 'whiteout'],
]

test('lists empty files, and directories without bytes with a slash', () => {
  expect(bareOf(some)).toEqual(['app/__init__.py', 'app/logs/'])
  expect(bareOf([])).toEqual([])
  // The last entry of a path counts.
  expect(bareOf([...some, ['app/__init__.py', 'file', 2]])).toEqual(['app/logs/'])
})

test.each<[string, readonly Entry[]]>([
  ['a link', [['app/link', 'symlink']]],
  ['another name of a file', [['app/name', 'hardlink']]],
  ['a device', [['dev/null', 'character-device']]],
  ['a path that is too long', [['x'.repeat(5_000), 'file']]],
  ['more than 300', Array.from({ length: 301 }, (_, nth): Entry => [`many/${nth}`, 'file'])],
  ['far more', Array.from({ length: 5_000 }, (_, nth): Entry => [`many/${nth}`, 'directory'])],
  ['long paths', Array.from({ length: 20 }, (_, nth): Entry => [`${'x'.repeat(2_000)}/${nth}`, 'file'])],
  [
    'more files with bytes than the lists have',
    Array.from({ length: 301 }, (_, nth): Entry => [`f/${nth}`, 'file', 1]),
  ],
])('has no list beside %s', (_, more) => {
  expect(bareOf([...some, ...more])).toBeUndefined()
})

/** The file system of a stage is computed once for the same layers. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EntryListWriter, readEntryList } from '../../src/layer/entry-list.ts'
import { openTextStore, type TextStore } from '../../src/cache/text-store.ts'
import type { Digest } from '../../src/oci/digest.ts'
import type { Stage } from '../../src/record/footprint.ts'
import { withFileSystem } from '../../src/weigh/weigh-file-system.ts'
import { remove, temporaryFolder } from '../support/tar-bytes.ts'
import { layer, stage } from '../support/footprints.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => remove(folder))

const digests = ['1', '2'].map((letter): Digest => `sha256:${letter.repeat(64)}`)
const plain = stage({ layers: [layer({ fileBytes: 30, entries: 2 }), layer({ fileBytes: 5, entries: 1 })] })
const expected = { files: 2, fileBytes: 25 }

/** One layer with two files, and one that replaces one of them. */
function listOf(digest: Digest): Buffer {
  const writer = new EntryListWriter()
  const files = digest === digests[0] ? { a: 10, b: 20 } : { a: 5 }
  for (const [path, fileBytes] of Object.entries(files)) writer.add({ path, kind: 'file', fileBytes })
  return writer.list(digest)!
}

function readerOf(store: TextStore | null): {
  readonly asked: Digest[]
  readonly weigh: (of?: Stage) => Promise<Stage>
} {
  const asked: Digest[] = []
  const reader = {
    derivedFrom: () => store,
    facts: () => Promise.resolve(null),
    packages: () => Promise.resolve(null),
    entries: (digest: Digest, onEntry: Parameters<typeof readEntryList>[2]) => {
      asked.push(digest)
      return Promise.resolve(readEntryList(listOf(digest), digest, onEntry))
    },
  }
  return { asked, weigh: (of = plain) => withFileSystem({ stage: of, digests }, reader, 'linux') }
}

test('reads no entries the second time, and gives the same result', async () => {
  const first = await readerOf(openTextStore(folder, 10)).weigh()
  expect(first).toMatchObject({ fileSystem: expected, waste: { fileBytes: 10 }, caches: [] })
  const { asked, weigh } = readerOf(openTextStore(folder, 10))
  expect(await weigh()).toEqual(first)
  expect(asked).toEqual([])
})

test('computes the result again for another boundary of the base', async () => {
  const base = (baseLayers: number | null): Stage => ({ ...plain, totals: { ...plain.totals, baseLayers } })
  const { weigh } = readerOf(openTextStore(folder, 10))
  const found: (number | null | undefined)[] = []
  for (const layers of [null, 0, 2, 0]) found.push((await weigh(base(layers))).waste?.baseFileBytes)
  expect(found).toEqual([null, 0, 10, 0])
})

test.each([
  ['torn', (text: string) => text.slice(0, -10)],
  ['for another name', (text: string) => text.replace(/"name":"./, '"name":"x')],
  ['from another program', () => '{"name":1}'],
  ['negative', (text: string) => text.replace('"fileBytes":25', '"fileBytes":-25')],
])('replaces a stored result that is %s', async (_, damage) => {
  const first = await readerOf(openTextStore(folder, 10)).weigh()
  const [name = ''] = readdirSync(folder)
  const whole = readFileSync(join(folder, name), 'utf8')
  expect(damage(whole)).not.toBe(whole)
  writeFileSync(join(folder, name), damage(whole))
  const { asked, weigh } = readerOf(openTextStore(folder, 10))
  expect(await weigh()).toEqual(first)
  expect(asked).toEqual(digests)
  expect(readFileSync(join(folder, name), 'utf8')).toBe(whole)
})

test('stores nothing for layers that were not verified', async () => {
  expect(await readerOf(null).weigh()).toMatchObject({ fileSystem: expected })
  expect(readdirSync(folder)).toEqual([])
})

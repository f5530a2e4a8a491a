import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultIndexFolder, openIndexStore } from '../../src/layer/index-store.ts'
import type { LayerIndex } from '../../src/layer/layer-index.ts'
import { remove, sha256, temporaryFolder } from './helpers.ts'

let folder = ''
beforeEach(() => { folder = temporaryFolder() })
afterEach(() => remove(folder))

function indexOf(nth: number): LayerIndex {
  return {
    digest: sha256(Buffer.from(`blob ${nth}`)), diffId: sha256(Buffer.from(`tar ${nth}`)), compressedSize: nth,
    uncompressedSize: nth * 2, fileBytes: nth, entries: 3, whiteouts: 1, opaqueWhiteouts: 0,
  }
}
const fileOf = (index: LayerIndex): string => join(folder, 'v1', `${index.digest.slice(7)}.json`)

test('what is put can be got, by another store too', async () => {
  const index = indexOf(1)
  expect(await openIndexStore(folder).get(index.digest)).toBeNull()
  await openIndexStore(folder).put(index)
  const store = openIndexStore(folder)
  expect(await store.known()).toEqual([index.digest])
  expect(await store.get(index.digest)).toEqual(index)
})

test('torn, foreign and invalid files are absent and are mended by a put', async () => {
  const index = indexOf(1)
  await openIndexStore(folder).put(index)
  const whole = readFileSync(fileOf(index), 'utf8')
  const negative = JSON.stringify({ ...index, entries: -1 })
  for (const text of ['', whole.slice(0, 40), '[]', 'null', negative, JSON.stringify(indexOf(2)), '\0'.repeat(200)]) {
    writeFileSync(fileOf(index), text)
    const store = openIndexStore(folder)
    expect(await store.known()).toEqual([])
    expect(await store.get(index.digest)).toBeNull()
  }
  await openIndexStore(folder).put(index)
  expect(await openIndexStore(folder).get(index.digest)).toEqual(index)
})

test('other files are left alone', async () => {
  mkdirSync(join(folder, 'v1'))
  writeFileSync(join(folder, 'v1', 'notes.json'), '{}')
  await openIndexStore(folder, { maxEntries: 1 }).put(indexOf(1))
  expect(await openIndexStore(folder).known()).toEqual([indexOf(1).digest])
  expect(readdirSync(join(folder, 'v1'))).toContain('notes.json')
})

test('many puts at once leave whole files and no drafts', async () => {
  const stores = [openIndexStore(folder), openIndexStore(folder), openIndexStore(folder)]
  const indexes = Array.from({ length: 40 }, (_, nth) => indexOf(nth))
  await Promise.all(stores.flatMap((store) => indexes.map((index) => store.put(index))))
  const fresh = openIndexStore(folder)
  expect((await fresh.known()).sort()).toEqual(indexes.map((index) => index.digest).sort())
  expect(readdirSync(join(folder, 'v1'))).toHaveLength(40)
})

test('the ones used longest ago go first', async () => {
  const store = openIndexStore(folder, { maxEntries: 3 })
  for (let nth = 0; nth < 3; nth += 1) {
    await store.put(indexOf(nth))
    const past = new Date(Date.now() - (10 - nth) * 24 * 3600 * 1000)
    utimesSync(fileOf(indexOf(nth)), past, past)
  }
  await store.get(indexOf(0).digest)
  await store.put(indexOf(3))
  const left = await openIndexStore(folder).known()
  expect(left.sort()).toEqual([0, 2, 3].map((nth) => indexOf(nth).digest).sort())
})

test('a use is marked once a day at most', async () => {
  const store = openIndexStore(folder)
  const index = indexOf(1)
  await store.put(index)
  const hourAgo = new Date(Date.now() - 3600 * 1000)
  utimesSync(fileOf(index), hourAgo, hourAgo)
  await store.get(index.digest)
  expect(statSync(fileOf(index)).mtimeMs).toBeLessThan(Date.now() - 3000 * 1000)
})

test('old drafts are swept, new ones are not', async () => {
  mkdirSync(join(folder, 'v1'))
  const [old, recent] = ['old.tmp', 'recent.tmp'].map((name) => join(folder, 'v1', name))
  for (const draft of [old, recent]) writeFileSync(draft ?? '', '')
  utimesSync(old ?? '', 0, 0)
  await openIndexStore(folder).put(indexOf(1))
  expect(readdirSync(join(folder, 'v1')).filter((name) => name.endsWith('.tmp'))).toEqual(['recent.tmp'])
})

test('a folder that cannot be is no error', async () => {
  writeFileSync(join(folder, 'file'), '')
  for (const impossible of [join(folder, 'file'), join(folder, 'file', 'sub')]) {
    const store = openIndexStore(impossible)
    await store.put(indexOf(1))
    expect(await openIndexStore(impossible).known()).toEqual([])
    expect(await openIndexStore(impossible).get(indexOf(1).digest)).toBeNull()
  }
})

test('the folder follows the XDG rule', () => {
  expect(defaultIndexFolder({ XDG_CACHE_HOME: '/c' }, '/home/u')).toBe('/c/stage-footprint/layers')
  expect(defaultIndexFolder({ XDG_CACHE_HOME: 'relative' }, '/home/u')).toBe('/home/u/.cache/stage-footprint/layers')
  expect(defaultIndexFolder({ XDG_CACHE_HOME: '' }, '/home/u')).toBe('/home/u/.cache/stage-footprint/layers')
  expect(defaultIndexFolder({}, '/home/u')).toBe('/home/u/.cache/stage-footprint/layers')
})

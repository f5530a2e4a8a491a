import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openTextStore } from '../../src/cache/text-store.ts'
import { remove, temporaryFolder } from '../support/tar-bytes.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => remove(folder))

test('returns what was put, also from another store, and nothing else', async () => {
  await openTextStore(join(folder, 'some/where'), 10).put('a', 'text')
  const store = openTextStore(join(folder, 'some/where'), 10)
  expect([await store.get('a'), await store.get('b')]).toEqual(['text', null])
})

test('keeps the most recently used half beyond its limit', async () => {
  const store = openTextStore(folder, 4)
  for (const [nth, name] of ['a', 'b', 'c', 'd'].entries()) {
    await store.put(name, name)
    utimesSync(join(folder, name), nth + 1, nth + 1)
  }
  await store.get('a')
  await store.put('e', 'e')
  expect(readdirSync(folder).sort()).toEqual(['a', 'e'])
})

test('loses texts without an error if its folder cannot be written', async () => {
  writeFileSync(join(folder, 'file'), '')
  const store = openTextStore(join(folder, 'file', 'store'), 10)
  await store.put('a', 'text')
  expect(await store.get('a')).toBeNull()
})

test('ignores a folder in place of a text', async () => {
  mkdirSync(join(folder, 'a'))
  const store = openTextStore(folder, 10)
  expect(await store.get('a')).toBeNull()
  await store.put('a', 'text')
  expect(await store.get('a')).toBeNull()
})

test('follows no links, waits for no pipes, and neither reads nor keeps long texts', async () => {
  writeFileSync(join(folder, 'private'), 'secret')
  utimesSync(join(folder, 'private'), 1, 1)
  const inside = join(folder, 'store')
  mkdirSync(inside)
  symlinkSync('../private', join(inside, 'link'))
  execFileSync('mkfifo', [join(inside, 'pipe')])
  writeFileSync(join(inside, 'long'), ' '.repeat(4_000_001))
  const store = openTextStore(inside, 2)
  expect(await Promise.all(['link', 'pipe', 'long'].map((name) => store.get(name)))).toEqual([null, null, null])
  await store.put('longer', ' '.repeat(4_000_001))
  expect(readdirSync(inside).sort()).toEqual(['link', 'long', 'pipe'])
  expect(statSync(join(folder, 'private')).mtimeMs).toBe(1_000)
  // A link in place of the store leads to somebody else's files.
  symlinkSync('store', join(folder, 'linked'))
  const linked = openTextStore(join(folder, 'linked'), 1)
  await linked.put('a', 'a')
  expect(readdirSync(inside).sort()).toEqual(['link', 'long', 'pipe'])
  // A written text replaces a link.
  await store.put('link', 'text')
  expect([await store.get('link'), readFileSync(join(folder, 'private'), 'utf8')]).toEqual(['text', 'secret'])
})

import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openTextStore } from '../../src/layer/text-store.ts'
import { remove, temporaryFolder } from './helpers.ts'

let folder = ''
beforeEach(() => { folder = temporaryFolder() })
afterEach(() => remove(folder))

test('what is put can be got, by another store too, and nothing else', async () => {
  await openTextStore(join(folder, 'some/where'), 10).put('a', 'text')
  const store = openTextStore(join(folder, 'some/where'), 10)
  expect([await store.get('a'), await store.get('b')]).toEqual(['text', null])
})

test('past the limit half are kept, those that were used last', async () => {
  const store = openTextStore(folder, 4)
  for (const [nth, name] of ['a', 'b', 'c', 'd'].entries()) {
    await store.put(name, name)
    utimesSync(join(folder, name), nth + 1, nth + 1)
  }
  await store.get('a')
  await store.put('e', 'e')
  expect(readdirSync(folder).sort()).toEqual(['a', 'e'])
})

test('a folder that cannot be written loses what is put, and nothing fails', async () => {
  writeFileSync(join(folder, 'file'), '')
  const store = openTextStore(join(folder, 'file', 'store'), 10)
  await store.put('a', 'text')
  expect(await store.get('a')).toBeNull()
})

test('a folder in the place of a text is no text', async () => {
  mkdirSync(join(folder, 'a'))
  const store = openTextStore(folder, 10)
  expect(await store.get('a')).toBeNull()
  await store.put('a', 'text')
  expect(await store.get('a')).toBeNull()
})

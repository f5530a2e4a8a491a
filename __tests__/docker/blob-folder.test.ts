import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBlobFolder } from '../../src/docker/blob-folder.ts'
import { digestOf } from '../support/footprints.ts'
import { remove, temporaryFolder } from '../support/folders.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => remove(folder))

const [one, two, three] = [digestOf('1'), digestOf('2'), digestOf('3')] as const

test('all known layers share one empty file', async () => {
  const blobs = await createBlobFolder(folder, [one, two, three])
  const stats = [one, two, three].map((digest) => statSync(blobs.pathOf(digest)))
  expect(stats.map(({ size }) => size)).toEqual([0, 0, 0])
  expect(new Set(stats.map(({ ino }) => ino)).size).toBe(1)
})

test('a blob that replaces its placeholder leaves the others empty', async () => {
  const blobs = await createBlobFolder(folder, [one, two, three])
  const sizes = (): readonly number[] => [one, two, three].map((digest) => statSync(blobs.pathOf(digest)).size)
  // The client writes a blob elsewhere, and gives it its name when it is complete.
  writeFileSync(join(folder, 'arrived'), 'bytes')
  renameSync(join(folder, 'arrived'), blobs.pathOf(one))
  expect(await blobs.isComplete({ digest: one, size: 5 })).toBe(true)
  expect(sizes()).toEqual([5, 0, 0])
  await blobs.release(one)
  expect(sizes()).toEqual([0, 0, 0])
  await blobs.redirect(two, () => {
    throw new Error('not opened')
  })
  expect(sizes()).toEqual([0, 0, 0])
  await blobs.endRedirect(two)
  expect([await blobs.has(one), await blobs.has(two), await blobs.has(three)]).toEqual([true, false, true])
})

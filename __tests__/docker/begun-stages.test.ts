import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { openTextStore } from '../../src/cache/text-store.ts'
import { openBegunStages } from '../../src/docker/begun-stages.ts'
import { folderWith } from '../support/program.ts'

const key = ['a builder', 'FROM scratch']
const stage = 'build'

test('knows the stages of earlier runs with the same key, and not those of another', async () => {
  await using folder = await folderWith({})
  const store = openTextStore(folder.path, 10)
  const first = await openBegunStages(store, key)
  await first.add([stage])
  expect([first.inThisRun(stage), first.before(stage), first.anyBefore]).toEqual([true, false, false])
  const second = await openBegunStages(store, key)
  expect([second.inThisRun(stage), second.before(stage), second.anyBefore]).toEqual([false, true, true])
  expect(second.before('other')).toBe(false)
  expect((await openBegunStages(store, ['another builder', 'FROM scratch'])).anyBefore).toBe(false)
})

test('forgets a stage of earlier runs, and keeps the others and those of this run', async () => {
  await using folder = await folderWith({})
  const store = openTextStore(folder.path, 10)
  await (await openBegunStages(store, key)).add([stage, 'b'])
  const second = await openBegunStages(store, key)
  await second.add(['c'])
  await second.forget([stage, 'never begun'])
  const third = await openBegunStages(store, key)
  expect([stage, 'b', 'c'].map(third.before)).toEqual([false, true, true])
})

test('ignores what is older than 90 days, from the future or damaged, and keeps at most 500 stages', async () => {
  await using folder = await folderWith({})
  const store = openTextStore(folder.path, 10)
  await (await openBegunStages(store, key)).add(Array.from({ length: 600 }, (_, nth) => `stage ${nth}`))
  const [name = ''] = await readdir(folder.path)
  const text = await readFile(join(folder.path, name), 'utf8')
  const kept = JSON.parse(text) as Record<string, number>
  expect(Object.keys(kept)).toHaveLength(500)
  for (const days of [-91, 91]) {
    const moved = Object.fromEntries(Object.entries(kept).map(([hash, day]) => [hash, day + days]))
    await writeFile(join(folder.path, name), JSON.stringify(moved))
    expect((await openBegunStages(store, key)).anyBefore).toBe(false)
  }
  for (const damaged of ['', '[]', '{"a": 1}', text.slice(0, -5)]) {
    await writeFile(join(folder.path, name), damaged)
    expect((await openBegunStages(store, key)).anyBefore).toBe(false)
  }
})

test('keeps a stage for 90 days from the last time it was begun, and writes nothing twice', async () => {
  await using folder = await folderWith({})
  const store = openTextStore(folder.path, 10)
  await (await openBegunStages(store, key)).add([stage])
  const [name = ''] = await readdir(folder.path)
  const kept = JSON.parse(await readFile(join(folder.path, name), 'utf8')) as Record<string, number>
  const [hash, today] = Object.entries(kept)[0] ?? ['', 0]
  await writeFile(join(folder.path, name), JSON.stringify({ [hash]: today - 80 }))
  const again = await openBegunStages(store, key)
  await again.add([stage])
  const text = await readFile(join(folder.path, name), 'utf8')
  expect(JSON.parse(text)).toEqual({ [hash]: today })
  await writeFile(join(folder.path, name), 'as it is')
  await again.add([stage])
  expect(await readFile(join(folder.path, name), 'utf8')).toBe('as it is')
})

test('remembers within the run if nothing is kept', async () => {
  const stages = await openBegunStages(null, key)
  await stages.add([stage])
  expect([stages.inThisRun(stage), stages.before(stage)]).toEqual([true, false])
})

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { openTextStore } from '../../src/cache/text-store.ts'
import { openBegunSteps } from '../../src/docker/begun-steps.ts'
import { folderWith } from '../support/program.ts'

const key = ['a builder', 'FROM scratch']
const step = '[build 2/2] RUN a'

test('knows the steps of earlier runs with the same key, and not those of another', async () => {
  await using folder = await folderWith({})
  const store = openTextStore(folder.path, 10)
  const first = await openBegunSteps(store, key)
  await first.add([step])
  expect([first.inThisRun(step), first.before(step), first.anyBefore]).toEqual([true, false, false])
  const second = await openBegunSteps(store, key)
  expect([second.inThisRun(step), second.before(step), second.anyBefore]).toEqual([false, true, true])
  expect(second.before('[build 1/2] RUN a')).toBe(false)
  expect((await openBegunSteps(store, ['another builder', 'FROM scratch'])).anyBefore).toBe(false)
})

test('forgets a step of earlier runs, and keeps the others and those of this run', async () => {
  await using folder = await folderWith({})
  const store = openTextStore(folder.path, 10)
  await (await openBegunSteps(store, key)).add([step, 'b'])
  const second = await openBegunSteps(store, key)
  await second.add(['c'])
  await second.forget([step, 'never begun'])
  const third = await openBegunSteps(store, key)
  expect([step, 'b', 'c'].map(third.before)).toEqual([false, true, true])
})

test('does not write names of steps to the disk, since they may contain values', async () => {
  await using folder = await folderWith({})
  await (await openBegunSteps(openTextStore(folder.path, 10), key)).add(['[1/1] WORKDIR /secret'])
  const [name = ''] = await readdir(folder.path)
  expect(await readFile(join(folder.path, name), 'utf8')).not.toContain('secret')
})

test('ignores what is older than 90 days, from the future or damaged, and keeps at most 500 steps', async () => {
  await using folder = await folderWith({})
  const store = openTextStore(folder.path, 10)
  await (await openBegunSteps(store, key)).add(Array.from({ length: 600 }, (_, nth) => `step ${nth}`))
  const [name = ''] = await readdir(folder.path)
  const text = await readFile(join(folder.path, name), 'utf8')
  const kept = JSON.parse(text) as Record<string, number>
  expect(Object.keys(kept)).toHaveLength(500)
  for (const days of [-91, 91]) {
    const moved = Object.fromEntries(Object.entries(kept).map(([hash, day]) => [hash, day + days]))
    await writeFile(join(folder.path, name), JSON.stringify(moved))
    expect((await openBegunSteps(store, key)).anyBefore).toBe(false)
  }
  for (const damaged of ['', '[]', '{"a": 1}', text.slice(0, -5)]) {
    await writeFile(join(folder.path, name), damaged)
    expect((await openBegunSteps(store, key)).anyBefore).toBe(false)
  }
})

test('remembers within the run if nothing is kept', async () => {
  const steps = await openBegunSteps(null, key)
  await steps.add([step])
  expect([steps.inThisRun(step), steps.before(step)]).toEqual([true, false])
})

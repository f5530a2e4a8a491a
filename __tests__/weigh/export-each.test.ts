import { expect, test } from '@jest/globals'
import { NotBuilt } from '../../src/docker/stage-export.ts'
import { exportEach } from '../../src/weigh/export-each.ts'

const { signal } = new AbortController()

test('repeats a call alone that was stopped for a step of another stage', async () => {
  const calls: string[] = []
  let running = 0
  const most: number[] = []
  const notBuilt = await exportEach(signal, ['absent', 'there'], async (stage) => {
    calls.push(stage)
    most.push(++running)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
    if (stage === 'absent') throw new NotBuilt(stage, false)
    if (calls.length <= 2) throw new NotBuilt(stage, true)
  })
  expect([notBuilt, calls, most]).toEqual([['absent'], ['absent', 'there', 'there'], [1, 2, 1]])
})

test('does not repeat a call that ran alone, and repeats one only once', async () => {
  for (const stages of [['one'], ['one', 'two']]) {
    const calls: string[] = []
    const notBuilt = await exportEach(signal, stages, async (stage) => {
      calls.push(stage)
      return Promise.reject(new NotBuilt(stage, true))
    })
    expect([notBuilt, calls]).toEqual([stages, stages.length === 1 ? stages : [...stages, ...stages]])
  }
})

test('passes on any other failure', async () => {
  const fails = exportEach(signal, ['one'], () => Promise.reject(new Error('no')))
  await expect(fails).rejects.toThrow('no')
})

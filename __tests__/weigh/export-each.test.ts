import { expect, test } from '@jest/globals'
import { ExportRefused } from '../../src/docker/stage-export.ts'
import { CallStopped } from '../../src/docker/watch-call.ts'
import { exportEach } from '../../src/weigh/export-each.ts'

const { signal } = new AbortController()
const never = (): boolean => false

test('repeats a call alone that was stopped for a step of another stage', async () => {
  const calls: string[] = []
  let running = 0
  const most: number[] = []
  const { notExported } = await exportEach(
    signal,
    ['absent', 'there'],
    async (stage) => {
      calls.push(stage)
      most.push(++running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      if (stage === 'absent') throw new CallStopped(stage, 'this-stage')
      if (calls.length <= 2) throw new CallStopped(stage, 'other-stage')
    },
    never,
  )
  expect([[...notExported], calls, most]).toEqual([[['absent', 'absent']], ['absent', 'there', 'there'], [1, 2, 1]])
})

test('does not repeat a call that ran alone, and repeats one only once', async () => {
  for (const stages of [['one'], ['one', 'two']]) {
    const calls: string[] = []
    const { notExported } = await exportEach(
      signal,
      stages,
      async (stage) => {
        calls.push(stage)
        return Promise.reject(new CallStopped(stage, 'other-stage'))
      },
      never,
    )
    expect([[...notExported.keys()], calls]).toEqual([stages, stages.length === 1 ? stages : [...stages, ...stages]])
  }
})

test('tells stages that another build is running apart from absent ones', async () => {
  const { notExported } = await exportEach(
    signal,
    ['busy', 'absent'],
    (stage) => Promise.reject(new CallStopped(stage, stage === 'busy' ? 'other-build' : 'this-stage')),
    never,
  )
  expect(Object.fromEntries(notExported)).toEqual({ busy: 'busy', absent: 'absent' })
})

test('tells stages apart whose cache could not be read', async () => {
  const { notExported } = await exportEach(
    signal,
    ['refused', 'absent'],
    (stage) => Promise.reject(new CallStopped(stage, 'this-stage', stage === 'refused')),
    never,
  )
  expect(Object.fromEntries(notExported)).toEqual({ refused: 'unread', absent: 'absent' })
})

test('passes on any other failure', async () => {
  const fails = exportEach(
    signal,
    ['one'],
    () => Promise.reject(new Error('no')),
    () => true,
  )
  await expect(fails).rejects.toThrow('no')
})

test('leaves out a stage that the builder refuses to export, if it is optional', async () => {
  const refuse = (stage: string): Promise<void> =>
    stage === 'there'
      ? Promise.resolve()
      : Promise.reject(new ExportRefused(`stage ${stage} could not be weighed: not found`))
  const { notExported, notes } = await exportEach(signal, ['builder', 'there'], refuse, (stage) => stage !== 'final')
  expect([...notExported]).toEqual([['builder', 'unread']])
  expect(notes).toEqual(['Stage builder could not be weighed: not found.'])
  await expect(exportEach(signal, ['there', 'final'], refuse, (stage) => stage !== 'final')).rejects.toThrow(
    'not found',
  )
})

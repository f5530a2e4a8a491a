import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import type { Progress } from '../../src/docker/progress-message.ts'
import { newsReader, watchForStall } from '../../src/docker/stalled-call.ts'
import { progressOf } from '../support/progress.ts'

const step = (some: object = {}): Progress =>
  progressOf({ vertexes: [{ digest: 'sha256:a', name: '[1/2] RUN x', ...some }] })
const bytes = (current: number): Progress => progressOf({ statuses: [{ id: 'layer', vertex: 'sha256:a', current }] })

test.each<[string, readonly Progress[], readonly boolean[]]>([
  [
    'a step that begins and ends',
    [step(), step({ started: 'now' }), step({ started: 'now', completed: 'then' })],
    [true, true, true],
  ],
  ['bytes that arrive', [bytes(1), bytes(2), bytes(3)], [true, true, true]],
  ['bytes that do not arrive', [bytes(1), bytes(1), bytes(1)], [true, false, false]],
  ['a step that waits', [step(), step(), step()], [true, false, false]],
  ['something else', [progressOf({ warnings: [] }), progressOf({})], [false, false]],
])('tells news from repetition: %s', (_, messages, expected) => {
  expect(messages.map(newsReader())).toEqual(expected)
})

test('a call in which nothing happens is given up', async () => {
  using watch = watchForStall(10)
  await once(watch.signal, 'abort')
})

test('a call that has ended is not given up any more', async () => {
  const watch = watchForStall(10)
  watch[Symbol.dispose]()
  await setTimeout(50)
  expect(watch.signal.aborted).toBe(false)
})

/** The last output of a step that failed. */
import { expect, test } from '@jest/globals'
import type { Progress } from '../../src/docker/progress-message.ts'
import { shownOf, StepLogs } from '../../src/docker/step-logs.ts'
import { progressOf } from '../support/progress.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const log = (vertex: string, text: string): Progress =>
  progressOf({ logs: [{ vertex, stream: 2, data: base64(text) }] })
const failed = (digest: string, error: string, name = '[build 2/2] RUN make'): Progress =>
  progressOf({ vertexes: [{ digest, name, error }] })

test('is what this step printed, and not what others did', () => {
  const logs = new StepLogs()
  logs.add(log('a', 'from a\n'))
  logs.add(log('b', 'first\nsec'))
  logs.add(log('b', 'ond\r\n\n'))
  logs.add(failed('a', 'process "x" was stopped: context canceled'))
  expect(logs.failed()).toBeNull()
  logs.add(failed('b', 'process "make" did not complete successfully: exit code: 2'))
  expect(logs.failed()).toEqual({ step: '[build 2/2] RUN make', lines: ['first', 'second'] })
})

test('has whole lines only if the beginning is lost', () => {
  const logs = new StepLogs()
  for (let nth = 0; nth < 5_000; nth += 1) logs.add(log('a', `line ${nth}\n`))
  logs.add(failed('a', 'exit code: 1'))
  const lines = logs.failed()?.lines ?? []
  expect(lines[0]).toMatch(/^line \d{4}$/)
  expect(lines.at(-1)).toBe('line 4999')
  expect(shownOf(lines)).toHaveLength(20)
  expect(shownOf(['x'.repeat(10_000)])[0]).toHaveLength(301)
})

test.each([
  ['type=secret,id=key'],
  ['TYPE=secret,id=key'],
  ['id=key,type=SECRET'],
  ['type="secret",id=key'],
  ["'type=secret',id=key"],
  ['type=$KIND,id=key'],
])('is not shown if the step can read a secret whose value nobody could mask: --mount=%s', (mount) => {
  const logs = new StepLogs()
  logs.add(log('a', 'hunter2\n'))
  logs.add(failed('a', 'exit code: 1', `[build 2/2] RUN --mount=${mount} cat /run/secrets/key`))
  expect(logs.failed()?.lines).toEqual([])
})

test.each([
  ['importing cache manifest from ghcr.io/acme/app:cache'],
  ['[internal] load metadata for docker.io/library/x'],
])('is not taken from what is no step, such as %s', (name) => {
  const logs = new StepLogs()
  logs.add(failed('cache', 'not found', name))
  logs.add(log('make', 'no rule to make target\n'))
  expect(logs.failed()).toBeNull()
  logs.add(failed('make', 'exit code: 2'))
  expect(logs.failed()).toEqual({ step: '[build 2/2] RUN make', lines: ['no rule to make target'] })
})

test('is bounded', () => {
  const logs = new StepLogs()
  for (let nth = 0; nth < 1_000; nth += 1) logs.add(log(`step ${nth}`, 'x'))
  logs.add(failed('step 0', 'exit code: 1'))
  expect(logs.failed()?.lines).toEqual([])
})

import { expect, test } from '@jest/globals'
import type { BuildWarning } from '../../src/docker/build-warnings.ts'
import { checkedDockerfiles, checksNotes } from '../../src/run/bake-checks.ts'
import type { PlannedTargets } from '../../src/weigh/weigh-targets.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const warning = (rule: string, line: number, text: string | null): BuildWarning => ({
  rule,
  message: `${rule}: it is so`,
  about: 'It should not be so',
  url: null,
  file: 'Dockerfile',
  line,
  source: text === null ? null : base64(text),
})

/** Three Dockerfiles with one name: two targets share one, and one is inline. */
const planned = {
  problems: new Map(),
  subjects: new Map(
    Object.entries({
      a: { dockerfilePath: 'one/Dockerfile', dockerfile: 'FROM one\n' },
      b: { dockerfilePath: 'two/Dockerfile', dockerfile: 'FROM twö\n' },
      c: { dockerfilePath: 'one/Dockerfile', dockerfile: 'FROM one\n' },
      d: { dockerfilePath: null, dockerfile: 'FROM inline\n' },
    }).map(([name, source]) => [name, { source }]),
  ),
} as unknown as PlannedTargets

test('assigns each warning to the Dockerfile with exactly its text, whatever its name', () => {
  const checked = checkedDockerfiles(planned, [
    warning('A', 3, 'FROM twö\n'),
    warning('B', 1, 'FROM one\n'),
    warning('C', 2, 'FROM inline\n'),
    warning('D', 9, 'FROM else\n'),
    warning('E', 8, null),
    warning('A', 4, 'FROM twö\n'),
  ])
  expect(checked.map(({ targets, path, warnings }) => [targets, path, warnings.map(({ line }) => line)])).toEqual([
    [['b'], 'two/Dockerfile', [3, 4]],
    [['a', 'c'], 'one/Dockerfile', [1]],
    [['d'], null, [2]],
    [[], null, [9]],
    [[], null, [8]],
  ])
  expect(checksNotes(checked).slice(0, 2)).toEqual([
    'Target b: The build gave 2 warnings: A (lines 3, 4).',
    'Target a, c: The build gave 1 warning: B (line 1).',
  ])
})

test('gives no notes without warnings', () => {
  expect(checksNotes(checkedDockerfiles(planned, []))).toEqual([])
})

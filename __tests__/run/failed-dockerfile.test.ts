/** In which Dockerfile a bake failed. */
import { expect, test } from '@jest/globals'
import { failedDockerfile } from '../../src/run/failed-dockerfile.ts'
import type { WeighingSubject } from '../../src/weigh/weigh-revision.ts'

const subjects = (paths: Readonly<Record<string, string | null>>): ReadonlyMap<string, WeighingSubject> =>
  new Map(
    Object.entries(paths).map(([name, dockerfilePath]) => [name, { source: { dockerfilePath } } as WeighingSubject]),
  )

test.each([
  [
    'that of the target that bake names',
    'target b: failed to solve: x',
    { a: 'a/Dockerfile', b: 'b/Dockerfile' },
    'b/Dockerfile',
  ],
  ['the only one', 'failed to solve: x', { b: 'b/Dockerfile' }, 'b/Dockerfile'],
  ['one that two targets share', 'failed to solve: x', { a: 'Dockerfile', b: 'Dockerfile' }, 'Dockerfile'],
  ['the only one of that name', 'failed to solve: x', { a: 'a.Dockerfile', b: 'Dockerfile', c: null }, 'Dockerfile'],
  ['not known if two have that name', 'failed to solve: x', { a: 'a/Dockerfile', b: 'b/Dockerfile' }, null],
  ['not known if the target has none', 'target c: failed to solve: x', { a: 'a/Dockerfile', c: null }, null],
])('the Dockerfile is %s', (_, message, paths, expected) => {
  expect(failedDockerfile({ file: 'Dockerfile', message }, { subjects: subjects(paths) })).toBe(expected)
})

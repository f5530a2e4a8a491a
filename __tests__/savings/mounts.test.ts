import { expect, test } from '@jest/globals'
import { hasMountAt, mayOverlap, workdirOf } from '../../src/savings/mounts.ts'

test.each([
  ['RUN --mount=type=bind,source=.git,target=.git git describe', '/app/.git', true],
  ['RUN --mount=type=cache,target=/app/.git/lfs make', '/app/.git', true],
  ['RUN --mount=type=bind,source=.,target=/app,rw make', '/app/.git', true],
  ['RUN --mount=target=. make', '/app/x', true],
  ['RUN --mount=target=. make', '/src/x', false],
  ['RUN --mount=type=cache,dst="/app/$NAME" make', '/srv', true],
  ['RUN --network=none --mount=type=tmpfs,destination=/app/t \\\n  make', '/app', true],
  ['RUN --mount=type=cache,target=/app/node_modules/.cache npm ci', 'node_modules', true],
  ['RUN --mount=type=cache,target=/root/.npm npm ci', '/app/node_modules/x/test', false],
  ['RUN --mount=type=bind,source=package.json,target=package.json npm ci', '/app/node_modules/x', false],
  ['RUN --mount=type=cache,target=/application make', '/app', false],
  ['RUN --mount=type=secret,id=app make', '/app', false],
  ['RUN echo --mount=target=/app', '/app', false],
  ['', '/app', false],
])('%j has a mount at %s: %s', (run, path, expected) => {
  expect(hasMountAt(run, path, '/app')).toBe(expected)
})

test.each([
  ['/a', '/a/b', true],
  ['/a/b', '/a/c', false],
  ['/tmp/*', '/tmp/x/y', true],
  ['/tmp/*', '/var', false],
  ['x', '/w/x/y', true],
  ['x', '/x', false],
  ['../x', '/y', true],
  ['~/x', '/y', true],
])('%s may overlap %s: %s', (one, other, expected) => {
  expect([mayOverlap(one, other, '/w'), mayOverlap(other, one, '/w')]).toEqual([expected, expected])
})

test('a relative path may be anywhere if the directory is not known', () => {
  expect(mayOverlap('x', '/y', null)).toBe(true)
  expect(mayOverlap('/x', '/y', null)).toBe(false)
})

test.each([
  [['WORKDIR /a', 'RUN x'], '/a'],
  [['WORKDIR /a', 'workdir b/', 'RUN x'], '/a/b/'],
  [['WORKDIR b', 'RUN x'], null],
  [['RUN x', 'WORKDIR /a'], null],
  [['WORKDIR /a', 'RUN cd b && x'], null],
])('%j runs in %s', (texts, expected) => {
  const instructions = texts.map((text, at) => ({ text, line: at + 1, endLine: at + 1 }))
  expect(
    workdirOf(
      instructions.find(({ text }) => text.startsWith('RUN'))!,
      instructions,
    ),
  ).toBe(expected)
})

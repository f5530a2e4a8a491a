import { expect, test } from '@jest/globals'
import { parseTargetsList } from '../../src/dockerfile/listed-targets.ts'

const at = (...lines: number[]): object => ({
  ranges: lines.map((line) => ({ start: { line }, end: { line } })),
})

// As printed by buildx 0.29 with BuildKit 0.25.
test('returns the stages that buildx lists, with names, bases, platforms and lines, and the Dockerfile', () => {
  const list = {
    targets: [
      { name: 'build', base: '${B}', location: at(2) },
      { name: 'x', base: 'build', platform: 'linux/amd64', location: at(4, 5, 6, 7), description: 'later' },
      { default: true, base: 'scratch', location: at(8) },
    ],
    sources: [Buffer.from('ARG é\n').toString('base64')],
  }
  expect(parseTargetsList(list)).toEqual({
    stages: [
      { name: 'build', base: '${B}', platform: null, default: false, line: 2, endLine: 2 },
      { name: 'x', base: 'build', platform: 'linux/amd64', default: false, line: 4, endLine: 7 },
      { name: null, base: 'scratch', platform: null, default: true, line: 8, endLine: 8 },
    ],
    dockerfile: 'ARG é\n',
  })
})

test('reads more ranges than fit on the stack as arguments', () => {
  const many = Array.from({ length: 300_000 }, (_, position) => position + 2)
  const ranges = many.map((line) => ({ start: { line }, end: { line: line + 1 } }))
  expect(parseTargetsList({ targets: [{ base: 'x', location: { ranges } }] }).stages[0]).toMatchObject({
    line: 2,
    endLine: 300_002,
  })
})

test('reads a list without sources', () => {
  expect(parseTargetsList({ targets: null })).toEqual({ stages: [], dockerfile: null })
})

test.each([[null], ['x'], [{ targets: [{}] }], [{ targets: [{ location: { ranges: [] } }] }]])('refuses %j', (json) => {
  expect(() => parseTargetsList(json)).toThrow(/BuildKit's list of stages cannot be parsed/)
})

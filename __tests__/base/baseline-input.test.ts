import { expect, test } from '@jest/globals'
import { parseBaseline } from '../../src/base/baseline-input.ts'

const none = (): boolean => false

test('parses a baseline as automatic, off, a revision, a source or a file', () => {
  const cases: [string, object][] = [
    ['', { kind: 'auto' }],
    [' Auto ', { kind: 'auto' }],
    ['off', { kind: 'off' }],
    ['none', { kind: 'off' }],
    ['false', { kind: 'off' }],
    ['main', { kind: 'revision', revision: 'main' }],
    ['origin/main~3', { kind: 'revision', revision: 'origin/main~3' }],
    ['feature/x', { kind: 'revision', revision: 'feature/x' }],
    ['oci:dir', { kind: 'source', source: 'oci:dir' }],
    ['docker://alpine:3', { kind: 'source', source: 'docker://alpine:3' }],
    ['docker-daemon:x', { kind: 'source', source: 'docker-daemon:x' }],
    ['base.json', { kind: 'path', path: 'base.json' }],
    ['./base', { kind: 'path', path: './base' }],
    ['../base', { kind: 'path', path: '../base' }],
    ['/tmp/base', { kind: 'path', path: '/tmp/base' }],
    ['image.tar.gz', { kind: 'path', path: 'image.tar.gz' }],
    ['-', { kind: 'path', path: '-' }],
  ]
  for (const [input, parsed] of cases) expect([input, parseBaseline(input, none)]).toEqual([input, parsed])
  expect(parseBaseline('layout', (path) => path === 'layout')).toEqual({ kind: 'path', path: 'layout' })
})

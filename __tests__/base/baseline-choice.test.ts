import { expect, test } from '@jest/globals'
import { baselineLadder, parseBaseline, type LadderFacts } from '../../src/base/baseline-choice.ts'
import type { BaselineOrigin } from '../../src/compare/comparison.ts'

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

const base = { commit: 'b'.repeat(40), branch: 'main' }

function ladder(some: Partial<LadderFacts>): { kinds: string[]; passedOver: readonly string[] } {
  const { attempts, passedOver } = baselineLadder({
    input: { kind: 'auto' },
    revisions: {
      head: { commit: 'a'.repeat(40), branch: 'topic' },
      base,
      lost: false,
      targetBranch: 'main',
      why: 'it is the first parent',
    },
    exactRecord: false,
    cannotBuild: null,
    newestRecord: null,
    ...some,
  })
  const origins: readonly BaselineOrigin[] = attempts
  return {
    kinds: origins.map(({ kind, commit, reference }) => [kind, commit?.slice(0, 1) ?? '-', reference].join(' ')),
    passedOver,
  }
}

const noRecord = 'No stored record is of the base commit bbbbbbb under the same settings.'

test('tries the record, the build and the newest record in this order, and says why one is skipped', () => {
  expect(ladder({ exactRecord: true, newestRecord: { commit: 'c' } })).toEqual({
    kinds: ['record b main', 'built b main', 'newest-record c main'],
    passedOver: [],
  })
  expect(ladder({ newestRecord: { commit: null } })).toEqual({
    kinds: ['built b main', 'newest-record - main'],
    passedOver: [noRecord],
  })
  expect(ladder({ cannotBuild: 'the context holds 1 file', newestRecord: { commit: 'c' } })).toEqual({
    kinds: ['newest-record c main'],
    passedOver: [noRecord, 'The base commit bbbbbbb was not built: the context holds 1 file.'],
  })
  expect(ladder({ cannotBuild: 'the base has no Dockerfile' })).toEqual({
    kinds: [],
    passedOver: [
      noRecord,
      'The base commit bbbbbbb was not built: the base has no Dockerfile.',
      'No stored record is of the branch main under the same settings.',
    ],
  })
})

test('uses the newest record of the target branch if there is no base commit', () => {
  const revisions = {
    head: { commit: null, branch: null },
    base: null,
    lost: false,
    targetBranch: 'main',
    why: 'this run is of the default branch',
  }
  expect(ladder({ revisions, newestRecord: { commit: 'c' } })).toEqual({
    kinds: ['newest-record c main'],
    passedOver: ['There is no base commit: this run is of the default branch.'],
  })
  expect(ladder({ revisions: { ...revisions, targetBranch: null } }).passedOver[1]).toBe(
    'No branch is known whose newest record could stand in.',
  )
})

test('uses only the named image or record, nothing if it is off, and the usual order for a named revision', () => {
  expect(ladder({ input: { kind: 'off' }, exactRecord: true })).toEqual({ kinds: [], passedOver: [] })
  expect(ladder({ input: { kind: 'path', path: 'x.json' }, exactRecord: true })).toEqual({
    kinds: ['given - x.json'],
    passedOver: [],
  })
  expect(ladder({ input: { kind: 'source', source: 'oci:x' } }).kinds).toEqual(['given - oci:x'])
  expect(ladder({ input: { kind: 'revision', revision: 'HEAD~2' } }).kinds).toEqual(['built b HEAD~2'])
})

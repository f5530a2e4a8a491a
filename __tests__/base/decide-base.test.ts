/** Decides whether the base is built, and from what. */
import { describe, expect, test } from '@jest/globals'
import type { Obstacle } from '../../src/base/baseline-note.ts'
import {
  decideBase,
  decideTarget,
  obstacleOfBake,
  obstacleOfExtras,
  type BaseFacts,
  type Rebuild,
  type TargetFacts,
} from '../../src/base/decide-base.ts'
import type { ContextExtras } from '../../src/base/context-extras.ts'
import { baselineSentence } from '../../src/report/baseline-sentences.ts'

const base = { commit: 'b'.repeat(40), branch: 'main', parted: false }
const usual: BaseFacts = {
  revisions: {
    head: { commit: 'a'.repeat(40), branch: 'topic' },
    base,
    lost: false,
    targetBranch: 'main',
    why: 'it is the first parent',
  },
  named: null,
  exactRecord: false,
  newestRecord: null,
  rebuild: { kind: 'possible' },
}
const noBase = { ...usual.revisions, base: null, why: 'this run is of the default branch' }
const obstacle: Obstacle = { kind: 'standard-input' }
const prevented: Rebuild = { kind: 'prevented', obstacle }
const failed: Rebuild = { kind: 'failed', failure: { why: 'it took longer than 1 s (baseline-timeout)' } }
const newest = { commit: 'c'.repeat(40) }

const noRecord = 'There is no stored record of the base commit bbbbbbb with the same settings.'
const notBuilt =
  'The base commit bbbbbbb was not built: the build reads standard input, which belongs only to the head.'
const notWeighed = 'The base commit bbbbbbb could not be weighed: it took longer than 1 s (baseline-timeout).'
const noBranchRecord = 'There is no stored record for the branch main with the same settings.'
const same =
  'Nothing that the build reads differs between the two commits, so the figures of this build count for both.'
const noCommit = 'There is no base commit: this run is of the default branch.'

test.each<[string, Partial<BaseFacts>, string, string | null, readonly string[]]>([
  ['a record of the base commit', { exactRecord: true, rebuild: null }, 'record', 'record b main', []],
  [
    'a record of the base commit, whatever else there is',
    { exactRecord: true, newestRecord: newest },
    'record',
    'record b main',
    [],
  ],
  ['no record', {}, 'build', 'built b main', []],
  ['a record of the branch is older than the base', { newestRecord: newest }, 'build', 'built b main', []],
  [
    'the merge base with a branch',
    { revisions: { ...usual.revisions, base: { ...base, parted: true } } },
    'build',
    'built b main parted',
    [],
  ],
  [
    'a record of the merge base with a branch',
    { revisions: { ...usual.revisions, base: { ...base, parted: true } }, exactRecord: true, rebuild: null },
    'record',
    'record b main parted',
    [],
  ],
  ['a revision that was named', { named: 'HEAD~2' }, 'build', 'built b HEAD~2', []],
  ['nothing differs', { rebuild: { kind: 'same-inputs' } }, 'head', 'built b main', [same]],
  [
    'something prevents the build',
    { rebuild: prevented, newestRecord: newest },
    'newest-record',
    'newest-record c main',
    [noRecord, notBuilt],
  ],
  [
    'something prevents the build, and no record',
    { rebuild: prevented },
    'nothing',
    null,
    [noRecord, notBuilt, noBranchRecord],
  ],
  [
    'the build failed',
    { rebuild: failed, newestRecord: newest },
    'newest-record',
    'newest-record c main',
    [noRecord, notWeighed],
  ],
  ['the build failed, and no record', { rebuild: failed }, 'nothing', null, [noRecord, notWeighed]],
  [
    'no base commit',
    { revisions: noBase, rebuild: null, newestRecord: { commit: null } },
    'newest-record',
    'newest-record - main',
    [noCommit],
  ],
  ['no base commit, and no record', { revisions: noBase, rebuild: null }, 'nothing', null, [noCommit, noBranchRecord]],
  [
    'no base commit, and no branch',
    { revisions: { ...noBase, targetBranch: null }, rebuild: null },
    'nothing',
    null,
    [noCommit, 'There is no known branch whose newest record could be used instead.'],
  ],
])('decides on the base: %s', (_what, some, from, origin, sentences) => {
  const decision = decideBase({ ...usual, ...some })
  const said =
    decision.from === 'nothing'
      ? null
      : [
          decision.origin.kind,
          decision.origin.commit?.slice(0, 1) ?? '-',
          decision.origin.reference,
          ...(decision.origin.parted === true ? ['parted'] : []),
        ].join(' ')
  expect([decision.from, said, decision.notes.map(baselineSentence)]).toEqual([from, origin, sentences])
})

const onMain = { ...noBase, head: { commit: 'a'.repeat(40), branch: 'main' } }
test.each<[string, Partial<BaseFacts>, boolean]>([
  ['the first run of the branch', { revisions: onMain }, true],
  ['a run of another branch', { revisions: noBase }, false],
  ['a base commit that should be there', { revisions: { ...onMain, lost: true } }, false],
  ['a revision that the user named', { revisions: onMain, named: 'main' }, false],
  ['no branch', { revisions: { ...onMain, targetBranch: null } }, false],
])('says whether the next run has a base commit: %s', (_what, some, isFirst) => {
  const { notes } = decideBase({ ...usual, rebuild: null, ...some })
  expect(notes[0]).toEqual({ kind: 'no-base-commit', why: noBase.why, ...(isFirst ? { isFirst } : {}) })
})

describe('decides on the target of a bake', () => {
  const target: TargetFacts = { obstacle: null, inHead: 'weighed', inBase: 'alike', readsTheSame: true }
  test.each<[string, Partial<TargetFacts>, ReturnType<typeof decideTarget>]>([
    ['defined alike, and reads the same', {}, 'as-head'],
    ['reads something else', { readsTheSame: false }, 'build'],
    ['defined otherwise', { inBase: 'different' }, 'build'],
    ['new in the head', { inBase: 'no', readsTheSame: false }, 'missing'],
    ['gone from the head', { inHead: 'no', inBase: 'different', readsTheSame: false }, 'build'],
    ['the head could not weigh it', { inHead: 'lost', readsTheSame: false }, 'leave'],
    ['something prevents it', { obstacle }, obstacle],
    ['something prevents it, and the base does not have it', { obstacle, inBase: 'no' }, obstacle],
  ])('%s', (_what, some, expected) => {
    expect(decideTarget({ ...target, ...some })).toEqual(expected)
  })

  test.each<[string, readonly string[], number, Obstacle | null]>([
    ['none is prevented', [], 2, null],
    ['one of two is prevented', ['api'], 2, null],
    ['both are', ['api', 'web'], 2, { kind: 'target', target: 'api', obstacle }],
  ])('prevents the bake if every target is prevented: %s', (_what, names, targets, expected) => {
    expect(obstacleOfBake(new Map(names.map((name) => [name, obstacle])), targets)).toEqual(expected)
  })
})

const counts = { untracked: 0, ignored: 0, modified: 0, lfs: 0, submodule: 0 }
test.each<[string, Partial<ContextExtras>, boolean, Obstacle | null]>([
  ['nothing', {}, false, null],
  ['more than can be looked through', { more: true }, false, { kind: 'countless-files' }],
  [
    'an edited file in a workflow',
    { counts: { ...counts, modified: 1 }, extras: [{ kind: 'modified', path: 'a' }] },
    false,
    { kind: 'extra-files', count: 1, atLeast: false, kinds: ['modified'], named: ['a'] },
  ],
  [
    'an edited file at a desk',
    { counts: { ...counts, modified: 1 }, extras: [{ kind: 'modified', path: 'a' }] },
    true,
    null,
  ],
  [
    'an ignored file and more at a desk',
    {
      counts: { ...counts, untracked: 1, ignored: 4 },
      extras: [
        { kind: 'untracked', path: 'a' },
        ...['b', 'c', 'd', 'e'].map((path) => ({ kind: 'ignored', path }) as const),
      ],
      more: true,
    },
    true,
    { kind: 'extra-files', count: 4, atLeast: true, kinds: ['ignored'], named: ['b', 'c', 'd'] },
  ],
])('decides whether files that are not in the commit prevent the base: %s', (_what, some, local, expected) => {
  expect(obstacleOfExtras({ extras: [], counts, more: false, gitFolder: false, ...some }, { local })).toEqual(expected)
})

test('a record that lacks a target of the head is used only if the base cannot be built', () => {
  const facts: BaseFacts = { ...usual, exactRecord: true, lacksTargets: true }
  expect(decideBase(facts).from).toBe('build')
  const decision = decideBase({ ...facts, rebuild: failed })
  expect(decision.from).toBe('record')
  expect(decision.notes.map(baselineSentence)).toEqual([notWeighed])
  expect(decideBase({ ...facts, lacksTargets: false }).from).toBe('record')
})

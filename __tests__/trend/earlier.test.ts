/** Growth since an earlier commit, from a history whose growth is known, judged as budgets. */
import { expect, test } from '@jest/globals'
import { judge } from '../../src/budget/judge.ts'
import { parseBudgets } from '../../src/budget/sources.ts'
import type { BudgetResult } from '../../src/budget/verdict.ts'
import { compareFootprints } from '../../src/compare/compare.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { verdictSentence } from '../../src/report/verdict-sentence.ts'
import { earlierGrowthIn, type History } from '../../src/trend/earlier.ts'
import { day, hash, pointsOf, recordAt, start, type CommitOf } from '../support/trend-points.ts'

const python2 = ['python-2', 30_300_000] as const
/** One commit a day: 1 MB, a moved base of 300 kB together with 20 kB, drift of 5 kB, and 3 kB. */
const commits: readonly CommitOf[] = [
  { app: 2_000_000 },
  { app: 3_000_000 },
  { app: 3_020_000, base: python2 },
  { app: 3_020_000, base: python2, install: 5_005_000 },
  { app: 3_023_000, base: python2, install: 5_005_000 },
]
const head: CommitOf = { app: 3_123_000, base: python2, install: 5_005_000 }

function judged(
  rule: string,
  some: Partial<History> = {},
  baseline: Footprint | null = recordAt(5, commits[4]!),
  now: CommitOf = head,
): BudgetResult {
  const after = recordAt(6, now)
  const origin = { kind: 'record', commit: baseline?.revision?.commit ?? null, reference: 'main' } as const
  const comparison = baseline && compareFootprints(baseline, after, origin, { sameBuilder: false })
  const { rules, noise } = parseBudgets([{ kind: 'input', name: 'budgets', text: rule }], new Map())
  const ask = earlierGrowthIn({
    branch: 'main',
    isCut: false,
    points: pointsOf(commits),
    positions: new Map(),
    head: { commit: hash(6), moment: start + 6 * day },
    paths: new Map<string, readonly string[] | { readonly why: string }>([
      ['v1', [hash(1)]],
      ['v3', [hash(99), hash(3), hash(2), hash(1)]],
      ['old', [hash(98)]],
      ['later', [hash(7), hash(6), hash(5), hash(4)]],
      ['lost', { why: 'lost is not in the checkout' }],
    ]),
    shallowAdvice: '',
    ...some,
  })
  const [result] = judge(rules, noise, after, comparison, { askEarlier: ask })
  if (!result) throw new Error('nothing was judged')
  return result
}

test('counts the changes since then, without moved bases and drift', () => {
  expect(judged('pull growth since v1 <= 1_123_000')).toMatchObject({
    outcome: 'pass',
    measured: 1_123_000,
    since: { commit: hash(1), moment: start + day, ofThisChange: 100_000, ofUnknownCause: 0 },
  })
  expect(judged('pull growth since v1 <= 1_122_999')).toMatchObject({ outcome: 'fail', cause: 'change' })
  expect(judged('pull growth since v1 <= 1MB including base-image, drift')).toMatchObject({ measured: 1_428_000 })
  expect(judged('pull growth since v1 <= 3%').measuredPercent).toBeCloseTo((1_123_000 / 37_000_000) * 100)
})

test('says how much moved bases and drift added, and whether that counts', () => {
  const words = (rule: string): string =>
    verdictSentence(
      judged(rule),
      (text) => text,
      (text) => text,
    )
  const start = 'final stage: grew by 1.12 MB to pull (3 %) since 2026-01-02 (0000001), within the limit of 2.00 MB'
  expect(words('pull growth since v1 <= 2MB')).toBe(
    `${start} (pull growth since v1 <= 2MB); +1.02 MB from earlier commits and +100 kB from this change; +300 kB from moved base images and +5.00 kB from rebuild drift do not count`,
  )
  expect(words('pull growth since v1 <= 2MB including base-image')).toContain(
    '; +1.32 MB with earlier commits and +100 kB with this change; +300 kB of it from moved base images; +5.00 kB from rebuild drift does not count',
  )
  expect(words('pull growth since v1 <= 2MB including base-image, drift')).toMatch(
    /grew by 1\.43 MB .*; \+300 kB of it from moved base images and \+5\.00 kB of it from rebuild drift$/,
  )
  // Since this commit, no base image moved.
  expect(words('pull growth since 1d <= 2MB')).toMatch(/; all of it from this change$/)
})

test('does not begin with a commit that is no longer in the branch', () => {
  const since3d = (...positions: readonly number[]): unknown =>
    judged('pull growth since 3d <= 1MB', { positions: new Map(positions.map((at) => [hash(at), at])) }).since?.commit
  expect(since3d(1, 2, 3, 4, 5)).toBe(hash(3))
  expect(since3d(1, 2, 4, 5)).toBe(hash(2))
  // A shallow checkout does not know older commits, and another one may know none.
  expect(since3d(4, 5)).toBe(hash(3))
  expect(since3d()).toBe(hash(3))
})

test('does not begin with a commit that is newer than a baseline without a point', () => {
  const points = pointsOf(commits).filter(({ commit }) => commit !== hash(3))
  const positions = new Map([1, 2, 3, 4, 5].map((at) => [hash(at), at]))
  const since = (rule: string, some: Partial<History>): unknown =>
    judged(rule, { points, ...some }, recordAt(3, commits[2]!)).since?.commit
  expect(since('pull growth since 1d <= 1MB', { positions })).toBe(hash(2))
  expect(since('pull growth since v1 <= 1MB', { positions })).toBe(hash(1))
  expect(since('pull growth since 1d <= 1MB', {})).toBe(hash(5))
})

test('a change that adds nothing passes, although earlier commits have used up the limit', () => {
  const sentenceFor = (app: number, rule = 'pull growth since v1 <= 500kB'): readonly string[] => {
    const result = judged(rule, {}, undefined, { ...head, app })
    return [
      result.outcome,
      verdictSentence(
        result,
        (text) => text,
        (text) => text,
      ),
    ]
  }
  // The baseline has grown by 1,023,000 bytes. One byte above noise fails.
  expect(sentenceFor(3_024_001)).toEqual(['fail', expect.stringContaining('524 kB over the limit of 500 kB')])
  expect(sentenceFor(3_024_000)).toEqual([
    'pass',
    expect.stringContaining('which earlier commits caused, so the rule passes'),
  ])
  expect(sentenceFor(3_023_000)).toEqual(['pass', expect.stringMatching(/; nothing from this change/)])
  expect(sentenceFor(2_923_000)).toEqual([
    'pass',
    'final stage: grew by 923 kB to pull (2.5 %) since 2026-01-02 (0000001), 423 kB over the limit of 500 kB, which earlier commits caused, so the rule passes (pull growth since v1 <= 500kB); +1.02 MB from earlier commits and −100 kB from this change; +300 kB from moved base images and +5.00 kB from rebuild drift do not count',
  ])
  expect(judged('pull growth since v1 <= 923kB', {}, undefined, { ...head, app: 2_923_000 }).since).toMatchObject({
    isOverBefore: false,
  })
  // Nothing was compared, so it is not known what this change adds.
  expect(judged('pull growth since v1 <= 500kB', {}, null)).toMatchObject({ outcome: 'fail' })
})

test('says that growth over the limit is ignored if it is noise', () => {
  expect(judged('noise 2MB\npull growth since v1 <= 1kB')).toMatchObject({ outcome: 'pass', ignoredUpTo: 2_000_000 })
  expect(judged('noise 2MB\npull growth since v1 <= 2MB')).toMatchObject({ outcome: 'pass', ignoredUpTo: null })
})

test('takes the last commit that is old enough, and the last one before a release', () => {
  expect(judged('unpacked growth since 4d <= 1MB')).toMatchObject({ measured: 1_230_000, since: { commit: hash(2) } })
  expect(judged('pull growth since v3 <= 1MB')).toMatchObject({ measured: 103_000, since: { commit: hash(3) } })
})

test('counts growth whose cause is lost, and says how much', () => {
  const points = pointsOf(commits).filter((_, nth) => nth !== 2)
  expect(judged('pull growth since v1 <= 1MB', { points })).toMatchObject({
    measured: 1_128_000,
    since: { ofUnknownCause: 25_000, ofOthers: { 'base-image': 300_000 } },
  })
  // The baseline has no point, so the way to it has no known cause.
  const before = recordAt(7, { app: 3_073_000, base: python2, install: 5_005_000 })
  expect(judged('pull growth since v3 <= 1MB', {}, before)).toMatchObject({
    measured: 103_000,
    since: { ofThisChange: 50_000, ofUnknownCause: 50_000 },
  })
  expect(judged('pull growth since v3 <= 1MB', {}, null)).toMatchObject({
    measured: 103_000,
    since: { ofThisChange: null, ofUnknownCause: 100_000 },
  })
})

test('does not count a base image that moved before the base commit was built again', () => {
  const python3 = ['python-3', 32_300_000] as const
  const rebuilt = recordAt(5, { ...commits[4]!, base: python3 })
  const now = { ...head, base: python3 }
  const grown = { measured: 100_000, since: { ofUnknownCause: 0, ofOthers: { 'base-image': 2_000_000, drift: 0 } } }
  expect(judged('pull growth since 1d <= 1MB', {}, rebuilt, now)).toMatchObject({ outcome: 'pass', ...grown })
  expect(judged('added growth since 1d <= 1MB', {}, rebuilt, now)).toMatchObject({
    measured: 100_000,
    since: { ofUnknownCause: 0, ofOthers: { 'base-image': 0 } },
  })
  expect(judged('layers growth since 1d <= 1', {}, rebuilt, now)).toMatchObject({ since: { ofUnknownCause: 0 } })
  // What else differs in the same commit came from running its steps again.
  const other = recordAt(5, { ...commits[4]!, base: python3, install: 5_055_000 })
  expect(judged('pull growth since 1d <= 1MB', {}, other, { ...now, install: 5_055_000 })).toMatchObject({
    measured: 100_000,
    since: { ofUnknownCause: 0, ofOthers: { 'base-image': 2_000_000, drift: 50_000 } },
  })
  expect(judged('unpacked growth since 1d <= 1MB', {}, other, { ...now, install: 5_055_000 })).toMatchObject({
    outcome: 'pass',
    since: { ofUnknownCause: 0 },
  })
})

test('does not count a base image that moved before a baseline that has no point, or if nothing was compared', () => {
  const python3 = ['python-3', 32_300_000] as const
  const before = recordAt(7, { app: 3_073_000, base: python3, install: 5_005_000 })
  const now = { ...head, base: python3 }
  expect(judged('pull growth since v3 <= 1MB', {}, before, now)).toMatchObject({
    measured: 103_000,
    since: { ofThisChange: 50_000, ofUnknownCause: 50_000, ofOthers: { 'base-image': 2_000_000 } },
  })
  expect(judged('pull growth since v3 <= 1MB', {}, null, now)).toMatchObject({
    measured: 103_000,
    since: { ofThisChange: null, ofUnknownCause: 100_000, ofOthers: { 'base-image': 2_000_000 } },
  })
})

test('knows the causes of the head from its point, if the baseline has none or nothing was compared', () => {
  const points = pointsOf([...commits, head])
  const since = (some: Partial<History>, baseline: Footprint | null): unknown =>
    judged('pull growth since v3 <= 1MB', { points, ...some }, baseline).since
  const told = { ofThisChange: null, ofUnknownCause: 0 }
  expect(judged('pull growth since v3 <= 1MB', { points }, null)).toMatchObject({ measured: 103_000, since: told })
  const moved = { app: 3_073_000, base: python2, install: 5_005_000 }
  expect(since({}, recordAt(7, moved))).toMatchObject({ ofThisChange: 50_000, ofUnknownCause: 0 })
  // A point with another size, or whose causes are not known, is not that of this build.
  const none = [null, null, null, null] as const
  for (const own of [
    { ...points[5]!, pull: 1 },
    { ...points[5]!, growth: { ...points[5]!.growth!, pull: none } },
  ])
    expect(since({ points: [...points.slice(0, 5), own] }, null)).toMatchObject({ ofUnknownCause: 100_000 })
})

test.each([
  ['pull growth since 30d <= 1MB', 'the trend of branch main begins on 2026-01-02, less than 30 days ago'],
  ['pull growth since later <= 1MB', 'later is newer than this commit'],
  ['pull growth since old <= 1MB', 'the trend of branch main has no point of old or of a commit before it'],
  ['pull growth since lost <= 1MB', 'lost is not in the checkout'],
])('does not judge %s', (rule, reason) => {
  expect(judged(rule)).toMatchObject({ outcome: 'not-known', reason, measured: null })
})

test('says that a shallow checkout may be why there is no point', () => {
  const shallowAdvice = '; the checkout is shallow'
  expect(judged('pull growth since old <= 1MB', { shallowAdvice }).reason).toBe(
    'the trend of branch main has no point of old or of a commit before it; the checkout is shallow',
  )
  expect(judged('pull growth since v1 <= 2MB', { shallowAdvice }).outcome).toBe('pass')
  expect(judged('pull growth since 1d <= 1MB', { shallowAdvice, points: [], isCut: true }).reason).toBe(
    'no commit in the trend of branch main is known to come before this one; the checkout is shallow',
  )
})

test('does not judge what the trend does not know', () => {
  const without = judged('pull growth since v1 <= 1MB', { points: [] })
  expect(without).toMatchObject({
    outcome: 'not-known',
    reason: 'the trend of branch main has no points of app (linux/amd64) before this commit',
  })
  const others = ['web', 'worker', 'jobs', 'cron'].flatMap((name) => pointsOf(commits).map((one) => ({ ...one, name })))
  expect(judged('pull growth since v1 <= 1MB', { points: others }).reason).toBe(
    'the trend of branch main has no points of app (linux/amd64) before this commit; it has points of web (linux/amd64), worker (linux/amd64), jobs (linux/amd64) and 1 more image',
  )
  const [first, ...rest] = pointsOf(commits)
  const unknown = judged('pull growth since v1 <= 1MB', { points: [{ ...first!, pull: null }, ...rest] })
  expect(unknown.reason).toBe(`the trend does not know the value of ${hash(1).slice(0, 7)}`)
  const newer = judged('pull growth since v3 <= 1MB', {}, recordAt(2, commits[1]!))
  expect(newer).toMatchObject({
    measured: 123_000,
    since: { commit: hash(2) },
  })
})

test('nothing has grown since the very commit that is weighed, such as one that just got a tag', () => {
  const at: Partial<History> = { paths: new Map([['v6', [hash(6), hash(5), hash(4)]]]) }
  for (const baseline of [undefined, null]) {
    const result = judged('pull growth since v6 <= 1', at, baseline)
    expect(result).toMatchObject({ outcome: 'pass', measured: 0, since: { commit: hash(6), ofThisChange: null } })
    const name = (text: string): string => text
    expect(verdictSentence(result, name, name)).toBe(
      'final stage: did not grow since 2026-01-07 (0000006), within the limit of 1 B (pull growth since v6 <= 1)',
    )
  }
})

test('a commit that is weighed again may have grown since it was weighed before', () => {
  const paths = new Map([['v5', [hash(5), hash(4)]]])
  const again = (now: CommitOf, rule: string): BudgetResult =>
    judged(rule, { paths, head: { commit: hash(5), moment: start + 9 * day } }, null, now)
  const before = commits[4]!
  expect(again(before, 'pull growth since v5 <= 0')).toMatchObject({ outcome: 'pass', measured: 0 })
  // With another build argument, for example.
  const larger = { ...before, app: before.app + 50_000 }
  expect(again(larger, 'pull growth since v5 <= 1 kB')).toMatchObject({ outcome: 'fail', measured: 50_000 })
  const moved = { ...before, base: ['python-3', 30_700_000] } as const
  expect(again(moved, 'pull growth since v5 <= 1 kB')).toMatchObject({ outcome: 'pass', measured: 0 })
  expect(again(moved, 'pull growth since v5 <= 1 kB including base-image')).toMatchObject({
    outcome: 'fail',
    measured: 400_000,
  })
})

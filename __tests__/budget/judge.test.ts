import { splitGrowth } from '../../src/compare/growth.ts'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { measures } from '../../src/budget/grammar.ts'
import { judge, verdictOf } from '../../src/budget/judge.ts'
import { growthByCause, valueOf } from '../../src/budget/measure.ts'
import { parseBudgets } from '../../src/budget/sources.ts'
import type { BudgetResult, BudgetRule } from '../../src/budget/verdict.ts'
import type { Cause, Comparison, StageChange } from '../../src/compare/comparison.ts'
import { optionsOf } from '../../src/errors.ts'
import type { Footprint, Layer, Stage } from '../../src/record/footprint.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'
import { comparisonOf, imageComparison, stageChange, type Pair } from '../support/budget-changes.ts'

const rulesOf = (text: string): readonly BudgetRule[] =>
  parseBudgets([{ kind: 'input', name: 'budgets', text }], new Map()).rules

function judgeOne(text: string, comparison: Comparison, noise = 0): BudgetResult {
  const [result] = judge(rulesOf(text), noise, footprintOf(comparison.images.map(({ after }) => after)), comparison)
  if (!result) throw new Error('no result')
  return result
}

function withoutBaseline(text: string, after: Footprint): BudgetResult {
  const [result] = judge(rulesOf(text), 0, after, null)
  if (!result) throw new Error('no result')
  return result
}

const weighing = (compressedSize: number, line: number, some: Partial<Layer> = {}): Layer =>
  layer({
    compressedSize,
    uncompressedSize: compressedSize * 3,
    instruction: { text: 'RUN x', line, endLine: line },
    ...some,
  })
const base = (compressedSize: number): Layer => weighing(compressedSize, 1, { origin: 'base', instruction: null })

// 1000 to pull: base 600, own 300 and 100. Then base +50, drift +20, change +30, a new layer of 40, and one of unknown cause +7.
const pairs: readonly Pair[] = [
  { before: base(600), after: base(650), cause: 'base-image' },
  { before: weighing(300, 3), after: weighing(330, 3), cause: 'change' },
  { before: weighing(100, 4), after: weighing(120, 4), cause: 'drift' },
  { before: null, after: weighing(40, 5), cause: 'change' },
  { before: null, after: weighing(7, 6), cause: 'unknown' },
]
const python = { reference: 'python:3.13', digest: null, layers: 1 }
const grown = (some: Partial<StageChange> = {}): Comparison =>
  comparisonOf([imageComparison([stageChange(pairs, some)])])

describe('a rule', () => {
  test.each<[string, BudgetResult['outcome'], number | null]>([
    // 1147 to pull, 3441 unpacked, 497 added, 5 layers, 1 step.
    ['pull <= 1147', 'pass', 1147],
    ['pull <= 1146', 'fail', 1147],
    ['pull <= 1146 warn', 'warn', 1147],
    ['unpacked <= 3441', 'pass', 3441],
    ['unpacked <= 3440', 'fail', 3441],
    ['added <= 497', 'pass', 497],
    ['added <= 496', 'fail', 497],
    ['layers <= 5', 'pass', 5],
    ['layers <= 4', 'fail', 5],
    ['metadata-only-steps <= 1', 'pass', 1],
    ['metadata-only-steps <= 0', 'fail', 1],
    // Change and unknown cause: 77 of 1000.
    ['pull growth <= 77', 'pass', 77],
    ['pull growth <= 76', 'fail', 77],
    ['pull growth <= 7.7%', 'pass', 77],
    ['pull growth <= 7.699%', 'fail', 77],
    ['pull growth <= 1% and 77', 'pass', 77],
    ['pull growth <= 7.7% and 1', 'pass', 77],
    ['pull growth <= 1% and 1', 'fail', 77],
    ['pull growth <= 97 including drift', 'pass', 97],
    ['pull growth <= 96 including drift', 'fail', 97],
    ['pull growth <= 127 including base-image', 'pass', 127],
    ['pull growth <= 126 including base-image', 'fail', 127],
    ['pull growth <= 146 including base-image, drift', 'fail', 147],
    ['unpacked growth <= 230', 'fail', 231],
    ['unpacked growth <= 231', 'pass', 231],
    // The base image is not part of what is added; 77 of 400.
    ['added growth <= 77 including base-image', 'pass', 77],
    ['added growth <= 76 including base-image', 'fail', 77],
    ['added growth <= 96 including drift', 'fail', 97],
    ['added growth <= 19.25%', 'pass', 77],
    ['added growth <= 19.249%', 'fail', 77],
    ['layers growth <= 1', 'fail', 2],
    ['layers growth <= 2', 'pass', 2],
    ['layers growth <= 66%', 'fail', 2],
    ['metadata-only-steps growth <= 0', 'pass', 0],
  ])('%s gives the result %s', (text, outcome, measured) => {
    expect(judgeOne(text, grown())).toMatchObject({ outcome, measured, reason: null })
  })

  test('judges the sure savings of the final stage, at the line where most can be saved', () => {
    const item = {
      rule: 'apt-lists',
      path: 'var/lib/apt/lists',
      kind: 'directory',
      files: 7,
      fileBytes: 900,
      claim: 'sure',
      layer: 1,
      laterLayer: null,
    } as const
    const savings = {
      fileBytes: 900,
      likelyFileBytes: 5_000,
      items: [{ ...item, claim: 'likely' as const, fileBytes: 5_000, layer: 0 }, item],
      baseFiles: [],
    }
    const of = (some: Partial<Stage>): Footprint =>
      footprintOf([image({ stages: [stage({ layers: [weighing(1, 4), weighing(2, 7)], ...some })] })])
    expect(withoutBaseline('savings <= 900', of({ savings }))).toMatchObject({ outcome: 'pass', measured: 900 })
    expect(withoutBaseline('final savings <= 899', of({ savings }))).toMatchObject({
      outcome: 'fail',
      measured: 900,
      line: 7,
      cause: null,
    })
    expect(withoutBaseline('savings <= 1', of({}))).toMatchObject({
      outcome: 'not-known',
      reason: 'what could be saved in this stage is not known',
    })
    expect(withoutBaseline('savings <= 1', of({ base: null })).reason).toContain('belong to its base image')
  })

  test("takes a percentage of the baseline's value", () => {
    expect(judgeOne('pull growth <= 1%', grown()).measuredPercent).toBe(7.7)
    expect(judgeOne('added growth <= 1%', grown()).measuredPercent).toBe(19.25)
    expect(judgeOne('pull <= 1', grown()).measuredPercent).toBeNull()
  })

  test("exceeds any percentage if the baseline's value is 0, and shows no percentage then", () => {
    const comparison = comparisonOf([imageComparison([stageChange([{ before: null, after: weighing(5, 2) }])])])
    expect(judgeOne('added growth <= 1000%', comparison)).toMatchObject({
      outcome: 'fail',
      measured: 5,
      measuredPercent: null,
    })
    expect(judgeOne('added growth <= 1000% and 5', comparison).outcome).toBe('pass')
  })

  test('never fails if the value shrinks', () => {
    const comparison = comparisonOf([
      imageComparison([stageChange([{ before: weighing(500, 2), after: weighing(10, 2) }])]),
    ])
    for (const measure of ['pull', 'unpacked', 'added'])
      expect(judgeOne(`${measure} growth <= 0%`, comparison).outcome).toBe('pass')
    expect(judgeOne('pull growth <= 0', comparison)).toMatchObject({ outcome: 'pass', measured: -490 })
  })

  test('ignores growth up to the noise, but not of counts', () => {
    expect(judgeOne('pull growth <= 0', grown(), 77)).toMatchObject({ outcome: 'pass', measured: 77, ignoredUpTo: 77 })
    expect(judgeOne('pull growth <= 77', grown(), 77)).toMatchObject({ outcome: 'pass', ignoredUpTo: null })
    expect(judgeOne('pull growth <= 0', grown(), 76).outcome).toBe('fail')
    expect(judgeOne('layers growth <= 1', grown(), 1_000).outcome).toBe('fail')
    expect(judgeOne('pull <= 0', grown(), 1_000_000).outcome).toBe('fail')
  })

  test('on growth does not fail because of a moved base image', () => {
    const comparison = comparisonOf([
      imageComparison([stageChange([{ before: base(1), after: base(9_999), cause: 'base-image' }])]),
    ])
    expect(judgeOne('pull growth <= 0', comparison)).toMatchObject({ outcome: 'pass', measured: 0 })
    expect(judgeOne('pull growth <= 0 including base-image', comparison)).toMatchObject({
      outcome: 'fail',
      cause: 'base-image',
    })
  })

  test('is judged for each image, in order', () => {
    const arm = { name: 'app', platform: { os: 'linux', architecture: 'arm64' } }
    const small = imageComparison([stageChange([{ before: weighing(1, 2), after: weighing(1, 2) }])], arm)
    const comparison = comparisonOf([...grown().images, small])
    const results = judge(
      rulesOf('pull growth <= 1\npull <= 1'),
      0,
      footprintOf(comparison.images.map(({ after }) => after)),
      comparison,
    )
    expect(results.map(({ image: { platform }, outcome }) => `${platform} ${outcome}`)).toEqual([
      'linux/amd64 fail',
      'linux/arm64 pass',
      'linux/amd64 fail',
      'linux/arm64 pass',
    ])
  })
})

describe('the line to blame', () => {
  test('for growth is the layer that grew most from the cause with the largest part', () => {
    expect(judgeOne('pull growth <= 1', grown())).toMatchObject({ line: 5, cause: 'change' })
    // The base image grew by 50 and the change by 70.
    expect(judgeOne('pull growth <= 1 including base-image', grown())).toMatchObject({ line: 5, cause: 'change' })
    const layers = stageChange(pairs).layers.filter(({ cause }) => cause === 'base-image')
    const ofBase = { layers, growth: splitGrowth(layers) }
    // It has no line, so the FROM is named.
    const onBase = judgeOne('pull growth <= 1 including base-image', grown(ofBase))
    expect(onBase).toMatchObject({ line: 1, cause: 'base-image' })
    // Its FROM may be in a stage below.
    const below = grown({ ...ofBase, after: { ...stageChange(pairs).after!, base: { ...python, line: 9 } } })
    expect(judgeOne('pull growth <= 1 including base-image', below)).toMatchObject({ line: 9, cause: 'base-image' })
    expect(judgeOne('layers growth <= 1', grown())).toMatchObject({ line: 5, cause: 'change' })
    expect(judgeOne('metadata-only-steps growth <= 0', grown({ metadataOnlySteps: 2 }))).toMatchObject({
      outcome: 'fail',
      line: 1,
      cause: 'change',
    })
  })

  test('for a ceiling is that of the cause which exceeds it, or else of the heaviest layer above the base', () => {
    expect(judgeOne('pull <= 1100', grown())).toMatchObject({ line: 5, cause: 'change' })
    // The 70 bytes of the change are enough; the 50 of the base image are not.
    expect(judgeOne('pull <= 1080', grown())).toMatchObject({ line: 5, cause: 'change' })
    // Without the 70 bytes of the change it would be exactly at the limit.
    expect(judgeOne('pull <= 1077', grown())).toMatchObject({ line: 5, cause: 'change' })
    expect(judgeOne('pull <= 1076', grown())).toMatchObject({ cause: null })
    expect(judgeOne('pull <= 900', grown())).toMatchObject({ line: 5, cause: null, overBefore: 100 })
    const { after } = grown().images[0]!
    expect(withoutBaseline('pull <= 900', footprintOf([after]))).toMatchObject({
      outcome: 'fail',
      line: 3,
      cause: null,
    })
    expect(withoutBaseline('layers <= 1', footprintOf([after]))).toMatchObject({
      outcome: 'fail',
      line: 1,
      cause: null,
    })
  })

  test('is not given if the rule passes', () => {
    expect(judgeOne('pull growth <= 1MB', grown())).toMatchObject({ line: null, cause: null })
  })
})

describe('a rule cannot be judged', () => {
  test.each([
    ['command line', '--'],
    ['action', 'input '],
  ] as const)('and the reason names options as the %s has them', (entryPoint, mark) => {
    const after = footprintOf([image()])
    const rules = rulesOf('pull growth <= 1\npull growth since 30d <= 1')
    expect(judge(rules, 0, after, null, { option: optionsOf(entryPoint) }).map(({ reason }) => reason)).toEqual([
      `there is no baseline to compare with (name one with ${mark}baseline)`,
      `there is no trend of earlier commits (name one with ${mark}trend)`,
    ])
  })

  test('if the image was not weighed for the baseline', () => {
    const after = footprintOf([image()])
    const comparison = { ...comparisonOf([]), notWeighed: after.images }
    const [result] = judge(rulesOf('pull growth <= 1'), 0, after, comparison)
    expect(result).toMatchObject({ outcome: 'not-known', reason: 'this image was not weighed for the baseline' })
  })

  const unknownSize: Pair = {
    before: weighing(5, 2, { compressedSize: null }),
    after: weighing(6, 2, { compressedSize: null }),
  }

  test.each<[string, Comparison | null, string, string]>([
    ['without a baseline', null, 'pull growth <= 1', 'there is no baseline to compare with (name one with --baseline)'],
    ['if the baseline has no such image', comparisonOf([]), 'pull growth <= 1', 'the baseline has no such image'],
    [
      'if the stage is new',
      grown({ kind: 'added', before: null }),
      'pull growth <= 1',
      'the baseline has no such stage',
    ],
    [
      'if the compression changed',
      comparisonOf([imageComparison([stageChange([{ ...pairs[1]!, codec: { before: 'gzip', after: 'zstd' } }])])]),
      'pull growth <= 1',
      'the compression changed from gzip to zstd, and sizes to pull of the two are not compared',
    ],
    [
      'on growth, if a size to pull is not known',
      comparisonOf([imageComparison([stageChange([unknownSize])])]),
      'pull growth <= 1',
      'this stage has layers whose size to pull is not known (a limit on unpacked can be judged)',
    ],
    [
      'on a ceiling, if a size to pull is not known',
      comparisonOf([imageComparison([stageChange([unknownSize])])]),
      'pull <= 1',
      'this stage has layers whose size to pull is not known (a limit on unpacked can be judged)',
    ],
    [
      'on added bytes, if the base image is not known',
      comparisonOf([imageComparison([stageChange(pairs, {}, { base: null })])]),
      'added <= 1',
      'it is not known which layers of this stage belong to its base image',
    ],
    [
      'on growth of added bytes, if the base image is not known',
      comparisonOf([imageComparison([stageChange(pairs, {}, { base: null })])]),
      'added growth <= 1',
      'it is not known which layers of this stage belong to its base image',
    ],
    [
      'on growth of steps, if it is not known',
      grown({ metadataOnlySteps: null }),
      'metadata-only-steps growth <= 1',
      'what this stage grew by is not known',
    ],
  ])('%s', (_, comparison, text, reason) => {
    const images = comparison?.images.map(({ after }) => after) ?? []
    const [result] = judge(
      rulesOf(text),
      0,
      footprintOf(images.length > 0 ? images : [image({ stages: [stage()] })]),
      comparison,
    )
    expect(result).toMatchObject({ outcome: 'not-known', measured: null, reason, line: null, cause: null })
  })

  test('on added bytes, if a layer leaves the base image in another compression', () => {
    const edited: Pair = { before: base(5), after: weighing(9, 2), codec: { before: 'gzip', after: 'zstd' } }
    const compared = (pair: Pair): BudgetResult =>
      judgeOne('added growth <= 1', comparisonOf([imageComparison([stageChange([pair])])]))
    expect(compared(edited).outcome).toBe('not-known')
    expect(compared({ ...edited, codec: null })).toMatchObject({ outcome: 'fail', measured: 9 })
  })

  test('except one on unpacked sizes, which are comparable across compressions', () => {
    const comparison = comparisonOf([
      imageComparison([stageChange([{ ...pairs[1]!, codec: { before: 'gzip', after: 'zstd' } }])]),
    ])
    expect(judgeOne('unpacked growth <= 89', comparison)).toMatchObject({ outcome: 'fail', measured: 90 })
  })
})

describe('stages', () => {
  const build = (name: string, index: number): StageChange =>
    stageChange([{ before: weighing(10, 2), after: weighing(15, 2) }], {}, { name, index, role: 'builder' })
  const comparison = comparisonOf([
    imageComparison([build('Build', 0), build('1', 1), stageChange(pairs, {}, { name: 'app', index: 2 })]),
  ])

  test.each([
    ['stage build pull growth <= 5', 'Build', 'builder', 5],
    ['stage 1 pull growth <= 5', '1', 'builder', 5],
    ['stage APP pull <= 9kB', 'app', 'final', 1147],
    ['final pull <= 9kB', 'app', 'final', 1147],
  ])('are found by name, position or role: %s', (text, name, role, measured) => {
    expect(judgeOne(text, comparison)).toMatchObject({ stage: name, role, measured, outcome: 'pass' })
  })

  test('that do not exist give a warning that lists those that do', () => {
    const result = judgeOne('stage biuld pull <= 1', comparison)
    expect(result).toMatchObject({
      outcome: 'not-known',
      stage: null,
      reason: 'there is no stage "biuld": there are "Build", "1", "app"; did you mean "Build"?',
    })
    expect(verdictOf([result], null, null).outcome).toBe('warn')
  })

  test('of one image among several are judged there, and give no warning for the others', () => {
    const results = judge(
      rulesOf('stage build pull <= 1MB'),
      0,
      footprintOf([comparison.images[0]!.after, image({ name: 'other' })]),
      null,
    )
    expect(results.map(({ outcome, elsewhere }) => [outcome, elsewhere])).toEqual([
      ['pass', false],
      ['not-known', true],
    ])
    expect(verdictOf(results, null, null).outcome).toBe('pass')
  })

  test('that no target needs are not judged, and give a warning', () => {
    const result = withoutBaseline(
      'stage TEST pull <= 1',
      footprintOf([image({ stagesNotBuilt: [{ name: 'test', index: 3, line: 9 }] })]),
    )
    expect(result).toMatchObject({
      stage: 'test',
      role: null,
      outcome: 'not-known',
      reason: 'the target does not need this stage, so it was not built',
    })
    expect(verdictOf([result], null, null).outcome).toBe('warn')
  })

  test.each(['pull <= 1GB', 'pull growth <= 1GB', 'final added <= 1GB'])(
    'give a warning for %s if the size to pull is not known',
    (text) => {
      const unpacked = layer({ compressedSize: null, digest: null })
      const result = withoutBaseline(text, footprintOf([image({ stages: [stage({ layers: [unpacked] })] })]))
      expect(result).toMatchObject({ outcome: 'not-known', elsewhere: false })
      expect(verdictOf([result], null, null).outcome).toBe('warn')
    },
  )

  test('that are renamed keep the limits of their old name in that change', () => {
    const renamed = build('compile', 0)
    const change = { ...renamed, matchedBy: 'position' as const, before: stage({ ...renamed.before, name: 'build' }) }
    const renaming = comparisonOf([imageComparison([change, stageChange(pairs)])])
    expect(judgeOne('stage build pull growth <= 4', renaming)).toMatchObject({
      stage: 'compile',
      outcome: 'fail',
      measured: 5,
    })
  })
})

describe('the verdict', () => {
  const results = judge(
    rulesOf('pull <= 9kB\nlayers <= 1 warn\nstage x pull <= 1\npull <= 1'),
    0,
    footprintOf([grown().images[0]!.after]),
    null,
  )
  const override = { label: 'footprint: accept growth', by: 'octocat', headSha: 'a'.repeat(40) }

  test('lists the worst result first', () => {
    const verdict = verdictOf(results, null, null)
    expect(verdict.outcome).toBe('fail')
    expect(verdict.results.map(({ outcome, overridden }) => [outcome, overridden])).toEqual([
      ['fail', false],
      ['warn', false],
      ['not-known', false],
      ['pass', false],
    ])
  })

  test('turns fail into warn, and nothing else, if it is overridden', () => {
    const verdict = verdictOf(results, override, null)
    expect(verdict).toMatchObject({ outcome: 'warn', override })
    expect(verdict.results.map(({ outcome, overridden }) => [outcome, overridden])).toEqual([
      ['fail', true],
      ['warn', false],
      ['not-known', false],
      ['pass', false],
    ])
  })

  test('is pass without rules', () => {
    expect(verdictOf([], override, null)).toEqual({ outcome: 'pass', results: [], override, edited: null })
  })
})

describe('for any growth', () => {
  const origin = fc.constantFrom('base' as const, 'own' as const)
  const layers = fc
    .record({ size: fc.nat(5_000), origin })
    .map(({ size, origin: from }) => weighing(size, 2, { origin: from }))
  const pair = fc
    .record({
      before: fc.option(layers),
      after: fc.option(layers),
      cause: fc.constantFrom<Cause>('change', 'base-image', 'drift', 'unknown'),
    })
    .filter(({ before, after }) => before !== null || after !== null)
  const changes = fc.array(pair, { minLength: 1, maxLength: 8 }).map((some) => stageChange(some))
  const amount = fc.nat(10_000)
  const percent = fc.nat(200_000).map((thousandths) => thousandths / 1_000)
  const including = fc.subarray(['base-image', 'drift'] as const)
  const rule = (some: Partial<BudgetRule>): BudgetRule => ({
    text: '',
    place: '',
    stage: null,
    measure: 'pull',
    kind: 'growth',
    since: null,
    limit: { amount: 0, percent: null },
    including: [],
    action: 'fail',
    ...some,
  })
  const outcomeOf = (change: StageChange, judged: BudgetRule, noise = 0): string => {
    const comparison = comparisonOf([imageComparison([change])])
    return judge([judged], noise, footprintOf(comparison.images.map(({ after }) => after)), comparison)[0]!.outcome
  }

  test('the parts add up to after minus before', () => {
    fc.assert(
      fc.property(
        changes,
        fc.constantFrom('pull' as const, 'unpacked' as const, 'added' as const, 'layers' as const),
        (change, measure) => {
          const parts = Object.values(growthByCause(change, measure))
          const sum = parts.reduce<number>((total, part) => total + part!, 0)
          expect(sum).toBe(valueOf(change.after!, measure)! - valueOf(change.before!, measure)!)
        },
      ),
    )
  })

  test('a higher limit never fails where a lower one passes', () => {
    const limit = fc
      .record({ amount: fc.option(amount), percent: fc.option(percent) })
      .filter((one) => one.amount !== null || one.percent !== null)
    fc.assert(
      fc.property(
        changes,
        fc.constantFrom(...measures),
        limit,
        amount,
        percent,
        including,
        amount,
        (change, measure, low, moreBytes, morePercent, causes, noise) => {
          const high = {
            amount: low.amount === null ? null : low.amount + moreBytes,
            percent:
              low.percent === null ? null : (Math.round(low.percent * 1_000) + Math.round(morePercent * 1_000)) / 1_000,
          }
          if (outcomeOf(change, rule({ measure, limit: low, including: causes }), noise) === 'pass')
            expect(outcomeOf(change, rule({ measure, limit: high, including: causes }), noise)).toBe('pass')
          const ceiling = (most: number): BudgetRule =>
            rule({ measure, kind: 'ceiling', limit: { amount: most, percent: null } })
          if (outcomeOf(change, ceiling(low.amount ?? 0)) === 'pass')
            expect(outcomeOf(change, ceiling((low.amount ?? 0) + moreBytes))).toBe('pass')
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a rule with two limits fails only if both are exceeded', () => {
    fc.assert(
      fc.property(changes, fc.constantFrom(...measures), amount, percent, (change, measure, most, share) => {
        const outcome = (limit: BudgetRule['limit']): string => outcomeOf(change, rule({ measure, limit }))
        const both = outcome({ amount: most, percent: share }) === 'fail'
        expect(both).toBe(
          outcome({ amount: most, percent: null }) === 'fail' && outcome({ amount: null, percent: share }) === 'fail',
        )
      }),
      { numRuns: 300 },
    )
  })
})

test('no rule passes for a target of a bake that was not weighed', () => {
  const one = image({ name: 'a' })
  const after = { ...footprintOf([one]), unweighedTargets: ['b', 'a'] }
  const outcomes = (text: string): readonly unknown[] =>
    judge(rulesOf(text), 0, after, null).map((result) => [result.image.name, result.outcome, result.reason])
  const [weighed] = outcomes('pull <= 1GB')
  expect(outcomes('pull <= 1GB')).toEqual([weighed, ['b', 'not-known', 'target b was not weighed']])
  // It may have a stage of this name, too.
  expect(outcomes('stage build pull <= 1GB')[1]).toEqual(['b', 'not-known', 'target b was not weighed'])
  // So it is not missing in the other one.
  expect(judge(rulesOf('stage build pull <= 1GB'), 0, after, null).map(({ elsewhere }) => elsewhere)).toEqual([
    true,
    false,
  ])
  expect(verdictOf(judge(rulesOf('pull <= 1GB'), 0, after, null), null, null).outcome).toBe('warn')
})

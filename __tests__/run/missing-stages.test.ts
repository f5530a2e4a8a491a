import { describe, expect, test } from '@jest/globals'
import { budgetSourcesOf, countingRules } from '../../src/run/budgets.ts'
import { makeReport } from '../../src/run/make-report.ts'
import { missingStages, parted, warningsOf } from '../../src/run/missing-stages.ts'
import { footprintOf, imageOf, stageOf } from '../support/footprints.ts'

const dockerfile =
  'FROM golang AS Build\nRUN make\nFROM alpine\nCOPY --from=build /app /\nFROM scratch AS final-image\n'

const warnings = (rules: readonly string[], text: string | null = dockerfile): readonly string[] => [
  ...[...missingStages(budgetSourcesOf('flag', rules), new Map(), text).values()].map(({ warning }) => warning),
]

test.each([
  ['the final stage', 'final pull <= 80MB'],
  ['a stage', 'stage build unpacked <= 1GB'],
  ['a stage in another case', 'stage BUILD unpacked <= 1GB'],
  ['an unnamed stage', 'stage 1 unpacked <= 1GB'],
  ['a rule with an error, which is reported elsewhere', 'stage biuld unpacked'],
])('returns nothing for a rule on %s', (_, rule) => {
  expect(warnings([rule])).toEqual([])
})

test('says which stages there are and which one was probably meant, once for each name', () => {
  expect(warnings(['stage biuld unpacked <= 1GB', 'stage Biuld layers <= 9', 'stage other pull <= 1MB'])).toEqual([
    '--budget: there is no stage "biuld": there are "Build", "1", "final-image"; did you mean "Build"?',
    '--budget: there is no stage "other": there are "Build", "1", "final-image"',
  ])
})

test('says the name of a stage that a rule gives by its position', () => {
  expect(warnings(['stage 0 pull <= 1MB', 'stage 7 pull <= 1MB'])).toEqual([
    '--budget: there is no stage "0": there are "Build", "1", "final-image"; stage 0 is called "Build"',
    '--budget: there is no stage "7": there are "Build", "1", "final-image"; did you mean "1"?',
  ])
})

test('says that there is only one stage', () => {
  const sources = budgetSourcesOf('flag', ['stage other pull <= 1MB'])
  expect(missingStages(sources, new Map(), 'FROM scratch AS app\nCOPY a /\n')).toEqual(
    new Map([
      [
        'other',
        { place: '--budget', name: 'other', warning: '--budget: there is no stage "other": there is only "app"' },
      ],
    ]),
  )
})

test('names the line of a budget file', () => {
  const files = new Map([['budgets.txt', '# limits\nstage biuld unpacked <= 1GB\n']])
  expect([...missingStages(budgetSourcesOf('input', ['@budgets.txt']), files, dockerfile)]).toEqual([
    [
      'biuld',
      expect.objectContaining({ warning: expect.stringMatching(/^budgets\.txt:2: there is no stage "biuld"/) }),
    ],
  ])
})

test.each([
  ['is not known before the build', null],
  ['is parsed by another frontend', `# syntax=example.com/frontend\n${dockerfile}`],
  ['cannot be parsed', 'FROM scratch AS 1st\n'],
  ['has no stages', 'RUN make\n'],
])('returns nothing if the Dockerfile %s', (_, text) => {
  expect(warnings(['stage biuld unpacked <= 1GB'], text)).toEqual([])
})

test("checks a Dockerfile with a version of Docker's own frontend", () => {
  expect(warnings(['stage biuld unpacked <= 1GB'], `# syntax=docker/dockerfile:1\n${dockerfile}`)).toHaveLength(1)
})

describe('with a comparison', () => {
  const of = (builder: string) =>
    footprintOf([
      imageOf([
        stageOf({ name: builder, steps: [['RUN make', 'made']] }),
        stageOf({ name: 'app', index: 1, steps: [['COPY --from=0 /a /a', 'copied']] }),
      ]),
    ])
  const text = 'FROM scratch AS compile\nRUN make\nFROM scratch AS app\nCOPY --from=0 /a /a\n'
  const sources = budgetSourcesOf('flag', ['stage Build unpacked <= 1GB', 'stage typo unpacked <= 1GB'])
  const missing = missingStages(sources, new Map(), text)
  const typo = '--budget: there is no stage "typo": there are "compile", "app"'

  test('only stages that the baseline has may have been renamed', () => {
    expect(parted(missing, of('build')).warnings).toEqual([typo])
    expect(parted(missing, null).warnings).toHaveLength(2)
    expect([...parted(missing, of('build')).left].map(([name, stage]) => [name, stage !== null])).toEqual([
      ['build', true],
      ['typo', false],
    ])
  })

  test('a stage that this change renamed is called so, and its limit applies', () => {
    const { left } = parted(missing, of('build'))
    const report = makeReport({
      footprint: of('compile'),
      baseline: {
        ...{ notes: [], unmet: null },
        found: {
          footprint: of('build'),
          origin: { kind: 'given', reference: 'main', commit: null },
          sameBuilder: true,
        },
      },
      rules: countingRules(sources, new Map()),
      ...{ title: null, reportedByFork: false, dockerfile: null, missingStages: left },
    })
    expect(warningsOf(left, report)).toEqual([
      '--budget: this change renames the stage "Build" to "compile", and the limit still applies in this run; write the new name in the budget, or it will not apply later',
    ])
    const results = report.verdict!.results.map(({ rule, stage, outcome }) => [rule.stage, stage, outcome])
    expect(results).toContainEqual(['Build', 'compile', 'pass'])
    // A stage that was removed is not there.
    expect(warningsOf(left, { verdict: null })).toEqual([expect.stringContaining('there is no stage "Build"')])
  })
})

/** Whether a pull request needs a comment: what changed, and what the budgets say. */
import { expect, test } from '@jest/globals'
import type { Footprint } from '../../src/record/footprint.ts'
import type { Report } from '../../src/report/report.ts'
import { budgetSourcesOf, countingRules } from '../../src/run/budgets.ts'
import { makeReport, withOverride } from '../../src/run/make-report.ts'
import { stateOf } from '../../src/run/report-state.ts'
import { compare } from '../support/compared.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, imageOf, stageOf } from '../support/footprints.ts'

const copied = (name: string, compressedSize = 2_000_000): Footprint =>
  footprintOf([imageOf([stageOf({ steps: [['COPY app /app', name, { compressedSize }]] })])])
const main = copied('main')
const changed = copied('changed', 2_005_000)

/** A report that is compared with the main branch, unless `baseline` is null. */
function reportOn(footprint: Footprint, rules: readonly string[], baseline: Footprint | null = main): Report {
  const comparison = baseline && compare(baseline, footprint)
  const { verdict } = makeReport({
    ...{ footprint, baseline: { found: null, notes: [], unmet: null }, title: null, reportedByFork: false },
    ...{ dockerfile: null, rules: countingRules(budgetSourcesOf('input', rules), new Map()) },
  })
  return reportWith(comparison, { footprint, verdict })
}

const unjudged = 'final pull growth since 30d <= 1MB'

test.each([
  ['nothing', 'unchanged', main, []],
  ['nothing, and a rule was not judged', 'unchanged', main, [unjudged]],
  ['nothing, and a limit to warn at is exceeded', 'changed', main, ['final pull <= 1MB warn', unjudged]],
  ['nothing, and a limit is exceeded', 'failed', main, ['final pull <= 1MB', unjudged]],
  ['nothing, as far as a bake could be weighed', 'changed', { ...main, unweighedTargets: ['web'] }, []],
  ['a layer', 'changed', changed, []],
  ['a layer, by a few bytes', 'unchanged', copied('changed', 2_000_900), []],
  ['a layer, by a few bytes, and a limit is exceeded', 'failed', copied('changed', 2_000_900), ['final pull <= 1MB']],
  ['a layer, and a rule was not judged', 'changed', changed, [unjudged]],
])('what changed: %s', (_, state, footprint, rules) => {
  const report = reportOn(footprint, rules)
  expect(report.verdict?.results.map(({ outcome }) => outcome)).toEqual(
    expect.arrayContaining(rules.includes(unjudged) ? ['not-known'] : []),
  )
  expect(stateOf(report, false)).toBe(state)
})

test('a failure that a reviewer accepted is still told', () => {
  const report = reportOn(main, ['final pull <= 1MB'])
  const override = { label: 'size-accepted', by: 'reviewer', headSha: 'a'.repeat(40) }
  expect(stateOf(withOverride(report, override), false)).toBe('failed')
})

test.each([
  ['a first report', 'changed', false, []],
  ['a baseline that cannot be used', 'not-compared', true, []],
  ['a baseline that cannot be used, which a rule needs', 'changed', true, [unjudged]],
])('%s is %s', (_, state, isUnmet, rules) => {
  expect(stateOf(reportOn(main, rules, null), isUnmet)).toBe(state)
})

/** The record of a run names the Dockerfile of each image, so that later reports from the record do so too. */
import { expect, test } from '@jest/globals'
import { parseRecord } from '../../src/record/parse-record.ts'
import { budgetAnnotations } from '../../src/report/budget-annotations.ts'
import { renderRecord } from '../../src/report/record.ts'
import { budgetSourcesOf, countingRules } from '../../src/run/budgets.ts'
import { makeReport, type Dockerfiles } from '../../src/run/make-report.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { footprintOf, image } from '../support/footprints.ts'

const rules = countingRules(budgetSourcesOf('input', ['final layers <= 0']), new Map())
const report = (footprint: Footprint, dockerfile: Dockerfiles | null): ReturnType<typeof makeReport> =>
  makeReport({
    footprint,
    baseline: { found: null, notes: [], unmet: null },
    rules,
    title: null,
    reportedByFork: false,
    dockerfile,
  })

test.each([
  ['of a build', 'other.Dockerfile', ['other.Dockerfile', 'other.Dockerfile']],
  ['of a bake, each its own', new Map([['vote', 'vote/Dockerfile']]), ['vote/Dockerfile', undefined]],
])('names the Dockerfile %s', (_, dockerfile, files) => {
  const { footprint } = report(footprintOf([image({ name: 'vote' }), image({ name: 'inline' })]), dockerfile)
  expect(footprint.images.map((one) => one.dockerfile)).toEqual(files)

  const stored = report(parseRecord(renderRecord(footprint), 'record'), null)
  const annotations = stored.verdict === null ? [] : budgetAnnotations(stored.verdict, stored.footprint)
  expect(annotations.map(({ file }) => file)).toEqual(
    files[1] === undefined ? [files[0], null] : expect.arrayContaining([files[0]]),
  )
})

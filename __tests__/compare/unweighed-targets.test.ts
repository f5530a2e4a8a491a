/** Targets of a bake that one of two runs could not weigh. */
import { expect, test } from '@jest/globals'
import { compareFootprints } from '../../src/compare/compare.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { parseRecord, recordOf } from '../../src/record/parse-record.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

const target = (name: string) =>
  image({
    name,
    stages: [stage({ layers: [layer({ diffId: `sha256:${name.padEnd(64, '0').replace(/[^0-9a-f]/g, 'e')}` })] })],
  })
const of = (names: readonly string[], unweighed: readonly string[] = []): Footprint => ({
  ...footprintOf(names.map(target)),
  ...(unweighed.length === 0 ? {} : { unweighedTargets: [...unweighed] }),
})
const compared = (before: Footprint, after: Footprint) =>
  compareFootprints(before, after, { kind: 'record', commit: '1a2b3c4d', reference: 'main' }, { sameBuilder: false })

test('a target that the baseline could not weigh is not new', () => {
  const head = of(['api', 'web'])
  const comparison = compared(of(['api'], ['web']), head)
  expect(comparison.added).toEqual([])
  expect(comparison.images.map(({ after }) => after.name)).toEqual(['api'])
  const report = reportWith(comparison, { footprint: head })
  const sentence = 'Not weighed for the baseline, so not compared: web (linux/amd64).'
  expect(renderTerminal(report, { width: 300, color: false })).toContain(sentence)
  const markdown = renderMarkdown(report)
  expect(markdown).toMatch(/\| `web` \|.*\| not compared \|/)
  expect(markdown).not.toContain('| new |')
  expect(markdown).not.toContain('has no baseline')
  expect(markdown).not.toContain('no layer changed')
})

test('a target that the head could not weigh is not gone, and no other image takes its place', () => {
  const comparison = compared(of(['api']), of(['web'], ['api']))
  expect(comparison.removed).toEqual([])
  expect(comparison.images).toEqual([])
  expect(comparison.added.map(({ name }) => name)).toEqual(['web'])
})

test('a record keeps the names of such targets', () => {
  const record = recordOf(of(['api'], ['web']))
  expect(parseRecord(JSON.stringify(record), 'a').unweighedTargets).toEqual(['web'])
})

/** The last lines of a run's log: one for the figures, one for the budgets. */
import { expect, test } from '@jest/globals'
import { logLines } from '../../src/report/log-lines.ts'
import { reportOf } from '../../src/report/report.ts'
import { compareStages, comparisonOf, imageComparison, reportWith, result, verdictOf } from '../support/comparisons.ts'
import { digestOf, footprintOf, image, layer, stage } from '../support/footprints.ts'

const fat = stage({
  name: 'build',
  index: 0,
  role: 'builder',
  layers: [layer({ diffId: digestOf('build'), uncompressedSize: 400_000_000 })],
})
const slim = (pull: number): ReturnType<typeof stage> =>
  stage({ layers: [layer({ compressedSize: pull, uncompressedSize: 80_000_000 })] })
const plain = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replaceAll('\u00a0', ' '))

test('show the figures without a baseline and budgets', () => {
  expect(plain(logLines(reportOf(footprintOf([image({ stages: [fat, slim(30_000_000)] })]))))).toEqual([
    'app (linux/amd64): unpacked 400 MB in stage build → 80.0 MB in the final stage (80 % smaller); to pull 30.0 MB.',
  ])
  expect(plain(logLines(reportOf(footprintOf([image({ stages: [slim(30_000_000)] })]))))).toEqual([
    'app (linux/amd64): 80.0 MB unpacked; to pull 30.0 MB.',
  ])
})

test('show the change and the verdict', () => {
  const [before, after] = [slim(30_000_000), slim(33_000_000)]
  const comparison = comparisonOf([
    imageComparison(image({ stages: [before] }), image({ stages: [after] }), [
      compareStages(before, {
        ...after,
        layers: after.layers.map((one) => ({ ...one, diffId: `sha256:${'f'.repeat(64)}` })),
      }),
    ]),
  ])
  expect(
    plain(
      logLines(
        reportWith(comparison, {
          verdict: verdictOf([result(), result({ outcome: 'not-known', measured: null, reason: 'x' })]),
        }),
      ),
    ),
  ).toEqual([
    'app (linux/amd64): 80.0 MB unpacked; to pull 33.0 MB (+3.00 MB, +10 %).',
    'Budgets: 1 budget not judged, 1 passed.',
  ])
})

test('are limited for many images, and turn no name into a command', () => {
  const lines = logLines(reportOf(footprintOf(Array.from({ length: 7 }, () => image({ name: '::error::\u001b[1m' })))))
  expect(lines).toHaveLength(6)
  expect(lines.at(-1)).toBe('2 more images in the job summary')
  expect(lines.join('')).not.toContain('\u001b')
})

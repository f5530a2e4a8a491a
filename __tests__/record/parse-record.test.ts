/** Records from elsewhere: whatever is accepted can be shown. */
import { expect, test } from '@jest/globals'
import { parseRecord } from '../../src/record/parse-record.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { reportOf } from '../../src/report/report.ts'
import { footprintOf, image, stage } from '../support/footprints.ts'

const recordWeighedAt = (weighedAt: number): string => {
  const { totals } = stage()
  const unbuilt = {
    name: 'build',
    index: 0,
    role: 'builder',
    built: false,
    base: null,
    totals: null,
    layers: [],
    uses: [],
    recorded: { commit: null, weighedAt, base: null, totals },
  }
  return JSON.stringify(footprintOf([{ ...image(), stages: [unbuilt, stage()] } as never]))
}

test('refuses a time beyond the last date, and shows the last date', () => {
  const last = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
  expect(renderMarkdown(reportOf(parseRecord(recordWeighedAt(last), 'x')))).toContain('as weighed on 9999-12-31')
  for (const time of [last + 1, Number.MAX_SAFE_INTEGER, -1, 1.5])
    expect(() => parseRecord(recordWeighedAt(time), 'x')).toThrow('x is not a valid record: images.0.stages.0')
})

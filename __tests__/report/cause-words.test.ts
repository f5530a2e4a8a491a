import { expect, test } from '@jest/globals'
import type { Stage } from '../../src/record/footprint.ts'
import { causeLimits, rowCauses } from '../../src/report/cause-words.ts'
import { changeRows } from '../../src/report/growth-rows.ts'
import { compareFinal } from '../support/compared.ts'
import { digestOf, stageOf } from '../support/footprints.ts'

test.each([
  ['the same archive', '1', 'same contents, compressed again'],
  ['another archive', '2', 'rebuild drift: same step, different bytes'],
])('describes a rebuilt layer that is %s', (_, made, words) => {
  const side = (content: string, compressedSize: number): Stage =>
    stageOf({ steps: [['RUN make', content, { compressedSize, digest: digestOf(`${content} ${compressedSize}`) }]] })
  const rows = changeRows(compareFinal(side('1', 1_000), side(made, 1_003))).filter(({ status }) => status !== 'same')
  expect(
    rows.map((row) => rowCauses(row, (name) => name, { limits: causeLimits, left: (words) => words }).lines[0]),
  ).toEqual([words])
})

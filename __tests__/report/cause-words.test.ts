import { expect, test } from '@jest/globals'
import type { Stage } from '../../src/record/footprint.ts'
import { causeLimits, rowCauses } from '../../src/report/cause-words.ts'
import { changeRows } from '../../src/report/growth-rows.ts'
import { compareFinal } from '../support/compared.ts'
import { digestOf, stageOf } from '../support/footprints.ts'

test.each([
  ['same', 'same contents, different file times'],
  [null, 'rebuild drift: same step, different bytes'],
])('describes a rebuilt layer whose digest without times is %s', (content, words) => {
  const side = (made: string, compressedSize: number): Stage => {
    const stage = stageOf({ steps: [['RUN make', made]] })
    return {
      ...stage,
      layers: stage.layers.map((layer) =>
        layer.origin === 'base'
          ? layer
          : { ...layer, compressedSize, timelessDigest: content === null ? null : digestOf(content) },
      ),
    }
  }
  const rows = changeRows(compareFinal(side('1', 1_000), side('2', 1_003))).filter(({ status }) => status !== 'same')
  expect(
    rows.map((row) => rowCauses(row, (name) => name, { limits: causeLimits, left: (words) => words }).lines[0]),
  ).toEqual([words])
})

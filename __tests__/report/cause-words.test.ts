import { expect, test } from '@jest/globals'
import type { Footprint, Stage } from '../../src/record/footprint.ts'
import { baseImagesSentence } from '../../src/report/base-image-sentences.ts'
import { causeLimits, rowCauses } from '../../src/report/cause-words.ts'
import { changeRows } from '../../src/report/growth-rows.ts'
import { compare, compareFinal } from '../support/compared.ts'
import { digestOf, footprintOf, imageOf, stageOf } from '../support/footprints.ts'

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

test('a base image that is only compressed again, and named on one side only, has the same contents', () => {
  const side = (compressedSize: number, isBaseKnown: boolean): Stage => {
    const found = stageOf({ base: ['debian', 'debian', 'debian'], steps: [['COPY . /app', 'app']] })
    const layers = found.layers.map((layer, position) =>
      position > 0 ? layer : { ...layer, compressedSize, digest: digestOf(`${compressedSize}`) },
    )
    if (isBaseKnown) return { ...found, layers }
    return { ...found, base: null, layers: layers.map((layer) => ({ ...layer, origin: 'own' as const })) }
  }
  const footprint = (stage: Stage): Footprint => footprintOf([imageOf([stage])])
  const compared = compare(footprint(side(50_000, true)), footprint(side(52_160, false)))
  const rows = changeRows(compared.images[0]!.final).filter(({ status }) => status !== 'same')
  expect(
    rows.map((row) => rowCauses(row, (name) => name, { limits: causeLimits, left: (words) => words }).lines[0]),
  ).toEqual(['same contents, compressed again'])
  expect(baseImagesSentence(compared, (name) => name)).toBe(
    'Base images: not known whether they are the same, but the lowest 2 layers are.',
  )
})

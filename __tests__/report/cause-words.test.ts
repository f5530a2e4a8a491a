import { expect, test } from '@jest/globals'
import type { Footprint, Stage } from '../../src/record/footprint.ts'
import { baseImagesSentence } from '../../src/report/base-image-sentences.ts'
import { causeLimits, rowCauses } from '../../src/report/cause-words.ts'
import { causesSentence } from '../../src/report/change-sentences.ts'
import { changeRows } from '../../src/report/growth-rows.ts'
import { compare, compareFinal } from '../support/compared.ts'
import { digestOf, footprintOf, imageOf, stageOf, type Step } from '../support/footprints.ts'

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

/** A final stage on a base image, beside a builder stage; each takes a file from an image. */
const moving = (base: string, tool: string, bytes: number, copied: number): readonly Stage[] => {
  const copy = (to: string, content: number): Step => [`COPY --from=tool:1 /x ${to}`, `x${content}`, { compressedSize: content, uncompressedSize: content, fileBytes: content }] // prettier-ignore
  const uses = [{ stage: 'tool:1', via: 'copy', carriedBytes: null, digest: digestOf(tool) }] as const
  const final = stageOf({ index: 1, role: 'final', base: ['debian', base, base], steps: [copy('/y', copied)], some: { uses: [...uses] } }) // prettier-ignore
  const layers = final.layers.map((layer, position) => (position > 0 ? layer : { ...layer, compressedSize: bytes }))
  return [stageOf({ name: 'build', steps: [copy('/z', tool.length)], some: { uses: [...uses] } }), { ...final, layers }]
}

test.each([
  [
    'only the base image is behind the growth',
    moving('b', 'bb', 9_000, 5),
    'all of it from the moved base image debian',
  ],
  ['another image is behind it, too', moving('b', 'bb', 9_000, 900), 'all of it from images that moved'],
  ['only another image moved', moving('a', 'bb', 1_000, 900), 'all of it from the moved image tool:1'],
])('names what moved if %s', (_, after, words) => {
  const [comparison] = compare(footprintOf([imageOf(moving('a', 'a', 1_000, 5))]), footprintOf([imageOf(after)])).images
  expect(causesSentence(comparison!, (name) => name)).toContain(words)
})

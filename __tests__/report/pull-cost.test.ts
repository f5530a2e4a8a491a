import { expect, test } from '@jest/globals'
import type { ImageComparison } from '../../src/compare/comparison.ts'
import { pullCostSentence } from '../../src/report/change-sentences.ts'

const sentence = (
  fromBaseline: number | null,
  fromBaseImage: number | null,
  kind = 'same',
  digest = '2',
): string | null =>
  pullCostSentence({
    pullCost: { fromBaseline, fromBaseImage },
    final: { after: null, baseImage: { kind, before: { digest: '1' }, after: { digest } } },
  } as unknown as ImageComparison)

test.each([
  [null, null, null],
  [3_000_000, null, 'A client that has the previous image downloads 3.00 MB.'],
  [null, 3_000_000, 'A client that has only the base image downloads 3.00 MB.'],
  [3_000_000, 3_000_000, 'A client downloads 3.00 MB, whether it has the previous image or only the base image.'],
  [3_000_001, 3_000_000, 'A client downloads 3.00 MB, whether it has the previous image or only the base image.'],
  [
    3_000_000,
    4_000_000,
    'A client that has the previous image downloads 3.00 MB; one that has only the base image downloads 4.00 MB.',
  ],
])(
  'with %j from the baseline and %j from the base image, the sentence is %j',
  (fromBaseline, fromBaseImage, expected) => {
    expect(sentence(fromBaseline, fromBaseImage)).toBe(expected)
  },
)

test.each(['edited', 'moved'])('the base image is called new if it was %s', (kind) => {
  expect(sentence(3_000_000, 2_000_000, kind)).toBe(
    'A client that has the previous image downloads 3.00 MB; one that has only the new base image downloads 2.00 MB.',
  )
})

test('another name of the same base image makes it no new one', () => {
  expect(sentence(null, 2_000_000, 'edited', '1')).toBe('A client that has only the base image downloads 2.00 MB.')
})

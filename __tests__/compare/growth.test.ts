import { describe, expect, test } from '@jest/globals'
import { FootprintError } from '../../src/errors.ts'
import type { Layer, Stage } from '../../src/record/footprint.ts'
import { footprintOf, imageOf, stageOf, type Step } from '../support/footprints.ts'
import { compare, compareFinal, compareStages, zero } from '../support/compared.ts'

const of = (...steps: Step[]): Stage => stageOf({ base: ['scratch', null], steps })
const sizes = (
  compressedSize: number | null,
  uncompressedSize: number,
  fileBytes: number,
  more: Partial<Layer> = {},
): Partial<Layer> => ({
  compressedSize,
  uncompressedSize,
  fileBytes,
  ...more,
})
const zstd = 'application/vnd.oci.image.layer.v1.tar+zstd'
const plain = 'application/vnd.oci.image.layer.v1.tar'
const docker = 'application/vnd.docker.image.rootfs.diff.tar.gzip'

test('adds up the layers of each cause', () => {
  const before = [
    stageOf({
      base: ['a:1', 'x', '1', '2'],
      steps: [
        ['RUN a', 'a', sizes(10, 100, 90)],
        ['RUN b', 'b', sizes(20, 200, 190)],
        ['COPY c /', 'c', sizes(5, 50, 40)],
      ],
    }),
  ]
  const after = [
    stageOf({
      base: ['a:1', 'y', '1', '2x'],
      steps: [
        ['RUN a', 'a2', sizes(11, 103, 95)],
        ['RUN b', 'b2', sizes(19, 210, 190)],
        ['RUN new', 'n', sizes(7, 70, 60)],
        ['COPY c /', 'c2', sizes(9, 80, 70)],
      ],
    }),
  ]
  expect(compareStages(before, after).final.growth).toEqual({
    total: { compressedSize: 11, uncompressedSize: 113, fileBytes: 95, layers: 1 },
    byCause: {
      change: { compressedSize: 11, uncompressedSize: 100, fileBytes: 90, layers: 1 },
      'base-image': { compressedSize: 0, uncompressedSize: 13, fileBytes: 5, layers: 0 },
      drift: zero,
      unknown: zero,
    },
  })
})

describe('growth of the size to pull', () => {
  const total = (before: Stage, after: Stage) => compareFinal(before, after).growth.total

  test.each([
    [null, 5],
    [5, null],
    [null, null],
  ])('is not known from %s to %s bytes of another layer, but unpacked growth is', (a, b) => {
    expect(total(of(['RUN a', 'a', sizes(a, 100, 90)]), of(['RUN a', 'b', sizes(b, 110, 95)]))).toEqual({
      compressedSize: null,
      uncompressedSize: 10,
      fileBytes: 5,
      layers: 0,
    })
  })

  test.each([
    ['added', of(), of(['RUN a', 'a', sizes(null, 100, 90)])],
    ['removed', of(['RUN a', 'a', sizes(null, 100, 90)]), of()],
  ])('is not known for an %s layer without a size', (_, before, after) => {
    expect(total(before, after).compressedSize).toBeNull()
  })

  test('is unknown only for the causes that it belongs to', () => {
    const { growth } = compareFinal(
      of(['RUN a', 'a', sizes(null, 1, 1)], ['RUN c', 'c', sizes(1, 1, 1)]),
      of(['RUN a', 'b', sizes(null, 2, 2)], ['RUN c', 'c', sizes(1, 1, 1)], ['RUN d', 'd', sizes(7, 1, 1)]),
    )
    expect(growth.total.compressedSize).toBeNull()
    expect(growth.byCause.drift.compressedSize).toBeNull()
    expect(growth.byCause.change.compressedSize).toBe(7)
  })

  test('is not known from gzip to zstd, with the same content or another', () => {
    const [gzip, other] = [sizes(10, 100, 90), sizes(3, 100, 90, { mediaType: zstd })]
    const edited = compareFinal(of(['RUN a', 'a', gzip]), of(['RUN b', 'b', other]))
    expect(edited.layers[0]?.codec).toEqual({ before: 'gzip', after: 'zstd' })
    expect(edited.growth.total).toEqual({ compressedSize: null, uncompressedSize: 0, fileBytes: 0, layers: 0 })
    const same = compareStages([of(['RUN a', 'a', gzip])], [of(['RUN a', 'a', other])])
    expect(same.final.layers[0]).toMatchObject({
      kind: 'changed',
      cause: 'unknown',
      growth: { compressedSize: null, uncompressedSize: 0 },
      paths: [],
    })
    expect(same.unchanged).toBe(false)
  })

  test('is known if both names mean the same compression', () => {
    const stage = compareFinal(
      of(['RUN a', 'a', sizes(10, 100, 90)]),
      of(['RUN a', 'b', sizes(12, 100, 90, { mediaType: docker })]),
    )
    expect(stage.layers[0]?.codec).toBeNull()
    expect(stage.growth.total.compressedSize).toBe(2)
  })

  test('is none for the same uncompressed layer, although its size to pull is not known', () => {
    const layer: Step = ['RUN a', 'a', sizes(null, 100, 90, { mediaType: plain, digest: null })]
    expect(total(of(layer), of(layer))).toEqual(zero)
  })

  test('is not known for the same content if one side does not know the size', () => {
    const compared = compareStages(
      [of(['RUN a', 'a', sizes(null, 100, 90, { digest: null })])],
      [of(['RUN a', 'a', sizes(10, 100, 90)])],
    )
    expect(compared.final.growth.total.compressedSize).toBeNull()
    expect(compared.final.growth.byCause.change.compressedSize).toBe(0)
    expect(compared.final.layers[0]).toMatchObject({ kind: 'same', cause: null })
    expect(compared.unchanged).toBe(true)
  })

  test('is drift for the same content compressed by another gzip', () => {
    expect(
      compareFinal(of(['RUN a', 'a', sizes(10, 100, 90)]), of(['RUN a', 'a', sizes(12, 100, 90, { digest: null })]))
        .growth.byCause.drift.compressedSize,
    ).toBe(2)
  })

  test('has an unknown cause if one diffID has two sizes', () => {
    expect(
      compareFinal(of(['RUN a', 'a', sizes(10, 100, 90)]), of(['RUN a', 'a', sizes(10, 120, 90)])).growth.byCause
        .unknown.uncompressedSize,
    ).toBe(20)
  })
})

describe('the download cost', () => {
  const cost = (before: Stage, after: Stage) => compareStages([before], [after]).pullCost
  const on = (...steps: Step[]): Stage => stageOf({ base: ['a', null, 'base'], steps })

  test('counts the blobs that the baseline and the base image do not have', () => {
    expect(cost(on(['RUN a', 'a'], ['RUN b', 'b']), on(['RUN b', 'b'], ['RUN c', 'c', { compressedSize: 7 }]))).toEqual(
      { fromBaseline: 7, fromBaseImage: 1_007 },
    )
  })

  test('counts a blob once', () => {
    const empty: Step = ['RUN true', 'empty', { compressedSize: 32 }]
    expect(cost(on(), on(empty, ['RUN c', 'c'], empty))).toEqual({ fromBaseline: 1_032, fromBaseImage: 1_032 })
  })

  test('counts a blob again if its compression changed', () => {
    expect(
      cost(
        on(['RUN a', 'a']),
        on(['RUN a', 'a', { mediaType: zstd, digest: `sha256:${'1'.repeat(64)}`, compressedSize: 5 }]),
      ),
    ).toEqual({ fromBaseline: 5, fromBaseImage: 5 })
  })

  test('is not known if a size, a blob or the base is not known', () => {
    expect(cost(on(), on(['RUN c', 'c', { compressedSize: null }]))).toEqual({
      fromBaseline: null,
      fromBaseImage: null,
    })
    expect(cost(on(['RUN a', 'a', { digest: null }]), on(['RUN a', 'a']))).toEqual({
      fromBaseline: null,
      fromBaseImage: 1_000,
    })
    expect(cost(on(['RUN a', 'a']), on(['RUN a', 'a', { digest: null }]))).toEqual({
      fromBaseline: null,
      fromBaseImage: 1_000,
    })
    expect(cost(on(), stageOf({ some: { base: null } }))).toMatchObject({ fromBaseImage: null })
  })
})

describe('whether an image is unchanged', () => {
  const unchanged = (before: Stage, after: Stage) => compareStages([before], [after]).unchanged
  const metadata = (...texts: string[]): Stage => of(...texts.map((text): Step => [text, null]), ['RUN a', 'a'])

  test('depends on the number of metadata-only steps, not on their text', () => {
    expect(unchanged(metadata('LABEL a'), metadata('LABEL b'))).toBe(true)
    expect(unchanged(metadata('LABEL a'), metadata('LABEL a', 'LABEL b'))).toBe(false)
    expect(compareFinal(metadata('LABEL a'), metadata()).metadataOnlySteps).toBe(-1)
  })

  test('depends on the order of the layers, and on every stage', () => {
    expect(unchanged(of(['RUN a', 'a'], ['RUN b', 'b']), of(['RUN b', 'b'], ['RUN a', 'a']))).toBe(false)
    const builder = stageOf({ name: 'b', steps: [['RUN b', 'b']] })
    const final = stageOf({ index: 1 })
    expect(compareStages([builder, final], [builder, final]).unchanged).toBe(true)
    expect(compareStages([builder, final], [stageOf({ name: 'b', steps: [['RUN b', 'c']] }), final]).unchanged).toBe(
      false,
    )
    expect(compareStages([builder, final], [final]).unchanged).toBe(false)
  })

  test('does not include metadata-only steps that one side does not know', () => {
    const compared = compareFinal(of(), stageOf({ base: ['scratch', null], some: { base: null } }))
    expect(compared.metadataOnlySteps).toBeNull()
  })
})

describe('the limits of records', () => {
  const most = Number.MAX_SAFE_INTEGER
  const footprint = (...steps: Step[]) => footprintOf([imageOf([of(...steps)])])

  test('sums are exact up to the limit', () => {
    const { images } = compare(
      footprint(['RUN a', 'a', sizes(most, most - 1, 1)], ['RUN b', 'b', sizes(0, 1, 0)]),
      footprint(['RUN a', 'c', sizes(1, 0, most)]),
    )
    expect(images[0]?.final.growth.total).toEqual({
      compressedSize: 1 - most,
      uncompressedSize: -most,
      fileBytes: most - 1,
      layers: -1,
    })
  })

  test.each([
    ['to pull', sizes(1, 0, 0), sizes(most, 0, 0)],
    ['unpacked', sizes(0, most, 0), sizes(0, 2, 0)],
    ['in files', sizes(0, 0, most), sizes(null, 0, most)],
  ])('a record beyond the limit is refused: %s', (_, a, b) => {
    const [fine, huge] = [footprint(), footprint(['RUN a', 'a', a], ['RUN b', 'b', b])]
    expect(() => compare(fine, huge)).toThrow(
      /stage 0 of image app \(linux\/amd64\) in the head weigh more than can be added up exactly/,
    )
    expect(() => compare(huge, fine)).toThrow(FootprintError)
  })

  test('an image without a final stage is refused', () => {
    const broken = footprintOf([{ ...imageOf([]), finalStage: 'gone' }])
    expect(() => compare(footprint(), broken)).toThrow('image app (linux/amd64) in the head has no final stage')
    expect(() => compare(broken, footprint())).toThrow('in the baseline has no final stage')
  })

  test('a stage may be final by its name alone', () => {
    const named = { ...imageOf([of()]), stages: [{ ...of(), role: 'builder' as const }] }
    expect(compare(footprintOf([named]), footprint()).images).toHaveLength(1)
  })
})

test('an engine that keeps layers unpacked does not change their compression', () => {
  const before = [of(['RUN a', 'a', sizes(10, 100, 90)])]
  const after = [of(['RUN a', 'b', sizes(null, 110, 100, { mediaType: plain, digest: null })])]
  const { notes, images } = compare(footprintOf([imageOf(before)]), footprintOf([imageOf(after)]))
  expect(notes.filter(({ kind }) => kind === 'other-compression')).toEqual([])
  expect(images[0]!.final.growth.total).toMatchObject({ compressedSize: null, uncompressedSize: 10 })
})

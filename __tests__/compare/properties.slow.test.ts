/** Properties that hold for any two footprints. */
import { defaultNoise } from '../../src/compare/noise.ts'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import * as v from 'valibot'
import type { Cause, Growth, LayerChange, SplitGrowth, StageChange } from '../../src/compare/comparison.ts'
import { lacksStages } from '../../src/compare/image-side.ts'
import { finalStageOf } from '../../src/compare/match-stages.ts'
import { FootprintError } from '../../src/errors.ts'
import type { Footprint, Image, Layer, Stage } from '../../src/record/footprint.ts'
import { causeLimits, rowCauses } from '../../src/report/cause-words.ts'
import { grownAndShrunk } from '../../src/report/growth-tables.ts'
import { parseRecord, RecordSchema } from '../../src/record/parse-record.ts'
import { digestOf, footprintOf, image, stage, stageOf, type Step } from '../support/footprints.ts'
import { inThread } from '../support/thread.ts'
import { compare, compareStages, zero } from '../support/compared.ts'

const gzip = 'application/vnd.oci.image.layer.v1.tar+gzip'
const zstd = 'application/vnd.oci.image.layer.v1.tar+zstd'
const plain = 'application/vnd.oci.image.layer.v1.tar'

// Few words, so that much is similar.
const texts = fc.constantFrom(
  'RUN a',
  'RUN a b',
  'RUN  a',
  'COPY . .',
  'COPY a /',
  'COPY --from=0 /x /',
  'COPY --from=build /x /',
  'RUN --mount=from=s1 x',
  'ADD https://a /',
  'WORKDIR /a',
  'COPY <<E /x\nE',
  '\\',
  '',
)
const names = fc.constantFrom('build', 'BUILD', 's1', 's2', '0', '1', '')
const digests = fc.constantFrom(...['a', 'b', 'c', 'd', 'e'].map(digestOf))
const paths = fc.constantFrom('/a', '/a/b', '/a/b/c', 'a', '/', '', '/node_modules/x/y')
const small = fc.nat(20)

function layers(size: fc.Arbitrary<number>, mediaTypes: readonly string[]): fc.Arbitrary<Layer> {
  const instruction = fc.record({
    text: texts,
    line: fc.integer({ min: 1, max: 5 }),
    endLine: fc.integer({ min: 1, max: 5 }),
  })
  const known = fc.record({
    digest: fc.option(digests),
    diffId: digests,
    mediaType: fc.constantFrom(...mediaTypes),
    compressedSize: fc.option(size, { freq: 8 }),
    uncompressedSize: size,
    fileBytes: size,
    entries: small,
    whiteouts: small,
    opaqueWhiteouts: small,
    origin: fc.constantFrom('base' as const, 'inherited' as const, 'own' as const),
    instruction: fc.option(instruction, { freq: 8 }),
    contents: fc.option(
      fc.record({
        files: fc.array(fc.record({ path: paths, fileBytes: size }), { maxLength: 4 }),
        directories: fc.array(fc.record({ path: paths, fileBytes: size, files: small }), { maxLength: 4 }),
        complete: fc.boolean(),
      }),
    ),
  })
  // A layer that its source does not contain.
  return fc.tuple(known, fc.nat(19)).map(([layer, nth]) =>
    nth > 0
      ? layer
      : {
          ...layer,
          uncompressedSize: null,
          fileBytes: null,
          entries: null,
          whiteouts: null,
          opaqueWhiteouts: null,
          contents: null,
        },
  )
}

const isHeld = ({ entries }: Layer): boolean => entries !== null
const areHeld = ({ before, after }: StageChange): boolean =>
  [...(before?.layers ?? []), ...(after?.layers ?? [])].every(isHeld)

function footprints(
  size: fc.Arbitrary<number>,
  mediaTypes: readonly string[] = [gzip, zstd, plain, 'x'],
): fc.Arbitrary<Footprint> {
  const instruction = fc.record({
    text: fc.oneof(texts, fc.constantFrom('ENV a=1', 'ENV a=2', 'ARG x')),
    line: fc.integer({ min: 1, max: 5 }),
    endLine: fc.constant(5),
  })
  const stages = fc
    .record({
      name: names,
      index: fc.nat(4),
      role: fc.constantFrom('builder' as const, 'final' as const),
      base: fc.option(
        fc.record({ reference: fc.constantFrom('a', 'b', '$c'), digest: fc.option(digests), layers: small }),
      ),
      layers: fc.array(layers(size, mediaTypes), { maxLength: 6 }),
      instructions: fc.array(instruction, { maxLength: 6 }),
      uses: fc.array(
        fc.record({
          stage: names,
          via: fc.constantFrom('copy' as const, 'mount' as const, 'from' as const),
          carriedBytes: fc.constant(null),
        }),
        { maxLength: 2 },
      ),
    })
    .chain((some) =>
      fc.boolean().map((known): Stage => {
        const { instructions, ...rest } = stage(some)
        return known ? { ...rest, instructions: instructions ?? [] } : rest
      }),
    )
  const images = fc
    .record({
      name: fc.constantFrom('app', 'web'),
      platform: fc.constantFrom({ os: 'linux', architecture: 'amd64' }, { os: 'linux', architecture: 'arm64' }),
      stages: fc
        .tuple(
          fc.array(stages, { maxLength: 4 }),
          stages.map((found): Stage => ({ ...found, role: 'final' })),
        )
        .map(([builders, final]) => [...builders, final]),
    })
    .map((some) => image({ ...some, finalStage: some.stages.at(-1)?.name ?? '' }))
  return fc.array(images, { minLength: 1, maxLength: 3 }).map((found) => footprintOf(found))
}

/** Each blob once. */
const toPull = (found: Stage | null): number => {
  const layers = found?.layers ?? []
  const firsts = layers.filter(
    ({ digest }, at) => digest === null || layers.findIndex((other) => other.digest === digest) === at,
  )
  return firsts.reduce((total, { compressedSize }) => total + (compressedSize ?? 0), 0)
}

const causes = ['change', 'base-image', 'drift', 'unknown'] as const
const add = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)
const sumOf = (growths: readonly Growth[]): Growth =>
  growths.reduce(
    (total, each) => ({
      compressedSize: add(total.compressedSize, each.compressedSize),
      uncompressedSize: add(total.uncompressedSize, each.uncompressedSize),
      fileBytes: add(total.fileBytes, each.fileBytes),
      layers: total.layers + each.layers,
    }),
    zero,
  )
const parts = ({ byCause }: SplitGrowth): Growth => sumOf(causes.map((cause) => byCause[cause]))

const settings = { numRuns: 200 }
const weights = fc.nat(1_000_000)
const allStages = (footprints_: readonly [Footprint, Footprint], sameBuilder: boolean): readonly StageChange[] =>
  compare(...footprints_, sameBuilder).images.flatMap(({ stages }) => stages)

/** Each layer, and whether a side lists its blob more than once. Such a blob counts where that side lists it first. */
function layersOf({ layers }: StageChange): readonly { readonly each: LayerChange; readonly isShared: boolean }[] {
  const isListedAgain = (side: 'before' | 'after', digest: string | null | undefined): boolean =>
    layers.filter((other) => other[side] !== null && other[side].digest === digest).length > 1
  return layers.map((each) => ({
    each,
    isShared: isListedAgain('before', each.before?.digest) || isListedAgain('after', each.after?.digest),
  }))
}

test('the generated footprints are valid records', () => {
  fc.assert(
    fc.property(footprints(weights), (footprint) => {
      expect(v.is(RecordSchema, footprint)).toBe(true)
    }),
    settings,
  )
})

describe('for any two footprints', () => {
  const both = fc.tuple(footprints(weights), footprints(weights))

  test('the parts add up to the total, and the total is what the stages weigh', () => {
    fc.assert(
      fc.property(both, fc.boolean(), (pair, sameBuilder) => {
        for (const change of allStages(pair, sameBuilder)) {
          const { growth } = change
          expect(parts(growth)).toEqual(growth.total)
          expect(sumOf(change.layers.map((each) => each.growth))).toEqual(growth.total)
          const weigh = (found: Stage | null, of: (each: Layer) => number): number =>
            (found?.layers ?? []).reduce((total, each) => total + of(each), 0)
          for (const [grown, of] of [
            [growth.total.uncompressedSize, (each: Layer) => each.uncompressedSize ?? 0],
            [growth.total.fileBytes, (each: Layer) => each.fileBytes ?? 0],
            [growth.total.layers, () => 1],
          ] as const)
            if (areHeld(change)) expect(grown).toBe(weigh(change.after, of) - weigh(change.before, of))
          // A blob is the same even if an earlier record does not know its size.
          if (
            growth.total.compressedSize !== null &&
            [...(change.before?.layers ?? []), ...(change.after?.layers ?? [])].every(
              (each) => each.compressedSize !== null,
            )
          )
            expect(growth.total.compressedSize).toBe(toPull(change.after) - toPull(change.before))
          // Without a cause, other file times may have given the same contents another compressed size.
          const causeOf = ({ cause, growth: { compressedSize } }: LayerChange): Cause =>
            cause ?? (compressedSize === null ? 'unknown' : 'drift')
          for (const cause of causes)
            expect(sumOf(change.layers.filter((each) => causeOf(each) === cause).map((each) => each.growth))).toEqual(
              growth.byCause[cause],
            )
        }
      }),
      settings,
    )
  })

  test('no image, stage or layer of either side is lost or doubled', () => {
    const once = <T>(found: readonly (T | null)[], expected: readonly T[]): void => {
      const present = found.filter((each) => each !== null)
      expect(present).toHaveLength(expected.length)
      expect(new Set(present)).toEqual(new Set(expected))
    }
    fc.assert(
      fc.property(both, ([before, after]) => {
        const compared = compare(before, after)
        once(
          [
            ...compared.images.map((each) => each.before),
            ...compared.removed,
            ...compared.ambiguous.flatMap((each) => each.before),
          ],
          before.images,
        )
        once(
          [
            ...compared.images.map((each) => each.after),
            ...compared.added,
            ...compared.ambiguous.flatMap((each) => each.after),
          ],
          after.images,
        )
        for (const pair of compared.images) {
          // An existing image has only its final stage.
          const finals = lacksStages(pair.before) || lacksStages(pair.after)
          const comparable = (of: Image): readonly Stage[] =>
            of.stages.filter((each) => !finals || each === finalStageOf(of))
          once(
            pair.stages.map((each) => each.before),
            comparable(pair.before),
          )
          once(
            pair.stages.map((each) => each.after),
            comparable(pair.after),
          )
          expect(pair.stages.flatMap((each) => each.after ?? [])).toEqual(comparable(pair.after))
          for (const change of pair.stages) {
            once(
              change.layers.map((each) => each.before),
              change.before?.layers ?? [],
            )
            once(
              change.layers.map((each) => each.after),
              change.after?.layers ?? [],
            )
          }
        }
      }),
      settings,
    )
  })

  test('a layer is the same without a cause, or has one, with few paths', () => {
    fc.assert(
      fc.property(both, fc.boolean(), (pair, sameBuilder) => {
        for (const { each, isShared } of allStages(pair, sameBuilder).flatMap(layersOf)) {
          expect(each.kind === 'same').toBe(each.cause === null)
          expect(each.before === null).toBe(each.kind === 'added')
          expect(each.after === null).toBe(each.kind === 'removed')
          if (each.kind === 'same' && each.before?.timelessDigest !== each.after?.timelessDigest)
            expect(each.before?.diffId).toBe(each.after?.diffId)
          if (each.kind === 'same' && each.growth.compressedSize !== null && !isShared)
            expect(each.growth).toEqual(zero)
          if (each.codec !== null) expect(each.growth.compressedSize).toBeNull()
          expect(each.paths.length).toBeLessThanOrEqual(5)
        }
      }),
      settings,
    )
  })

  test('a report has at most one row for a layer that differs, and none up to the noise floor below another', () => {
    fc.assert(
      fc.property(both, fc.boolean(), (pair, sameBuilder) => {
        for (const change of allStages(pair, sameBuilder)) {
          const { tables, driftNoise, noise, level, notKnown } = grownAndShrunk(change)
          const rows = [...tables.flatMap((one) => [...one.rows, ...one.small]), ...driftNoise, ...noise]
          const layers = [...rows, ...level].flatMap((row) => (row.kind === 'layer' ? [row.after ?? row.before] : []))
          expect(new Set(layers).size).toBe(layers.length)
          expect([...rows, ...level].every(({ status }) => status !== 'same')).toBe(true)
          expect(rows.filter((row) => notKnown.includes(row))).toEqual([])
          for (const { rows: shown } of tables)
            for (const { growth } of shown.filter((row) => row.kind === 'layer').slice(1))
              expect(
                [growth.compressedSize, growth.uncompressedSize].some(
                  (one) => one === null || Math.abs(one) > defaultNoise,
                ),
              ).toBe(true)
          // No cause is told twice, and none without a change.
          for (const row of rows) {
            const { lines, rest } = rowCauses(row, (text) => text, { limits: causeLimits, left: null })
            expect(new Set([...lines, ...rest]).size).toBe(lines.length + rest.length)
            expect(row.paths.every(({ before: from, after: to }) => from !== to)).toBe(true)
          }
        }
      }),
      settings,
    )
  })

  test('comparing changes nothing, and always gives the same result', () => {
    fc.assert(
      fc.property(both, (pair) => {
        const copy = structuredClone(pair)
        expect(compare(...copy)).toEqual(compare(...pair))
        expect(copy).toEqual(pair)
      }),
      { numRuns: 100 },
    )
  })
})

test('a footprint compared with itself is unchanged', () => {
  fc.assert(
    fc.property(footprints(weights), fc.boolean(), (footprint, sameBuilder) => {
      const compared = compare(footprint, structuredClone(footprint), sameBuilder)
      expect([compared.added, compared.removed]).toEqual([[], []])
      for (const pair of compared.images) {
        expect(pair.unchanged).toBe(true)
        for (const change of pair.stages) {
          expect(change.layers.map(({ kind, edited, moved }) => [kind, edited, moved])).toEqual(
            (change.after?.layers ?? []).map(() => ['same', false, false]),
          )
          expect({ ...change.growth.total, compressedSize: change.growth.total.compressedSize ?? 0 }).toEqual(zero)
        }
      }
    }),
    settings,
  )
})

test('swapping the sides negates the growth', () => {
  const negated = ({ compressedSize, uncompressedSize, fileBytes, layers: count }: Growth): Growth => ({
    compressedSize: compressedSize === null ? null : 0 - compressedSize,
    uncompressedSize: uncompressedSize === null ? null : 0 - uncompressedSize,
    fileBytes: fileBytes === null ? null : 0 - fileBytes,
    layers: 0 - count,
  })
  // With several codecs and unknown sizes, what is known depends on how equal layers are paired.
  const one = footprints(weights, [gzip]).map((found): Footprint => ({
    ...found,
    images: found.images.map((each) => ({
      ...each,
      stages: each.stages.map((of) => ({
        ...of,
        layers: of.layers.map((lay) => ({
          ...lay,
          compressedSize: lay.compressedSize ?? 7,
          uncompressedSize: lay.uncompressedSize ?? 7,
          fileBytes: lay.fileBytes ?? 7,
          entries: lay.entries ?? 7,
        })),
      })),
    })),
  }))
  fc.assert(
    fc.property(one, one, (before, after) => {
      const [there, back] = [compare(before, after), compare(after, before)]
      const finals = (compared: typeof there): Map<string, Growth> =>
        new Map(
          compared.images.map(({ before: a, after: b, final }) => [
            JSON.stringify([a.name, a.platform, b.name].sort()),
            final.growth.total,
          ]),
        )
      const unique =
        new Set(before.images.map(({ name, platform }) => JSON.stringify([name, platform]))).size ===
          before.images.length &&
        new Set(after.images.map(({ name, platform }) => JSON.stringify([name, platform]))).size === after.images.length
      fc.pre(unique)
      expect(new Map([...finals(back)].map(([key, growth]) => [key, negated(growth)]))).toEqual(finals(there))
    }),
    settings,
  )
})

test('swapping the sides keeps the cause of the same step', () => {
  const contents = fc.constantFrom('x', 'y', 'z')
  const sides = fc.array(fc.tuple(fc.constantFrom('RUN a', 'RUN b', 'COPY . .'), contents, contents), { maxLength: 6 })
  fc.assert(
    fc.property(sides, (steps) => {
      const side = (which: 1 | 2): Stage =>
        stageOf({
          steps: steps.map((step, n): Step => [
            `${step[0]} ${n}`,
            `${step[which]} ${n}`,
            { compressedSize: step[which].charCodeAt(0) },
          ]),
        })
      const [there, back] = [
        compareStages([side(1)], [side(2)]).final.growth,
        compareStages([side(2)], [side(1)]).final.growth,
      ]
      for (const cause of causes)
        expect(0 - (there.byCause[cause].compressedSize ?? NaN)).toBe(back.byCause[cause].compressedSize! + 0)
    }),
    settings,
  )
})

test('one inserted instruction is exactly one added layer', () => {
  const steps = fc.array(fc.tuple(texts, fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean()), { maxLength: 12 })
  fc.assert(
    fc.property(steps, texts, fc.nat(12), fc.boolean(), (some, text, at, empty) => {
      const nothing = { fileBytes: 0, entries: 0, uncompressedSize: 1_024 }
      const before = some.map(([first, content, bare]): Step => [
        first,
        bare ? 'nothing' : content,
        bare ? nothing : {},
      ])
      const inserted: Step = [text, empty ? 'nothing' : 'new', empty ? nothing : {}]
      const after = before.toSpliced(at, 0, inserted)
      const { layers: changes } = compareStages([stageOf({ steps: before })], [stageOf({ steps: after })]).final
      expect(changes.filter(({ kind }) => kind !== 'same').map(({ kind }) => kind)).toEqual(['added'])
      expect(changes.filter(({ moved, edited }) => moved || edited)).toEqual([])
    }),
    settings,
  )
})

test('renaming a stage causes no growth', () => {
  fc.assert(
    fc.property(footprints(weights), fc.nat(4), (footprint, which) => {
      const renamed: Footprint = {
        ...footprint,
        images: footprint.images.map((each) => ({
          ...each,
          stages: each.stages.map((found, position) =>
            position === which && found !== each.stages.at(-1) ? { ...found, name: 'renamed' } : found,
          ),
        })),
      }
      for (const { final, stages, before } of compare(footprint, renamed).images) {
        expect(final.layers.every(({ kind }) => kind === 'same')).toBe(true)
        // Names that occur twice identify no stage.
        if (new Set(before.stages.map(({ name }) => name.toLowerCase())).size !== before.stages.length) continue
        const found = stages.filter(({ after }) => after?.name === 'renamed' && after.layers.length > 0)
        for (const { kind, growth } of found.filter(({ kind: is }) => is === 'matched'))
          expect([kind, growth.total.uncompressedSize]).toEqual(['matched', 0])
      }
    }),
    settings,
  )
})

test('renaming a stage that is unlike all others changes nothing else', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(5), fc.stringMatching(/^[a-z]{8}$/), (count, which, name) => {
      const stages = (called: (index: number) => string): Stage[] =>
        Array.from({ length: count + 1 }, (_, index) =>
          stageOf({
            name: called(index),
            index,
            steps: [
              [`RUN make ${index}`, `${index}`],
              ['RUN common', 'common'],
            ],
          }),
        )
      const compared = compareStages(
        stages((index) => `stage${index}`),
        stages((index) => (index === which ? name : `stage${index}`)),
      )
      expect(compared.unchanged).toBe(true)
      expect(compared.stages.map(({ growth }) => growth.total)).toEqual(compared.stages.map(() => zero))
    }),
    settings,
  )
})

describe('hostile records', () => {
  const huge = fc.oneof(
    fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1),
    fc.nat(),
    fc.integer({ min: Number.MAX_SAFE_INTEGER - 5, max: Number.MAX_SAFE_INTEGER }),
  )

  // The totals in them are not compared, and would not be safe integers.
  const totals = {
    layers: 0,
    baseLayers: 0,
    inheritedLayers: 0,
    ownLayers: 0,
    metadataOnlySteps: 0,
    compressedSize: 0,
    uncompressedSize: 0,
    fileBytes: 0,
    entries: 0,
  }
  const withoutTotals = (footprint: Footprint): Footprint => ({
    ...footprint,
    images: footprint.images.map((each) => ({ ...each, stages: each.stages.map((found) => ({ ...found, totals })) })),
  })

  test('give exact sums or a one-sentence error', () => {
    fc.assert(
      fc.property(footprints(huge), footprints(huge), (before, after) => {
        const read = [before, after].map((each) => parseRecord(JSON.stringify(withoutTotals(each)), 'r')) as [
          Footprint,
          Footprint,
        ]
        try {
          for (const change of allStages(read, false)) {
            const { growth, before: a, after: b } = change
            const weigh = (found: Stage | null): bigint =>
              (found?.layers ?? []).reduce((total, each) => total + BigInt(each.uncompressedSize ?? 0), 0n)
            if (areHeld(change)) expect(BigInt(growth.total.uncompressedSize!)).toBe(weigh(b) - weigh(a))
            expect(parts(growth)).toEqual(growth.total)
          }
        } catch (error) {
          if (!(error instanceof FootprintError)) throw error
          expect(error.code).toBe('UNREADABLE_INPUT')
          expect(error.message).toMatch(/weigh more than can be added up exactly/)
        }
      }),
      settings,
    )
  })

  // A record's texts are at most 65,536 characters long. With these, quadratic work would take a quarter of an hour.
  test.each([' ', '\n', '\\\n', 'a ', '"', '--from=', '<<E ', '$'])(
    'with texts of a million characters %j are compared in time',
    async (part) => {
      const text = `RUN ${part.repeat(1_000_000 / part.length)}`
      const [before, after] = [
        stageOf({
          steps: [
            [text, 'a'],
            [text, 'b'],
          ],
        }),
        stageOf({
          steps: [
            [`${text}x`, 'c'],
            [text, 'd'],
          ],
        }),
      ]
      expect(
        await inThread(new URL('../support/compared.ts', import.meta.url), 'compareStages', [before], [after]),
      ).toMatchObject({ unchanged: false })
    },
  )
})

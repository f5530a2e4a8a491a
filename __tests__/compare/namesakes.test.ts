/** Images that share a name: none is ever shown with the figures of another. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { judge } from '../../src/budget/judge.ts'
import { parseBudgets } from '../../src/budget/sources.ts'
import { matchImages } from '../../src/compare/match-images.ts'
import { normalisedPlatform } from '../../src/oci/platform.ts'
import type { Image } from '../../src/record/footprint.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { imageReports, nothingChanged } from '../../src/report/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, image, layerOf, stage } from '../support/footprints.ts'
import { compare } from '../support/compared.ts'

type Platform = Image['platform']
const linux: Platform = { os: 'linux', architecture: 'amd64' }
const windows = (version: string, ...features: string[]): Platform => ({
  os: 'windows',
  architecture: 'amd64',
  'os.version': version,
  ...(features.length > 0 ? { 'os.features': features } : {}),
})

function of(
  content: string,
  platform: Platform = linux,
  some: Partial<Image> = {},
  mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip',
): Image {
  return image({
    platform,
    stages: [
      stage({
        base: null,
        layers: [
          layerOf(content, { mediaType, compressedSize: 100 + content.length, uncompressedSize: 512 * content.length }),
        ],
      }),
    ],
    ...some,
  })
}

const contentOf = ({ stages }: Image): string => stages[0]?.layers[0]?.diffId ?? ''
const pairsOf = (before: readonly Image[], after: readonly Image[]): readonly (readonly [number, number])[] =>
  matchImages(before, after).pairs.map((pair) => [before.indexOf(pair.before), after.indexOf(pair.after)])

describe('images with versions of a platform are paired', () => {
  test.each<[string, Image[], Image[], (readonly [number, number])[]]>([
    [
      'in any order',
      [of('a', windows('10.0.1.1')), of('b', windows('10.0.2.1')), of('c', windows('10.0.3.1'))],
      [of('c', windows('10.0.3.1')), of('a', windows('10.0.1.1')), of('b', windows('10.0.2.1'))],
      [
        [2, 0],
        [0, 1],
        [1, 2],
      ],
    ],
    [
      'if they were updated, in any order',
      [of('a', windows('10.0.1.1')), of('b', windows('10.0.2.1'))],
      [of('x', windows('10.0.2.9')), of('y', windows('10.0.1.9'))],
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      'but not if a version is new',
      [of('a', windows('10.0.1.1')), of('b', windows('10.0.2.1'))],
      [of('x', windows('10.0.3.1')), of('y', windows('10.0.1.1'))],
      [[0, 1]],
    ],
    ['if the only one has another version', [of('a', windows('10.0.1.1'))], [of('b', windows('10.0.2.1'))], [[0, 0]]],
    [
      'by features',
      [of('a', windows('10.0.1.1', 'x')), of('b', windows('10.0.1.1'))],
      [of('c', windows('10.0.1.1')), of('d', windows('10.0.1.1', 'x'))],
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      'by features, in any order',
      [of('a', windows('10.0.1.1', 'x', 'y')), of('b', windows('10.0.1.1', 'y'))],
      [of('c', windows('10.0.1.1', 'y')), of('d', windows('10.0.1.1', 'y', 'x'))],
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      'by content with an earlier record',
      [of('a', { os: 'windows', architecture: 'amd64' }), of('b', { os: 'windows', architecture: 'amd64' })],
      [of('b', windows('10.0.2.1')), of('c', windows('10.0.1.1'))],
      [
        [0, 1],
        [1, 0],
      ],
    ],
    [
      'if they have the names of two folders',
      [of('a', windows('10.0.1.1'), { name: 'old' }), of('b', windows('10.0.2.1'), { name: 'old' })],
      [of('b', windows('10.0.2.1'), { name: 'new' }), of('c', windows('10.0.1.1'), { name: 'new' })],
      [
        [0, 1],
        [1, 0],
      ],
    ],
    [
      'if each side has one name',
      [of('a', windows('10.0.1.1'), { name: 'x' }), of('b', windows('10.0.1.1'), { name: 'y' })],
      [of('c', windows('10.0.1.1'), { name: 'y' }), of('d', windows('10.0.1.1'), { name: 'x' })],
      [
        [1, 0],
        [0, 1],
      ],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(new Set(pairsOf(before, after))).toEqual(new Set(expected))
  })
})

describe('images of one platform are paired', () => {
  const zstd = 'application/vnd.oci.image.layer.v1.tar+zstd'
  test.each<[string, Image[], Image[], (readonly [number, number])[] | null]>([
    [
      'by their layers',
      [of('a'), of('b')],
      [of('b'), of('a')],
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      'if one changed and the other did not',
      [of('a'), of('b')],
      [of('c'), of('a')],
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      'by compression, if they have the same content',
      [of('a'), of('a', linux, {}, zstd)],
      [of('b', linux, {}, zstd), of('b')],
      [
        [1, 0],
        [0, 1],
      ],
    ],
    ['but not if both changed', [of('a'), of('b')], [of('c'), of('d')], null],
    ['but not if one was added and none is unchanged', [of('a')], [of('b'), of('c')], null],
    ['if one was added and one is unchanged', [of('a')], [of('b'), of('a')], [[0, 1]]],
    ['if one was removed and one is unchanged', [of('a'), of('b')], [of('b')], [[1, 0]]],
    ['but not if one was removed and none is unchanged', [of('a'), of('b')], [of('c')], null],
  ])('%s', (_, before, after, expected) => {
    // With an unrelated image beside it, so that no image is the only one.
    const other = of('other', { os: 'linux', architecture: 'arm64' })
    const found = pairsOf([...before, other], [...after, other]).filter(([, at]) => at < after.length)
    expect(new Set(found)).toEqual(new Set(expected ?? []))
    expect(matchImages([...before, other], [...after, other]).ambiguous).toEqual(expected ? [] : [{ before, after }])
  })

  test('images that cannot be distinguished are reported in every format, and not judged', () => {
    const [before, after] = [footprintOf([of('a'), of('b')]), footprintOf([of('c'), of('d')])]
    const comparison = compare(before, after)
    const { rules } = parseBudgets(
      [{ kind: 'input', name: 'budgets', text: 'pull growth <= 0\npull <= 1MB' }],
      new Map(),
    )
    const results = judge(rules, 0, after, comparison)
    const report = reportWith(comparison, {
      footprint: after,
      verdict: { outcome: 'pass', results, override: null, edited: null },
    })
    expect(nothingChanged(report)).toBe(false)
    expect(imageReports(report).map((each) => [each.comparison, each.results.length])).toEqual([
      [null, 2],
      [null, 2],
    ])
    expect(results.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
      ...Array<string>(2).fill('it cannot be determined which image of the baseline it belongs to'),
      'pass',
      'pass',
    ])
    for (const text of [renderMarkdown(report), renderTerminal(report, { width: 400, color: false })]) {
      expect(text.replace(/&#4([01]);/g, (_, bracket) => (bracket === '0' ? '(' : ')'))).toContain(
        'Note: Not compared: app (linux/amd64). The baseline has 2 such images and the head has 2. They have the same name and platform but different layers',
      )
      expect(text).not.toMatch(/has no baseline|is gone|\bnew\b/)
    }
    expect(renderMarkdown(report)).toContain('| not compared |')
  })

  test('each image has the verdict of its own figures', () => {
    const head = footprintOf([of('a', windows('1.1.1')), of('b'.repeat(900), windows('1.1.2'))])
    const { rules } = parseBudgets([{ kind: 'input', name: 'budgets', text: 'pull <= 500' }], new Map())
    const results = judge(rules, 0, head, null)
    const report = reportWith(null, {
      footprint: head,
      verdict: { outcome: 'fail', results: results.toReversed(), override: null, edited: null },
    })
    expect(imageReports(report).map((each) => each.results.map(({ outcome }) => outcome))).toEqual([['pass'], ['fail']])
    const same = footprintOf([of('a'), of('b'.repeat(900))])
    expect(judge(rules, 0, same, compare(same, same)).map(({ outcome }) => outcome)).toEqual(['pass', 'fail'])
  })
})

describe('whatever the order of an index', () => {
  const platforms = fc.constantFrom<Platform>(
    linux,
    { os: 'linux', architecture: 'arm64' },
    windows('10.0.1.1'),
    windows('10.0.1.2'),
    windows('10.0.2.1'),
    windows('10.0.2.1', 'f'),
    { os: 'windows', architecture: 'amd64' },
  )
  const images = fc.array(
    fc
      .record({
        name: fc.constantFrom('app', 'web'),
        platform: platforms,
        content: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      })
      .map(({ name, platform, content }) => of(content, platform, { name })),
    { maxLength: 7 },
  )
  const shuffled = <T>(all: readonly T[]): fc.Arbitrary<readonly T[]> =>
    fc.shuffledSubarray([...all], { minLength: all.length })
  const told = (one: Image): string => `${one.name} ${normalisedPlatform(one.platform)} ${contentOf(one)}`
  const summary = (before: readonly Image[], after: readonly Image[]): unknown => {
    const { pairs, added, removed, ambiguous } = matchImages(before, after)
    const sorted = (texts: readonly string[]): readonly string[] => texts.toSorted()
    return {
      pairs: sorted(pairs.map((pair) => `${told(pair.before)} - ${told(pair.after)}`)),
      added: sorted(added.map(told)),
      removed: sorted(removed.map(told)),
      ambiguous: sorted(
        ambiguous.map((group) => JSON.stringify([sorted(group.before.map(told)), sorted(group.after.map(told))])),
      ),
    }
  }
  const runs = { numRuns: 1_000 }

  test('the same images are paired', () => {
    const sides = fc
      .tuple(images, images)
      .chain(([before, after]) => fc.tuple(fc.constant([before, after] as const), shuffled(before), shuffled(after)))
    fc.assert(
      fc.property(sides, ([[before, after], otherBefore, otherAfter]) =>
        expect(summary(otherBefore, otherAfter)).toEqual(summary(before, after)),
      ),
      runs,
    )
  })

  test('an index is unchanged compared with itself in another order', () => {
    fc.assert(
      fc.property(
        images.chain((all) => fc.tuple(fc.constant(all), shuffled(all))),
        ([before, after]) => {
          const compared = compare(footprintOf(before), footprintOf(after))
          expect(compared.images).toHaveLength(before.length)
          expect(compared.images.every(({ unchanged }) => unchanged)).toBe(true)
          expect([compared.added, compared.removed, compared.ambiguous]).toEqual([[], [], []])
        },
      ),
      runs,
    )
  })

  test('a pair has the same name and platform, or is the only one of its kind on each side', () => {
    const family = ({ platform }: Image): string => `${platform.os}/${platform.architecture}`
    const build = ({ platform }: Image): string | undefined => platform['os.version']?.split('.').slice(0, 3).join('.')
    fc.assert(
      fc.property(images, images, (before, after) => {
        const isAlone = (keyOf: (one: Image) => string, one: Image): boolean =>
          [before, after].every((side) => side.filter((other) => keyOf(other) === keyOf(one)).length === 1)
        const hasOneName = [before, after].every((side) => new Set(side.map(({ name }) => name)).size <= 1)
        for (const pair of matchImages(before, after).pairs) {
          expect(family(pair.before)).toBe(family(pair.after))
          if (isAlone(family, pair.after) || isAlone(({ platform }) => normalisedPlatform(platform), pair.after))
            continue
          if (!hasOneName) expect(pair.before.name).toBe(pair.after.name)
          if (build(pair.before) === build(pair.after)) continue
          // There a side has no versions.
          const inName = (side: readonly Image[]): readonly Image[] =>
            side.filter((one) => (hasOneName || one.name === pair.after.name) && family(one) === family(pair.after))
          expect([before, after].some((side) => inName(side).every((one) => build(one) === undefined))).toBe(true)
        }
      }),
      runs,
    )
  })

  test('content that each side has once is never compared with other content', () => {
    fc.assert(
      fc.property(images, images, (before, after) => {
        const key = (one: Image): string => `${one.name} ${normalisedPlatform(one.platform)}`
        for (const pair of matchImages(before, after).pairs) {
          if (key(pair.before) !== key(pair.after) || contentOf(pair.before) === contentOf(pair.after)) continue
          const equals = before.filter(
            (one) => key(one) === key(pair.after) && contentOf(one) === contentOf(pair.after),
          )
          const rivals = after.filter((one) => key(one) === key(pair.after) && contentOf(one) === contentOf(pair.after))
          expect(equals.length).toBeLessThan(Math.max(1, rivals.length))
        }
      }),
      runs,
    )
  })
})

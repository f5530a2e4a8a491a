/** The output of a trend in each format. */
import { describe, expect, test } from '@jest/globals'
import { renderBadge, renderTrendJson } from '../../src/report/trend/json.ts'
import { renderTrendMarkdown } from '../../src/report/trend/markdown.ts'
import { renderTrendTerminal } from '../../src/report/trend/terminal.ts'
import { thinned } from '../../src/report/trend/words.ts'
import type { TrendMeasure } from '../../src/inputs/inputs.ts'
import type { Point } from '../../src/trend/point.ts'
import { trendOf, type Trend } from '../../src/trend/trend.ts'
import { hash, pointsOf, type CommitOf } from '../support/trend-points.ts'

const moved = ['python-2', 30_300_000] as const
const commits: readonly CommitOf[] = [
  { app: 2_000_000 },
  { app: 2_003_000 },
  { app: 4_100_000 },
  { app: 4_100_000, base: moved },
  { app: 4_099_000, base: moved },
]

const trend = (points: readonly Point[], measure: TrendMeasure = 'pull', creepLimit: number | null = null): Trend =>
  trendOf(points, { measure, creepLimit })
const usual = trend(pointsOf(commits))
const plain = { width: 100, color: false }

test('the days are those of the commits, also if they were weighed later', () => {
  const committed = Date.UTC(2025, 5, 1)
  const late = trend(pointsOf(commits).map((point, nth) => ({ ...point, committed: committed + nth * 86_400_000 })))
  for (const text of [renderTrendTerminal(late, plain), renderTrendMarkdown(late)]) {
    expect(text).toContain('since 2025-06-01')
    expect(text).toContain('2025-06-03')
    expect(text).not.toContain('2026-01')
  }
})

describe('a trend in a terminal', () => {
  test('shows figures beside the line, with steps and creep below', () => {
    expect(renderTrendTerminal(usual, plain)).toBe(`\
Size to pull of app (linux/amd64) on main: 39.4 MB, +2.40 MB since 2026-01-02, 5 points
▁▁▇██
   ^
from 37.0 MB (▁) to 39.4 MB (█); ^ base image moved
Latest: 39.4 MB to pull, 394 MB unpacked, 9.10 MB above the base image, 3 layers.
Growth by cause: change +2.10 MB, base image moved +300 kB.
Steps, the largest first:
  +2.10 MB  change            2026-01-04 00:00  0000002..0000003
   +300 kB  base image moved  2026-01-05 00:00  0000003..0000004  python:3.13-slim
            first seen in 0000004
Creep: 2 changes too small to be listed as steps: +2.00 kB net, 4.00 kB gross. Commits: 0000002,
0000005.
`)
  })

  test('says of growth in small amounts how much of it has an unknown cause, and denies none', () => {
    const small = pointsOf([{ app: 1_000_000 }, { app: 1_003_000 }, { app: 1_002_000 }])
    const creepOf = (points: readonly Point[]): string | undefined =>
      /^Creep: .*?\.(?= Commits|$)/m.exec(renderTrendTerminal(trend(points), { width: 300, color: false }))?.[0]
    const without = (...lost: readonly number[]): readonly Point[] =>
      small.map((point, nth) => (lost.includes(nth) ? { ...point, growth: null } : point))
    const start = 'Creep: 2 changes too small to be listed as steps: +2.00 kB net, 4.00 kB gross'
    expect(creepOf(small)).toBe(`${start}.`)
    expect(creepOf(without(1, 2))).toBe(`${start}, and no cause is known.`)
    expect(creepOf(without(2))).toBe(`${start}; the cause of −1.00 kB of the net is not known.`)
    // The compression changed, so nothing is known of the growth to pull.
    const recoded = small.map((point) => ({
      ...point,
      growth: point.growth && { ...point.growth, pull: [null, null, null, null] as const },
    }))
    expect(creepOf(recoded)).toBe(
      'Creep: No changes too small to be listed as steps are known. For 2 points, the causes of growth are not known.',
    )
    expect(creepOf([small[0]!, small[0]!])).toBe('Creep: There were no changes too small to be listed as steps.')
  })

  test('says how high the line is if both ends look the same', () => {
    const text = renderTrendTerminal(trend(pointsOf([{ app: 1_000_000 }, { app: 1_003_000 }])), plain)
    expect(text).toContain('\nfrom 36.0 MB (▁) to 3.00 kB more (█)\n')
  })

  test('names no files for layers, whose number does not follow from their bytes', () => {
    const [first, second] = pointsOf([{ app: 1_000_000 }, { app: 2_000_000 }])
    const grown = [{ cause: 'change', name: 'lib', before: '1', after: '2', growth: 1_000_000 }] as const
    const points = [first!, { ...second!, layers: 4, grown }]
    expect(renderTrendTerminal(trend(points), plain)).toContain('lib 1 → 2 +1.00 MB')
    for (const render of [renderTrendMarkdown, (of: Trend) => renderTrendTerminal(of, plain)])
      expect(render(trend(points, 'layers'))).not.toContain('lib')
  })

  test('has a gap for an unknown value', () => {
    const points = pointsOf(commits).map((point, nth) => (nth === 1 ? { ...point, pull: null } : point))
    const text = renderTrendTerminal(trend(points), plain)
    expect(text).toContain('\n▁ ▇██\n')
    expect(text).toMatch(/; without 2 points whose causes are not\sknown\./)
  })

  test('has no line and no steps for one point', () => {
    expect(renderTrendTerminal(trend(pointsOf([{ app: 1 }])), plain)).toBe(
      'Size to pull of app (linux/amd64) on main: 35.0 MB, 1 point\n' +
        'Latest: 35.0 MB to pull, 350 MB unpacked, 5.00 MB above the base image, 3 layers.\n' +
        'This is the first point. Growth is shown from the second one on.\n',
    )
  })

  test('shows the number of layers and its growth with the measure layers', () => {
    const [first, second] = pointsOf(commits) as [Point, Point]
    const fewer = { ...second, layers: 2, growth: { ...second.growth!, layers: [-1, 0, 0, 0] as never } }
    expect(renderTrendTerminal(trend([first, fewer], 'layers'), plain)).toContain(
      'Layers of app (linux/amd64) on main: 2 layers, −1 layer since 2026-01-02, 2 points',
    )
  })

  test('has no line wider than the terminal', () => {
    const long = pointsOf(commits).map((point) => ({ ...point, name: 'a-'.repeat(200), branch: 'b '.repeat(200) }))
    for (const width of [40, 60, 200])
      for (const line of renderTrendTerminal(trend(long), { width, color: false }).split('\n'))
        expect(line.length).toBeLessThanOrEqual(width)
  })

  test('names the time and the commits of each step in any width', () => {
    const told = (width: number): readonly string[] =>
      renderTrendTerminal(trend(pointsOf(commits)), { width, color: false }).match(
        /\d{4}-\d\d-\d\d \d\d:\d\d|\d{7}\.\.\d{7}/g,
      ) ?? []
    expect(told(200).length).toBeGreaterThan(2)
    for (const width of [40, 60, 80]) expect(told(width)).toEqual(told(200))
    expect(renderTrendTerminal(trend(pointsOf(commits)), { width: 40, color: false })).not.toMatch(/ \n/)
  })

  test('says that there are no points', () => {
    expect(renderTrendTerminal(trend([]), plain)).toBe('There are no points to show.\n')
    expect(renderTrendMarkdown(trend([]))).toContain('There are no points to show.')
  })
})

describe('a trend in Markdown', () => {
  const text = renderTrendMarkdown(usual)

  test('has a chart with bars from zero, and one of its own for a moved base image', () => {
    expect(text).toContain(`\
\`\`\`mermaid
%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#2b7bba, #d95f02"}}}}%%
xychart-beta
  x-axis ["0000001", "0000002", "0000003", "0000004 base", "0000005"]
  y-axis "MB" 0 --> 41.37
  bar [37, 37, 39.1, 39.4, 39.4]
\`\`\`
`)
    const both = renderTrendMarkdown(trend(pointsOf([{ app: 1_000_000 }, { app: 2_000_000, base: moved }])))
    expect(both).toContain('x-axis ["0000001", "0000002 base", "0000002"]')
    expect(both).toContain('bar [36, 36.3, 37.3]')
  })

  test('has tables of steps and creep', () => {
    expect(text).toContain('| +2.10\u00a0MB | change | 2026-01-04 00:00 | `0000002..0000003` |')
    expect(text).toContain(
      '| +300\u00a0kB | base image moved: `python:3.13-slim` | 2026-01-05 00:00 | `0000003..0000004` first seen in `0000004` |',
    )
    expect(text).toContain('**Creep:** 2 changes too small to be listed as steps: +2.00 kB net, 4.00 kB gross.')
    expect(text).toContain('| −1.00\u00a0kB | 2026-01-06 00:00 | `0000005` |')
  })

  test('shows some of many points and images, and says so', () => {
    const many = Array.from({ length: 100 }, (_, nth) => ({ app: 1_000_000 + nth * 10_000 + (nth % 2) * 7_000 }))
    const shown = renderTrendMarkdown(trend(pointsOf(many)))
    expect(shown).toContain('x-axis "100 points, 2026-01-02 to 2026-04-11" 1 --> 100')
    expect(/ line \[(.*)\]/.exec(shown)?.[1]?.split(', ')).toHaveLength(60)
    expect(shown.match(/ line \[/g)).toHaveLength(1)
    const rebased = many.map((one, nth) => (nth < 50 ? one : { ...one, base: moved }))
    const lines = renderTrendMarkdown(trend(pointsOf(rebased))).match(/ line \[.*\]/g) ?? []
    expect(lines).toHaveLength(2)
    // The second line leaves out the 300 kB of the moved base image.
    const ends = lines.map((line) => Number(/([\d.]+)\]$/.exec(line)?.[1]))
    expect(ends[0]! - ends[1]!).toBeCloseTo(0.3, 5)
    const [point] = pointsOf([{ app: 1 }]) as [Point]
    const images = Array.from({ length: 12 }, (_, nth) => ({ ...point, name: `app-${nth}` }))
    expect(renderTrendMarkdown(trend(images))).toContain('_2 more images left out here._')
  })

  test('labels bars of commits that begin alike or are unknown apart', () => {
    const [first, second] = pointsOf(commits) as [Point, Point]
    const unnamed = [first, second].map((point) => ({ ...point, commit: null }))
    expect(renderTrendMarkdown(trend(unnamed))).toContain('x-axis ["1: build", "2: build"]')
  })
})

describe('subjects of commits, and what grew', () => {
  const grown = (
    cause: 'change' | 'base-image',
    name: string,
    growth: number,
  ): NonNullable<Point['grown']>[number] => ({
    ...{ cause, name, growth },
    ...{ before: name.startsWith('/') ? null : '1.0', after: name.startsWith('/') ? null : '2.0' },
  })
  const [one, two, three, four, five] = pointsOf(commits) as [Point, Point, Point, Point, Point]
  const told = trend([
    one,
    { ...two, subject: 'Add a helper', grown: [grown('change', 'left-pad', 20_000)] },
    {
      ...{ ...three, subject: 'Add a model | <b>' },
      grown: [grown('change', '/app/model.bin', 9_000_000), grown('base-image', 'libc6', 4_000)],
    },
    { ...four, subject: 'Nightly', grown: [grown('base-image', 'libc6', 2_000_000)] },
    {
      ...five,
      subject: 'Tidy up',
      grown: [grown('change', 'left-pad', -15_000), grown('change', '/app/a.js', -2_000)],
    },
  ])

  test('are below each step in a terminal, each with its own cause', () => {
    const text = renderTrendTerminal(told, plain)
    expect(text).toContain(`\
  +2.10 MB  change            2026-01-04 00:00  0000002..0000003
            Add a model | <b>
            /app/model.bin +9.00 MB
   +300 kB  base image moved  2026-01-05 00:00  0000003..0000004  python:3.13-slim
            first seen in 0000004 Nightly
            libc6 1.0 → 2.0 +2.00 MB
`)
    expect(text.replaceAll('\n', ' ')).toContain(
      'Most of it, in file bytes: left-pad 1.0 → 2.0 +5.00 kB, /app/a.js −2.00 kB. Commits: 0000002, 0000005.',
    )
    for (const width of [40, 60])
      for (const line of renderTrendTerminal(told, { width, color: false }).split('\n'))
        expect(line.length).toBeLessThanOrEqual(width)
  })

  test('name a commit as the one in which drift was first seen, and not as its cause', () => {
    const drifted = pointsOf([{ app: 1_000_000 }, { app: 1_000_000, install: 6_000_000 }]) as [Point, Point]
    const both = trend([drifted[0], { ...drifted[1], subject: 'Fix a typo' }])
    expect(renderTrendTerminal(both, plain)).toMatch(/drift .*\n +first seen in 0000002 Fix a typo\n/)
    expect(renderTrendMarkdown(both)).toContain('first seen in `0000002` `Fix a typo`')
  })

  test('are in the tables of Markdown, as text', () => {
    const text = renderTrendMarkdown(told)
    expect(text).toContain(
      '| `0000002..0000003` <code>Add a model &#124; &#60;b&#62;</code> | `/app/model.bin` +9.00 MB |',
    )
    expect(text).toContain('| `0000003..0000004` first seen in `0000004` `Nightly` | `libc6 1.0 → 2.0` +2.00 MB |')
    expect(text).toContain('Most of it, in file bytes: `left-pad 1.0 → 2.0` +5.00 kB, `/app/a.js` −2.00 kB.')
    expect(text).toContain('| `0000005` `Tidy up` | `left-pad 1.0 → 2.0` −15.0 kB<br>`/app/a.js` −2.00 kB |')
  })
})

const jsonOf = (shown: Trend): string => [...renderTrendJson(shown)].join('')

test('has exact figures in JSON', () => {
  expect(JSON.parse(jsonOf(usual))).toMatchObject({
    schemaVersion: 1,
    measure: 'pull',
    creepLimit: null,
    series: [
      {
        branch: 'main',
        name: 'app',
        platform: 'linux/amd64',
        byCause: { change: 2_099_000, 'base-image': 300_000, drift: 0, unknown: 0 },
        notKnown: 0,
        steps: [
          { cause: 'change', growth: 2_097_000, from: { commit: hash(2) }, to: { commit: hash(3) } },
          { cause: 'base-image', growth: 300_000, base: { before: { reference: 'python:3.13-slim' } } },
        ],
        creep: {
          net: 2_000,
          gross: 4_000,
          count: 2,
          unknown: { net: 0, count: 0 },
          commits: [{ commit: hash(2) }, { commit: hash(5) }],
        },
        points: pointsOf(commits),
      },
    ],
  })
})

test('has both times of each commit in JSON, as the points have them', () => {
  const committed = Date.UTC(2025, 5, 1)
  // The time of the last commit is not known.
  const points = pointsOf(commits).map((point, nth) => (nth === 4 ? point : { ...point, committed: committed + nth }))
  const [series] = (JSON.parse(jsonOf(trend(points))) as { series: unknown[] }).series
  const at = (nth: number): unknown => ({
    ...{ commit: hash(nth), time: points[nth - 1]!.time, committed: nth === 5 ? null : committed + nth - 1 },
  })
  expect(series).toMatchObject({
    steps: [
      { cause: 'change', from: at(2), to: at(3) },
      { cause: 'base-image', from: at(3), to: at(4) },
    ],
    creep: { commits: [at(2), at(5)] },
  })
})

describe('the badge of a trend', () => {
  const message = (of: Trend): string => (JSON.parse(renderBadge(of)) as { message: string }).message

  test('has the latest size in the format of shields.io', () => {
    expect(JSON.parse(renderBadge(usual))).toEqual({
      schemaVersion: 1,
      label: 'image size',
      message: '39.4 MB',
      color: 'blue',
    })
  })

  test('names the platforms of one image, and the names of several', () => {
    const [point] = pointsOf([{ app: 1 }]) as [Point]
    const arm = { ...point, platform: 'linux/arm64', pull: null }
    expect(message(trend([point, arm]))).toBe('linux/amd64 35.0 MB | linux/arm64 not known')
    expect(message(trend([point, { ...point, name: 'b' }]))).toBe('app 35.0 MB | b 35.0 MB')
    expect(message(trend([point, { ...point, branch: 'next' }, { ...arm, branch: 'next' }]))).toBe(
      `linux/amd64 ${point.branch ?? ''} 35.0 MB | linux/amd64 next 35.0 MB | linux/arm64 next not known`,
    )
    expect(
      message(
        trend([
          { ...point, branch: 'main' },
          { ...point, branch: 'next' },
        ]),
      ),
    ).toBe('main 35.0 MB | next 35.0 MB')
    expect(message(trend([]))).toBe('not known')
  })

  test('names the branches of one image, and all that differs', () => {
    const [point] = pointsOf([{ app: 1 }]) as [Point]
    const dev = { ...point, branch: 'dev', pull: 1_000 }
    expect(message(trend([point, dev]))).toBe('dev 1.00 kB | main 35.0 MB')
    expect(message(trend([point, { ...dev, platform: 'linux/arm64' }]))).toBe(
      'linux/arm64 dev 1.00 kB | linux/amd64 main 35.0 MB',
    )
    expect(message(trend([point, { ...dev, branch: null }]))).toBe('main 35.0 MB | no branch 1.00 kB')
  })

  test('is valid for shields.io, which refuses unknown keys', () => {
    // services/endpoint-common.js of badges/shields: the two texts, of which the message is not empty, and these.
    const optional = ['color', 'labelColor', 'isError', 'namedLogo', 'logoSvg', 'logoColor', 'style', 'cacheSeconds']
    const many = trend(['a', 'b', 'c', 'd'].flatMap((name) => pointsOf([{ app: 1, name }])))
    for (const shown of [usual, trend([]), many]) {
      const { schemaVersion, label, message: text, ...rest } = JSON.parse(renderBadge(shown)) as Record<string, unknown>
      expect(schemaVersion).toBe(1)
      expect(typeof label).toBe('string')
      expect(text).toMatch(/./)
      expect(Object.keys(rest).filter((key) => !optional.includes(key))).toEqual([])
      expect(typeof rest['color']).toBe('string')
    }
  })
})

test('spreads the points that are shown evenly, from the first one to the last one', () => {
  expect(thinned([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([1, 4, 7])
  expect(thinned([1, 2, 3, 4, 5], 2)).toEqual([1, 5])
  expect(thinned([1, 2, 3, 4, 5], 1)).toEqual([5])
  for (const count of [2, 59, 60, 99])
    expect(
      thinned(
        Array.from({ length: 100 }, (_, nth) => nth),
        count,
      ),
    ).toHaveLength(count)
  expect(thinned([1, 2], 3)).toEqual([1, 2])
})

test('JSON of a trend and of a badge has no characters that control a terminal', () => {
  const named = trend(pointsOf(commits).map((point) => ({ ...point, name: 'a\u009b31m\u202eb' })))
  const [first] = named.series
  const two = { ...named, series: [first!, { ...first!, name: 'other' }] }
  for (const text of [jsonOf(named), renderBadge(two)]) {
    expect(text).not.toMatch(/[\u0080-\u009f\u202e]/)
    expect(JSON.stringify(JSON.parse(text))).toContain('\u009b31m\u202eb')
  }
})

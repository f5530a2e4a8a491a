/** The trend on the page: its figures are those of the points, and text of the points stays text. */
import { expect, test } from '@jest/globals'
import { renderPage } from '../../src/page/page.ts'
import type { Point } from '../../src/trend/point.ts'
import { trendOf } from '../../src/trend/trend.ts'
import { nasty } from '../support/nasty.ts'
import { pointsOf, recordAt, type CommitOf } from '../support/trend-points.ts'

const commits: readonly CommitOf[] = [
  { app: 2_000_000 },
  { app: 2_003_000 },
  { app: 5_100_000 },
  { app: 9_000_000, base: ['python-2', 33_300_000] },
  { app: 9_000_000, base: ['python-2', 33_300_000], install: 6_000_000 },
]
const points = pointsOf(commits)

function page(shown: readonly Point[], name = 'app'): string {
  const trend = trendOf(shown, { measure: 'pull', creepLimit: null })
  const record = recordAt(5, { ...commits[4]!, name })
  const parts = { comparison: null, verdict: null, baselineNotes: [], title: null, reportedByFork: false }
  return renderPage({ footprint: record, ...parts, trend }, null, { script: '', style: '' })
}

const figures = (html: string, pattern: RegExp): readonly number[] =>
  Array.from(html.matchAll(pattern), ([, value]) => Number(value))

test('has the exact growth of each step and of the creep', () => {
  const html = page(points)
  expect(figures(html, /data-k="step" data-v="(-?\d+)"/g)).toEqual([3_900_000, 3_300_000, 3_097_000, 1_000_000])
  expect(figures(html, /data-k="creep" data-v="(-?\d+)"/g)).toEqual([3_000, 3_000])
})

test('draws a moved base image as a step of its own, and every cause', () => {
  const drawn = Array.from(page(points).matchAll(/data-cause="([\w-]+)" data-v="(-?\d+)"/g), ([, cause, growth]) => [
    cause,
    Number(growth),
  ])
  expect(drawn).toEqual([
    ['change', 3_000],
    ['change', 3_097_000],
    ['base-image', 3_300_000],
    ['change', 3_900_000],
    ['drift', 1_000_000],
  ])
})

test('says that a base image moved and drift was there in a commit, and not by it', () => {
  const html = page(points.map((point) => ({ ...point, subject: 'Fix a typo' })))
  const rows = Array.from(html.matchAll(/<tr>\s*<td [^>]*data-k="step".*?<\/tr>/gs), ([row]) =>
    row.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' '),
  )
  const seen = rows.map((row) => [
    /change|base image moved|drift/.exec(row)?.[0],
    /first seen in \w+ Fix a typo|Fix a typo/.exec(row)?.[0],
  ])
  expect(seen).toEqual([
    ['change', 'Fix a typo'],
    ['base image moved', 'first seen in 0000004 Fix a typo'],
    ['change', 'Fix a typo'],
    ['drift', 'first seen in 0000005 Fix a typo'],
  ])
  expect(html).toMatch(/>base image moved \+3\.30.MB, first seen in 0000004, 2026-01-05</)
})

test('draws thousands of points in few places, whose growth is still whole', () => {
  const many = pointsOf(Array.from({ length: 1_000 }, (_, nth) => ({ app: 1_000_000 + nth * 5_000 })))
  const drawn = figures(page(many), /data-cause="change" data-v="(-?\d+)"/g)
  expect(drawn.length).toBeLessThanOrEqual(240)
  expect(drawn.reduce((sum, growth) => sum + growth, 0)).toBe(999 * 5_000)
})

test('draws all places side by side as one area, which is interrupted where the size is not known', () => {
  const areas = (shown: readonly Point[]): readonly string[] =>
    Array.from(page(shown).matchAll(/class="area"\s+d="([^"]*)"/g), ([, path]) => path!).flatMap((path) =>
      path.split('M').slice(1),
    )
  // The moved base image has a step of its own.
  expect(areas(points).map((area) => area.match(/V[\d.]+H/g)?.length)).toEqual([6])
  expect(areas(points.map((point, nth) => (nth === 2 ? { ...point, pull: null } : point)))).toHaveLength(2)
})

test.each([
  ['growth alone', [0, 900_000, 900_000], ['+900 kB', '0 B']],
  ['reduction alone', [0, -900_000, -900_000], ['0 B', '−900 kB']],
  ['both', [0, 900_000, -600_000], ['+900 kB', '−600 kB', '0 B']],
  ['hardly any reduction', [0, 900_000, -20_000], ['+900 kB', '0 B']],
  ['hardly any growth', [0, 20_000, -900_000], ['−900 kB', '0 B']],
])('the growth by cause is drawn with a mark at zero: %s', (_, growth, marks) => {
  const html = page(pointsOf(growth.map((bytes) => ({ app: 2_000_000 + bytes })))).split('id="trend-0"')[1]!
  const words = Array.from(html.matchAll(/<text[^>]* y="([\d.]+)" text-anchor="end">([^<]+)</g), ([, y, word]) => ({
    y: Number(y),
    word: word!.trim(),
  })).slice(2)
  expect(words.map(({ word }) => word)).toEqual(marks)
  const [zero] = figures(html, /class="axis zero"[^>]* y1="([\d.]+)"/g)
  expect(Math.abs(words.find(({ word }) => word === '0 B')!.y - zero!)).toBeLessThanOrEqual(6)
  // No words cover others.
  const heights = words.map(({ y }) => y).toSorted((a, b) => a - b)
  expect(heights.every((y, nth) => nth === 0 || y - heights[nth - 1]! >= 14)).toBe(true)
})

test('growth with unknown causes is shown as growth', () => {
  const [first, second] = [points[0]!, points[2]!]
  const none = [null, null, null, null] as const
  const unknown = { ...second, growth: { pull: none, unpacked: none, added: none, layers: none } }
  const html = page([first, unknown])
  expect(html).toContain('The causes of the growth are not known')
  expect(html).toContain('Growth by cause: not known.')
  expect(html).not.toMatch(/no growth/i)
  expect(page([first, { ...first, commit: second.commit, time: second.time }])).toContain('No growth since the first')
})

test('has no section without a trend of this image', () => {
  expect(page(points.map((point) => ({ ...point, name: 'other' })))).not.toContain('id="trend-0"')
})

/** The subject of a commit, and what grew, with this text. */
const aboutIt = (text: string): Pick<Point, 'subject' | 'grown'> => ({
  subject: text.slice(0, 100),
  grown: [{ cause: 'change', name: text.slice(0, 80), before: text.slice(0, 40), after: null, growth: 5_000 }],
})

test.each(nasty.map((text) => [text.slice(0, 40), text]))('%j stays text', (_, text) => {
  const named = points.map((point) => ({
    ...point,
    name: text.slice(0, 500),
    branch: text.slice(0, 500),
    base: point.base && { ...point.base, reference: text.slice(0, 500) },
    ...aboutIt(text),
  }))
  // Where long code may be broken is marked with elements of our own.
  const tagsOf = (html: string): string =>
    (html.slice(html.indexOf('id="trend-0"')).match(/<[a-z/][^>]*>/g) ?? [])
      .filter((tag) => !['<wbr>', '<span class="flag">', '</span>'].includes(tag))
      .join('')
  const harmless = points.map((point) => ({
    ...point,
    base: point.base && { ...point.base, reference: 'x' },
    ...aboutIt('x'),
  }))
  expect(tagsOf(page(named, text.slice(0, 500)))).toBe(tagsOf(page(harmless)))
})

test('explains the chart by what is in it', () => {
  const wordsOf = (html: string): string => /<figcaption class="legend">\s*<span>(.*?)<\/span>/s.exec(html)?.[1] ?? ''
  expect(wordsOf(page(points))).toBe(
    'Above: the size. Where a base image moved, its growth comes first, and the rest of the growth follows.',
  )
  expect(wordsOf(page(points.slice(0, 3)))).toBe('Above: the size.')
  const many = pointsOf(Array.from({ length: 1_000 }, (_, nth) => ({ app: 1_000_000 + nth })))
  expect(wordsOf(page(many))).toBe('Above: the size. Each step of the line is the last of up to 5 points.')
})

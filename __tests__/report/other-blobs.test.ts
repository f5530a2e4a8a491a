/** What every format says about layers with the same contents that a client pulls again. */
import { describe, expect, test } from '@jest/globals'
import { growthByCause } from '../../src/budget/measure.ts'
import type { Layer, Stage } from '../../src/record/footprint.ts'
import { renderPage } from '../../src/page/page.ts'
import { logLines } from '../../src/report/log-lines.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { isNoNews } from '../../src/report/drift-noise.ts'
import { unchangedWords } from '../../src/report/other-blobs.ts'
import { nothingChanged, type Report } from '../../src/report/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { lineOf } from '../../src/report/comment-line.ts'
import { compare } from '../support/compared.ts'
import { reportWith } from '../support/comparisons.ts'
import { digestOf, footprintOf, imageOf, stageOf } from '../support/footprints.ts'

const contents = { compressedSize: 3_000_000, uncompressedSize: 9_000_000, fileBytes: 8_000_000 }
const copied = (run: string, some: Partial<Layer> = {}): Stage =>
  stageOf({
    steps: [
      ['COPY a /a', 'a', { compressedSize: 2_000_000 }],
      ['COPY app /app', run, { ...contents, timelessDigest: digestOf('app'), ...some }],
    ],
  })
const first = copied('first')
const later = copied('later')
const recompressed = copied('first', { digest: digestOf('another gzip') })

function reportOn(before: readonly Stage[], after: readonly Stage[]): Report {
  const images = (stages: readonly Stage[]) => stages.map((stage, nth) => imageOf([stage], { name: `app${nth}` }))
  const footprint = footprintOf(images(after))
  return reportWith(compare(footprintOf(images(before)), footprint), { footprint })
}

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')
const markdown = (report: Report): string => plain(renderMarkdown(report))
const terminal = (report: Report): string => plain(renderTerminal(report, { width: 300, color: false }))
const page = (report: Report): string => plain(renderPage(report, null, { script: '', style: '' }))

describe('a layer in which only the times of files differ', () => {
  const report = reportOn([first], [later])

  test('is no news, but not nothing either', () => {
    expect(nothingChanged(report)).toBe(true)
    expect(unchangedWords(report.comparison?.images ?? [])).toBe('no layer changed except for file times')
  })

  test.each([
    ['terminal', terminal],
    ['Markdown', markdown],
    ['page', page],
  ])('is named, with what a client downloads: %s', (_, render) => {
    const text = render(report)
    expect(text).toContain('No layer changed except for file times.')
    expect(text).toMatch(/client that has the previous image downloads 3\.00 MB/)
    expect(text).toContain('different file times')
    expect(text).not.toMatch(/othing changed(?! but)|Rebuild drift: none|: as before(?! but)|, as before(?! but)/)
  })

  test('has its line in a sentence, and its words in the table of its stage', () => {
    for (const text of [terminal(report), markdown(report)]) {
      expect(text).toContain('Same contents, different file times: 1 layer (line 3).')
      expect(text).toContain('Rebuild drift: file times only.')
      expect(text).toContain('unchanged except for file times')
    }
    expect(markdown(report)).toContain('| 3 | `COPY app /app`, same contents, different file times |')
    expect(terminal(report)).toContain('3  COPY app /app (same contents, different file times)')
  })

  test.each([-1_300, 1, 40_000])('is no news either if the times compress to %d B more', (more) => {
    const report = reportOn([first], [copied('later', { compressedSize: contents.compressedSize + more })])
    const { final } = report.comparison!.images[0]!
    expect(nothingChanged(report)).toBe(true)
    expect(isNoNews(report)).toBe(true)
    expect(final.growth.total.compressedSize).toBe(more)
    expect(final.growth.byCause.drift.compressedSize).toBe(more)
    expect(growthByCause(final, 'added')).toEqual({ change: 0, 'base-image': 0, drift: more, unknown: 0 })
    for (const text of [terminal(report), markdown(report)]) {
      expect(text).toContain('No layer changed except for file times.')
      expect(text).toContain('Same contents, different file times: 1 layer (line 3).')
      expect(text).toContain('Rebuild drift: file times only.')
      expect(text).not.toMatch(/What grew|What shrank|from rebuild drift|at most 1 kB/)
    }
  })

  test('is told as such beside builder stages that changed', () => {
    const built = (bytes: number) => ({
      ...stageOf({ index: 1, steps: [[`RUN make ${bytes}`, `made ${bytes}`, { uncompressedSize: bytes }]] }),
      name: 'build',
      role: 'builder' as const,
    })
    const of = (final: Stage, bytes: number) => footprintOf([imageOf([built(bytes), { ...final, index: 1 }])])
    const footprint = of(copied('later', { compressedSize: contents.compressedSize + 13 }), 900_000)
    const report = reportWith(compare(of(first, 100_000), footprint), { footprint })
    expect(isNoNews(report)).toBe(false)
    expect(markdown(report)).toMatch(/^### .* · final stage: only file times differ\n/)
    expect(markdown(report)).toContain('about as before (+13 B)**, all of it from file times.')
  })

  test('is in the one line that replaces a comment, and in the log', () => {
    expect(plain(lineOf(report))).toContain(
      '**no layer changed except for file times**, still 5.00 MB to pull and 9.01 MB unpacked, in 4 layers. Only file times differ, in 1 layer: a client that has the previous image downloads 3.00 MB.',
    )
    expect(logLines(report).join()).toContain(', no layer changed except for file times.')
  })

  test('has its bytes in the table of its stage, whose columns add up', () => {
    const of = (run: string, bytes: number, made: number): Stage =>
      stageOf({
        steps: [
          ['COPY app /app', run, { ...contents, compressedSize: bytes, timelessDigest: digestOf('app') }],
          ['RUN make', `made ${made}`, { compressedSize: made }],
        ],
      })
    const report = reportOn([of('first', 3_000_000, 100_000)], [of('later', 3_000_013, 200_000)])
    const row = '| 2 | `COPY app /app`, same contents, different file times | 3.00 MB | +13 B | 9.00 MB | 0 B |'
    expect(markdown(report)).toContain(row)
  })

  test('counts as the change if that edited a line above', () => {
    const of = (run: string, text: string, more: number): Stage =>
      stageOf({
        steps: [
          [text, text, { compressedSize: text.length }],
          ['COPY app /app', run, { ...contents, compressedSize: 3_000_000 + more, timelessDigest: digestOf('app') }],
        ],
      })
    const report = reportOn([of('first', 'RUN apt', 0)], [of('later', 'RUN apt -y', 13)])
    const { final } = report.comparison!.images[0]!
    expect(final.growth.byCause.change.compressedSize).toBe(16)
    expect(final.growth.byCause.drift.compressedSize).toBe(0)
    expect(growthByCause(final, 'pull')).toEqual({ change: 16, 'base-image': 0, drift: 0, unknown: 0 })
    for (const text of [terminal(report), markdown(report)]) {
      expect(text).toMatch(/all of it from this change/)
      expect(text).toContain('Same contents, different file times: 1 layer (line 3).')
      expect(text).toContain('Rebuild drift: none.')
    }
    expect(page(report)).not.toMatch(/<td>\s*rebuild drift/)
  })

  test('is mentioned beside a layer that grew', () => {
    const more = (bytes: number): readonly [string, string, Partial<Layer>] => [
      'RUN make',
      `made ${bytes}`,
      { compressedSize: bytes },
    ]
    const withMore = (run: string, bytes: number): Stage =>
      stageOf({ steps: [['COPY app /app', run, { ...contents, timelessDigest: digestOf('app') }], more(bytes)] })
    const grown = reportOn([withMore('first', 100_000)], [withMore('later', 200_000)])
    for (const text of [terminal(grown), markdown(grown)]) {
      expect(text).toContain('What grew')
      expect(text).toContain('Same contents, different file times: 1 layer (line 2).')
    }
  })

  test('is said for each of several images', () => {
    const several = reportOn([first, first], [later, first])
    expect(markdown(several)).toContain('| `app0` | `linux/amd64` | 5.00 MB | file times |')
    expect(markdown(several)).toContain('| `app1` | `linux/amd64` | 5.00 MB | none |')
    expect(markdown(several)).toContain('A client that has the previous image downloads 3.00 MB')
    expect(plain(lineOf(several))).toContain(
      '**no layer changed except for file times**, in 2 images. Only file times differ, in 1 layer. Compared with',
    )
  })
})

test('a layer that was compressed again says so', () => {
  const report = reportOn([first], [recompressed])
  expect(terminal(report)).toContain('No layer changed except for compression.')
  expect(terminal(report)).toContain('Same contents, compressed again: 1 layer (line 3).')
  expect(markdown(report)).toContain('Rebuild drift: compression only.')
  expect(plain(lineOf(report))).toContain('Only compression differs, in 1 layer: a client')
})

test('no layer changed if all blobs are the same, or one side does not know a digest', () => {
  for (const after of [first, copied('first', { digest: null })])
    for (const text of [terminal(reportOn([first], [after])), markdown(reportOn([first], [after]))]) {
      expect(text).toContain('No layer changed.')
      expect(text).toContain('Rebuild drift: none.')
      expect(text).not.toContain('file times')
    }
})

test('no layer changed for a client if only a builder stage has other file times', () => {
  const of = (run: string) =>
    footprintOf([imageOf([{ ...copied(run), name: 'build' }, stageOf({ index: 1, steps: [['COPY x /x', 'x']] })])])
  const footprint = of('later')
  const report = reportWith(compare(of('first'), footprint), { footprint })
  expect(terminal(report)).toContain('No layer changed.')
  expect(terminal(report)).toContain('3  COPY app /app (same contents, different file times)')
  expect(terminal(report)).toContain('Rebuild drift: none in the final stage.')
})

describe('a few bytes of rebuild drift', () => {
  const made = (content: string, bytes: number, text = 'RUN make'): Stage =>
    stageOf({ steps: [[text, content, { compressedSize: 50_000 + bytes, uncompressedSize: 90_000 }]] })
  const beside = (final: Stage, builder: Stage) =>
    footprintOf([
      imageOf([
        { ...builder, name: 'build' },
        { ...final, index: 1 },
      ]),
    ])
  const noNews = (before: ReturnType<typeof beside>, footprint: ReturnType<typeof beside>): boolean =>
    isNoNews(reportWith(compare(before, footprint), { footprint }))

  test.each<[string, Stage, Stage, boolean]>([
    ['in the final stage', made('later', 12), made('first', 0), true],
    ['in a builder stage', made('first', 0), made('later', 12), true],
    ['in both', made('later', -3), made('later', 12), true],
    ['and more of it', made('first', 0), made('later', 5_000), false],
    ['and an edited step of a builder stage', made('first', 0), made('later', 12, 'RUN make all'), true],
    [
      'and an edited step of a builder stage with more bytes',
      made('first', 0),
      made('later', 1_001, 'RUN make all'),
      false,
    ],
    ['and an edited step of the final stage', made('later', 12, 'RUN make all'), made('first', 0), true],
    ['and an edited step of it with more bytes', made('later', 1_001, 'RUN make all'), made('first', 0), false],
    [
      'and one more layer of it',
      stageOf({
        steps: [
          ['RUN make', 'first', { compressedSize: 50_000, uncompressedSize: 90_000 }],
          ['RUN true', 'empty', { compressedSize: 100, uncompressedSize: 0 }],
        ],
      }),
      made('first', 0),
      false,
    ],
  ])('is no news: %s', (_, final, builder, isExpected) => {
    expect(noNews(beside(made('first', 0), made('first', 0)), beside(final, builder))).toBe(isExpected)
  })
})

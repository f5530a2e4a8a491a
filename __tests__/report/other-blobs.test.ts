/** What every format says about layers with the same contents and sizes that a client pulls again. */
import { describe, expect, test } from '@jest/globals'
import type { Layer, Stage } from '../../src/record/footprint.ts'
import { renderPage } from '../../src/page/page.ts'
import { logLines } from '../../src/report/log-lines.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
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
    expect(unchangedWords(report.comparison?.images ?? [])).toBe('no size changed')
  })

  test.each([
    ['terminal', terminal],
    ['Markdown', markdown],
    ['page', page],
  ])('is named, with what a client downloads: %s', (_, render) => {
    const text = render(report)
    expect(text).toContain('No size changed.')
    expect(text).toMatch(/client that has the previous image downloads 3\.00 MB/)
    expect(text).toContain('different file times')
    expect(text).not.toMatch(/Nothing changed|nothing changed|Rebuild drift: none|: as before|, as before/)
  })

  test('has its line in a sentence, and its words in the table of its stage', () => {
    for (const text of [terminal(report), markdown(report)]) {
      expect(text).toContain('Same contents, different file times: 1 layer (line 3).')
      expect(text).toContain('Rebuild drift: file times only.')
      expect(text).toContain('same sizes as before')
    }
    expect(markdown(report)).toContain('| 3 | `COPY app /app`, same contents, different file times |')
    expect(terminal(report)).toContain('3  COPY app /app (same contents, different file times)')
  })

  test('is in the one line that replaces a comment, and in the log', () => {
    expect(plain(lineOf(report))).toContain(
      '**no size changed**, still 5.00 MB to pull and 9.01 MB unpacked, in 4 layers. Only file times differ, in 1 layer: a client that has the previous image downloads 3.00 MB.',
    )
    expect(logLines(report).join()).toContain(', no size changed.')
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
    expect(markdown(several)).toContain('| `app0` | `linux/amd64` | 5.00 MB | same size |')
    expect(markdown(several)).toContain('| `app1` | `linux/amd64` | 5.00 MB | none |')
    expect(markdown(several)).toContain('A client that has the previous image downloads 3.00 MB')
    expect(plain(lineOf(several))).toContain(
      '**no size changed**, in 2 images. Only file times differ, in 1 layer. Compared with',
    )
  })
})

test('a layer that was compressed again says so', () => {
  const report = reportOn([first], [recompressed])
  expect(terminal(report)).toContain('No size changed.')
  expect(terminal(report)).toContain('Same contents, compressed again: 1 layer (line 3).')
  expect(markdown(report)).toContain('Rebuild drift: compression only.')
  expect(plain(lineOf(report))).toContain('Only compression differs, in 1 layer: a client')
})

test('nothing changed if all blobs are the same, or one side does not know a digest', () => {
  for (const after of [first, copied('first', { digest: null })])
    for (const text of [terminal(reportOn([first], [after])), markdown(reportOn([first], [after]))]) {
      expect(text).toContain('Nothing changed.')
      expect(text).toContain('Rebuild drift: none.')
      expect(text).not.toContain('file times')
    }
})

test('nothing changed for a client if only a builder stage has other file times', () => {
  const of = (run: string) =>
    footprintOf([imageOf([{ ...copied(run), name: 'build' }, stageOf({ index: 1, steps: [['COPY x /x', 'x']] })])])
  const footprint = of('later')
  const report = reportWith(compare(of('first'), footprint), { footprint })
  expect(terminal(report)).toContain('Nothing changed.')
  expect(terminal(report)).toContain('3  COPY app /app (same contents, different file times)')
  expect(terminal(report)).toContain('Rebuild drift: none in the final stage.')
})

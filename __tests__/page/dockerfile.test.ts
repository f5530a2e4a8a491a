/** The Dockerfile on the page: every stage of it, also those that were not built. */
import { expect, test } from '@jest/globals'
import { everySectionReport } from '../../script/lib/every-section.ts'
import { renderPage } from '../../src/page/page.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, image, imageOf, layer, stage, stageOf } from '../support/footprints.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { compare } from '../support/compared.ts'

/** Returns the line, the instruction and the note of each row. */
function rowsOf(html: string): readonly (readonly string[])[] {
  const section = html.slice(html.indexOf('id="dockerfile-0"'), html.indexOf('id="stages-0"'))
  return Array.from(
    section.matchAll(
      /<td class="n line">(\d*)<\/td>\s*<td class="text">\s*<pre>(.*?)<\/pre>(?:\s*<small>(.*?)<\/small>)?/gs,
    ),
    ([, line = '', code = '', note = '']) => [line, code.replace(/<[^>]*>/g, ''), note],
  )
}

test('has stages that were not built and stages that are not needed, in the order of the file', () => {
  const rows = rowsOf(renderPage(everySectionReport(), null, { script: '', style: '' }))
  const stages = rows.filter(([, code = '']) => code.startsWith('FROM'))
  expect(stages).toEqual([
    ['1', 'FROM … AS tests', 'not built for this image: the final stage does not need it'],
    ['1001', 'FROM node:24 AS assets', 'not built in this run'],
    ['2001', 'FROM python:3.13 AS build', ''],
    ['3001', 'FROM registry.example.com/platform/python:3.13-slim AS runtime', ''],
  ])
  expect(rows).toContainEqual(['1002', 'RUN npm ci', ''])
})

test('begins with the arguments before the first FROM, once and without bytes', () => {
  const globalArguments = [
    { text: 'ARG VERSION=1.2', line: 2, endLine: 2 },
    { text: 'ARG REGION', line: 3, endLine: 3 },
  ]
  const stages = [
    stageOf({ name: 'build', index: 0, steps: [['RUN make', 'm']] }),
    stageOf({ name: 'app', index: 1, role: 'final', steps: [['COPY --from=build /m /m', 'n']] }),
  ].map((each) => ({ ...each, globalArguments }))
  const footprint = footprintOf([image({ stages })])
  const page = renderPage(reportWith(null, { footprint }), null, { script: '', style: '' })
  const rows = rowsOf(page)
  expect(rows.slice(0, 2)).toEqual([
    ['2', 'ARG VERSION=1.2', ''],
    ['3', 'ARG REGION', ''],
  ])
  expect(rows.filter(([, code = '']) => code.startsWith('ARG'))).toHaveLength(2)
  const [first = ''] = page.slice(page.indexOf('id="dockerfile-0"')).match(/<tbody.*?<\/tbody>/s) ?? []
  expect(first).not.toContain('FROM')
  expect([...first.matchAll(/data-k="line-after" data-v="(\d*)"/g)].map(([, bytes]) => bytes)).toEqual(['', ''])
})

test('has bars to scale, also for a base image of several layers', () => {
  const base = { origin: 'base', instruction: null, uncompressedSize: 300_000_000 } as const
  const layers = [
    layer(base),
    layer({ ...base, diffId: `sha256:${'1'.repeat(64)}` }),
    layer({ uncompressedSize: 150_000_000 }),
  ]
  const footprint = footprintOf([image({ stages: [stage({ layers })] })])
  const page = renderPage(reportWith(null, { footprint }), null, { script: '', style: '' })
  expect([...page.matchAll(/<rect class="own" width="([\d.]+)%"/g)].map(([, width]) => width)).toEqual([
    '100.00',
    '25.00',
  ])
})

/** Three stages, each FROM the one before it. The second one has a layer whose instruction is not known. */
function inheritedAt(bytes: number): Footprint {
  const first = stageOf({ name: 'first', index: 0, steps: [['RUN a', `a ${bytes}`, { uncompressedSize: bytes }]] })
  const second = stageOf({
    ...{ name: 'second', index: 1, parent: first },
    steps: [
      ['RUN b', 'b'],
      ['RUN b', null],
    ],
  })
  const hidden = { ...second.layers.at(-1)!, instruction: null, diffId: `sha256:${'7'.repeat(64)}` }
  const { name, index, role, base, instructions, uses } = second
  const middle = stage({ name, index, role, base, instructions, uses, layers: [...second.layers, hidden] })
  return footprintOf([
    imageOf([first, middle, stageOf({ name: 'last', index: 2, parent: middle, steps: [['RUN c', 'c']] })]),
  ])
}

/** Returns the sums of the bytes of all lines of each stage. */
function sumsIn(page: string, key: string): readonly number[] {
  const [section = ''] = page.slice(page.indexOf('id="dockerfile-0"')).split('</section>')
  return [...section.matchAll(/<tbody[^]*?<\/tbody>/g)].map(([body]) =>
    [...body.matchAll(new RegExp(`data-k="${key}" data-v="(\\d*)"`, 'g'))].reduce(
      (sum, [, bytes]) => sum + Number(bytes),
      0,
    ),
  )
}

test('the lines of a stage add up to the stage, also if its FROM brings the layers of another stage', () => {
  const [before, now] = [inheritedAt(30_000), inheritedAt(90_000)]
  const totals = ({ images }: Footprint): readonly (number | null)[] =>
    images[0]!.stages.map(({ totals }) => totals.uncompressedSize)
  const alone = renderPage(reportWith(null, { footprint: now }), null, { script: '', style: '' })
  expect(sumsIn(alone, 'line-after')).toEqual(totals(now))
  const compared = renderPage(reportWith(compare(before, now), { footprint: now }), null, { script: '', style: '' })
  expect(sumsIn(compared, 'line-after')).toEqual(totals(now))
  expect(sumsIn(compared, 'line-before')).toEqual(totals(before))
  // The link of such a FROM leads to everything that it brings.
  expect([...compared.matchAll(/data-to="([^"]*\/(?:from|base))"/g)].map(([, to]) => to)).toEqual([
    '#/0/in/first/base',
    '#/0/in/second/from',
    '#/0/in/last/from',
  ])
})

test('an instruction of an image without a Dockerfile that occurs twice counts once', () => {
  const twice = { text: 'RUN apt-get update', line: null, endLine: null }
  const layers = ['1', '2'].map((digit) => layer({ instruction: twice, diffId: `sha256:${digit.repeat(64)}` }))
  const footprint = footprintOf([image({ stages: [stage({ base: null, layers })] })])
  const page = renderPage(reportWith(null, { footprint }), null, { script: '', style: '' })
  expect(sumsIn(page, 'line-after')).toEqual([2 * 4_096])
})

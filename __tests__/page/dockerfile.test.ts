/** The Dockerfile on the page: every stage of it, also those that were not built. */
import { expect, test } from '@jest/globals'
import { everySectionReport } from '../../script/lib/every-section.ts'
import { renderPage } from '../../src/page/page.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

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
    ['1', 'FROM … AS tests', 'not built: the final stage does not need it'],
    ['1001', 'FROM node:24 AS assets', 'not built in this run'],
    ['2001', 'FROM python:3.13 AS build', ''],
    ['3001', 'FROM registry.example.com/platform/python:3.13-slim AS runtime', ''],
  ])
  expect(rows).toContainEqual(['1002', 'RUN npm ci', ''])
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

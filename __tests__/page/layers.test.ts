/** The tables of layers: each layer once, and what is not known. */
import { expect, test } from '@jest/globals'
import { renderPage } from '../../src/page/page.ts'
import type { Stage } from '../../src/record/footprint.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, image, imageOf, layer, stage, stageOf } from '../support/footprints.ts'

/** Returns the section of the layers of a page with these stages, of which the last is the final one. */
function sectionOf(stages: readonly Stage[]): string {
  const page = renderPage(reportWith(null, { footprint: footprintOf([imageOf(stages)]) }), null, {
    script: '',
    style: '',
  })
  const [section = ''] = page.slice(page.indexOf('id="layers-0"')).split('</section>')
  return section
}

/** Returns the position and the instruction of each row. */
const rowsIn = (section: string): readonly (readonly string[])[] =>
  [...section.matchAll(/<tr>\s*<td[^>]*data-v="(\d+)">.*?<td[^>]*class="wide"[^>]*>(.*?)<\/td>/gs)].map(
    ([, position = '', text = '']) => [position, text.replace(/<[^>]*>/g, '')],
  )

test('a layer that several stages have is listed once, and the others say where', () => {
  const base = stageOf({ name: 'base', index: 0, steps: [['RUN a', 'a']] })
  const mid = stageOf({ name: 'mid', index: 1, parent: base, steps: [['RUN b', 'b']] })
  const other = stageOf({ name: 'other', index: 2, parent: base, steps: [['RUN c', 'c']] })
  const last = stageOf({ name: 'last', index: 3, steps: [['RUN d', 'd']] })
  const section = sectionOf([base, mid, other, last])
  expect(rowsIn(section).slice(2)).toEqual([
    ['3', 'RUN d'],
    ['3', 'RUN a'],
    ['4', 'RUN b'],
    ['4', 'RUN c'],
  ])
  const words = [...section.matchAll(/<p class="hint">(.*?)<\/p>/g)].map(([, text = '']) =>
    text.replace(/<[^>]*>/g, ''),
  )
  expect(words).toEqual([
    'Layers 1 to 2 are in the table of the final stage last.',
    'Layers 1 to 3 are in the table of stage base.',
    'Layers 1 to 3 are in the table of stage base.',
  ])
})

test('does not call layers own if the base image is not known', () => {
  const footprint = footprintOf([image({ stages: [stage({ base: null, layers: [layer()] })] })])
  const page = renderPage(reportWith(null, { footprint }), null, { script: '', style: '' })
  expect(page.slice(page.indexOf('id="layers-0"'))).toMatch(/<td[^>]*>not known<\/td>/)
  expect(page).toContain('of the base image or added: not known')
  expect(page).not.toMatch(/<td[^>]*>own<\/td>/)
})

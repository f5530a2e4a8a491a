/** Files that were edited in place: other contents of the same size. */
import { expect, test } from '@jest/globals'
import { otherFiles } from '../../src/compare/edited-files.ts'
import type { Layer } from '../../src/record/footprint.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { compare, compareFinal } from '../support/compared.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, imageOf, stageOf } from '../support/footprints.ts'

type Checksums = Readonly<Record<string, number | undefined>>

/** A stage of one COPY, whose files have 4 bytes each. */
function side(checksums: Checksums, complete = true, some: Partial<Layer> = {}) {
  const files = Object.entries(checksums).map(([path, checksum]) => ({
    ...{ path, fileBytes: 4 },
    ...(checksum === undefined ? {} : { checksum }),
  }))
  const contents = { files, directories: [], complete, packages: null }
  const fileBytes = 4 * files.length
  return stageOf({
    steps: [['COPY --link conf /etc/app/', JSON.stringify(checksums), { fileBytes, contents, ...some }]],
  })
}

const editedIn = (before: ReturnType<typeof side>, after: ReturnType<typeof side>) =>
  compareFinal(before, after).layers.at(-1)?.editedFiles

test('a file that was or is empty is changed, and neither new nor removed', () => {
  const filled = side({ 'app/a': 1 }).layers.at(-1)!
  const empty = side({}).layers.at(-1)!
  const contents = { ...empty.contents!, bare: ['app/a'] }
  const kindOf = (before: Layer, after: Layer) => otherFiles({ before, after }, [])?.files.map(({ kind }) => kind)
  expect(kindOf({ ...empty, contents }, filled)).toEqual(['changed'])
  expect(kindOf(filled, { ...empty, contents })).toEqual(['changed'])
  expect([kindOf(empty, filled), kindOf(filled, empty)]).toEqual([['new'], ['removed']])
})

test('a file of the same size with another checksum is named', () => {
  const [before, after] = [
    side({ 'etc/app/x.conf': 1, 'etc/app/y.conf': 7 }),
    side({ 'etc/app/x.conf': 2, 'etc/app/y.conf': 7 }),
  ]
  expect(editedIn(before, after)).toEqual({ paths: ['etc/app/x.conf'], count: 1, isComplete: true })
  const [old, now] = [before, after].map((stage) => footprintOf([imageOf([stage])]))
  const report = reportWith(compare(old!, now!), { footprint: now! })
  const words = 'Changed contents of the same size: 1 layer (line 2: other contents in etc/app/x.conf).'
  expect(renderTerminal(report, { width: 200, color: false })).toContain(words)
  expect(renderMarkdown(report).replaceAll('`', '')).toContain(words)
})

test('many files are counted, and it is said if a list may lack some', () => {
  const of = (checksum: number, complete?: boolean) =>
    side(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((path) => [path, checksum])), complete)
  expect(editedIn(of(1), of(2))).toEqual({ paths: ['a', 'b', 'c'], count: 5, isComplete: true })
  expect(editedIn(of(1, false), of(2))).toMatchObject({ isComplete: false })
  const texts = [true, false].map((complete) => {
    const [old, now] = [of(1, complete), of(2)].map((stage) => footprintOf([imageOf([stage])]))
    return renderTerminal(reportWith(compare(old!, now!), { footprint: now! }), { width: 200, color: false })
  })
  expect(texts[0]).toContain('other contents in a, b, c and 2 more files')
  expect(texts[1]).toContain('other contents in a, b, c and perhaps others')
})

test('nothing is named if checksums are not known or equal, or if a path differs in size', () => {
  expect(editedIn(side({ x: undefined, y: 1 }), side({ x: 2, y: 1 }))).toBeUndefined()
  expect(editedIn(side({ x: 1 }), side({ x: 1, new: 2 }))).toBeUndefined()
})

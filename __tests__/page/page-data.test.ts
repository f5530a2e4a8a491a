/** What the trees are made from if only one side was read. */
import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { EntryListWriter } from '../../src/layer/entry-list.ts'
import { LayerLists } from '../../src/layer/layer-lists.ts'
import type { Digest } from '../../src/oci/digest.ts'
import type { TreeNode } from '../../src/page/model.ts'
import { drawMap } from '../../src/page/draw-map.ts'
import { mapOf } from '../../src/page/map-node.ts'
import { pageFigures } from '../../src/page/page-data.ts'
import { renderPage } from '../../src/page/page.ts'
import type { Layer } from '../../src/record/footprint.ts'
import { imageReports, type Report } from '../../src/report/report.ts'
import { compare } from '../support/compared.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

const before = { 'app/large': 9_000, 'app/small': 100 }
const after = { 'app/large': 9_500, 'app/small': 100, 'app/other': 90 }
const lists = new LayerLists()

/** Returns a layer, of which a record lists the heaviest file. */
function layerOf(files: Readonly<Record<string, number>>, isRead: boolean): Layer {
  const digest: Digest = `sha256:${createHash('sha256').update(JSON.stringify(files)).digest('hex')}`
  const writer = new EntryListWriter()
  for (const [path, fileBytes] of Object.entries(files)) writer.add({ path, kind: 'file', fileBytes })
  const entries = writer.list(digest)
  if (entries === null) throw new Error('the list is too long')
  if (isRead) lists.add(digest, { entries, packages: null })
  const fileBytes = Object.values(files).reduce((sum, bytes) => sum + bytes, 0)
  const heaviest = { path: 'app/large', fileBytes: files['app/large'] ?? 0 }
  const contents = { files: [heaviest], directories: [], complete: false }
  return layer({ digest, diffId: digest, fileBytes, uncompressedSize: fileBytes, contents })
}

function reportOf(layers: readonly [before: Layer, after: Layer]): Report {
  const [old, now] = layers.map((one) => footprintOf([image({ stages: [stage({ layers: [one] })] })]))
  return reportWith(compare(old!, now!), { footprint: now! })
}

const leavesOf = (node: TreeNode): readonly TreeNode[] =>
  node.children.length === 0 ? [node] : node.children.flatMap(leavesOf)

test('shows no file as new beside a record that may only leave it out, and says why', () => {
  const [old, now] = [layerOf(before, false), layerOf(after, true)]
  const report = reportOf([old, now])
  const { data, detail } = pageFigures(imageReports(report), lists)
  expect(detail).toBe('recorded-baseline')
  const stageOfPage = data.images[0]!.stages[0]!
  expect(
    leavesOf(data.trees[stageOfPage.layers[0]!.tree!]!).map(({ name, before, after }) => [name, before, after]),
  ).toEqual([
    ['app/large', 9_000, 9_500],
    ['files that the record does not list', 100, 190],
  ])
  // What is in the head's layer is known in full. What the record does not list is neither new nor unchanged.
  const [of] = mapOf(data, stageOfPage, 'in').children
  const files = of!.children.flatMap((child) => (child.children.length === 0 ? [child] : child.children))
  expect(files.map(({ name, after, isBeforeKnown }) => [name, after, isBeforeKnown])).toEqual([
    ['large', 9_500, true],
    ['small', 100, false],
    ['other', 90, false],
  ])
  expect([of!.before, of!.after, of!.grew, of!.shrank]).toEqual([9_100, 9_690, 590, 0])
  const drawn = { width: 600, height: 300, isCompared: true, hrefOf: () => null }
  const { svg } = drawMap(of!, { ...drawn, mode: 'in' })
  expect(svg).toMatch(/<title>large 9\.50 kB, 9\.00 kB → 9\.50 kB, \+500 B, from this change</)
  expect(svg).toMatch(/<title>small: 100 B, size before not known</)
  expect(svg).not.toMatch(/class="(?:outline|tile) (?:new|gone|shrank)/)
  const [changed] = mapOf(data, stageOfPage, 'changed').children
  expect(drawMap(changed!, { ...drawn, mode: 'changed' }).svg).not.toContain('outline new')
  const page = renderPage(report, lists, { script: '', style: '' })
  expect(page).toContain('each of them may be new, or was too small for the record')
  expect(page).not.toContain('This page was made from a record')
})

test('says that the whole page is from a record, or nothing if all files are known', () => {
  const sentence = /This page was made from a record|too small for the record/
  const [old, now] = [layerOf(before, true), layerOf(after, true)]
  expect(renderPage(reportOf([old, now]), null, { script: '', style: '' })).toMatch(sentence)
  expect(renderPage(reportOf([old, now]), lists, { script: '', style: '' })).not.toMatch(sentence)
})

/** The tree of a layer, compared with what find reports about the folder that GNU tar packed. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { mapOf } from '../../src/page/map-node.ts'
import { filesOf as fileWords } from '../../src/page/words.ts'
import type { PageLayer, PageStage, TreeNode } from '../../src/page/model.ts'
import { LayerLists } from '../../src/layer/layer-lists.ts'
import { readLayer } from '../../src/layer/read-layer.ts'
import type { Draft } from '../../src/page/draft.ts'
import { recordedTree } from '../../src/page/recorded-tree.ts'
import { wholeTree, type ListedLayer } from '../../src/page/whole-tree.ts'
import type { Layer } from '../../src/record/footprint.ts'
import { contentsForRecord } from '../../src/weigh/contents-for-record.ts'
import { layer } from '../support/footprints.ts'
import { sha256 } from '../support/layouts.ts'
import { folderWith, succeed } from '../support/program.ts'

interface Read {
  readonly listed: ListedLayer
  readonly recorded: Layer
  /** The sizes by path, as find reports them. */
  readonly found: ReadonlyMap<string, number>
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes)
}

async function layerWith(files: Readonly<Record<string, string>>): Promise<Read> {
  await using folder = await folderWith(files)
  const tar = join(folder.path, 'layer.tar')
  await succeed('tar', ['--create', '--file', tar, '--exclude', 'layer.tar', '-C', folder.path, '.'])
  const listing = await succeed('find', [folder.path, '-type', 'f', '-not', '-name', 'layer.tar', '-printf', '%s %P\n'])
  const found = new Map(
    listing
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(line.indexOf(' ') + 1), Number(line.slice(0, line.indexOf(' ')))]),
  )
  const bytes = await readFile(tar)
  const digest = sha256(bytes)
  const read = await readLayer(chunks(bytes), { digest, size: bytes.length })
  const lists = new LayerLists()
  lists.add(digest, { entries: read.entries!, packages: read.packages })
  return {
    listed: { lists: lists.of(null, digest)!, digest, fileBytes: read.index.fileBytes },
    recorded: layer({
      digest,
      diffId: read.index.diffId,
      fileBytes: read.index.fileBytes,
      contents: contentsForRecord(read.contents, read.packages),
    }),
    found,
  }
}

interface Told {
  readonly path: string
  readonly before: number | null
  readonly after: number | null
}

function filesOf(node: Draft, above = ''): readonly Told[] {
  return [...node.children.values()].flatMap((child) => {
    const path = `${above}/${child.name}`
    return child.children.size === 0 ? [{ path, before: child.before, after: child.after }] : filesOf(child, path)
  })
}

const total = (told: readonly Told[], side: 'before' | 'after'): number =>
  told.reduce((sum, one) => sum + (one[side] ?? 0), 0)
const sumOf = (found: ReadonlyMap<string, number>): number => [...found.values()].reduce((sum, one) => sum + one, 0)

const npm = (name: string, version: string, bytes: number): Record<string, string> => ({
  [`app/node_modules/${name}/package.json`]: JSON.stringify({ name, version }),
  [`app/node_modules/${name}/dist/index.js`]: 'x'.repeat(bytes),
})

const before = {
  ...npm('left-pad', '1.0.0', 900),
  ...npm('gone', '2.0.0', 70),
  'etc/conf': 'abc',
  'etc/old.log': 'xyz',
}
const after = {
  ...npm('left-pad', '1.1.0', 1_300),
  ...npm('fresh', '0.1.0', 10),
  'etc/conf': 'abcdef',
  'var/old.log': 'xyz',
}

test('has every file with the size that find reports, grouped by package', async () => {
  const { listed, found } = await layerWith(before)
  const told = filesOf(wholeTree(null, listed)!)
  expect(told).toHaveLength(found.size)
  expect(total(told, 'after')).toBe(sumOf(found))
  for (const { path, after: bytes } of told) expect(found.get(path.replace(/^\/npm\/[^/]+/, '').slice(1))).toBe(bytes)
  expect(told.map(({ path }) => path)).toContain('/npm/left-pad/app/node_modules/left-pad/dist/index.js')
})

test('joins two layers package by package, and shows moved files as unchanged', async () => {
  const [old, now] = [await layerWith(before), await layerWith(after)]
  const tree = wholeTree(old.listed, now.listed)!
  const told = filesOf(tree)
  expect([total(told, 'before'), total(told, 'after')]).toEqual([sumOf(old.found), sumOf(now.found)])
  expect(told).toContainEqual({
    path: '/npm/left-pad/app/node_modules/left-pad/dist/index.js',
    before: 900,
    after: 1_300,
  })
  expect(told).toContainEqual({ path: '/npm/gone/app/node_modules/gone/dist/index.js', before: 70, after: null })
  expect(told).toContainEqual({ path: '/npm/fresh/app/node_modules/fresh/dist/index.js', before: null, after: 10 })
  expect(told).toContainEqual({ path: '/var/old.log', before: 3, after: 3 })
  expect(tree.children.get('ecosystem npm')?.children.get('package left-pad')?.note).toBe('1.0.0 → 1.1.0')
})

test('shows a Python package once if its releases spell the name differently', async () => {
  const release = (name: string, version: string): Readonly<Record<string, string>> => ({
    [`site-packages/${name}-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`site-packages/${name}-${version}.dist-info/RECORD`]: 'yaml/a.py,,\n',
    'site-packages/yaml/a.py': version.repeat(9),
  })
  const [old, now] = [await layerWith(release('PyYAML', '5.4')), await layerWith(release('pyyaml', '6.0.2'))]
  const packagesIn = (node: Draft | null): readonly string[] =>
    [...(node?.children.values() ?? [])].flatMap((child) =>
      child.kind === 'package' ? [`${child.name} ${child.note}`] : packagesIn(child),
    )
  expect(packagesIn(wholeTree(old.listed, now.listed))).toEqual(['pyyaml 5.4 → 6.0.2'])
  expect(packagesIn(recordedTree(old.recorded, now.recorded))).toEqual(['pyyaml 5.4 → 6.0.2'])
})

test('rejects a list that does not add up to the layer, or is of another layer', async () => {
  const { listed } = await layerWith(before)
  expect(wholeTree(null, { ...listed, fileBytes: listed.fileBytes + 1 })).toBeNull()
  expect(wholeTree(null, { ...listed, digest: sha256(Buffer.from('another')) })).toBeNull()
})

test('has the same sums from a record, with a rest for what its lists leave out', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 500 }, (_, at) => [`data/d${at % 7}/f${at}`, 'x'.repeat(500 - at)]),
  )
  const [old, now] = [
    await layerWith({ ...before, ...many }),
    await layerWith({ ...after, ...many, 'data/d1/f0': 'y' }),
  ]
  const told = filesOf(recordedTree(old.recorded, now.recorded)!)
  expect([total(told, 'before'), total(told, 'after')]).toEqual([sumOf(old.found), sumOf(now.found)])
  expect(told).toContainEqual({
    path: '/npm/gone',
    before: old.found.get('app/node_modules/gone/package.json')! + 70,
    after: null,
  })
  expect(told.some(({ path }) => path.endsWith('files that the record does not list'))).toBe(true)
  // Without contents, everything is in the rest.
  const bare = filesOf(recordedTree(null, { ...now.recorded, contents: null })!)
  expect(bare).toEqual([{ path: '/files that the record does not list', before: null, after: now.recorded.fileBytes }])
  expect(recordedTree(null, { ...now.recorded, fileBytes: null })).toBeNull()
})

test('counts the files that are there, and removed ones apart', () => {
  const file = (name: string, before: number | null, after: number | null): TreeNode => ({
    ...{ name, before, after, kind: 'file', note: '', files: 1, children: [] },
  })
  const children = [file('a', 5, 5), file('b', null, 7), file('c', 9, null)]
  const tree: TreeNode = { name: '', kind: 'layer', before: 14, after: 12, files: 3, note: '', children }
  const layer: PageLayer = {
    ...{ position: 1, status: 'changed', origin: 'own', title: 'COPY', line: 1, cause: 'change', tree: 0 },
    ...{ pull: [1, 1], unpacked: [1, 1], files: [14, 12] },
  }
  const stage: PageStage = { name: 'app', role: 'final', status: 'matched', base: 'x', layers: [layer] }
  const root = mapOf({ trees: [tree] }, stage)
  expect([root.files, root.goneFiles, fileWords(root)]).toEqual([2, 1, ', 2 files, and 1 that is gone'])
  // What a record does not list may be any number of files.
  const rest: TreeNode = { name: 'rest', kind: 'rest', before: 3, after: 3, files: 0, note: '', children: [] }
  const partly = mapOf({ trees: [{ ...tree, children: [...children, rest] }] }, stage)
  expect([partly.files, fileWords(partly)]).toEqual([null, ''])
})

/** The search in the treemap: what it finds, and the bytes of it. */
import { expect, test } from '@jest/globals'
import { foundWords, isFound, search as searchIn, searchedIn, type Found } from '../../src/page/client/search.ts'
import { mapOf, pathTo, type MapNode } from '../../src/page/map-node.ts'
import type { Mode, NodeKind, PageLayer, PageStage, TreeNode } from '../../src/page/model.ts'

function part(kind: NodeKind, name: string, content: number | readonly TreeNode[], note = ''): TreeNode {
  const children = typeof content === 'number' ? [] : content
  const after = typeof content === 'number' ? content : children.reduce((sum, child) => sum + (child.after ?? 0), 0)
  return { kind, name, note, before: null, after, files: 1, children }
}

const layer = (title: string, tree: number, position: number, some: Partial<PageLayer> = {}): PageLayer => ({
  ...{ position, title, tree, status: 'added', origin: 'own', line: position, cause: null },
  ...{ pull: [0, 1], unpacked: [0, 1], files: [0, 1] },
  ...some,
})

const trees: readonly TreeNode[] = [
  part('layer', '', [
    part('ecosystem', 'Debian packages', [
      part('package', 'curl', 378_000, '8.14.1'),
      part('package', 'libcurl4t64', 984_000, '8.14.1'),
      part('package', 'jq', 100_000, '1.7'),
    ]),
    part('directory', 'var/lib/apt/lists', 91_700_000),
  ]),
  part('layer', '', [part('directory', 'site', [part('file', 'a', 3_000_000)])]),
  part('layer', '', [part('directory', 'usr/bin', [part('file', 'python3.13', 6_000_000)]), part('file', 'etc', 1)]),
]

const stage: PageStage = {
  ...{ name: '0', role: 'final', status: 'added', base: 'python:3.13-slim' },
  layers: [
    layer('', 2, 1, { origin: 'base' }),
    layer('RUN apt-get install -y jq curl wget', 0, 2),
    layer('COPY site /site', 1, 3),
  ],
}

const root = mapOf({ trees }, stage)

const search = (part: MapNode, word: string): Found => searchIn(searchedIn(part), word)

const pathOf = (node: MapNode): string =>
  pathTo(node)
    .slice(1)
    .map(({ name }) => name)
    .join(' / ')

function found(word: string): { readonly bytes: number; readonly parts: readonly string[] } {
  const { nodes, bytes } = search(root, word)
  return { bytes, parts: [...nodes].map(pathOf) }
}

const install = 'RUN apt-get install -y jq curl wget'

test('finds packages in the layer of an instruction that names them', () => {
  expect(found('curl')).toEqual({
    bytes: 1_362_000,
    parts: [`${install} / Debian packages / curl`, `${install} / Debian packages / libcurl4t64`],
  })
  expect(found('CURL 8.14').parts).toEqual([`${install} / Debian packages / curl`])
})

test('finds a layer by its instruction if nothing inside of it matches', () => {
  expect(found('wget')).toEqual({ bytes: 93_162_000, parts: [install] })
  expect(found('apt-get').parts).toEqual([install])
  expect(found('COPY site').parts).toEqual(['COPY site /site'])
})

test('finds the outermost part of a path, and a path across several parts', () => {
  expect(found('site')).toEqual({ bytes: 3_000_000, parts: ['COPY site /site / site'] })
  expect(found('/site/a').parts).toEqual(['COPY site /site / site / a'])
  expect(found('lib/apt').parts).toEqual([`${install} / var/lib/apt/lists`])
  expect(found('packages/curl').parts).toEqual([`${install} / Debian packages / curl`])
})

test('finds files of the base image before the base image, and that by its reference', () => {
  expect(found('python').parts).toEqual(['python:3.13-slim / layer 1 / usr/bin / python3.13'])
  expect(found('3.13-slim')).toEqual({ bytes: 6_000_001, parts: ['python:3.13-slim'] })
  expect(found('nothing like it')).toEqual({ bytes: 0, parts: [] })
})

test('finds a path as the page shows it, also with its layer', () => {
  for (const word of ['site / a', 'COPY site /site / site / a', './site/a', '/site/a'])
    expect(found(word).parts).toEqual(['COPY site /site / site / a'])
  expect(found(`${install} / Debian packages / curl`).parts).toEqual([`${install} / Debian packages / curl`])
  expect(found('site / nothing / like it').parts).toEqual([])
})

test('tells parts on the way to a match, and inside of one, from all others', () => {
  const result = search(root, 'libcurl')
  const [, run, copy] = root.children
  const [curl, libcurl] = run?.children[0]?.children ?? []
  expect([root, run, run?.children[0], libcurl].map((node) => node && isFound(node, result))).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect([curl, copy].map((node) => node && isFound(node, result))).toEqual([false, false])
})

test('reads the names once for all letters that are typed', () => {
  let read = 0
  const counted = (node: MapNode, parent: MapNode | null): MapNode => {
    const copy: MapNode = {
      ...node,
      parent,
      children: [],
      get name() {
        read += 1
        return node.name
      },
    }
    copy.children.push(...node.children.map((child) => counted(child, copy)))
    return copy
  }
  const prepared = searchedIn(counted(root, null))
  const once = read
  for (const word of ['c', 'cu', 'curl', 'site/a', 'nothing']) searchIn(prepared, word)
  expect([once > 0, read]).toEqual([true, once])
})

test('says that files which are only in a sum cannot be found', () => {
  const tree = part('layer', '', [
    part('directory', 'site', [part('file', 'a', 3_000_000), part('rest', '40 smaller files', 800)]),
    part('directory', 'lib', [part('file', 'b', 5)]),
  ])
  const large = mapOf({ trees: [tree] }, { ...stage, layers: [layer('COPY . /', 0, 1)] })
  expect(search(large, 'smaller')).toMatchObject({ nodes: new Set(), bytes: 0, isPartial: true })
  // The sum is inside of what was found.
  expect(search(large, 'site')).toMatchObject({ bytes: 3_000_800, isPartial: false })
  expect(search(root, 'python').isPartial).toBe(true)
})

test('says that packages and layers whose files are not listed cannot be searched', () => {
  const listed = part('directory', 'srv', [part('file', 'a', 5)])
  const package_ = part('ecosystem', 'Python packages', [part('package', 'flask', 9, '3.1')])
  const inLayers = (...all: readonly (readonly TreeNode[])[]): MapNode =>
    mapOf(
      { trees: all.map((children) => part('layer', '', children)) },
      { ...stage, layers: all.map((_, at) => layer(`COPY ${at}`, at, at + 1)) },
    )
  expect(search(inLayers([listed]), 'app.py').isPartial).toBe(false)
  expect(search(inLayers([listed, package_]), 'app.py').isPartial).toBe(true)
  expect(search(inLayers([listed, package_]), 'flask').isPartial).toBe(false)
  const unknown = { ...stage, layers: [layer('COPY x', 0, 1, { tree: null, files: [0, 7] })] }
  expect(search(mapOf({ trees: [] }, unknown), 'app.py').isPartial).toBe(true)
  const empty = { ...stage, layers: [layer('RUN true', 0, 1, { tree: null, files: [0, 0] })] }
  expect(search(mapOf({ trees: [] }, empty), 'app.py').isPartial).toBe(false)
})

test('says how much of it is outside of the part that is shown, and that the search was not complete', () => {
  const [, run, copy] = root.children
  const of = (word: string, shown: MapNode): string => foundWords(search(root, word), shown, 'in')
  const limit = '. Files that this page does not list are not searched'
  expect(of('python', root)).toBe(`1 found, 6.00 MB${limit}`)
  expect(of('a', copy!)).toMatch(/^\d+ found, [\d.]+ MB, \d+ of them outside this part/)
  expect(of('curl', copy!)).toBe(`2 found, 1.36 MB, outside this part${limit}`)
  expect(of('curl', run!)).toBe(`2 found, 1.36 MB${limit}`)
  // What is shown is inside of what was found.
  expect(of('COPY site', copy!.children[0]!)).toBe(`1 found, 3.00 MB${limit}`)
})

test('adds up changes where the areas of the picture are changes', () => {
  const sizes = (name: string, before: number | null, after: number | null): TreeNode => ({
    ...part('file', name, after ?? 0),
    before,
    after,
  })
  const tree = part('layer', '', [
    part('directory', 'site', [sizes('grew.js', 100_000, 134_000), sizes('gone.js', 200_000, null)]),
    part('directory', 'lib', [sizes('same.js', 5_000_000, 5_000_000), sizes('same.css', 1_000, 1_000)]),
  ])
  const changed = mapOf({ trees: [tree] }, { ...stage, layers: [layer('COPY . /', 0, 1, { status: 'changed' })] })
  const of = (word: string, mode: Mode): string => foundWords(search(changed, word), changed, mode)
  expect(of('.js', 'changed')).toBe('3 found, 2 of them changed in size: −166 kB net: +34.0 kB, −200 kB')
  expect(of('.js', 'in')).toBe('3 found, 5.13 MB')
  expect(of('gone', 'changed')).toBe('1 found, −200 kB')
  expect(of('same', 'changed')).toBe('2 found, none of them changed in size')
  expect(of('css', 'changed')).toBe('1 found, same size')
  expect(of('nothing like it', 'changed')).toBe('0 found')
})

/** How a treemap is drawn: what its boxes say besides their colours. */
import { expect, test } from '@jest/globals'
import { parseFragment, type DefaultTreeAdapterMap } from 'parse5'
import { drawMap } from '../../src/page/draw-map.ts'
import { mapOf } from '../../src/page/map-node.ts'
import type { Mode, NodeKind, PageLayer, TreeNode } from '../../src/page/model.ts'

type Sizes = readonly [before: number | null, after: number | null]

function leaf(name: string, [before, after]: Sizes): TreeNode {
  return { kind: 'file', name, note: '', before, after, files: 1, children: [] }
}

function directory(kind: NodeKind, name: string, children: readonly TreeNode[]): TreeNode {
  const sum = (side: 'before' | 'after'): number => children.reduce((all, child) => all + (child[side] ?? 0), 0)
  return { kind, name, note: '', before: sum('before'), after: sum('after'), files: children.length, children }
}

const layer = (tree: number, some: Partial<PageLayer> = {}): PageLayer => ({
  ...{ position: tree + 1, title: `RUN ${tree}`, tree, status: 'changed', origin: 'own', line: tree, cause: 'change' },
  ...{ pull: [1, 1], unpacked: [1, 1], files: [1, 1] },
  ...some,
})

interface Tile {
  readonly label: string
  /** Class and, for a path, its outline. */
  readonly shapes: readonly string[]
}

/** Returns the boxes that are drawn. */
function drawn(layers: readonly (readonly TreeNode[])[], mode: Mode, some: Partial<PageLayer> = {}): readonly Tile[] {
  const root = mapOf(
    { trees: layers.map((children) => directory('layer', '', children)) },
    { name: 'app', role: 'final', status: 'matched', base: 'debian', layers: layers.map((_, at) => layer(at, some)) },
  )
  const { svg } = drawMap(root, { mode, width: 900, height: 400, isCompared: true, hrefOf: () => '#' })
  const all = (node: DefaultTreeAdapterMap['parentNode']): DefaultTreeAdapterMap['element'][] =>
    node.childNodes.flatMap((child) => ('tagName' in child ? [child, ...all(child)] : []))
  const attribute = (element: DefaultTreeAdapterMap['element'], name: string): string =>
    element.attrs.find((one) => one.name === name)?.value ?? ''
  return all(parseFragment(svg))
    .filter((one) => one.tagName === 'a')
    .map((box) => ({
      label: attribute(box, 'aria-label'),
      shapes: all(box)
        .filter(({ tagName }) => tagName === 'rect' || tagName === 'path')
        .map((one) => attribute(one, 'class')),
    }))
}

const tileOf = (tiles: readonly Tile[], name: string): Tile => tiles.find(({ label }) => label.includes(name))!

test.each(['changed', 'in'] as const)('what shrank has a mark besides its colour, however small: %s', (mode) => {
  const tiles = drawn(
    [
      [
        leaf('large-up', [1_000, 900_000]),
        leaf('large-down', [900_000, 1_000]),
        leaf('gone', [400_000, null]),
        leaf('new', [null, 400_000]),
        leaf('small-up', [0, 700]),
        leaf('small-down', [700, 0]),
        leaf('same', [300_000, 300_000]),
      ],
    ],
    mode,
  )
  const isMarked = (name: string): boolean => tileOf(tiles, name).shapes.includes('down')
  expect(['large-down', 'small-down'].map(isMarked)).toEqual([true, true])
  if (mode === 'changed') expect(isMarked('gone')).toBe(true)
  expect(['large-up', 'new', 'small-up'].map(isMarked)).toEqual([false, false, false])
  // Without colours, only the marks distinguish the direction.
  const [up, down] = ['small-up', 'small-down'].map((name) => tileOf(tiles, name).shapes)
  expect(down!.map((kind) => kind.replace('shrank', 'grew')).filter((kind) => kind !== 'down')).toEqual(
    up!.filter((kind) => kind !== 'up'),
  )
  if (mode === 'in') expect(isMarked('same')).toBe(false)
})

test('in a picture of everything, growth has a mark besides its colour, and only what is new has an outline', () => {
  const tiles = drawn(
    [[leaf('up', [1_000, 9_000]), leaf('down', [9_000, 1_000]), leaf('new', [null, 4_000]), leaf('same', [9, 9])]],
    'in',
  )
  const has = (shape: string) => (name: string) => tileOf(tiles, name).shapes.includes(shape)
  expect(['up', 'down', 'new', 'same'].map(has('outline new'))).toEqual([false, false, true, false])
  expect(['up', 'down', 'new', 'same'].map(has('up'))).toEqual([true, false, false, false])
})

test.each(['changed', 'in'] as const)('no outline of a low box runs through its name: %s', (mode) => {
  const children = Array.from({ length: 30 }, (_, at) => leaf(`new${at}`, [at % 2 === 0 ? null : 500, 1_000]))
  const root = mapOf(
    { trees: [directory('layer', '', children)] },
    { name: 'app', role: 'final', status: 'matched', base: '', layers: [layer(0)] },
  )
  const { svg } = drawMap(root, { mode, width: 300, height: 170, isCompared: true, hrefOf: () => '#' })
  const boxes = [...svg.matchAll(/<a .*?<\/a>/g)].map(([text]) => ({
    outline: /class="outline new" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/.exec(text),
    baseline: Number(/<text x="[\d.]+" y="([\d.]+)"/.exec(text)?.[1]),
  }))
  const both = boxes.filter(({ outline, baseline }) => outline !== null && !Number.isNaN(baseline))
  expect(both.length).toBeGreaterThan(4)
  // Descenders need about two pixels.
  for (const { outline, baseline } of both)
    expect(Number(outline![1]) + Number(outline![2]) - baseline).toBeGreaterThan(1.5)
})

test('a label says the figure that is seen only once', () => {
  const tiles = drawn([[leaf('grown', [1_000, 9_000])], [leaf('fresh', [null, 4_000])]], 'changed')
  expect(tileOf(tiles, 'grown').label).toBe('grown +8.00 kB, 1.00 kB → 9.00 kB, from this change')
  expect(tileOf(tiles, 'RUN 0').label).toBe('RUN 0 +8.00 kB, 1.00 kB → 9.00 kB, from this change')
  expect(tileOf(tiles, 'fresh').label).toBe('fresh +4.00 kB, new, 4.00 kB, from this change')
})

test('a box with growth and reduction has both colours and the mark', () => {
  const many = (from: number, to: number): TreeNode[] =>
    Array.from({ length: 40 }, (_, at) => leaf(`tiny${from}${at}`, [from, to]))
  const [both] = drawn([[leaf('large', [0, 90_000_000]), ...many(0, 1_000), ...many(1_000, 0)]], 'changed').filter(
    ({ label }) => label.includes('80 more parts'),
  )
  expect(both).toEqual({
    label: expect.stringContaining('80 more parts: 0 B net: +40.0 kB, −40.0 kB'),
    shapes: ['tile shrank', 'tile grew', 'down'],
  })
})

test('a box of many small parts has the direction and the cause of these, and not of everything around them', () => {
  const small = Array.from({ length: 40 }, (_, at) => leaf(`tiny${at}`, [1_000, 0]))
  const tiles = drawn([[leaf('large', [0, 90_000_000]), ...small]], 'changed', { cause: 'drift' })
  expect(tileOf(tiles, '40 more parts')).toEqual({
    label: expect.stringContaining('40 more parts: −40.0 kB'),
    shapes: ['tile shrank', 'hatch drift', 'down'],
  })
})

test('a base image that is too small to be opened has its cause', () => {
  const root = mapOf(
    {
      trees: [
        directory('layer', '', [leaf('app', [0, 90_000_000])]),
        directory('layer', '', [leaf('lib', [500, 1_000])]),
      ],
    },
    {
      ...{ name: 'app', role: 'final', status: 'matched', base: 'debian' },
      layers: [layer(1, { origin: 'base', cause: 'base-image' }), layer(0)],
    },
  )
  const { svg } = drawMap(root, { mode: 'changed', width: 900, height: 40, isCompared: true, hrefOf: () => null })
  expect(root.children[0]!.cause).toBe('base-image')
  expect(svg).toContain('class="hatch base-image"')
})

/** Returns the words in the picture of one layer, by the width of the picture. */
function wordsAt(width: number, children: readonly TreeNode[], mode: Mode): readonly string[] {
  const root = mapOf(
    { trees: [directory('layer', '', children)] },
    {
      name: 'app',
      role: 'final',
      status: 'matched',
      base: '',
      layers: [layer(0, { title: 'RUN install everything' })],
    },
  )
  const { svg } = drawMap(root, { mode, width, height: 300, isCompared: true, hrefOf: () => null })
  return Array.from(svg.matchAll(/<text[^>]*>([^<]*)(?:<tspan[^>]*>([^<]*)<)?/g), ([, name = '', figure = '']) =>
    `${name.trim()} | ${figure}`.trim(),
  )
}

test('a narrow group keeps its net growth, and its name loses its end', () => {
  const children = [leaf('up', [1_000_000, 4_000_000]), leaf('down', [3_000_000, 1_000_000])]
  const groupAt = (width: number): string => wordsAt(width, children, 'changed')[0] ?? ''
  expect(groupAt(600)).toBe('RUN install everything | +1.00 MB net: +3.00 MB, −2.00 MB')
  expect(groupAt(300)).toBe('RUN ins… | +1.00 MB net: +3.00 MB, −2.00 MB')
  expect(groupAt(180)).toBe('RUN install ev… | +1.00 MB')
  expect(groupAt(110)).toBe('RU… | +1.00 MB')
  expect(groupAt(80)).toBe('| +1.00 MB')
  expect(groupAt(60)).toBe('RUN i… |')
})

test('what is gone is not in a picture of everything: alone, in its group and among small parts', () => {
  const small = Array.from({ length: 40 }, (_, at) => leaf(`tiny${at}`, [1_000, at === 0 ? 500 : null]))
  const children = [
    directory('package', 'curl', [leaf('curl', [30_000_000, null])]),
    leaf('app', [90_000_000, 90_000_000]),
    ...small,
  ]
  const gone = { ...children[0]!, after: null }
  expect(wordsAt(900, [gone, ...children.slice(1)], 'in')).toEqual([
    'RUN install everything | 90.0 MB',
    'app | 90.0 MB',
  ])
  const more = drawn([[leaf('app', [90_000_000, 90_000_000]), leaf('tiny', [2_000, 1_000]), ...small]], 'in')
  expect(tileOf(more, '2 more parts').label).toBe('2 more parts: 1.50 kB')
  // A layer of which everything is gone is not in it either.
  const closed = drawn(
    [[directory('directory', 'lib', [leaf('old', [9_000, null])])], [leaf('app', [1_000, 1_000])]],
    'in',
  )
  expect(closed.map(({ label }) => label)).toEqual([expect.stringContaining('RUN 1'), expect.stringContaining('app')])
})

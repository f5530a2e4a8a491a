import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addLeaf, draft, type Draft } from '../../src/page/draft.ts'
import type { TreeNode } from '../../src/page/model.ts'
import { packed } from '../../src/page/pack.ts'
import { pruned } from '../../src/page/prune.ts'
import { unpack } from '../../src/page/unpack.ts'
import { gunzipSync } from 'node:zlib'

const size = fc.option(fc.integer({ min: 1, max: 1_000_000 }))
const leaves = fc.array(fc.record({ path: fc.stringMatching(/^[a-c](\/[a-c]){0,5}$/), before: size, after: size }), {
  maxLength: 200,
})

function treeOf(files: readonly { path: string; before: number | null; after: number | null }[]): Draft {
  const root = draft('', 'layer')
  for (const file of files) if (file.before !== null || file.after !== null) addLeaf(root, file)
  return root
}

const leavesOf = (node: TreeNode): readonly TreeNode[] =>
  node.children.length === 0 ? [node] : node.children.flatMap(leavesOf)

function sums(nodes: readonly TreeNode[]): object {
  const delta = ({ before, after }: TreeNode): number => (after ?? 0) - (before ?? 0)
  const total = (pick: (node: TreeNode) => number): number => nodes.reduce((sum, node) => sum + pick(node), 0)
  return {
    before: total(({ before }) => before ?? 0),
    after: total(({ after }) => after ?? 0),
    grew: total((node) => Math.max(0, delta(node))),
    shrank: total((node) => Math.max(0, -delta(node))),
    files: total(({ files }) => files),
  }
}

test('keeps the sums of the whole tree, of growth and of shrinkage', () => {
  fc.assert(
    fc.property(leaves, fc.integer({ min: 2, max: 20 }), (files, most) => {
      const [whole, few] = [pruned([treeOf(files)], 10_000), pruned([treeOf(files)], most)]
      const [all, kept] = [whole.flatMap(leavesOf), few.flatMap(leavesOf)]
      expect(sums(kept)).toEqual(sums(all))
      expect(kept.filter(({ kind }) => kind !== 'rest').length).toBeLessThanOrEqual(Math.max(most, 1))
      expect(few[0]).toMatchObject({ before: whole[0]?.before, after: whole[0]?.after })
    }),
  )
})

test('keeps what changed most, then what is largest', () => {
  const files = [
    { path: 'a/large', before: 900, after: 900 },
    { path: 'a/grew', before: 1, after: 300 },
    { path: 'a/small', before: 5, after: 5 },
    { path: 'a/tiny', before: 1, after: 2 },
  ]
  const [root] = pruned([treeOf(files)], 2)
  expect(leavesOf(root!).map(({ name }) => name)).toEqual([
    'large',
    'grew',
    '1 smaller file that grew',
    '1 smaller file',
  ])
})

test('unpacks what it packed, with hostile names', () => {
  fc.assert(
    fc.property(leaves, fc.string({ unit: 'binary', maxLength: 30 }), (files, name) => {
      const trees = pruned([treeOf([...files, { path: `x/${name}`, before: 1, after: 2 ** 40 }])])
      const data = { images: [{ name: 'a', platform: 'linux/amd64', compared: true, stages: [] }], trees }
      expect(unpack(gunzipSync(Buffer.from(packed(data), 'base64')))).toEqual(data)
    }),
  )
})

import { expect, test } from '@jest/globals'
import { addLeaf, draft } from '../../src/page/draft.ts'
import { pruned } from '../../src/page/prune.ts'
import { visibleSpaces } from '../../src/page/visible-spaces.ts'

test.each([
  [' ', '\\u{20}'],
  ['  ', '\\u{20}\\u{20}'],
  [' a b ', '\\u{20}a b\\u{20}'],
  ['a  b', 'a\\u{20} b'],
  ['a\nb\tc\r', 'a\\u{a}b\\u{9}c\\u{d}'],
  ['a\u00a0b\u2003', 'a\\u{a0}b\\u{2003}'],
  ['usual name.txt', 'usual name.txt'],
] as const)('shows the white space of %j', (name, shown) => expect(visibleSpaces(name)).toBe(shown))

test('no part of a treemap has a name that cannot be seen', () => {
  const root = draft('', 'layer')
  for (const path of [' ', 'srv/\t', 'srv/\n']) addLeaf(root, { path, before: null, after: 5 })
  const [tree] = pruned([root])
  const names = tree!.children.flatMap((child) => [child.name, ...child.children.map(({ name }) => name)])
  expect(names).toEqual(['\\u{20}', 'srv', '\\u{9}', '\\u{a}'])
})

import { expect, test } from '@jest/globals'
import { PathTree } from '../../src/layer/path-tree.ts'
import { SymbolicLinks } from '../../src/savings/symbolic-links.ts'

test('every place may be linked if there are too many links to tell', () => {
  const links = new SymbolicLinks()
  const places = { found: [{ pattern: 0, node: 1, outer: 0 }], placeOf: new Uint32Array(1) }
  for (let nth = 0; nth < 500_000; nth += 1) links.add('a', '/b')
  expect(links.leadInto(new PathTree(), places)).toEqual(new Set())
  links.add('a', '/b')
  expect(links.leadInto(new PathTree(), places)).toEqual(new Set([1]))
})

/** Which stages share a parent, so that an edit of the parent concerns the others too. */
import { expect, test } from '@jest/globals'
import type { StageUse } from '../../src/savings/copied-files.ts'
import { inheritsFromShared } from '../../src/savings/shared-stages.ts'

const use = (user: number, via: StageUse['via'], used: number): StageUse => ({ user, used, via })

test.each<[string, readonly StageUse[] | null, boolean]>([
  ['no parent', [], false],
  ['parents that others use in ways that are not known', null, true],
  ['only a stage that it copies from', [use(2, 'copy', 1)], false],
  ['a parent of its own', [use(1, 'from', 0), use(2, 'from', 1)], false],
  ['a parent that it also copies from', [use(2, 'from', 1), use(2, 'copy', 1)], true],
  ['a parent whose own parent it mounts', [use(1, 'from', 0), use(2, 'from', 1), use(2, 'mount', 0)], true],
  ['a parent with another child', [use(1, 'from', 0), use(2, 'from', 0)], true],
  ['a parent that another stage copies from', [use(1, 'copy', 0), use(2, 'from', 0)], true],
  ['a parent that another stage mounts', [use(1, 'mount', 0), use(2, 'from', 0)], true],
  ['a parent whose own parent has another child', [use(1, 'from', 0), use(2, 'from', 1), use(3, 'from', 0)], true],
  ['other stages that share a parent', [use(3, 'from', 0), use(1, 'from', 0), use(2, 'copy', 1)], false],
])('a stage with %s', (_title, uses, isShared) => {
  expect(inheritsFromShared(2, uses)).toBe(isShared)
})

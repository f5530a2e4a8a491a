import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { budgetsOnDisk } from '../../src/run/budgets-on-disk.ts'
import { remove, temporaryFolder } from '../support/repositories.ts'

let folder = ''
let root = ''
beforeEach(() => {
  folder = temporaryFolder()
  root = join(folder, 'job')
  mkdirSync(join(root, 'sub'), { recursive: true })
  writeFileSync(join(folder, 'npmrc'), 's3cr3t')
  writeFileSync(join(root, 'budgets'), 'pull <= 1MB')
  symlinkSync('../npmrc', join(root, 'out'))
  symlinkSync('budgets', join(root, 'in'))
  symlinkSync('..', join(root, 'up'))
  symlinkSync('sub', join(root, 'other'))
  symlinkSync('/dev/zero', join(root, 'zero'))
  writeFileSync(join(root, 'sub/budgets'), 'pull <= 2MB')
  execFileSync('mkfifo', [join(root, 'pipe')])
  writeFileSync(join(root, 'long'), '#'.repeat(256 * 1024 + 1))
})
afterEach(() => remove(folder))

test.each([
  ['out', 'is a link that leads out of the repository'],
  ['up/npmrc', 'is a link that leads out of the repository'],
  ['zero', 'is a link that leads out of the repository'],
  ['in', 'is a symbolic link: name the file that it leads to'],
  ['pipe', 'is not a regular file'],
  ['sub', 'is not a regular file'],
  ['long', 'has more than 256 KiB'],
])(
  'refuses %s because it %s',
  async (name, why) => {
    const path = join(root, name)
    await expect(budgetsOnDisk(path, root)).rejects.toMatchObject({
      code: 'UNREADABLE_INPUT',
      message: expect.stringContaining(`the budgets file ${path} ${why}`),
    })
  },
  20_000,
)

test('reads a file of the repository, also through a linked folder, and returns null if it is missing', async () => {
  expect(await budgetsOnDisk(join(root, 'budgets'), root)).toBe('pull <= 1MB')
  expect(await budgetsOnDisk(join(root, 'other/budgets'), root)).toBe('pull <= 2MB')
  for (const gone of ['gone', 'budgets/gone']) expect(await budgetsOnDisk(join(root, gone), root)).toBeNull()
})

test('follows a link outside of a workflow', async () => {
  expect(await budgetsOnDisk(join(root, 'out'), null)).toBe('s3cr3t')
  await expect(budgetsOnDisk(join(root, 'pipe'), null)).rejects.toThrow('is not a regular file')
})

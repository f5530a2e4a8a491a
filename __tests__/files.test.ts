import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { isSystemError, makeFolder, systemErrorCode } from '../src/files.ts'
import { remove, temporaryFolder } from './support/tar-bytes.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => remove(folder))

const codeOf = (path: string): Promise<string> => makeFolder(path).then(() => 'made', systemErrorCode)

test('makes a folder and its parents, also if several calls do so at once', async () => {
  const path = join(folder, 'a/b/c')
  expect(await Promise.all(Array.from({ length: 8 }, () => codeOf(path)))).toEqual(Array(8).fill('made'))
  expect(existsSync(path)).toBe(true)
})

test('accepts a link to a folder', async () => {
  mkdirSync(join(folder, 'real'))
  symlinkSync('real', join(folder, 'link'))
  expect(await codeOf(join(folder, 'link'))).toBe('made')
})

// Node's own `mkdir -p` asks /proc forever.
test.each([
  ['/proc/no-such-folder/a/b', 'ENOENT'],
  ['/dev/null/a', 'ENOTDIR'],
])('fails at once for %s', async (path, code) => {
  expect(await codeOf(path)).toBe(code)
})

test('fails if there is a file in its place', async () => {
  writeFileSync(join(folder, 'file'), '')
  expect(await codeOf(join(folder, 'file'))).toBe('EEXIST')
})

test.each([
  ['ENOSPC', true],
  ['EIO', true],
  ['ESTALE', true],
  ['EMFILE', true],
  ['ERR_FS_EISDIR', true],
  ['ERR_INVALID_ARG_TYPE', false],
  ['', false],
])('%s is an error of the operating system: %s', (code, is) => {
  expect(isSystemError(Object.assign(new Error('x'), { code }))).toBe(is)
})

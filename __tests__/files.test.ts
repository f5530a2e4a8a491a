import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import {
  isSystemError,
  makeFolder,
  readNamedFile,
  readRegularFile,
  reasonUnread,
  systemErrorCode,
} from '../src/files.ts'
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

test('reads a file that the user named, also through a link and from a pipe', async () => {
  const [file, link, pipe] = ['file', 'link', 'pipe'].map((name) => join(folder, name)) as [string, string, string]
  writeFileSync(file, 'abc')
  symlinkSync('file', link)
  execFileSync('mkfifo', [pipe])
  spawn('sh', ['-c', 'printf abc >"$0"', pipe], { stdio: 'ignore' })
  for (const path of [file, link, pipe]) expect(await readNamedFile(path, 3)).toEqual(Buffer.from('abc'))
})

test.each<[string, string, string]>([
  ['an endless device', '/dev/zero', 'it has more than 1 MB'],
  ['a folder', '/dev', 'it is a folder'],
  ['nothing', '/dev/no-such-file', 'there is no such file or folder'],
])('says why a file cannot be read that is %s', async (_what, path, why) => {
  const read = await readNamedFile(path, 1_000_000)
  expect('why' in read && reasonUnread(read, 1_000_000)).toBe(why)
})

test('does not read a file of more bytes than allowed', async () => {
  const path = join(folder, 'large')
  writeFileSync(path, '')
  truncateSync(path, 4_000_000_000_000)
  for (const read of [readNamedFile, readRegularFile]) expect(await read(path, 100_000)).toEqual({ why: 'too-large' })
})

/** Files that the user named are written as a whole, and what is no regular file is written to directly. */
import { chmod, link, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { writeNamedFile } from '../../src/files.ts'
import { folderWith, run, succeed } from '../support/program.ts'

const source = fileURLToPath(new URL('../../src/files.ts', import.meta.url))

test.each([
  ['a new file', 'new.json', null],
  ['an older file', 'old.json', 'old'],
])('without space for it, %s is not left truncated', async (_, name, left) => {
  await using folder = await folderWith({ 'old.json': 'old' })
  // A limit of 512 or 1,024 bytes for a file, as the system of a full disk lets only a part through.
  const program = `import { writeNamedFile } from ${JSON.stringify(source)}
    await writeNamedFile(${JSON.stringify(join(folder.path, name))}, 'x'.repeat(100_000)).catch((error) => console.log(error.code))`
  const { status, stdout } = await run('sh', [
    '-c',
    'ulimit -f 1; exec "$0" --input-type=module --eval "$1"',
    process.execPath,
    program,
  ])
  expect([status, stdout]).toEqual([0, 'EFBIG\n'])
  expect(await readFile(join(folder.path, name), 'utf8').catch(() => null)).toBe(left)
  expect(await readdir(folder.path)).toEqual(['old.json'])
})

test('an older file keeps its permissions, and a new one has the usual ones', async () => {
  await using folder = await folderWith({ 'old.json': 'old, and longer than the new text' })
  const [old, fresh] = [join(folder.path, 'old.json'), join(folder.path, 'new.json')]
  const usual = join(folder.path, 'usual')
  await writeFile(usual, '')
  await chmod(old, 0o606)
  for (const path of [old, fresh]) await writeNamedFile(path, 'new')
  expect(await Promise.all([old, fresh].map((path) => readFile(path, 'utf8')))).toEqual(['new', 'new'])
  expect((await stat(old)).mode & 0o777).toBe(0o606)
  expect((await stat(fresh)).mode).toBe((await stat(usual)).mode)
})

test('links stay links, to their files', async () => {
  await using folder = await folderWith({ 'old.json': 'old', 'one.json': 'one' })
  const at = (name: string): string => join(folder.path, name)
  await symlink('old.json', at('link'))
  await symlink('not-yet', at('dangling'))
  await link(at('one.json'), at('other.json'))
  for (const name of ['link', 'dangling', 'other.json']) await writeNamedFile(at(name), 'new')
  for (const name of ['old.json', 'not-yet', 'one.json']) expect(await readFile(at(name), 'utf8')).toBe('new')
  for (const name of ['link', 'dangling']) expect((await lstat(at(name))).isSymbolicLink()).toBe(true)
})

test('a pipe gets the text', async () => {
  await using folder = await folderWith({})
  const pipe = join(folder.path, 'pipe')
  await succeed('mkfifo', [pipe])
  const [read] = await Promise.all([readFile(pipe, 'utf8'), writeNamedFile(pipe, 'through a pipe')])
  expect(read).toBe('through a pipe')
})

test('a name that leaves no room for a temporary one is written to, and a folder is refused', async () => {
  await using folder = await folderWith({})
  const long = join(folder.path, 'x'.repeat(255))
  await writeNamedFile(long, 'new')
  expect(await readFile(long, 'utf8')).toBe('new')
  await mkdir(join(folder.path, 'folder'))
  await expect(writeNamedFile(join(folder.path, 'folder'), 'new')).rejects.toThrow('EISDIR')
})

import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readingOf } from '../../src/git/build-reading.ts'
import { commit, gitIn, newRepository, remove, repositoryAt, temporaryFolder } from '../support/repositories.ts'

let folder = ''
beforeEach(() => {
  folder = newRepository(temporaryFolder())
  commit(folder, { Dockerfile: 'FROM scratch\nCOPY . .\n', 'secret.txt': 'x' })
})
afterEach(() => remove(folder))

async function reaches(path: string): Promise<boolean | undefined> {
  const reading = await readingOf({
    repository: await repositoryAt(folder),
    git: gitIn(folder),
    context: folder,
    dockerfilePath: join(folder, 'Dockerfile'),
    sources: 'all',
  })
  return 'why' in reading ? undefined : reading.reaches(path)
}

test('respects an ignore file, also through a symbolic link', async () => {
  writeFileSync(join(folder, 'rules'), '*.txt\n')
  symlinkSync('rules', join(folder, '.dockerignore'))
  expect([await reaches('secret.txt'), await reaches('other')]).toEqual([false, true])
})

test.each<[string, (path: string) => void]>([
  ['an endless device', (path) => symlinkSync('/dev/zero', path)],
  ['a pipe', (path) => execFileSync('mkfifo', [path])],
  ['too large', (path) => writeFileSync(path, '*.txt\n'.repeat(200_000))],
])('does not wait for an ignore file that is %s, and counts all files', async (_what, make) => {
  make(join(folder, '.dockerignore'))
  expect(await reaches('secret.txt')).toBe(true)
})

test('counts all files if the ignore file of the Dockerfile cannot be read, whatever the other one excludes', async () => {
  writeFileSync(join(folder, '.dockerignore'), '*.txt\n')
  expect(await reaches('secret.txt')).toBe(false)
  symlinkSync('Dockerfile.dockerignore', join(folder, 'Dockerfile.dockerignore'))
  expect(await reaches('secret.txt')).toBe(true)
})

test('says so if Git cannot list the files', async () => {
  const reading = await readingOf({
    repository: await repositoryAt(folder),
    git: () => Promise.resolve({ ok: false, status: null, message: 'it took longer than 30 s' }),
    context: folder,
    dockerfilePath: null,
    sources: 'all',
  })
  expect(reading).toEqual({ why: 'Git cannot list the files of the context' })
})

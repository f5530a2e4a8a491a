import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ignoreFileOf, imageNameOf, openBuildSource } from '../../src/plan/build-source.ts'
import { remove, temporaryFolder } from '../support/folders.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => remove(folder))

const open = (): ReturnType<typeof openBuildSource> =>
  openBuildSource({ context: folder, file: null }, () => Promise.reject(new Error('nothing is piped in')))

test('reads a Dockerfile, also through a symbolic link', async () => {
  writeFileSync(join(folder, 'elsewhere'), 'FROM scratch\n')
  symlinkSync('elsewhere', join(folder, 'Dockerfile'))
  expect(await open()).toMatchObject({ kind: 'local', dockerfile: 'FROM scratch\n' })
})

test.each<[string, (path: string) => void, string]>([
  ['an endless device', (path) => symlinkSync('/dev/zero', path), 'it is a pipe, a socket or a device'],
  ['a pipe', (path) => execFileSync('mkfifo', [path]), 'it is a pipe, a socket or a device'],
  ['a folder', (path) => mkdirSync(path), 'it is a folder'],
  ['a link to nothing', (path) => symlinkSync('nowhere', path), 'there is no such file or folder'],
  ['a file that is too large', (path) => writeFileSync(path, Buffer.alloc(16_000_001)), 'it has more than 16 MB'],
])('refuses a Dockerfile that is %s', async (_what, make, why) => {
  make(join(folder, 'Dockerfile'))
  await expect(open()).rejects.toThrow(`the Dockerfile ${join(folder, 'Dockerfile')} cannot be read: ${why}; name`)
})

test.each<[string, 'local' | 'remote' | 'stdin-dockerfile', string, string[]]>([
  ['host:5000/team/app', 'local', '.', ['host:5000/team/app:1.2', 'other']],
  ['host:5000/app', 'local', '.', ['host:5000/app']],
  ['app', 'local', '/some/folder/../app/', []],
  ['project', 'remote', 'https://host.invalid/team/project.git#main:sub', []],
  ['project', 'remote', 'https://host.invalid/team/project/?ref=main', []],
  ['image', 'stdin-dockerfile', '-', []],
])('names the image %s by its tag, folder or repository (%s %s)', (name, kind, context, tags) => {
  expect(imageNameOf({ tags, context }, { kind })).toBe(name)
})

test.each([
  ['the folder', '.', null],
  ['the folder, with a Dockerfile in a subfolder', '.', 'docker/Dockerfile'],
  ['the folder, with a context in a subfolder', 'services/web', null],
])('says that nothing was checked out: %s', async (_what, context, file) => {
  const from = { context: join(folder, context), file: file === null ? null : join(folder, file) }
  const opened = (): ReturnType<typeof openBuildSource> => openBuildSource(from, () => Promise.resolve(Buffer.alloc(0)))
  const empty = `the folder ${folder} is empty; in a workflow, actions/checkout has to come before this step`
  await expect(opened()).rejects.toThrow(`cannot be read: ${empty}`)
  writeFileSync(join(folder, 'README.md'), '')
  await expect(opened()).rejects.toThrow('cannot be read: there is no such file or folder')
})

test('an ignore file beside the Dockerfile takes the place of .dockerignore', async () => {
  const dockerfilePath = join(folder, 'api.Dockerfile')
  writeFileSync(join(folder, '.dockerignore'), '')
  expect(await ignoreFileOf({ dockerfilePath })).toBe('.dockerignore')
  writeFileSync(`${dockerfilePath}.dockerignore`, '')
  expect(await ignoreFileOf({ dockerfilePath })).toBe('api.Dockerfile.dockerignore')
  expect(await ignoreFileOf({ dockerfilePath: null })).toBe('.dockerignore')
})

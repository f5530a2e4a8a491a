import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { chownSync, chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Cancelled } from '../../src/errors.ts'
import { environmentOf } from '../../src/git/git-environment.ts'
import { findRepository } from '../../src/git/repository.ts'
import { firstLine, lastWord, openGit, tokenConfig, trustConfig } from '../../src/git/run-git.ts'
import {
  commit,
  gitEnv,
  gitIn,
  newRepository,
  privateServer,
  remove,
  sh,
  temporaryFolder,
} from '../support/repositories.ts'
import { testWith } from '../support/rig.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => remove(folder))

test('adds its settings after those of the user, and drops variables that name another repository or a program', () => {
  const user = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'a.b',
    GIT_CONFIG_VALUE_0: 'c',
    GIT_DIR: '/elsewhere',
    GIT_EXTERNAL_DIFF: './diff',
    GIT_SSH_COMMAND: 'ssh -i key',
    UNSET: undefined,
  }
  const env = environmentOf(user, tokenConfig('https://ghe.example/', 'tok'), true)
  const settings = Array.from({ length: Number(env['GIT_CONFIG_COUNT']) }, (_, nth) => [
    env[`GIT_CONFIG_KEY_${nth}`],
    env[`GIT_CONFIG_VALUE_${nth}`],
  ])
  expect(settings[0]).toEqual(['a.b', 'c'])
  expect(settings).toEqual(
    expect.arrayContaining([
      ['safe.bareRepository', 'explicit'],
      ['core.fsmonitor', 'false'],
      ['core.hooksPath', '/dev/null'],
    ]),
  )
  expect(settings.slice(-2)).toEqual([
    ['http.https://ghe.example/.extraheader', ''],
    [
      'http.https://ghe.example/.extraheader',
      `AUTHORIZATION: basic ${Buffer.from('x-access-token:tok').toString('base64')}`,
    ],
  ])
  expect(env).toMatchObject({ GIT_TERMINAL_PROMPT: '0', GIT_SSH_COMMAND: 'ssh -i key' })
  for (const gone of ['GIT_DIR', 'GIT_EXTERNAL_DIFF', 'UNSET']) expect(env).not.toHaveProperty(gone)
  expect(tokenConfig('https://github.com', '')).toEqual([])
})

test("reports a failure in Git's own words, without passwords", async () => {
  const git = gitIn(folder)
  expect(await git(['rev-parse', 'HEAD'])).toMatchObject({ ok: false, status: 128 })
  expect(lastWord('hint: x\nfatal: unable to access https://u:p@ss@host/r: no\n')).toBe(
    'unable to access https://***@host/r: no',
  )
  expect(lastWord('')).toBe('git gave no reason')
  expect(await findRepository(git, folder)).toEqual({ why: expect.stringContaining('not a git repository') })
})

test('reports a missing git and a time limit, and stops on a signal', async () => {
  const signal = new AbortController()
  const without = openGit({ folder, env: { PATH: folder }, signal: signal.signal })
  expect(await without(['version'])).toEqual({ ok: false, status: null, message: 'there is no `git` on the PATH' })
  writeFileSync(join(folder, 'git'), '#!/bin/sh\nsleep 60\n')
  chmodSync(join(folder, 'git'), 0o755)
  const slow = openGit({ folder, env: { PATH: `${folder}:/usr/bin:/bin` }, signal: signal.signal })
  expect(await slow(['version'], { timeout: 300 })).toEqual({
    ok: false,
    status: null,
    message: expect.stringContaining('longer than'),
  })
  const stopped = slow(['version'])
  setTimeout(() => signal.abort(), 100)
  await expect(stopped).rejects.toBeInstanceOf(Cancelled)
  await expect(slow(['version'])).rejects.toBeInstanceOf(Cancelled)
})

test('never asks for a password, and calls the remote once', async () => {
  newRepository(folder)
  await using server = await privateServer(folder, 'x')
  const asked = join(folder, 'asked')
  const ask = join(folder, 'ask')
  writeFileSync(ask, `#!/bin/sh\necho "$1" >>'${asked}'\necho x\n`, { mode: 0o755 })
  const askers = {
    GIT_ASKPASS: ask,
    SSH_ASKPASS: ask,
    SSH_ASKPASS_REQUIRE: 'force',
    DISPLAY: ':0',
    GIT_TERMINAL_PROMPT: '1',
  }
  const git = gitIn(folder, [['core.askPass', ask]], { ...gitEnv, ...askers })
  expect(await git(['ls-remote', `${server.url}/x.git`])).toMatchObject({
    ok: false,
    message: expect.stringContaining('terminal prompts disabled'),
  })
  expect(existsSync(asked)).toBe(false)
  expect(server.seen).toEqual([undefined])
})

testWith('root')(
  'reads a checkout of another user only if it is trusted',
  async () => {
    newRepository(folder)
    commit(folder, { a: '1' })
    chownSync(folder, 12_345, 12_345)
    chownSync(join(folder, '.git'), 12_345, 12_345)
    expect(await findRepository(gitIn(folder), folder)).toEqual({ why: expect.stringContaining('dubious ownership') })
    const trusted = gitIn(folder, trustConfig([folder]))
    expect(await findRepository(trusted, folder)).toMatchObject({ root: folder, shallow: false, objectFormat: 'sha1' })
    expect(firstLine(await trusted(['rev-parse', 'HEAD']))).toMatch(/^[0-9a-f]{40}$/)
  },
  30_000,
)

test('finds the repository from a folder in it, and refuses a bare repository', async () => {
  newRepository(folder)
  commit(folder, { 'sub/a': '1' })
  expect(await findRepository(gitIn(join(folder, 'sub')), join(folder, 'sub'))).toMatchObject({
    root: folder,
    gitFolder: join(folder, '.git'),
  })
  sh(folder, 'clone', '--quiet', '--bare', folder, join(folder, 'bare'))
  expect(await findRepository(gitIn(join(folder, 'bare')), join(folder, 'bare'))).toEqual({
    why: expect.stringMatching(/work tree|safe.bareRepository/),
  })
  expect(gitEnv['GIT_DIR']).toBeUndefined()
})

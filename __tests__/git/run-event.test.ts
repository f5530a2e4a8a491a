import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readRunEvent } from '../../src/git/run-event.ts'
import { remove, temporaryFolder } from '../support/repositories.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => remove(folder))

test('reads the event of a workflow from its file; a torn or missing file gives no payload', async () => {
  const path = join(folder, 'event.json')
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_EVENT_PATH: path,
    GITHUB_REF: 'refs/heads/x',
    GITHUB_SHA: 'a',
  }
  const event = { name: 'push', ref: 'refs/heads/x', sha: 'a', given: null }
  expect(await readRunEvent(env, null)).toEqual({ ...event, payload: null })
  writeFileSync(path, '{"before":')
  expect(await readRunEvent(env, null)).toEqual({ ...event, payload: null })
  writeFileSync(path, '{"before":"b"}')
  expect(await readRunEvent(env, null)).toEqual({ ...event, payload: { before: 'b' } })
})

test('finds no event outside of a workflow', async () => {
  expect(await readRunEvent({ GITHUB_EVENT_NAME: 'push' }, 'main')).toEqual({
    name: null,
    payload: null,
    ref: null,
    sha: null,
    given: 'main',
  })
})

test('gives no payload for an endless file or a pipe', async () => {
  const env = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'push' }
  execFileSync('mkfifo', [join(folder, 'pipe')])
  symlinkSync('/dev/zero', join(folder, 'zero'))
  for (const path of ['/dev/zero', join(folder, 'zero'), join(folder, 'pipe'), folder])
    expect((await readRunEvent({ ...env, GITHUB_EVENT_PATH: path }, null)).payload).toBeNull()
  writeFileSync(join(folder, 'event.json'), '{}')
  symlinkSync('event.json', join(folder, 'link'))
  expect((await readRunEvent({ ...env, GITHUB_EVENT_PATH: join(folder, 'link') }, null)).payload).toEqual({})
})

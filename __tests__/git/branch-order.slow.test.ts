/** Revisions that budgets name, looked up in checkouts as a user and as a workflow have them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openBranches, type Branches } from '../../src/git/branch-order.ts'
import { shallowAdvice } from '../../src/git/shallow.ts'
import {
  checkout,
  commit,
  gitEnv,
  newRepository,
  publish,
  remove,
  sh,
  temporaryFolder,
} from '../support/repositories.ts'

let folder = ''
/** The commits of main, the oldest first. A branch `side` was merged into the last but one. */
let commits: readonly string[] = []
let side = ''
let source = ''
let url = ''

beforeAll(() => {
  folder = temporaryFolder()
  source = newRepository(join(folder, 'source'))
  const first = commit(source, { file: '1' }, 'one')
  sh(source, 'tag', 'v1')
  const second = commit(source, { file: '2' }, 'two words')
  sh(source, 'checkout', '--quiet', '-b', 'side')
  side = commit(source, { other: '1' }, 'beside')
  sh(source, 'checkout', '--quiet', 'main')
  sh(source, 'merge', '--quiet', '--no-ff', '-m', 'merged', 'side')
  const third = sh(source, 'rev-parse', 'HEAD').trim()
  const fourth = commit(source, { file: '4' }, 'four')
  sh(source, 'tag', '-a', '-m', 'annotated', 'v2', third)
  // A tag and a branch may have the same name, and a name may look like a hash.
  sh(source, 'branch', 'v1', fourth)
  sh(source, 'tag', 'deadbee', second)
  commits = [first, second, third, fourth]
  url = publish(source, join(folder, 'origin.git'))
})
afterAll(() => remove(folder))

const opened = async (at: string): Promise<Branches> => {
  const branches = await openBranches({ folder: at, env: gitEnv, signal: new AbortController().signal })
  if ('why' in branches) throw new Error(branches.why)
  return branches
}

const first = async (at: string, revision: string): Promise<string> => {
  const path = await (await opened(at)).pathTo(revision)
  return 'why' in path ? path.why : (path[0] ?? '')
}

describe('in a complete checkout', () => {
  test.each<readonly [string, () => string | undefined]>([
    ['v1', () => commits[0]],
    ['v2', () => commits[2]],
    ['deadbee', () => commits[1]],
    ['main', () => commits[3]],
    ['main~2', () => commits[1]],
    ['main~', () => commits[2]],
    ['main^^', () => commits[1]],
    ['main~1^2', () => side],
    ['v2~1', () => commits[1]],
    ['v1~0', () => commits[0]],
    ['v2^{}', () => commits[2]],
    ['HEAD', () => commits[3]],
    ['HEAD~3', () => commits[0]],
    ['@', () => commits[3]],
    [':/two words', () => commits[1]],
    ['main^{/two}', () => commits[1]],
    ['refs/heads/main~1', () => commits[2]],
    ['v2-0-gdeadbee', () => 'the checkout has no tag, branch or commit v2-0-gdeadbee'],
  ])('%s is found', async (revision, expected) => {
    expect(await first(source, revision)).toBe(expected())
  })

  test('a hash may be shortened, and first parents are followed', async () => {
    expect(await (await opened(source)).pathTo((commits[3] ?? '').slice(0, 8))).toEqual(commits.toReversed())
  })

  test.each([
    'v10',
    'main~20',
    '',
    '~1',
    '^main',
    'main..side',
    'main:file',
    'v1\nmain',
    '--all',
    '--output=there',
    '-',
    '$(touch there)',
    'a b',
    '../../etc/passwd',
  ])('%j is none, and is named as it was written', async (revision) => {
    expect(await first(source, revision)).toBe(`the checkout has no tag, branch or commit ${revision}`)
    expect(existsSync(join(source, 'there'))).toBe(false)
  })
})

describe('in the checkout of a workflow', () => {
  test('a branch of the remote is found without a local one', async () => {
    const at = checkout(url, join(folder, 'detached'), commits[3] ?? '', null)
    sh(at, 'fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*', '--tags')
    expect(await first(at, 'side')).toBe(side)
    expect(await first(at, 'main~2')).toBe(commits[1])
  })

  test('what a shallow one lacks is said with what to do', async () => {
    const at = checkout(url, join(folder, 'shallow'), commits[3] ?? '', 1)
    expect(await first(at, 'HEAD')).toBe(commits[3])
    for (const revision of ['HEAD~2', 'v1'])
      expect(await first(at, revision)).toBe(`the checkout has no tag, branch or commit ${revision}${shallowAdvice}`)
    expect((await opened(at)).shallowAdvice).toBe(shallowAdvice)
    expect((await opened(source)).shallowAdvice).toBe('')
  })
})

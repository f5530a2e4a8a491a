import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openHistory } from '../../src/git/commit-history.ts'
import { revisionsOf, type Revisions } from '../../src/git/compared-revisions.ts'
import { eventRule, type RunEvent } from '../../src/git/event-rule.ts'
import { tokenConfig } from '../../src/git/run-git.ts'
import {
  checkout,
  commit,
  gitEnv,
  gitIn,
  manyCommits,
  newRepository,
  privateCheckout,
  publish,
  remove,
  repositoryAt,
  sh,
  stateOf,
  temporaryFolder,
} from '../support/repositories.ts'

let folder = ''
let temp = ''
beforeEach(() => {
  folder = temporaryFolder()
  temp = join(folder, 'temp')
  mkdirSync(temp)
})
afterEach(() => remove(folder))

/** main: root - 40 commits - parted - mainTip; topic: parted - 2 commits; merge: of mainTip and the head of topic. */
interface Project {
  readonly source: string
  readonly url: string
  readonly parted: string
  readonly mainTip: string
  readonly head: string
  readonly merge: string
}

/** Made once; each test has a copy. */
let made: Project
let madeIn = ''
beforeAll(() => {
  madeIn = temporaryFolder()
  made = makeProject(madeIn)
})
afterAll(() => remove(madeIn))

function project(): Project {
  for (const name of ['source', 'origin.git'])
    cpSync(join(madeIn, name), join(folder, name), { recursive: true, preserveTimestamps: true })
  return { ...made, source: join(folder, 'source'), url: `file://${join(folder, 'origin.git')}` }
}

function makeProject(folder: string): Project {
  const source = newRepository(join(folder, 'source'))
  manyCommits(source, 'main', 40)
  sh(source, 'reset', '--quiet', '--hard')
  const parted = commit(source, { Dockerfile: 'FROM scratch\nCOPY . .\n' })
  sh(source, 'checkout', '--quiet', '-b', 'topic')
  for (let nth = 0; nth < 2; nth++) commit(source, { 'b.txt': String(nth) })
  const head = sh(source, 'rev-parse', 'HEAD')
  sh(source, 'checkout', '--quiet', 'main')
  const mainTip = commit(source, { 'c.txt': 'c' })
  sh(source, 'checkout', '--quiet', '--detach')
  sh(source, 'merge', '--quiet', '--no-ff', '-m', 'merge', 'topic')
  const merge = sh(source, 'rev-parse', 'HEAD')
  sh(source, 'update-ref', 'refs/pull/1/merge', merge)
  sh(source, 'checkout', '--quiet', 'main')
  const url = publish(source, join(folder, 'origin.git'))
  sh(join(folder, 'origin.git'), 'fetch', '--quiet', source, 'refs/pull/1/merge:refs/pull/1/merge')
  return { source, url, parted, mainTip, head, merge }
}

const event = (
  name: string | null,
  payload: unknown,
  ref: string | null = null,
  given: string | null = null,
): RunEvent => ({
  name,
  payload,
  ref,
  sha: null,
  given,
})

async function revisions(at: string, run: RunEvent, local = false): Promise<Revisions> {
  const git = gitIn(at)
  const history = openHistory({ git, tempFolder: temp, from: await repositoryAt(at) })
  return revisionsOf(eventRule(run), history, { built: null, local })
}

const shallow =
  '; the checkout is shallow, and "git fetch --unshallow" (or "fetch-depth: 0" of actions/checkout) completes it'

const pullRequest = ({ head, mainTip }: Project): unknown => ({
  pull_request: { head: { sha: head, ref: 'topic' }, base: { sha: mainTip, ref: 'main' } },
})

test('pull_request is compared with the first parent of the merge commit, and a checkout of depth 1 stays as it is', async () => {
  const it = project()
  const job = checkout(it.url, join(folder, 'job'), it.merge)
  const before = stateOf(job)
  expect(await revisions(job, event('pull_request', pullRequest(it)))).toEqual({
    head: { commit: it.merge, branch: 'topic' },
    base: { commit: it.mainTip, branch: 'main', parted: false },
    lost: false,
    targetBranch: 'main',
    why: 'it is the first parent of the merge commit that is checked out',
  })
  expect(stateOf(job)).toBe(before)
})

test('pull_request with the head checked out is compared with the merge base, whatever depth that takes', async () => {
  const it = project()
  const job = checkout(it.url, join(folder, 'job'), it.head)
  const before = stateOf(job)
  const found = await revisions(job, event('pull_request', pullRequest(it)))
  expect(found).toMatchObject({
    head: { commit: it.head },
    base: { commit: it.parted, branch: 'main' },
    why: 'it is the merge base with the branch main',
  })
  expect(stateOf(job)).toBe(before)
})

test('finds a merge base that is further back than the first fetch reaches', async () => {
  const it = project()
  sh(it.source, 'checkout', '--quiet', 'topic')
  manyCommits(it.source, 'topic', 45)
  sh(it.source, 'reset', '--quiet', '--hard')
  const head = sh(it.source, 'rev-parse', 'HEAD')
  sh(it.source, 'push', '--quiet', join(folder, 'origin.git'), 'topic')
  const job = checkout(it.url, join(folder, 'job'), head)
  const found = await revisions(job, event('pull_request', pullRequest({ ...it, head })))
  expect(found.base?.commit).toBe(it.parted)
})

test('does not take a merge at the end of a pull request for the merge commit of GitHub', async () => {
  const it = project()
  sh(it.source, 'checkout', '--quiet', 'topic')
  sh(it.source, 'merge', '--quiet', '--no-ff', '-m', 'main into topic', 'main')
  const head = sh(it.source, 'rev-parse', 'HEAD')
  sh(it.source, 'push', '--quiet', join(folder, 'origin.git'), 'topic')
  const job = checkout(it.url, join(folder, 'job'), head)
  // Once as the head of the event, and once as a newer one (a checkout of the branch by its name).
  for (const said of [head, it.head])
    expect((await revisions(job, event('pull_request', pullRequest({ ...it, head: said })))).base?.commit).toBe(
      it.mainTip,
    )
})

test('recognises the merge commit of GitHub after a later push, and after a rewritten history', async () => {
  const it = project()
  const job = checkout(it.url, join(folder, 'job'), it.merge)
  const older = { ...it, head: sh(it.source, 'rev-parse', `${it.head}^`) }
  expect((await revisions(job, event('pull_request', pullRequest(older)))).why).toBe(
    'it is the first parent of the merge commit that is checked out',
  )
  const rewritten = { ...event('pull_request', pullRequest({ ...it, head: 'f'.repeat(40) })), sha: it.merge }
  expect((await revisions(job, rewritten)).base?.commit).toBe(it.mainTip)
})

test('pull_request_target with a newer commit of the base checked out is not compared', async () => {
  const it = project()
  const job = checkout(it.url, join(folder, 'job'), it.merge)
  const found = await revisions(job, {
    ...event('pull_request_target', pullRequest({ ...it, mainTip: it.parted })),
    sha: it.merge,
  })
  expect(found.base).toBeNull()
})

test('pull_request_target with the base checked out is not compared', async () => {
  const it = project()
  const job = checkout(it.url, join(folder, 'job'), it.mainTip)
  const found = await revisions(job, event('pull_request_target', pullRequest(it)))
  expect(found).toMatchObject({
    base: null,
    why: 'what is checked out is the branch main itself, not the pull request',
  })
})

test('push is compared with the commit before, or with the merge base after a forced push or for a new branch', async () => {
  const it = project()
  const push = (before: string, forced = false): RunEvent =>
    event('push', { ref: 'refs/heads/topic', before, forced, repository: { default_branch: 'main' } })
  const job = checkout(it.url, join(folder, 'job'), it.head)
  const parent = sh(it.source, 'rev-parse', `${it.head}^`)
  expect(await revisions(job, push(parent))).toMatchObject({
    base: { commit: parent, branch: 'topic' },
    why: 'it is the commit before this push',
  })
  expect(await revisions(job, push('f'.repeat(40), true))).toMatchObject({
    base: { commit: it.parted, branch: 'main' },
    why: 'the commit that this forced push replaced (fffffff) cannot be fetched; it is the merge base with the branch main',
  })
  expect(await revisions(job, push('0'.repeat(40)))).toMatchObject({
    base: { commit: it.parted, branch: 'main' },
    targetBranch: 'main',
  })
})

test('a new branch or tag without commits of its own is not compared with itself', async () => {
  const it = project()
  const job = checkout(it.url, join(folder, 'job'), it.mainTip)
  const found = await revisions(
    job,
    event('push', { ref: 'refs/tags/v1', before: '0'.repeat(40), repository: { default_branch: 'main' } }),
  )
  expect(found).toMatchObject({ base: null, why: 'the head is itself the merge base with the branch main' })
})

test('merge_group is compared with its base, and workflow_dispatch with the merge base', async () => {
  const it = project()
  const job = checkout(it.url, join(folder, 'job'), it.merge)
  const group = {
    merge_group: {
      base_sha: it.mainTip,
      base_ref: 'refs/heads/main',
      head_ref: 'refs/heads/gh-readonly-queue/main/pr-1',
    },
  }
  expect(await revisions(job, event('merge_group', group))).toMatchObject({
    head: { branch: 'gh-readonly-queue/main/pr-1' },
    base: { commit: it.mainTip, branch: 'main' },
  })
  const dispatch = { repository: { default_branch: 'main' } }
  const other = checkout(it.url, join(folder, 'other'), it.head)
  expect(await revisions(other, event('workflow_dispatch', dispatch, 'refs/heads/topic'))).toMatchObject({
    base: { commit: it.parted },
  })
  expect(await revisions(other, event('workflow_dispatch', dispatch, 'refs/heads/main'))).toMatchObject({
    base: null,
    targetBranch: 'main',
  })
  const gone = { repository: { default_branch: 'gone' } }
  expect(await revisions(other, event('workflow_dispatch', gone, 'refs/heads/topic'))).toMatchObject({
    base: null,
    why: 'the branch gone cannot be found in the repository or at its remote',
  })
})

test('outside of a workflow, finds a branch, an ancestor, a hash or a remote branch, and reports one that does not exist', async () => {
  const it = project()
  const clone = join(folder, 'clone')
  sh(folder, 'clone', '--quiet', '--branch', 'topic', it.url, clone)
  const given = (revision: string): Promise<Revisions> => revisions(clone, event(null, null, null, revision), true)
  expect(await given('main')).toMatchObject({
    head: { commit: it.head, branch: 'topic' },
    base: { commit: it.parted, branch: 'main', parted: true },
    why: 'it is the merge base with main',
  })
  const parent = sh(clone, 'rev-parse', 'HEAD~1')
  expect(await given('HEAD~1')).toMatchObject({
    base: { commit: parent },
    why: 'it is the commit of HEAD~1',
  })
  expect(await given(it.mainTip)).toMatchObject({
    base: { commit: it.mainTip, branch: null },
    why: 'it is the commit that was given',
  })
  expect(await given(it.mainTip.slice(0, 10))).toMatchObject({ base: { commit: it.mainTip } })
  // Uncommitted edits can be compared with the commit that they are based on.
  expect(await given('HEAD')).toMatchObject({ base: { commit: it.head } })
  for (const wrong of ['nothing', '--upload-pack=touch /tmp/x', 'main:a.txt', ''])
    expect(await given(wrong)).toMatchObject({
      base: null,
      why: `the revision ${wrong} cannot be found in the repository or at its remote`,
    })
  expect(await given('mian')).toMatchObject({
    base: null,
    why: 'the revision mian cannot be found in the repository or at its remote (did you mean "main"?)',
  })
  // Git takes a name as a pattern, and as the end of longer names.
  sh(join(folder, 'origin.git'), 'update-ref', 'refs/heads/a/refs/heads/later', it.parted)
  sh(join(folder, 'origin.git'), 'update-ref', 'refs/heads/fresh', it.mainTip)
  for (const wrong of ['later', 'fre*'])
    expect(await given(wrong)).toMatchObject({
      base: null,
      why: `the revision ${wrong} cannot be found in the repository or at its remote`,
    })
  expect(await given('fresh')).toMatchObject({ base: { commit: it.parted, branch: 'fresh' } })
})

test('compares with the merge base for the name of a branch, and with exactly that commit for anything else', async () => {
  const it = project()
  const clone = join(folder, 'clone')
  sh(folder, 'clone', '--quiet', '--branch', 'topic', it.url, clone)
  const tip = sh(clone, 'commit-tree', '-p', it.mainTip, '-m', 'further', `${it.mainTip}^{tree}`)
  sh(clone, 'branch', 'ahead', tip)
  sh(clone, 'branch', 'behind', 'HEAD~1')
  sh(clone, 'tag', 'light', tip)
  sh(clone, 'tag', '-m', 'text', 'annotated', tip)
  sh(clone, 'tag', 'both', tip)
  sh(clone, 'branch', 'both', tip)
  const parent = sh(clone, 'rev-parse', 'HEAD~1')
  const names = new Map([
    [it.parted, 'merge base'],
    [tip, 'tip'],
    [parent, 'parent'],
    [it.mainTip, 'before the tip'],
  ])
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['ahead', 'merge base', true],
    ['heads/ahead', 'merge base', true],
    ['refs/heads/ahead', 'merge base', true],
    ['origin/main', 'merge base', true],
    ['refs/remotes/origin/main', 'merge base', true],
    ['main', 'merge base', true],
    ['behind', 'parent', false],
    ['ahead~1', 'before the tip', false],
    ['ahead^{commit}', 'tip', false],
    ['ahead~0', 'tip', false],
    ['HEAD^', 'parent', false],
    ['light', 'tip', false],
    ['annotated', 'tip', false],
    ['tags/annotated', 'tip', false],
    ['refs/tags/light', 'tip', false],
    // Git itself takes the tag if a branch has the same name.
    ['both', 'tip', false],
    ['refs/heads/both', 'merge base', true],
    [tip, 'tip', false],
    [tip.slice(0, 10), 'tip', false],
  ]
  const found = []
  for (const [revision] of rows) {
    const { base } = await revisions(clone, event(null, null, null, revision), true)
    found.push([revision, names.get(base?.commit ?? ''), base?.parted])
  }
  expect(found).toEqual(rows)
})

test('finds the revisions of a Git context from the remote alone, without a checkout', async () => {
  const it = project()
  const history = openHistory({ git: gitIn(folder), tempFolder: temp, from: { url: it.url } })
  const found = await revisionsOf(eventRule(event('pull_request', pullRequest(it))), history, {
    built: it.merge,
    local: false,
  })
  expect(found).toMatchObject({
    head: { commit: it.merge, branch: 'topic' },
    base: { commit: it.mainTip, branch: 'main' },
  })
  const ofHead = await revisionsOf(eventRule(event('pull_request', pullRequest(it))), history, {
    built: it.head,
    local: false,
  })
  expect(ofHead.base?.commit).toBe(it.parted)
})

test('reads a private repository with the token, and leaves the token nowhere', async () => {
  const it = project()
  await using server = await privateCheckout(folder, it.merge, 's3cr3t')
  const { job } = server
  // As actions/checkout may have left it. Two headers would be refused.
  sh(job, 'config', `http.${server.url}/.extraheader`, 'AUTHORIZATION: basic c3RhbGU6c3RhbGU=')
  const at = async (config: ReturnType<typeof tokenConfig>): Promise<Revisions> => {
    const history = openHistory({
      git: gitIn(job, [], gitEnv, config),
      tempFolder: temp,
      from: await repositoryAt(job),
    })
    return revisionsOf(
      eventRule(event('push', { ref: 'refs/heads/topic', before: it.head, repository: { default_branch: 'main' } })),
      history,
      { built: null, local: false },
    )
  }
  expect((await at([])).base).toBeNull()
  expect(await at(tokenConfig(server.url, 's3cr3t'))).toMatchObject({ base: { commit: it.head } })
  expect(server.seen.at(-1)).toBe(`basic ${Buffer.from('x-access-token:s3cr3t').toString('base64')}`)
  const { execFileSync } = await import('node:child_process')
  const traces = ['s3cr3t', Buffer.from('x-access-token:s3cr3t').toString('base64')].map((text) => {
    try {
      return execFileSync('grep', ['-rlF', text, folder], { encoding: 'utf8' })
    } catch {
      return ''
    }
  })
  expect(traces).toEqual(['', ''])
})

test('reports an unreachable remote if the history is missing', async () => {
  const it = project()
  const job = checkout(it.url, join(folder, 'job'), it.head)
  sh(job, 'remote', 'set-url', 'origin', `file://${join(folder, 'nowhere.git')}`)
  const found = await revisions(job, event('pull_request', pullRequest(it)))
  expect(found).toMatchObject({
    base: null,
    why: `no common ancestor with the branch main can be found or fetched${shallow}`,
  })
})

test('says how to complete a shallow checkout if the given revision may be older', async () => {
  const it = project()
  const job = checkout(it.url, join(folder, 'job'), it.head)
  const older = sh(it.source, 'rev-parse', `${it.parted}~3`).slice(0, 9)
  for (const revision of ['HEAD~1', 'main~2', 'main@{1}', older])
    expect(await revisions(job, event(null, null, null, revision), true)).toMatchObject({
      base: null,
      lost: true,
      why: `the revision ${revision} cannot be found in the repository or at its remote${shallow}`,
    })
  sh(job, 'fetch', '--quiet', '--unshallow')
  expect(await revisions(job, event(null, null, null, 'HEAD~1'), true)).toMatchObject({
    why: 'it is the commit of HEAD~1',
  })
})

test('in a checkout of depth 1, suggests a name that its remote has, and does not blame the depth for a wrong one', async () => {
  const it = project()
  sh(join(folder, 'origin.git'), 'tag', 'v1.2.0', it.parted)
  sh(join(folder, 'origin.git'), ...['-c', 'user.name=a', '-c', 'user.email=a@b'], 'tag', '-m', 'x', 'v2', it.parted)
  const job = checkout(it.url, join(folder, 'job'), it.head)
  const given = (revision: string): Promise<Revisions> => revisions(job, event(null, null, null, revision))
  for (const [wrong, meant] of [
    ['mian', 'main'],
    ['mian~1', 'main~1'],
    ['v1.20', 'v1.2.0'],
    ['nothing-like-this', null],
    ['deadbeef'.repeat(5), null],
  ] as const)
    expect(await given(wrong)).toMatchObject({
      ...{ base: null, lost: true },
      why: `the revision ${wrong} cannot be found in the repository or at its remote${meant === null ? '' : ` (did you mean "${meant}"?)`}`,
    })
  for (const tag of ['v1.2.0', 'v2'])
    expect(await given(tag)).toMatchObject({ base: { commit: it.parted }, why: `it is the commit of ${tag}` })
})

test('says which places were asked for a revision', async () => {
  const it = project()
  const job = checkout(it.url, join(folder, 'job'), it.head)
  const why = async (): Promise<string> => (await revisions(job, event(null, null, null, 'v7'))).why
  sh(job, 'remote', 'set-url', 'origin', `file://${join(folder, 'gone.git')}`)
  expect(await why()).toBe(`the revision v7 cannot be found in the repository, and its remote did not answer${shallow}`)
  sh(job, 'remote', 'remove', 'origin')
  expect(await why()).toBe('the revision v7 cannot be found in the repository')
})

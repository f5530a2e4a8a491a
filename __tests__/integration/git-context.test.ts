/**
 * Runs the action without a checkout: BuildKit fetches the run's own repository from a server that requires its token.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { serveOverHttp, type GitServer } from '../support/git.ts'
import { folderWith, requireEngine, succeed } from '../support/program.ts'
import { runAction, type Step } from '../support/runner.ts'

/** `PART` shows what was checked out. */
const dockerfile = `FROM scratch
COPY part /part
`
const token = 'ghs_of_this_run'
const basic = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`

let folder: Awaited<ReturnType<typeof folderWith>>
let own: GitServer
let other: GitServer
/** The commits of the branch, of the pull request, and of GitHub's merge of it. */
let commits: { readonly main: string; readonly head: string; readonly merge: string }

beforeAll(async () => {
  requireEngine()
  folder = await folderWith({
    'app/Dockerfile': dockerfile,
    'app/part': 'main',
    'app/sub/Dockerfile': dockerfile,
    'app/sub/part': 'sub',
  })
  const [app, bare] = [join(folder.path, 'app'), join(folder.path, 'served/owner/repository.git')]
  const git = async (...args: readonly string[]): Promise<string> =>
    (
      await succeed('git', ['-c', 'user.name=Test', '-c', 'user.email=test@invalid', '-C', app, ...args], {
        env: { GIT_CONFIG_GLOBAL: '/dev/null' },
      })
    ).trim()
  const commit = async (part: string): Promise<string> => {
    await writeFile(join(app, 'part'), part)
    await git('add', '--all')
    await git('commit', '--quiet', '--message', part)
    return git('rev-parse', 'HEAD')
  }
  await git('init', '--quiet', '--initial-branch=main')
  const main = await commit('main')
  await git('checkout', '--quiet', '-b', 'change')
  const head = await commit('head')
  await git('checkout', '--quiet', '--detach')
  const merge = await commit('merge')
  await git('update-ref', 'refs/pull/1/merge', merge)
  await git('update-ref', 'refs/pull/1/head', head)
  commits = { main, head, merge }
  await mkdir(join(folder.path, 'served/owner'), { recursive: true })
  await git('clone', '--quiet', '--mirror', app, bare)
  await git('clone', '--quiet', '--mirror', app, join(folder.path, 'other/x.git'))
  await git('-C', bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
  await succeed('git', ['-C', join(folder.path, 'other/x.git'), 'update-server-info'])
  own = await serveOverHttp(join(folder.path, 'served'), basic)
  other = await serveOverHttp(join(folder.path, 'other'), null)
})

afterAll(async () => {
  await own[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

/** Runs in a workspace without a checkout, and returns the contents of `/part` in the image. */
async function part(
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  event: unknown = {},
): Promise<{ readonly step: Step; readonly text: string }> {
  const workspace = join(folder.path, `workspace-${Math.random()}`)
  const out = join(folder.path, `out-${Math.random()}`)
  await mkdir(workspace)
  const eventFile = `${workspace}.json`
  await writeFile(eventFile, JSON.stringify(event))
  const step = await runAction(
    workspace,
    { outputs: `type=local,dest=${out}`, 'github-token': token, ...inputs },
    {
      env: {
        GITHUB_SERVER_URL: own.url,
        GITHUB_SHA: commits.main,
        GITHUB_REF: 'refs/heads/main',
        GITHUB_EVENT_PATH: eventFile,
        XDG_CACHE_HOME: join(folder.path, 'cache'),
        ...env,
      },
    },
  )
  const text = step.status === 0 ? (await succeed('cat', [join(out, 'part')])).trim() : step.stdout + step.stderr
  await rm(workspace, { recursive: true })
  return { step, text }
}

const pullRequest = (): Readonly<Record<string, string>> => ({
  GITHUB_EVENT_NAME: 'pull_request',
  GITHUB_REF: 'refs/pull/1/merge',
  GITHUB_SHA: commits.merge,
})

describe('the default context', () => {
  test('is the commit of the run, fetched with its token, which is shown nowhere else', async () => {
    const { step, text } = await part({})
    expect(text).toBe('main')
    expect(own.authorizations).toContain(basic)
    expect(step.stdout.replaceAll(`::add-mask::${token}`, '') + step.stderr + step.summary).not.toContain(token)
  })

  test('of a pull request is the merge commit of the run, even if its ref has moved on', async () => {
    expect((await part({}, { ...pullRequest(), GITHUB_SHA: commits.head })).text).toBe('head')
    expect((await part({}, pullRequest())).text).toBe('merge')
  })

  test('of a pull request is its head if the input asks for it', async () => {
    const event = { pull_request: { number: 1, head: { sha: commits.head } } }
    expect((await part({}, { ...pullRequest(), DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF: 'true' }, event)).text).toBe(
      'head',
    )
  })

  test('supports folders, also as a query, and named contexts', async () => {
    expect((await part({ context: '{{defaultContext}}:sub' })).text).toBe('sub')
    expect((await part({ context: '{{defaultContext}}:sub' }, { BUILDX_SEND_GIT_QUERY_AS_INPUT: '1' })).text).toBe(
      'sub',
    )
    await writeFile(join(folder.path, 'Dockerfile.named'), 'FROM scratch\nCOPY --from=named part /part\n')
    const named = await part({
      'build-contexts': 'named={{defaultContext}}:sub',
      file: join(folder.path, 'Dockerfile.named'),
      context: folder.path,
      secrets: `GIT_AUTH_TOKEN=${token}`,
    })
    expect(named.text).toBe('sub')
  })
})

test('sends the token to its own server, and not to a server that the Dockerfile adds from', async () => {
  const app = join(folder.path, 'app')
  await succeed('git', ['-C', app, 'checkout', '--quiet', 'change'])
  await writeFile(join(app, 'Dockerfile'), `FROM scratch\nADD ${other.url}/x.git#main /x\nCOPY part /part\n`)
  await succeed('git', [
    '-c',
    'user.name=Test',
    '-c',
    'user.email=test@invalid',
    '-C',
    app,
    'commit',
    '--quiet',
    '--all',
    '--message=adds',
  ])
  await succeed('git', ['-C', app, 'push', '--quiet', join(folder.path, 'served/owner/repository.git'), 'HEAD:adds'])
  const { text } = await part({}, { GITHUB_SHA: (await succeed('git', ['-C', app, 'rev-parse', 'HEAD'])).trim() })
  expect(text).toBe('head')
  expect(other.authorizations.length).toBeGreaterThan(0)
  expect(other.authorizations.filter((authorization) => authorization !== null)).toEqual([])
})

/**
 * The steps of the recipes that keep the trend: on a branch, with real Git and two runs that push at once, and on a site.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parse } from 'yaml'
import { run, type Ran } from './support/program.ts'
import { remove, temporaryFolder } from './support/repositories.ts'
import { read } from './support/workflows.ts'

interface Recipe {
  readonly env: Readonly<Record<string, string>>
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly name?: string; readonly run?: string }[] }>
  >
}
const recipe = parse(read('examples/workflows/trend-branch.yml')) as Recipe
const pagesRecipe = parse(read('examples/workflows/trend-pages.yml')) as Recipe

let folder = ''
const at = (...names: readonly string[]): string => join(folder, ...names)
const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' })

beforeEach(() => {
  folder = temporaryFolder()
  git('init', '--quiet', '--bare', at('owner', 'name'))
})
afterEach(() => remove(folder))

/** Runs a step as the runner does, with a home folder of its own. */
function step(
  job: string,
  name: string,
  runner: string,
  env: Readonly<Record<string, string>> = {},
  of = recipe,
): Promise<Ran> {
  const script = of.jobs[job]?.steps.find((one) => one.name === name)?.run
  if (script === undefined) throw new Error(`${job} has no step ${name}`)
  mkdirSync(at(runner, 'temp'), { recursive: true })
  return run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: at(runner),
    env: {
      ...of.env,
      HOME: at(runner),
      TOKEN: 'not-used',
      RUNNER_TEMP: at(runner, 'temp'),
      GITHUB_SERVER_URL: `file://${folder}`,
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_SHA: runner,
      ...env,
    },
  })
}

function save(runner: string, line: string): Promise<Ran> {
  mkdirSync(at(runner, 'new'), { recursive: true })
  writeFileSync(at(runner, 'new', 'app.trend.jsonl'), `${line}\n`)
  return step('save', 'Add the new lines', runner)
}

const branch = recipe.env['TREND_BRANCH'] ?? ''
function kept(): readonly string[] {
  git('clone', '--quiet', '--branch', branch, at('owner', 'name'), at('clone'))
  return readdirSync(at('clone'))
    .filter((name) => /^\d{4}-\d{2}\.jsonl$/.test(name))
    .flatMap((name) => readFileSync(at('clone', name), 'utf8').trimEnd().split('\n'))
}

test('a rejected push is tried again, and both lines are kept', async () => {
  expect((await save('first', 'one')).status).toBe(0)
  // Both fetch before either may push.
  const hook = at('owner', 'name', 'hooks', 'pre-receive')
  writeFileSync(hook, '#!/bin/sh\nsleep 2\n')
  chmodSync(hook, 0o755)
  const both = await Promise.all([save('second', 'two'), save('third', 'three')])
  expect(both.map(({ status }) => status)).toEqual([0, 0])
  expect(both.map(({ stderr }) => stderr).join('')).toMatch(/rejected|failed to (?:update|lock|push)/)
  expect(kept().toSorted()).toEqual(['one', 'three', 'two'])
  expect(git('-C', at('owner', 'name'), 'rev-list', '--count', branch).trim()).toBe('3')
})

test('two runs that begin the branch keep both lines', async () => {
  const hook = at('owner', 'name', 'hooks', 'pre-receive')
  writeFileSync(hook, '#!/bin/sh\nsleep 2\n')
  chmodSync(hook, 0o755)
  const both = await Promise.all([save('first', 'one'), save('second', 'two')])
  expect(both.map(({ status }) => status)).toEqual([0, 0])
  expect(kept().toSorted()).toEqual(['one', 'two'])
})

test('the trend is fetched, empty before there is one, and an unreachable server is an error', async () => {
  expect((await step('footprint', 'Fetch the trend', 'before')).status).toBe(0)
  expect(readdirSync(at('before', 'temp', 'trend'))).toEqual(['.git'])
  await save('first', 'one')
  expect((await step('footprint', 'Fetch the trend', 'after')).status).toBe(0)
  expect(readdirSync(at('after', 'temp', 'trend'))).toHaveLength(2)
  remove(at('owner'))
  expect((await step('footprint', 'Fetch the trend', 'later')).status).not.toBe(0)
})

describe('on a site, the trend', () => {
  /** Fetches the trend from a server that gives one answer. Returns the status of the step and the file, if any. */
  async function fetched(status: number, body: string): Promise<readonly [status: number | null, text: string | null]> {
    const server = createServer(({ url }, response) => {
      response.writeHead(url === '/name/trend.jsonl' ? status : 500).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      const ran = await step(
        'footprint',
        'Fetch the trend',
        'runner',
        { SITE: `http://127.0.0.1:${port}/name` },
        pagesRecipe,
      )
      const file = at('runner', 'temp', 'site', 'trend.jsonl')
      return [ran.status, existsSync(file) ? readFileSync(file, 'utf8') : null]
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  }

  test('is that of the site', async () => expect(await fetched(200, 'one\ntwo\n')).toEqual([0, 'one\ntwo\n']))
  test.each(['Not Found', ''])('begins if nothing was published: %j', async (body) =>
    expect(await fetched(404, body)).toEqual([0, null]),
  )
  test('is not replaced after another answer', async () => expect((await fetched(403, 'no'))[0]).not.toBe(0))
  test('is not replaced if nothing answers', async () => {
    const env = { SITE: 'http://127.0.0.1:9/name' }
    expect((await step('footprint', 'Fetch the trend', 'runner', env, pagesRecipe)).status).not.toBe(0)
  })

  test('becomes the site with the page and the badge', async () => {
    const files = { PAGE: at('page.html'), BADGE: at('badge.json') }
    for (const [name, file] of Object.entries(files)) writeFileSync(file, name)
    mkdirSync(at('runner', 'temp', 'site'), { recursive: true })
    expect((await step('footprint', 'Make the site', 'runner', files, pagesRecipe)).status).toBe(0)
    expect(readdirSync(at('runner', 'temp', 'site')).toSorted()).toEqual(['badge.json', 'index.html'])
  })
})

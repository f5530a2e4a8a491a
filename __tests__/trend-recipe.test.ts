/** The recipe that keeps the trend on a branch, with real Git and two runs that push at once. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
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

let folder = ''
const at = (...names: readonly string[]): string => join(folder, ...names)
const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' })

beforeEach(() => {
  folder = temporaryFolder()
  git('init', '--quiet', '--bare', at('owner', 'name'))
})
afterEach(() => remove(folder))

/** Runs a step as the runner does, with a home folder of its own. */
function step(job: string, name: string, runner: string): Promise<Ran> {
  const script = recipe.jobs[job]?.steps.find((one) => one.name === name)?.run
  if (script === undefined) throw new Error(`${job} has no step ${name}`)
  mkdirSync(at(runner, 'temp'), { recursive: true })
  return run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: at(runner),
    env: {
      ...recipe.env,
      HOME: at(runner),
      TOKEN: 'not-used',
      RUNNER_TEMP: at(runner, 'temp'),
      GITHUB_SERVER_URL: `file://${folder}`,
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_SHA: runner,
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
}, 120_000)

test('two runs that begin the branch keep both lines', async () => {
  const hook = at('owner', 'name', 'hooks', 'pre-receive')
  writeFileSync(hook, '#!/bin/sh\nsleep 2\n')
  chmodSync(hook, 0o755)
  const both = await Promise.all([save('first', 'one'), save('second', 'two')])
  expect(both.map(({ status }) => status)).toEqual([0, 0])
  expect(kept().toSorted()).toEqual(['one', 'two'])
}, 120_000)

test('the trend is fetched, empty before there is one, and an unreachable server is an error', async () => {
  expect((await step('footprint', 'Fetch the trend', 'before')).status).toBe(0)
  expect(readdirSync(at('before', 'temp', 'trend'))).toEqual(['.git'])
  await save('first', 'one')
  expect((await step('footprint', 'Fetch the trend', 'after')).status).toBe(0)
  expect(readdirSync(at('after', 'temp', 'trend'))).toHaveLength(2)
  remove(at('owner'))
  expect((await step('footprint', 'Fetch the trend', 'later')).status).not.toBe(0)
}, 120_000)

/**
 * The trend of a repository whose growth is known: real commits, built by the action as pushes to main, with a base
 * image that moves twice. All files have multiples of 512 bytes, the block size of a tar, so that the growth of a layer
 * is exactly that of its file.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { footprint, requireEngine, succeed } from '../support/program.ts'
import { commit, newRepository, remove, sh, temporaryFolder } from '../support/repositories.ts'
import { runAction, type Step } from '../support/runner.ts'

beforeAll(() => void requireEngine())

const folder = temporaryFolder()
const at = (name: string): string => join(folder, name)
const repository = newRepository(at('repository'))
const base = `sf-trend-base-${process.pid}:latest`
afterAll(async () => {
  await succeed('docker', ['image', 'rm', '--force', base])
  remove(folder)
})

/** Makes the base image with one file of this size. */
async function moveBase(bytes: number): Promise<void> {
  mkdirSync(at('base'), { recursive: true })
  writeFileSync(at('base/Dockerfile'), 'FROM scratch\nCOPY base /base\n')
  writeFileSync(at('base/base'), randomBytes(bytes))
  await succeed('docker', ['buildx', 'build', '--load', '--provenance=false', '--tag', base, at('base')])
}

const commitApp = (bytes: number): string =>
  commit(
    repository,
    { Dockerfile: `FROM ${base}\nCOPY app /app\n`, app: randomBytes(bytes) },
    `App of ${bytes} bytes\n\nNot part of the subject.`,
  )

function weigh(
  sha: string,
  before: string,
  inputs: Readonly<Record<string, string>> = {},
  event = 'push',
): Promise<Step> {
  const repositoryOfEvent = { default_branch: 'main', private: false }
  const payload =
    event === 'push'
      ? { ref: 'refs/heads/main', before, repository: repositoryOfEvent }
      : {
          pull_request: { head: { sha, ref: 'topic' }, base: { sha: before, ref: 'main' } },
          repository: repositoryOfEvent,
        }
  writeFileSync(at('event.json'), JSON.stringify(payload))
  return runAction(
    repository,
    { context: '.', name: 'app', comment: 'off', ...inputs },
    {
      env: {
        XDG_CACHE_HOME: at('cache'),
        GITHUB_SHA: sha,
        GITHUB_REF: event === 'push' ? 'refs/heads/main' : 'refs/pull/1/merge',
        GITHUB_EVENT_NAME: event,
        GITHUB_EVENT_PATH: at('event.json'),
      },
    },
    async (step) => {
      if (step.status !== 0) throw new Error(`${step.stdout}\n${step.stderr}`)
      if (step.outputs['badge']) writeFileSync(at('badge.json'), await step.read(step.outputs['badge']))
      if (step.outputs['html']) writeFileSync(at('page.html'), await step.read(step.outputs['html']))
    },
  )
}

interface Told {
  readonly series: readonly {
    readonly branch: string
    readonly byCause: Readonly<Record<string, number>>
    readonly steps: readonly {
      readonly cause: string
      readonly growth: number
      readonly to: { readonly commit: string }
    }[]
    readonly creep: {
      readonly net: number
      readonly gross: number
      readonly commits: readonly { readonly commit: string }[]
    }
    readonly points: readonly {
      readonly unpacked: number
      readonly commit: string
      readonly subject?: string
      readonly grown?: readonly { readonly name: string; readonly cause: string; readonly growth: number }[]
    }[]
  }[]
}

test('the trend of a repository is exact, and budgets are judged by it', async () => {
  await moveBase(512 * 400)
  const commits: string[] = []
  const push = async (bytes: number): Promise<Step> => {
    const before = commits.at(-1) ?? '0'.repeat(40)
    const sha = commitApp(bytes)
    commits.push(sha)
    return weigh(sha, before)
  }
  const first = await push(512 * 100)
  expect(first.summary).not.toContain('### Trend')
  sh(repository, 'tag', 'v1.0.0')
  await push(512 * 102)
  await push(512 * 101)
  await push(512 * 1_101)
  await moveBase(512 * 1_400)
  await push(512 * 1_101 + 512 * 3)
  await moveBase(512 * 1_200)
  const last = await push(512 * 2_104)

  const shown = await footprint([
    'trend',
    at('cache/stage-footprint/trend'),
    '--measure',
    'unpacked',
    '--format',
    'json',
  ])
  expect(shown).toMatchObject({ status: 0, stderr: '' })
  const [series, ...others] = (JSON.parse(shown.stdout) as Told).series
  expect(others).toEqual([])
  expect(series?.branch).toBe('main')
  expect(series?.points.map((point) => point.commit)).toEqual(commits)
  expect(series?.steps.map(({ cause, growth, to }) => [cause, growth, to.commit])).toEqual([
    ['change', 512 * 1_000, commits[3]],
    ['base-image', 512 * 1_000, commits[4]],
    ['change', 512 * 1_000, commits[5]],
    ['base-image', -512 * 200, commits[5]],
  ])
  expect(series?.creep).toMatchObject({
    net: 512 * 4,
    gross: 512 * 6,
    commits: [1, 2, 4].map((nth) => ({ commit: commits[nth] })),
  })
  const subjects = commits.map((sha) => sh(repository, 'log', '-1', '--format=%s', sha).trim())
  expect(series?.points.map(({ subject }) => subject)).toEqual(subjects)
  // Growth of less than 1 kB is left out.
  const grown = series?.points.map((point) => point.grown?.map(({ name, cause, growth }) => [name, cause, growth]))
  const [two, thousand, three] = [2, 1_000, 3].map((blocks) => [['app', 'change', 512 * blocks]])
  expect(grown).toEqual([undefined, two, undefined, thousand, three, thousand])
  expect(series?.byCause).toEqual({ change: 512 * 2_004, 'base-image': 512 * 800, drift: 0, unknown: 0 })

  // The size to pull is that of the layers as the engine stores them.
  const record = JSON.parse(await textOfRecord()) as { pull: number }
  expect(JSON.parse(readFileSync(at('badge.json'), 'utf8'))).toMatchObject({ schemaVersion: 1, label: 'image size' })
  expect(record.pull).toBeGreaterThan(512 * 3_304)

  expect(last.summary).toContain('### Trend')
  expect(last.summary).toContain('xychart-beta')
  expect(readFileSync(at('page.html'), 'utf8')).toContain('id="trend-0"')

  const topic = commitApp(512 * 2_106)
  const judged = await weigh(
    topic,
    commits.at(-1) ?? '',
    {
      budgets: [
        'final unpacked growth since v1.0.0 <= 1 MB warn',
        'final unpacked growth since v1.0.0 <= 1_027_072 B',
        'final unpacked growth since 30d <= 1 MB',
        'final unpacked growth since v9 <= 1 MB',
      ].join('\n'),
    },
    'pull_request',
  )
  // 2,004 and 2 blocks of changes; the moved base images do not count.
  expect(judged.summary).toMatch(
    /grew by 1\.03\s?MB unpacked \([\d.]+ %\) since \d{4}-\d\d-\d\d \([0-9a-f]{7}\), 27\.1\s?kB over the limit of 1\.00\s?MB/,
  )
  expect(judged.outputs['verdict']).toBe('warn')
  expect(judged.summary).toMatch(/the trend of branch main begins on \d{4}-\d\d-\d\d, less than 30 days ago/)
  expect(judged.summary).toContain('the checkout has no tag, branch or commit v9')
  expect(judged.outputs['trend']).toBe('')
  const after = await footprint(['trend', at('cache/stage-footprint/trend'), '--format', 'json'])
  expect((JSON.parse(after.stdout) as Told).series[0]?.points).toHaveLength(6)
})

async function textOfRecord(): Promise<string> {
  const shown = await footprint(['trend', at('cache/stage-footprint/trend'), '--format', 'json'])
  const points = (JSON.parse(shown.stdout) as Told).series[0]?.points ?? []
  return JSON.stringify(points.at(-1))
}

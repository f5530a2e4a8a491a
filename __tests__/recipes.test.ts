/** Our workflows and the recipes, checked by GitHub's language service with the inputs and outputs of action.yml. */
import { describe, expect, test } from '@jest/globals'
import { parse, stringify } from 'yaml'
import { codeBlocksIn, pages } from './support/documents.ts'
import { filesIn, findings, ours, read } from './support/workflows.ts'

interface Step {
  readonly id?: string
  readonly if?: string
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Workflow {
  readonly on: unknown
  readonly permissions?: Readonly<Record<string, string>>
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>
        readonly 'timeout-minutes'?: number
        readonly strategy?: { readonly matrix: { readonly image: readonly string[] } }
        readonly steps: readonly Step[]
      }
    >
  >
}

const recipes = filesIn('examples/workflows')
const workflows = [...recipes, ...filesIn('.github/workflows')]

describe.each(workflows)('%s', (path) => {
  test('is a valid workflow', async () => {
    expect(await findings(path)).toEqual([])
  })

  test('has a time limit', () => {
    for (const job of Object.values((parse(read(path)) as Workflow).jobs))
      expect(job['timeout-minutes']).toBeLessThanOrEqual(60)
  })

  test('has the least permissions, and pins actions', () => {
    const text = read(path)
    const workflow = parse(text) as Workflow
    expect(workflow.permissions).toBeDefined()
    for (const line of text.match(/uses: .*/g) ?? [])
      expect(line).toMatch(
        /^uses: (\.\/( # zizmor: ignore\[self-repository\])?|OWNER\/stage-footprint@v1|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/,
      )
    for (const { permissions = workflow.permissions, steps } of Object.values(workflow.jobs)) {
      expect(permissions).not.toEqual({})
      for (const step of steps) {
        expect(step.run ?? '').not.toContain('${{')
        if (step.uses?.startsWith('actions/checkout@')) expect(step.with).toEqual({ 'persist-credentials': false })
      }
    }
  })
})

describe.each(recipes)('%s', (path) => {
  test('may write comments if and only if it writes one', () => {
    const workflow = parse(read(path)) as Workflow
    for (const { permissions = workflow.permissions, steps } of Object.values(workflow.jobs)) {
      const comments = steps.some((step) => step.uses === ours && step.with?.['comment'] !== 'off')
      expect(permissions?.['pull-requests'] === 'write').toBe(comments)
    }
    const counts = Object.values(workflow.jobs).map(({ steps }) => steps.filter((step) => step.uses === ours).length)
    expect(Math.max(...counts)).toBe(1)
  })

  test('may write to the repository or its site only where nothing is built', () => {
    const workflow = parse(read(path)) as Workflow
    for (const { permissions = workflow.permissions, steps } of Object.values(workflow.jobs))
      if (steps.some((step) => step.uses === ours))
        for (const name of ['contents', 'pages', 'id-token']) expect(permissions?.[name]).not.toBe('write')
  })
})

/** Every YAML block of every page: complete workflows, single steps, inputs, and triggers. */
const snippets = pages.flatMap((path) =>
  codeBlocksIn(read(path))
    .filter(({ language }) => language === 'yaml')
    .map(({ text }) => [path, text] as const),
)

/** A complete workflow with a snippet in it. Steps may refer to a step `footprint` that they do not show. */
function workflowWith(snippet: string): string {
  const value = parse(snippet) as readonly Step[] | Readonly<Record<string, unknown>>
  const job = (steps: readonly Step[]): unknown => ({ job: { 'runs-on': 'ubuntu-24.04', steps } })
  const rest = { name: 'Snippet', on: 'pull_request' }
  if (Array.isArray(value)) {
    const steps = value as readonly Step[]
    const first = steps.some(({ id }) => id !== undefined) ? [] : [{ id: 'footprint', uses: ours }]
    return stringify({ ...rest, jobs: job([...first, ...steps]) })
  }
  const one = { uses: ours, ...('on' in value ? {} : { with: value as Readonly<Record<string, unknown>> }) }
  return 'jobs' in value ? snippet : stringify({ ...rest, ...('on' in value ? value : {}), jobs: job([one]) })
}

test('the pages pin actions as the recipes do, to the same commits', () => {
  const pinned = (text: string): readonly string[] =>
    Array.from(text.matchAll(/uses: (.*)$/gm), ([, uses = '']) => uses)
  const inRecipes = new Map(
    recipes.flatMap((path) =>
      pinned(read(path)).map((uses): [string, string] => [actionOf(uses), uses.replace(/^[^@]*/, '')]),
    ),
  )
  // SECURITY.md shows how to pin this action, with a placeholder.
  const shown = snippets.flatMap(([, text]) => pinned(text)).filter((uses) => !uses.includes('@COMMIT '))
  expect(shown.length).toBeGreaterThan(8)
  for (const uses of shown) expect([uses, uses.replace(/^[^@]*/, '')]).toEqual([uses, inRecipes.get(actionOf(uses))])
})

/** OWNER/NAME, without a folder in it. */
const actionOf = (uses: string): string => uses.split('@')[0]?.split('/').slice(0, 2).join('/') ?? ''

test('every workflow, step and input on a page is valid', async () => {
  expect(snippets.length).toBeGreaterThan(8)
  expect(snippets.filter(([, text]) => text.startsWith('name: ')).map(([path]) => path)).toEqual(['README.md'])
  for (const [path, text] of snippets)
    expect([path, await findings(`${path}.yml`, workflowWith(text))]).toEqual([path, []])
})

/** The outputs of our steps that a workflow reads. The language service does not check them. */
function outputsOfOurs(workflow: string): readonly string[] {
  return Object.values((parse(workflow) as Workflow).jobs).flatMap((job) => {
    const ids = job.steps.flatMap(({ id, uses }) => (uses?.startsWith('OWNER/') && id !== undefined ? [id] : []))
    const read = JSON.stringify(job).matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)
    return Array.from(read, ([, id = '', output = '']) => (ids.includes(id) ? [output] : [])).flat()
  })
}

test('every workflow and page reads only outputs that this action has', () => {
  const { outputs } = parse(read('action.yml')) as { readonly outputs: Readonly<Record<string, unknown>> }
  const shown = [...recipes.map(read), ...snippets.map(([, text]) => workflowWith(text))]
  const used = shown.flatMap(outputsOfOurs)
  expect(used.length).toBeGreaterThan(12)
  expect(used.filter((name) => outputs[name] === undefined)).toEqual([])
})

/** Keys of the caches that a recipe restores (their beginnings) or saves, with the values of a matrix. */
function cacheKeys(path: string, action: string, input: string): readonly string[] {
  return Object.values((parse(read(path)) as Workflow).jobs).flatMap(({ steps, strategy }) =>
    steps
      .filter(({ uses }) => uses?.startsWith(`actions/cache/${action}@`))
      .flatMap((step) =>
        (strategy?.matrix.image ?? ['']).map((image) =>
          String(step.with?.[input]).replace('${{ matrix.image }}', image).replace('${{ github.sha }}', 'SHA'),
        ),
      ),
  )
}

test('every recipe that restores a cache saves it too, or its companion does, and only for the main branch', () => {
  const companions = new Map([['examples/workflows/forks-publish.yml', 'examples/workflows/forks.yml']])
  const restoring = recipes.filter((path) => cacheKeys(path, 'restore', 'key').length > 0)
  expect(restoring.length).toBeGreaterThan(4)
  for (const path of restoring) {
    const saved = cacheKeys(companions.get(path) ?? path, 'save', 'key')
    for (const start of cacheKeys(path, 'restore', 'restore-keys'))
      expect([path, start, saved]).toEqual([path, start, expect.arrayContaining([`${start}SHA`])])
  }
  const steps = recipes.flatMap((path) =>
    Object.values((parse(read(path)) as Workflow).jobs).flatMap((job) => job.steps),
  )
  expect(steps.filter(({ uses }) => uses?.startsWith('actions/cache@'))).toEqual([])
  for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/cache/save@')))
    expect(step.if).toBe("${{ !cancelled() && github.event_name == 'push' }}")
})

test('every recipe with a budget that can fail runs for the label that accepts it', () => {
  const failing = recipes.filter((path) =>
    Object.values((parse(read(path)) as Workflow).jobs)
      .flatMap(({ steps }) => steps.map((step) => step.with?.['budgets']))
      .some(
        (rules) =>
          typeof rules === 'string' &&
          rules.split('\n').some((rule) => rule.includes('<=') && !/ warn$/.test(rule.trim())),
      ),
  )
  expect(failing.length).toBeGreaterThan(2)
  for (const text of [...failing, 'examples/workflows/pull-request.yml'].map(read))
    expect((parse(text) as Workflow).on).toMatchObject({
      pull_request: { types: ['opened', 'synchronize', 'reopened', 'labeled'] },
    })
})

test('the README names every recipe', () => {
  const named = Array.from(read('README.md').matchAll(/\]\((examples\/workflows\/[^)]*)\)/g), ([, path]) => path)
  expect([...new Set(named)].toSorted()).toEqual(recipes.toSorted())
})

test('a workflow that waits for another one has its name', () => {
  const named = parse(read('examples/workflows/forks.yml')) as { name: string }
  expect(parse(read('examples/workflows/forks-publish.yml'))).toMatchObject({
    on: { workflow_run: { workflows: [named.name] } },
  })
})

test.each([
  ['an unknown input', (text: string) => text.replace('context: .', 'contextt: .'), /contextt/],
  ['an unknown key', (text: string) => text.replace('runs-on:', 'run-on:'), /run-on/],
  [
    'an invalid expression',
    (text: string) => text.replace('github.event.pull_request.number', 'github.evnt.number'),
    /evnt/,
  ],
])('this check finds %s', async (_what, spoil, message) => {
  expect(await findings('pull-request.yml', spoil(read('examples/workflows/pull-request.yml')))).toContainEqual(
    expect.stringMatching(message),
  )
})

/** Our workflows and the recipes, checked by GitHub's language service with the inputs and outputs of action.yml. */
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { filesIn, findings, ours, read } from './support/workflows.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>
        readonly 'timeout-minutes'?: number
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
      expect(line).toMatch(/^uses: (\.\/|OWNER\/stage-footprint@v1|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/)
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
      expect(permissions?.['pull-requests']).toBe(comments ? 'write' : undefined)
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

/** The workflows in the README and the pages that it links, complete ones and single steps. */
const snippets = ['README.md', 'docs/bake.md', 'docs/drop-in.md', 'docs/images.md', 'docs/page.md']
  .flatMap((path) => Array.from(read(path).matchAll(/^```yaml\n(.*?)^```$/gms), ([, text = '']) => text))
  .filter((text) => /\buses:/.test(text))

test('the README and its pages pin actions as the recipes do, to the same commits', () => {
  const pinned = (text: string): readonly string[] =>
    Array.from(text.matchAll(/uses: (.*)$/gm), ([, uses = '']) => uses)
  const inRecipes = new Map(
    recipes.flatMap((path) =>
      pinned(read(path)).map((uses): [string, string] => [actionOf(uses), uses.replace(/^[^@]*/, '')]),
    ),
  )
  expect(snippets.length).toBeGreaterThan(4)
  for (const uses of snippets.flatMap(pinned))
    expect([uses, uses.replace(/^[^@]*/, '')]).toEqual([uses, inRecipes.get(actionOf(uses))])
})

/** OWNER/NAME, without a folder in it. */
const actionOf = (uses: string): string => uses.split('@')[0]?.split('/').slice(0, 2).join('/') ?? ''

test('complete workflows in the README are valid', async () => {
  const whole = snippets.filter((text) => text.startsWith('name: '))
  expect(whole.length).toBeGreaterThan(0)
  for (const text of whole) expect(await findings('README.yml', text)).toEqual([])
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

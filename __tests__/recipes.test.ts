/** Workflows, ours and the recipes: judged by GitHub's language service, with the inputs and outputs of action.yml. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

interface Metadata {
  readonly name: string
  readonly inputs: Readonly<Record<string, object>>
  readonly outputs: Readonly<Record<string, object>>
}
interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, { readonly permissions?: Readonly<Record<string, string>>; readonly steps: readonly Step[] }>>
}
interface LanguageService {
  readonly validate: (document: unknown, config: object) => Promise<readonly { readonly message: string; readonly range: { readonly start: { readonly line: number } } }[]>
  readonly TextDocument: { readonly create: (uri: string, language: string, version: number, text: string) => unknown }
  readonly parse: (text: string) => unknown
}

const root = fileURLToPath(new URL('..', import.meta.url))
const recipes = readdirSync(join(root, 'examples/workflows')).map((name) => `examples/workflows/${name}`)
const workflows = [...recipes, ...readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`)]
const ours = 'OWNER/stage-footprint@v1'
/** Inputs that the contract has and that action.yml gets as their parts are wired. */
const promised = ['baseline', 'baseline-timeout', 'budgets', 'comment', 'mode', 'records']

/** What their action.yml has of inputs that workflows here use. */
const theirs: Readonly<Record<string, readonly string[]>> = {
  'actions/cache': ['path', 'key', 'restore-keys'],
  'actions/checkout': ['persist-credentials'],
  'actions/download-artifact': ['pattern', 'path', 'run-id', 'github-token'],
  'actions/setup-node': ['node-version'],
  'actions/upload-artifact': ['name', 'path', 'retention-days'],
  'docker/setup-buildx-action': [],
}

let service: LanguageService
let metadata: Metadata
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'language-service-'))
  const ncc = join(root, 'node_modules/@vercel/ncc/dist/ncc/cli.js')
  execFileSync(process.execPath, [ncc, 'build', '__tests__/support/language-service.mjs', '--out', folder, '--quiet'], { cwd: root, stdio: 'pipe' })
  const main = readdirSync(folder).find((name) => /^index\.m?js$/.test(name)) ?? ''
  service = (await import(pathToFileURL(join(folder, main)).href)) as LanguageService
  const action = service.parse(readFileSync(join(root, 'action.yml'), 'utf8')) as Metadata
  metadata = { ...action, inputs: { ...inputsNamed(promised).inputs, ...action.inputs } }
}, 180_000)
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

let judged = 0

async function judge(text: string): Promise<readonly string[]> {
  const found = await service.validate(service.TextDocument.create(`file:///${++judged}.yml`, 'yaml', 1, text), {
    actionsMetadataProvider: {
      fetchActionMetadata: ({ owner, name }: { owner: string; name: string }) => {
        const inputs = theirs[`${owner}/${name}`]
        return Promise.resolve(`${owner}/${name}@v1` === ours ? metadata : inputs && inputsNamed(inputs))
      },
    },
  })
  return found.map(({ message, range }) => `${range.start.line + 1}: ${message}`)
}

function inputsNamed(names: readonly string[]): Pick<Metadata, 'inputs'> {
  return { inputs: Object.fromEntries(names.map((name) => [name, { description: '' }])) }
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

describe.each(workflows)('%s', (path) => {
  test('is a good workflow', async () => {
    expect(await judge(read(path))).toEqual([])
  })

  test('trusts as little as it can', () => {
    const text = read(path)
    const workflow = service.parse(text) as Workflow
    expect(workflow.permissions).toBeDefined()
    for (const line of text.match(/uses: .*/g) ?? []) expect(line).toMatch(/^uses: (\.\/|OWNER\/stage-footprint@v1|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/)
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
    const workflow = service.parse(read(path)) as Workflow
    for (const { permissions = workflow.permissions, steps } of Object.values(workflow.jobs)) {
      const comments = steps.some((step) => step.uses === ours && step.with?.['comment'] !== 'off')
      expect(permissions?.['pull-requests']).toBe(comments ? 'write' : undefined)
      expect(steps.filter((step) => step.uses === ours)).toHaveLength(1)
    }
  })
})

test('every workflow that another one waits for has that name', () => {
  const named = service.parse(read('examples/workflows/forks.yml')) as { name: string }
  expect(service.parse(read('examples/workflows/forks-publish.yml'))).toMatchObject({ on: { workflow_run: { workflows: [named.name] } } })
})

test.each([
  ['an input that is not there', (text: string) => text.replace('context: .', 'contextt: .'), /contextt/],
  ['a key that is not there', (text: string) => text.replace('runs-on:', 'run-on:'), /run-on/],
  ['an expression that is none', (text: string) => text.replace('github.event.pull_request.number', 'github.evnt.number'), /evnt/],
])('the judge sees %s', async (_what, spoil, message) => {
  expect(await judge(spoil(read('examples/workflows/pull-request.yml')))).toContainEqual(expect.stringMatching(message))
})

/** The workflows of this repository, checked by GitHub's language service, which its editor extension uses. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { registerLogger, validate } from '@actions/languageservice'
import { expect } from '@jest/globals'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../..', import.meta.url))
export const read = (path: string): string => readFileSync(join(root, path), 'utf8')
export const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)

/** How a workflow in another repository names this action. */
export const ours = 'OWNER/stage-footprint@v1'

/**
 * Returns the inputs of the step of a workflow that runs this action.
 *
 * @param values the values of the expressions in these inputs
 */
export function inputsOfOurs(
  workflow: string,
  values: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  interface Step {
    readonly uses?: string
    readonly with?: Readonly<Record<string, string>>
  }
  const { jobs } = parse(workflow) as { readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>> }
  const step = Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .find(({ uses }) => uses === ours)
  return Object.fromEntries(
    Object.entries(step?.with ?? {}).map(([name, text]) => [
      name,
      text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
        const value = values[expression]
        if (value === undefined) throw new Error(`the value of ${expression} is not known`)
        return value
      }),
    ]),
  )
}

/** The inputs in their action.yml that our workflows use. */
const theirs: Readonly<Record<string, readonly string[]>> = {
  'actions/attest-build-provenance': ['subject-checksums'],
  'actions/cache': ['path', 'key', 'restore-keys'],
  'actions/cache/restore': ['path', 'key', 'restore-keys'],
  'actions/cache/save': ['path', 'key'],
  'actions/checkout': ['persist-credentials'],
  'actions/deploy-pages': [],
  'actions/download-artifact': ['name', 'pattern', 'path', 'run-id', 'github-token'],
  'actions/setup-node': ['node-version', 'package-manager-cache'],
  'actions/upload-artifact': ['name', 'path', 'retention-days', 'if-no-files-found', 'archive'],
  'actions/upload-pages-artifact': ['path'],
  'docker/setup-buildx-action': [],
  'github/codeql-action/analyze': [],
  'github/codeql-action/init': ['build-mode', 'config', 'languages'],
  'zizmorcore/zizmor-action': ['advanced-security'],
}

interface Metadata {
  readonly name: string
  readonly description: string
  readonly inputs: Readonly<Record<string, { readonly description: string }>>
}

const metadata = parse(read('action.yml')) as Metadata

function metadataOf(action: string): Metadata | undefined {
  if (`${action}@v1` === ours) return metadata
  const inputs = theirs[action]
  return (
    inputs && {
      name: action,
      description: '',
      inputs: Object.fromEntries(inputs.map((name) => [name, { description: '' }])),
    }
  )
}

// The service swallows its own errors, and would then find nothing.
const swallowed: string[] = []
const swallow = (message: string): void => void swallowed.push(message)
registerLogger({ error: swallow, warn: swallow, info: () => undefined, log: () => undefined })

let documents = 0

/** Returns findings as `LINE: MESSAGE`, including those about inputs of actions. */
export async function findings(path: string, text = read(path)): Promise<readonly string[]> {
  // It also caches what it parsed by address, even if the text changed.
  const document = TextDocument.create(`file:///${++documents}/${path}`, 'yaml', 0, text)
  const found = await validate(document, {
    actionsMetadataProvider: {
      fetchActionMetadata: ({ owner, name, path: below }) =>
        Promise.resolve(metadataOf([owner, name, ...(below ? [below] : [])].join('/'))),
    },
  })
  expect(swallowed).toEqual([])
  return found.map(
    ({ range, message }) => `${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`,
  )
}

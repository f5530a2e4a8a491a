/** The workflows and action.yml, judged by the language service of GitHub's own editor extension. */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { registerLogger, validate } from '@actions/languageservice'
import { describe, expect, test } from '@jest/globals'
import { TextDocument } from 'vscode-languageserver-textdocument'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const workflows = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`)

// The service swallows its own errors, and would then find nothing.
const swallowed: string[] = []
const swallow = (message: string): void => void swallowed.push(message)
registerLogger({ error: swallow, warn: swallow, info: () => undefined, log: () => undefined })

let documents = 0

/** Findings as `LINE: MESSAGE`. */
async function findings(path: string, text = read(path)): Promise<readonly string[]> {
  // It also keeps what it parsed by address, whatever the text.
  const document = TextDocument.create(`file:///${++documents}/${path}`, 'yaml', 0, text)
  const found = await validate(document)
  expect(swallowed).toEqual([])
  return found.map(({ range, message }) => `${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`)
}

test('there are workflows to judge', () => {
  expect(workflows.length).toBeGreaterThan(1)
})

describe.each([...workflows, 'action.yml'])('%s', (path) => {
  test('is as GitHub wants it', async () => {
    expect(await findings(path)).toEqual([])
  })

  test('with a wrong key would not pass', async () => {
    const text = path === 'action.yml' ? read(path).replace(/^runs:$/m, 'run:') : read(path).replace(/^ {4}runs-on:/m, '    run-on:')
    expect(text).not.toBe(read(path))
    expect((await findings(path, text)).join()).toMatch(/run(-on)?/)
  })
})

test('action.yml with another runtime would not pass', async () => {
  expect(await findings('action.yml', read('action.yml').replace('using: node24', 'using: node19'))).not.toEqual([])
})

test('an expression of a context that does not exist would not pass', async () => {
  const text = read('.github/workflows/ci.yml').replace('${{ github.ref }}', '${{ githob.ref }}')
  expect(await findings('.github/workflows/ci.yml', text)).not.toEqual([])
})

/** What a `uses` names, unless it is of this repository, by a commit and with its version in a comment. */
const unpinned = (text: string): readonly string[] =>
  [...text.matchAll(/^\s*(?:- )?uses: *(.*)$/gm)].map((match) => match[1] ?? '').filter((uses) => !/^(?:\.\/|[\w./-]+@[0-9a-f]{40} # v\d)/.test(uses))

test('every action of others is pinned by commit, with its version beside it', () => {
  const uses = workflows.flatMap((path) => [...read(path).matchAll(/uses:/g)])
  expect(uses.length).toBeGreaterThan(3)
  expect(workflows.flatMap((path) => unpinned(read(path)))).toEqual([])
  expect(unpinned('    - uses: actions/checkout@v7\n      - uses: ./\n')).toEqual(['actions/checkout@v7'])
})

test('every workflow says which permissions it has', () => {
  for (const path of workflows) expect(read(path)).toMatch(/^permissions:\n {2}contents: read\n(?! )/m)
})

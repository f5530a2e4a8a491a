/** The workflows and action.yml, checked by the language service of GitHub's own editor extension. */
import { describe, expect, test } from '@jest/globals'
import { filesIn, findings, read } from './support/workflows.ts'

const workflows = filesIn('.github/workflows')

test('there are workflows to check', () => {
  expect(workflows.length).toBeGreaterThan(1)
})

describe.each([...workflows, 'action.yml'])('%s', (path) => {
  test('is valid', async () => {
    expect(await findings(path)).toEqual([])
  })

  test('would be refused with a wrong key', async () => {
    const text =
      path === 'action.yml'
        ? read(path).replace(/^runs:$/m, 'run:')
        : read(path).replace(/^ {4}runs-on:/m, '    run-on:')
    expect(text).not.toBe(read(path))
    expect((await findings(path, text)).join()).toMatch(/run(-on)?/)
  })
})

test('action.yml would be refused with another runtime', async () => {
  expect(await findings('action.yml', read('action.yml').replace('using: node24', 'using: node19'))).not.toEqual([])
})

test('an expression with an unknown context would be refused', async () => {
  const text = read('.github/workflows/ci.yml').replace('|| github.sha }}', '|| githob.sha }}')
  expect(await findings('.github/workflows/ci.yml', text)).not.toEqual([])
})

/** What a `uses` names, unless it is in this repository, or has a commit and its version in a comment. */
const unpinned = (text: string): readonly string[] =>
  [...text.matchAll(/^\s*(?:- )?uses: *(.*)$/gm)]
    .map((match) => match[1] ?? '')
    .filter((uses) => !/^(?:\.\/|[\w./-]+@[0-9a-f]{40} # v\d)/.test(uses))

test('every action of others is pinned to a commit, with its version in a comment', () => {
  const uses = workflows.flatMap((path) => [...read(path).matchAll(/uses:/g)])
  expect(uses.length).toBeGreaterThan(3)
  expect(workflows.flatMap((path) => unpinned(read(path)))).toEqual([])
  expect(unpinned('    - uses: actions/checkout@v7\n      - uses: ./\n')).toEqual(['actions/checkout@v7'])
})

test('every workflow declares its permissions', () => {
  for (const path of workflows) expect(read(path)).toMatch(/^permissions:\n {2}contents: read\n(?! )/m)
})

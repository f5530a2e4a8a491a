/** The entry points of the bundles, which refuse an old version of Node before they read anything else. */
import { readFileSync, statSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import ts from 'typescript'
import { startOf } from '../script/lib/start.ts'
import { action, commandLine, folderWith, footprint, run, type Ran } from './support/program.ts'

const oldest = 24
const entries = [
  ['cli', commandLine],
  ['action', action],
] as const

/** In a process that reports this version of Node. */
async function inNode(version: string, program: string, args: readonly string[] = []): Promise<Ran> {
  await using folder = await folderWith({
    'version.cjs': `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`,
  })
  return await run(process.execPath, ['--require', `${folder.path}/version.cjs`, program, ...args])
}

test('the oldest version of Node is the one in package.json and action.yml', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } }
  expect(engines.node).toBe(`>=${oldest}`)
  expect(readFileSync('action.yml', 'utf8')).toContain(`using: node${oldest}\n`)
})

test('an output that is closed early is not an error', async () => {
  const words = 'set -o pipefail; "$0" "$1" --help | true'
  for (let nth = 0; nth < 5; nth++)
    expect(await run('bash', ['-c', words, process.execPath, commandLine])).toMatchObject({ status: 0, stderr: '' })
})

describe.each(entries)('%s', (entry, path) => {
  const text = readFileSync(path, 'utf8')

  test('is bundled as it is written', () => {
    expect(text).toBe(startOf({ oldestNode: oldest, program: 'program.js', entry }))
  })

  test.each(['23.11.1', '22.22.0', '20.20.2', '18.20.8', '10.24.1'])(
    'says in one sentence that Node %s is too old',
    async (version) => {
      const { status, stdout, stderr } = await inNode(version, path, ['--version'])
      const sentence = `stage-footprint needs Node 24 or newer, and this is Node ${version}\n`
      expect([status, stdout, stderr]).toEqual(entry === 'cli' ? [2, '', sentence] : [1, `::error::${sentence}`, ''])
    },
  )

  test('can be parsed by any Node since 10: except for `import()`, it has only ECMAScript 5', () => {
    const kinds = new Set<ts.SyntaxKind>()
    const visit = (node: ts.Node): void => {
      kinds.add(node.kind)
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile('index.js', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS))
    const known = [
      'SourceFile',
      'IfStatement',
      'Block',
      'ExpressionStatement',
      'CallExpression',
      'BinaryExpression',
      'PropertyAccessExpression',
      'Identifier',
      'NumericLiteral',
      'FirstLiteralToken',
      'StringLiteral',
      'ImportKeyword',
      'PlusToken',
      'GreaterThanEqualsToken',
      'EqualsToken',
      'FirstAssignment',
      'EndOfFileToken',
    ]
    expect([...kinds].map((kind) => ts.SyntaxKind[kind]).filter((kind) => !known.includes(kind))).toEqual([])
  })
})

test.each(['24.0.0', '25.1.0', '100.0.0'])('Node %s is new enough', async (version) => {
  const { status, stdout } = await inNode(version, commandLine, ['--version'])
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
})

test('the command line can be run by its name', async () => {
  expect(statSync(commandLine).mode & 0o111).toBe(0o111)
  const { status } = await footprint(['--version'])
  expect(status).toBe(0)
})

/** The command lines and scripts that pages and help texts show. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { manuals, programExamples } from '../src/inputs/manual.ts'
import { parseCommand } from '../src/inputs/parse-command.ts'
import { callsIn, codeBlocksIn, inlineCodeIn, pages, read } from './support/documents.ts'

const texts = pages.map((page) => [page, read(page)] as const)

const shellLines = (text: string): readonly string[] =>
  codeBlocksIn(text)
    .filter(({ language }) => ['console', 'sh'].includes(language))
    .flatMap((block) => block.text.split('\n').filter((line) => block.language === 'sh' || line.startsWith('$ ')))

/** Returns what is wrong with a call, or null. */
function fault(args: readonly string[]): string | null {
  try {
    parseCommand(args, {})
    return null
  } catch (error) {
    return `${args.join(' ')}: ${String(error)}`
  }
}

test('every command line in a code block can be parsed', () => {
  const calls = texts.flatMap(([, text]) => shellLines(text).flatMap(callsIn))
  expect(calls.length).toBeGreaterThan(15)
  expect(calls.map(fault).filter((found) => found !== null)).toEqual([])
})

test('every example of the help can be parsed', () => {
  const examples = [...programExamples, ...Object.values(manuals).flatMap((manual) => manual.examples)]
  expect(examples.filter((line) => callsIn(line).length === 0)).toEqual([])
  expect(
    examples
      .flatMap(callsIn)
      .map(fault)
      .filter((found) => found !== null),
  ).toEqual([])
})

test('every command line within a sentence can be parsed, once the arguments that it leaves out are added', () => {
  const calls = texts.flatMap(([, text]) => inlineCodeIn(text).flatMap(callsIn)).filter(({ length }) => length > 0)
  expect(calls.length).toBeGreaterThan(15)
  const faults = calls.flatMap((args) => {
    const found = [[], ['x'], ['x', 'y'], ['bash']].map((more) => fault([...args, ...more]))
    return found.includes(null) ? [] : [found[0]]
  })
  expect(faults).toEqual([])
})

test('this check finds a flag that does not exist', () => {
  const calls = callsIn(
    "$ docker save app -o app.tar && stage-footprint build --basline main --budget 'a <= 1' . # why",
  )
  expect(calls).toEqual([['build', '--basline', 'main', '--budget', 'a <= 1', '.']])
  expect(calls.map(fault)).toEqual([expect.stringContaining('--basline')])
  expect(callsIn("echo 'source <(stage-footprint completion bash)' >>~/.bashrc")).toEqual([['completion', 'bash']])
})

test('every script and npm script that a page names exists', () => {
  const named = texts.flatMap(([page, text]) =>
    [...inlineCodeIn(text), ...shellLines(text)].flatMap((code) =>
      Array.from(code.matchAll(/(?:^|\s)(?:(script\/[\w./-]+)|npm run ([\w:-]+))/g), ([, script, npm]) => ({
        page,
        script,
        npm,
      })),
    ),
  )
  expect(named.length).toBeGreaterThan(10)
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const path = (script: string): string => fileURLToPath(new URL(`../${script}`, import.meta.url))
  expect(
    named.filter(({ script, npm }) =>
      npm === undefined ? !existsSync(path(script ?? '')) : scripts[npm] === undefined,
    ),
  ).toEqual([])
})

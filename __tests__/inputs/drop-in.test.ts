/**
 * docs/drop-in.md has a row for each input of docker/build-push-action, and each is tried: `__tests__/peers` compares
 * what the two make of it.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { buildCases } from '../peers/build-cases.ts'

const textOf = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')

test('docs/drop-in.md has a row for each input of docker/build-push-action, in the order of action.yml, and each is tried', () => {
  const [, table = ''] =
    /<!-- build-push-action: [^\n]*\n([^]*)<!-- build-push-action: end -->/.exec(textOf('../../docs/drop-in.md')) ?? []
  const described = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1] ?? '')
  const own = [...textOf('../../action.yml').matchAll(/^ {2}([a-z-]+):\n {4}description/gm)].map(
    (match) => match[1] ?? '',
  )
  const tried = new Set(buildCases.flatMap(({ inputs }) => Object.keys(inputs)))
  expect(described.filter((input) => !tried.has(input))).toEqual([])
  expect(described).toEqual(own.filter((input) => described.includes(input)))
  expect(described).toHaveLength(33)
})

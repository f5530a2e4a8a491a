import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { cleanPath, ignoreMatcher, mayKeepBelow, readIgnoreFile } from '../../src/dockerfile/ignore-file.ts'

interface Table {
  readonly paths: readonly string[]
  readonly cases: readonly { readonly file: string; readonly ignored: readonly string[] }[]
}

// Made with github.com/moby/patternmatcher v0.6.0, path by path with the results of the parent folders, as BuildKit does.
const table = JSON.parse(readFileSync(new URL('./ignore-file-cases.json', import.meta.url), 'utf8')) as Table

test('agrees with BuildKit on every ignore file and path of the table', () => {
  expect(table.cases.length).toBeGreaterThan(100)
  for (const { file, ignored } of table.cases) {
    const matches = ignoreMatcher(readIgnoreFile(file))
    expect({ file, ignored: table.paths.filter(matches) }).toEqual({ file, ignored })
  }
})

// As in github.com/moby/patternmatcher v0.6.1, where the expression of a pattern with `**` has Go's `.`.
test.each<[string, string, boolean]>([
  ['**/*.md', 'a\nb/x.md', false],
  ['x/**/y*', 'x/a\nb/y1', false],
  ['**', 'a\nb/x', true],
  ['**/x.md', 'a\nb/x.md', true],
  ['x/**', 'x/a\nb', true],
  ['x*/**', 'x1/a\nb', false],
  ['*.md', 'a\nb.md', true],
])('treats a newline in a name as BuildKit does: %j with %j', (file, path, ignored) => {
  expect(ignoreMatcher(readIgnoreFile(file))(path)).toBe(ignored)
})

test('ignores patterns that BuildKit refuses as malformed', () => {
  for (const file of ['!', '[a', 'a\\x[']) expect(ignoreMatcher(readIgnoreFile(file))('b')).toBe(false)
})

test('cleans paths as Go does', () => {
  const cases = { '': '.', 'a//b/': 'a/b', './a/../b': 'b', '../a': '../a', '/../a': '/a', '/': '/', 'a/../..': '..' }
  for (const [path, clean] of Object.entries(cases)) expect(cleanPath(path)).toBe(clean)
})

test('skips a folder only if BuildKit would take nothing from it', () => {
  const folders = new Set(
    table.paths.flatMap((path) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, nth, parts) => parts.slice(0, nth + 1).join('/')),
    ),
  )
  let left = 0
  for (const { file, ignored } of table.cases) {
    const rules = readIgnoreFile(file)
    for (const folder of folders) {
      if (!ignoreMatcher(rules)(folder) || mayKeepBelow(rules, folder)) continue
      left++
      const kept = table.paths.filter((path) => path.startsWith(`${folder}/`) && !ignored.includes(path))
      expect({ file, folder, kept }).toEqual({ file, folder, kept: [] })
    }
  }
  expect(left).toBeGreaterThan(100)
  const rules = readIgnoreFile('**/node_modules\n!.env.example\n!docs/*/keep\n')
  expect(['node_modules', 'docs', 'docs/a', 'docs/a/keep'].map((folder) => mayKeepBelow(rules, folder))).toEqual([
    false,
    true,
    true,
    false,
  ])
})

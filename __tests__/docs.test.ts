import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { anchorsIn, decisions, docs, linksIn, pages, read } from './support/documents.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

test('tables, schema and picture match the sources', () => {
  expect(
    execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', 'script/docs.ts', '--check'], {
      cwd: root,
      encoding: 'utf8',
    }),
  ).toBe('')
})

describe.each(pages)('%s', (page) => {
  test('links only to files and headings that exist', () => {
    const wrong = linksIn(read(page)).filter((link) => {
      const [file = '', anchor] = link.split('#')
      const path = file === '' ? page : join(dirname(page), file)
      return !existsSync(join(root, path)) || (anchor !== undefined && !anchorsIn(read(path)).has(anchor))
    })
    expect(wrong).toEqual([])
  })
})

test('anchors are those that GitHub makes', () => {
  const page =
    '# `docker/bake-action`\n## Where is … decided?\n## A\n```sh\n# no heading\n```\n## [A](b.md)\n## Sizes, 2 kB'
  expect([...anchorsIn(page)]).toEqual(['dockerbake-action', 'where-is--decided', 'a', 'a-1', 'sizes-2-kb'])
})

test.each(['CONTRIBUTING.md', ...docs])('%s names only source files that exist', (page) => {
  const named = [...read(page).matchAll(/`([^`\s]+\.ts)`/g)].map((match) => match[1] ?? '')
  expect(
    named.filter((path) => !existsSync(join(root, /^(?:src|__tests__|script)\//.test(path) ? path : `src/${path}`))),
  ).toEqual([])
})

test('the architecture page names every folder of src, in the order that the linter enforces', () => {
  const listed = (name: string): string[] => {
    const [, list = ''] = new RegExp(`^const ${name} = \\[([^\\]]*)\\]`, 'm').exec(read('eslint.config.mjs')) ?? []
    return [...list.matchAll(/'([a-z]+)'/g)].map((match) => match[1] ?? '')
  }
  const named = [...read('docs/architecture.md').matchAll(/^\| `([a-z]+)\/` \|/gm)].map((match) => match[1] ?? '')
  expect(named).toEqual([...listed('vocabulary'), ...listed('flow')])
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(named.toSorted()).toEqual(folders.map(({ name }) => name).toSorted())
})

test('the architecture page names only functions that their files export', () => {
  const [, decided = ''] = read('docs/architecture.md').split('decided?\n')
  const rows = [...decided.matchAll(/^\| [^|]+ \| (`[^|]+\.ts`) \| ([^|]*) \|$/gm)]
  expect(rows.length).toBeGreaterThan(10)
  const wordsIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
  const missing = rows.flatMap(([, files, functions]) => {
    const text = wordsIn(files)
      .map((file) => read(`src/${file}`))
      .join('\n')
    const starts = ['function ', 'function* ', 'async function '].flatMap((start) =>
      ['(', '<'].map((end) => [start, end] as const),
    )
    const isThere = (name: string): boolean =>
      starts.some(([start, end]) => text.includes(`export ${start}${name}${end}`))
    return wordsIn(functions).filter((name) => !name.endsWith('.ts') && !isThere(name))
  })
  expect(missing).toEqual([])
})

test('the list of decisions has every page', () => {
  const linked = [...read('docs/decisions/README.md').matchAll(/^\| \[([^\]]+)\]\(\1\) \|/gm)].map(
    (match) => `docs/decisions/${match[1] ?? ''}`,
  )
  expect([...linked, 'docs/decisions/README.md'].toSorted()).toEqual(decisions.toSorted())
})

test('every error code has a row with its exit status', () => {
  const codes = [...read('src/errors.ts').matchAll(/^ {2}([A-Z_]+): ExitStatus\.(\w+)/gm)]
  const statuses = new Map(
    [...read('src/errors.ts').matchAll(/^ {2}([a-zA-Z]+): (\d),$/gm)].map((match) => [match[1], match[2]]),
  )
  expect(codes.length).toBeGreaterThan(5)
  for (const [, code, status] of codes)
    expect(read('docs/errors.md')).toContain(`| \`${code ?? ''}\` | ${statuses.get(status) ?? '?'} |`)
})

test('every flag in the page of the command line is in the help', () => {
  const help = ['build', 'inspect', 'publish']
    .map((command) =>
      execFileSync(process.execPath, ['dist/cli/index.js', command, '--help'], { cwd: root, encoding: 'utf8' }),
    )
    .join('')
  const flags = [...read('docs/command-line.md').matchAll(/`(--[a-z-]+)/g)].map((match) => match[1] ?? '')
  expect(flags.length).toBeGreaterThan(5)
  expect(flags.filter((flag) => !help.includes(flag) && !['--from', '--help', '--output'].includes(flag))).toEqual([])
})

test('every package in use has a row in the architecture page', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as Record<'devDependencies', Record<string, string>>
  const [, described = ''] = read('docs/architecture.md').split('## Dependencies\n')
  const named = [...described.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]),
  )
  expect(named.toSorted()).toEqual(Object.keys(devDependencies).toSorted())
})

/** Packages that apt and npm themselves call dispensable. */
import { expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { recommendedOnly } from '../../src/packages/debian-graph.ts'
import { packagesIn } from '../support/packages.ts'
import { succeed } from '../support/program.ts'
import { testWith } from '../support/rig.ts'
import { tar } from '../support/tar-bytes.ts'

const root = join(import.meta.dirname, '../..')

/** Returns the packages that `apt-get autoremove` would remove, if recommendations keep a package or do not. */
async function autoremoved(recommended: boolean): Promise<ReadonlySet<string>> {
  const options = [`APT::AutoRemove::RecommendsImportant=${recommended}`, 'APT::AutoRemove::SuggestsImportant=false']
  const told = await succeed('apt-get', ['--simulate', 'autoremove', ...options.flatMap((option) => ['-o', option])])
  return new Set([...told.matchAll(/^Remv (\S+)/gm)].map(([, name]) => name!.split(':')[0]!))
}

testWith('dpkg')('apt: finds the packages that this system has only by recommendation', async () => {
  const paths = ['var/lib/dpkg/status', 'var/lib/apt/extended_states'].filter((path) => existsSync(`/${path}`))
  const { recommended } = await packagesIn(tar('--create', '--file', '-', '--directory', '/', ...paths))
  const kept = await autoremoved(true)
  const expected = [...(await autoremoved(false))].filter((name) => !kept.has(name))
  // Without the second file, it is not known which packages were asked for.
  if (paths.length === 1) expect(recommended).toBeNull()
  else expect(recommended?.toSorted()).toEqual(expected.toSorted())
})

test('npm: finds the packages that only development needs, as `npm query` says', async () => {
  const scopes = ['@actions', '@babel', '@octokit', '@types']
  const told = JSON.parse(await succeed('npm', ['query', '.dev', '--offline'], { cwd: root })) as { location: string }[]
  const { packages } = await packagesIn(
    tar(
      ...['--create', '--file', '-', '--hard-dereference', '--directory', root, 'node_modules/.package-lock.json'],
      ...scopes.map((scope) => `node_modules/${scope}`),
    ),
  )
  const isHere = (path: string): boolean => scopes.some((scope) => path.startsWith(`node_modules/${scope}/`))
  expect(
    packages
      .filter(({ isForDevelopment }) => isForDevelopment)
      .map(({ path }) => path)
      .toSorted(),
  ).toEqual(
    told
      .map(({ location }) => location)
      .filter(isHere)
      .toSorted(),
  )
  expect(packages.filter(({ isForDevelopment }) => isForDevelopment !== true).length).toBeGreaterThan(5)
})

const relations = (depends: string, recommends = '', provides = '', isRequired = false) => ({
  depends,
  recommends,
  provides,
  isRequired,
})

test.each<[string, Record<string, ReturnType<typeof relations>>, string[], string[]]>([
  [
    'a recommendation, and what it needs',
    { a: relations('b (>= 1)', 'c | x'), b: relations(''), c: relations('d:any'), d: relations('') },
    ['b', 'c', 'd'],
    ['c', 'd'],
  ],
  [
    'no package that another one needs too',
    { a: relations('b', 'c'), b: relations('c | d'), c: relations(''), d: relations('') },
    ['b', 'c', 'd'],
    [],
  ],
  [
    'no package that provides what is needed',
    { a: relations('mail', 'b'), b: relations('', '', 'mail (= 2), other') },
    ['b'],
    [],
  ],
  ['no package that the system requires', { a: relations('', 'b'), b: relations('', '', '', true) }, ['b'], []],
  ['no package that was asked for', { a: relations('', 'b'), b: relations('') }, [], []],
  [
    'no package that nothing wants any more',
    { a: relations(''), b: relations('', 'c'), c: relations('') },
    ['b', 'c'],
    [],
  ],
])('finds %s', (_name, packages, automatic, expected) => {
  expect([...recommendedOnly(new Map(Object.entries(packages)), new Set(automatic))].toSorted()).toEqual(expected)
})

/** Packages that apt and npm themselves call dispensable. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { sparePackages } from '../../src/packages/debian-graph.ts'
import { packagesIn } from '../support/packages.ts'
import { folderWith, run, succeed } from '../support/program.ts'
import { testWith } from '../support/rig.ts'
import { tar } from '../support/tar-bytes.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Returns the packages, as `NAME:ARCHITECTURE` for other architectures, that `apt-get autoremove` would remove, if
 * recommendations keep a package or do not.
 */
async function autoremoved(recommended: boolean, ...more: readonly string[]): Promise<ReadonlySet<string>> {
  const options = [
    ...[`APT::AutoRemove::RecommendsImportant=${recommended}`, 'APT::AutoRemove::SuggestsImportant=false'],
    ...more,
  ]
  const told = await run('apt-get', ['--simulate', 'autoremove', ...options.flatMap((option) => ['-o', option])])
  // No system lacks a package that another one needs.
  fc.pre(!told.stderr.includes('Unmet dependencies'))
  expect([told.status, told.stderr.replaceAll(/^W: .*\n/gm, '')]).toEqual([0, ''])
  return new Set([...told.stdout.matchAll(/^Remv (\S+)/gm)].map(([, name]) => name!))
}

/** Returns what only recommendations keep, and what nothing wants, as apt says. */
async function spareByApt(...options: readonly string[]): Promise<Record<'recommended' | 'unwanted', string[]>> {
  const unwanted = await autoremoved(true, ...options)
  const recommended = [...(await autoremoved(false, ...options))].filter((name) => !unwanted.has(name))
  return { recommended, unwanted: [...unwanted] }
}

testWith('dpkg')(
  'apt: finds the packages that this system has only by recommendation, or that nothing wants',
  async () => {
    const paths = ['var/lib/dpkg/status', 'var/lib/apt/extended_states'].filter((path) => existsSync(`/${path}`))
    const { recommended, unwanted } = await packagesIn(tar('--create', '--file', '-', '--directory', '/', ...paths))
    const byApt = await spareByApt()
    const names = (some: readonly string[]): string[] => some.map((name) => name.split(':')[0]!).toSorted()
    // Without the second file, it is not known which packages were asked for.
    if (paths.length === 1) expect(recommended).toBeNull()
    else
      expect([recommended?.toSorted(), unwanted?.toSorted()]).toEqual([names(byApt.recommended), names(byApt.unwanted)])
  },
)

test('npm: finds the packages that only development needs, as `npm query` says', async () => {
  const scopes = ['@actions', '@babel', '@octokit', '@types']
  const shipped = ['@actions/core', '@actions/exec', '@actions/github']
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest
  const { devDependencies } = manifest
  await using project = await folderWith({
    'package.json': JSON.stringify({
      ...manifest,
      dependencies: Object.fromEntries(shipped.map((name) => [name, devDependencies[name]])),
      devDependencies: Object.fromEntries(Object.entries(devDependencies).filter(([name]) => !shipped.includes(name))),
    }),
    'package-lock.json': await readFile(join(root, 'package-lock.json')),
  })
  const npm = (...args: readonly string[]): Promise<string> =>
    succeed('npm', [...args, '--package-lock-only', '--offline', '--ignore-scripts'], { cwd: project.path })
  await npm('install', '--no-audit')
  const told = JSON.parse(await npm('query', '.dev')) as { location: string }[]
  await mkdir(join(project.path, 'node_modules'))
  await rename(join(project.path, 'package-lock.json'), join(project.path, 'node_modules/.package-lock.json'))
  const { packages } = await packagesIn(
    tar(
      ...['--create', '--file', '-', '--hard-dereference', '--directory', project.path, 'node_modules'],
      ...['--directory', root, ...scopes.map((scope) => `node_modules/${scope}`)],
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

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>
}

type Package = Parameters<typeof sparePackages>[0][number]

const relations = (depends: string, recommends = '', provides = '', isRequired = false): Partial<Package> => ({
  depends,
  recommends,
  provides,
  isRequired,
})

/** Returns packages by `NAME:ARCHITECTURE`. Without an architecture, it is amd64. */
function packagesOf(some: Readonly<Record<string, Partial<Package>>>): readonly Package[] {
  return Object.entries(some).map(([key, one]) => {
    const [name = '', architecture = 'amd64'] = key.split(':')
    return {
      ...{ name, architecture, multiArch: '' },
      ...{ depends: '', recommends: '', provides: '' },
      isRequired: false,
      ...one,
    }
  })
}

test.each<[string, Record<string, Partial<Package>>, string[], string[]]>([
  [
    'a recommendation, and what it needs',
    { a: relations('b (>= 1)', 'c | x'), b: relations(''), c: relations('d:any'), d: { multiArch: 'allowed' } },
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
  [
    'a package of another architecture that only a recommendation names',
    { a: relations('', 'b:i386'), 'b:i386': relations('c'), 'c:i386': relations('') },
    ['b:i386', 'c:i386'],
    ['b', 'c'],
  ],
  [
    'no name of which one architecture is needed, and another one recommended',
    { a: relations('lib', 'lib:i386'), lib: { multiArch: 'same' }, 'lib:i386': { multiArch: 'same' } },
    ['lib:amd64', 'lib:i386'],
    [],
  ],
  [
    'no name of which one architecture was asked for',
    { lib: relations('', 'b'), 'lib:i386': relations('', 'c'), b: relations(''), c: relations('') },
    ['lib:i386', 'b:amd64', 'c:amd64'],
    // Nothing recommends `c` but a package of another architecture, which came because of others itself.
    ['b'],
  ],
  [
    'no package of any architecture that is needed with the qualifier any',
    { a: relations('perl:any', 'b'), 'perl:i386': { multiArch: 'allowed' }, b: relations('perl') },
    ['perl:i386', 'b:amd64'],
    ['b'],
  ],
  [
    'no foreign package that a package of another architecture needs',
    { 'a:i386': relations('tool', 'b'), tool: { multiArch: 'foreign' }, 'b:i386': relations('') },
    ['tool:amd64', 'b:i386'],
    ['b'],
  ],
  [
    'no package that one for all architectures needs, which has that of the system',
    {
      dpkg: relations('', '', '', true),
      'a:all': relations('b', 'c'),
      b: relations(''),
      'b:i386': relations(''),
      c: relations('b:i386'),
    },
    ['b:amd64', 'b:i386', 'c:amd64'],
    ['c'],
  ],
  [
    'a package for all architectures, which apt lists under that of the system',
    { a: relations('', 'doc'), 'doc:all': relations('') },
    ['doc:amd64'],
    ['doc'],
  ],
])('finds %s', (_name, packages, automatic, expected) => {
  const { recommended } = sparePackages(packagesOf(packages), new Set(automatic))
  expect(recommended.toSorted()).toEqual(expected)
})

const paragraph = (fields: Readonly<Record<string, string>>): string =>
  `${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')}\n\n`

/** Returns the files of a system with these packages, all of which apt installed because of others but for the first. */
function systemWith(packages: readonly Readonly<Record<string, string>>[]): Readonly<Record<string, string>> {
  return {
    'var/lib/dpkg/status': packages
      .map((fields) =>
        paragraph({ Status: 'install ok installed', Version: '1', Maintainer: 'a', Description: 'a', ...fields }),
      )
      .join(''),
    'var/lib/apt/extended_states': packages
      .slice(1)
      .map(({ Package: name = '', Architecture: architecture = '' }) =>
        // apt lists a package for all architectures under that of the system.
        paragraph({
          Package: name,
          Architecture: architecture === 'all' ? 'amd64' : architecture,
          'Auto-Installed': '1',
        }),
      )
      .join(''),
    'var/lib/apt/lists/partial/.keep': '',
    'var/cache/apt/archives/partial/.keep': '',
  }
}

async function spareIn(folder: string): Promise<Record<'recommended' | 'unwanted', string[]>> {
  const { recommended, unwanted } = await packagesIn(tar('--create', '--file', '-', '--directory', folder, 'var'))
  return { recommended: recommended?.toSorted() ?? [], unwanted: unwanted?.toSorted() ?? [] }
}

test('reads the architectures of packages and of what apt installed because of others', async () => {
  await using folder = await folderWith(
    systemWith([
      { Package: 'app', Architecture: 'amd64', Depends: 'lib', Recommends: 'lib:i386, extra:i386' },
      { Package: 'lib', Architecture: 'amd64', 'Multi-Arch': 'same' },
      { Package: 'lib', Architecture: 'i386', 'Multi-Arch': 'same' },
      { Package: 'extra', Architecture: 'i386', Depends: 'lib' },
    ]),
  )
  expect(await spareIn(folder.path)).toEqual({ recommended: ['extra'], unwanted: [] })
})

testWith('dpkg')(
  'finds what apt finds, among packages of two architectures',
  async () => {
    const names = ['a', 'b', 'c', 'd'] as const
    const relation = fc.constantFrom(...names.flatMap((name) => [name, `${name}:any`, `${name}:i386`, `${name} | x`]))
    const field = fc.uniqueArray(relation, { maxLength: 2 }).map((some) => some.join(', '))
    const one = (name: string, architecture: string, multi: string) =>
      fc
        .record({
          depends: fc.oneof(fc.constant(''), field),
          recommends: field,
          provides: fc.constantFrom('', '', 'x'),
        })
        .map((of) => ({
          ...{ Package: name, Architecture: architecture },
          ...(multi === '' ? {} : { 'Multi-Arch': multi }),
          ...(of.depends === '' ? {} : { Depends: of.depends }),
          ...(of.recommends === '' ? {} : { Recommends: of.recommends }),
          ...(of.provides === '' ? {} : { Provides: of.provides }),
        }))
    const kind = fc.constantFrom(
      ['amd64', ''],
      ['i386', ''],
      ['all', ''],
      ['amd64', 'foreign'],
      ['amd64', 'allowed'],
      ['i386', 'foreign'],
    )
    const several = (name: string) =>
      fc.oneof(
        kind.chain(([architecture = '', multi = '']) => one(name, architecture, multi).map((found) => [found])),
        fc.tuple(one(name, 'amd64', 'same'), one(name, 'i386', 'same')),
      )
    const system = fc
      .tuple(one('first', 'amd64', ''), one('dpkg', 'amd64', ''), ...names.map(several))
      .map(([first, dpkg, ...rest]) =>
        systemWith([first, { ...dpkg, Depends: '', Recommends: '', Essential: 'yes' }, ...rest.flat()]),
      )
    await fc.assert(
      fc.asyncProperty(system, async (files) => {
        await using folder = await folderWith(files)
        const { recommended, unwanted } = await spareByApt(
          `Dir=${folder.path}`,
          `Dir::State=${folder.path}/var/lib/apt`,
          `Dir::State::status=${folder.path}/var/lib/dpkg/status`,
          `Dir::Cache=${folder.path}/var/cache/apt`,
          ...['Dir::Etc::sourcelist=/dev/null', 'Dir::Etc::sourceparts=/dev/null', 'APT::Architecture=amd64'],
          ...['APT::Architectures::=amd64', 'APT::Architectures::=i386'],
        )
        const installed = [...files['var/lib/dpkg/status']!.matchAll(/^Package: (\w+)$/gm)].map(([, name]) => name!)
        const count = (some: readonly string[], name: string): number => some.filter((each) => each === name).length
        // Of a name that two packages have, both must be dispensable in the same way.
        const expected = (found: readonly string[]): string[] => {
          const gone = found.map((name) => name.split(':')[0]!)
          return [...new Set(gone)].filter((name) => count(gone, name) === count(installed, name)).toSorted()
        }
        expect(await spareIn(folder.path)).toEqual({
          recommended: expected(recommended),
          unwanted: expected(unwanted),
        })
      }),
      { numRuns: 40 },
    )
  },
  120_000,
)

/** Packages that apt and npm themselves call dispensable. */
import { expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { recommendedOnly } from '../../src/packages/debian-graph.ts'
import { packagesIn } from '../support/packages.ts'
import { folderWith, succeed } from '../support/program.ts'
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

type Package = Parameters<typeof recommendedOnly>[0][number]

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
  expect([...recommendedOnly(packagesOf(packages), new Set(automatic))].toSorted()).toEqual(expected)
})

const paragraph = (fields: Readonly<Record<string, string>>): string =>
  `${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')}\n\n`

test('reads the architectures of packages and of what apt installed because of others', async () => {
  const installed = (fields: Readonly<Record<string, string>>): string =>
    paragraph({ Status: 'install ok installed', Version: '1', ...fields })
  await using folder = await folderWith({
    'var/lib/dpkg/status': [
      installed({ Package: 'app', Architecture: 'amd64', Depends: 'lib', Recommends: 'lib:i386, extra:i386' }),
      installed({ Package: 'lib', Architecture: 'amd64', 'Multi-Arch': 'same' }),
      installed({ Package: 'lib', Architecture: 'i386', 'Multi-Arch': 'same' }),
      installed({ Package: 'extra', Architecture: 'i386', Depends: 'lib' }),
    ].join(''),
    'var/lib/apt/extended_states': [
      ['lib', 'amd64'],
      ['lib', 'i386'],
      ['extra', 'i386'],
    ]
      .map(([name = '', architecture = '']) =>
        paragraph({ Package: name, Architecture: architecture, 'Auto-Installed': '1' }),
      )
      .join(''),
  })
  const { recommended } = await packagesIn(tar('--create', '--file', '-', '--directory', folder.path, 'var'))
  expect(recommended).toEqual(['extra'])
})

/** Packages as the tools of their own ecosystems report them, to the byte. */
import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterAll, expect, test } from '@jest/globals'
import { run, succeed } from '../support/program.ts'
import { testWith } from '../support/rig.ts'
import { tar } from '../support/tar-bytes.ts'
import { lineOf, packagesIn } from '../support/packages.ts'
import { berkeleyDbOf, headersIn, ndbOf } from '../support/rpm-databases.ts'
import { zipOf } from '../support/zip.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tools-')))
afterAll(() => rmSync(folder, { recursive: true }))
const root = join(import.meta.dirname, '../..')

const make = (name: string, files: Readonly<Record<string, string>>): string => {
  const made = join(folder, name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(made, path)), { recursive: true })
    writeFileSync(join(made, path), text)
  }
  return made
}

/** Bytes of the regular files among these paths. A file with two links counts once, and a missing one not at all. */
function bytesOf(paths: Iterable<string>): number {
  const seen = new Set<number>()
  let bytes = 0
  for (const path of paths) {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats?.isFile() !== true || seen.has(stats.ino)) continue
    seen.add(stats.ino)
    bytes += stats.size
  }
  return bytes
}

const filesBelow = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

testWith('python')('pip: finds the files that are removed when a package is uninstalled', async () => {
  const env = { PYTHONDONTWRITEBYTECODE: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' }
  const venv = join(folder, 'venv')
  await succeed('python3', ['-m', 'venv', venv])
  const wheel = join(folder, 'demo_tool-1.5-py3-none-any.whl')
  const at = (name: string, text: string): { name: string; bytes: Buffer } => ({ name, bytes: Buffer.from(text) })
  const info = 'demo_tool-1.5.dist-info'
  const inWheel = [
    at('demo/__init__.py', 'def main():\n    print("demo")\n'),
    at('demo/sub/deep.py', `text = "${'x'.repeat(5_000)}"\n`),
    at('demo/data, with a comma.txt', 'data'),
    at('demo_tool-1.5.data/data/share/demo/file.txt', 'outside of site-packages'),
    at(`${info}/METADATA`, 'Metadata-Version: 2.1\nName: demo-tool\nVersion: 1.5\n\nA tool.\n'),
    at(`${info}/WHEEL`, 'Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
    at(`${info}/entry_points.txt`, '[console_scripts]\ndemo = demo:main\n'),
  ]
  writeFileSync(
    wheel,
    zipOf([
      ...inWheel,
      at(
        `${info}/RECORD`,
        [...inWheel.map(({ name }) => (name.includes(',') ? `"${name}",,` : `${name},,`)), `${info}/RECORD,,`, ''].join(
          '\n',
        ),
      ),
    ]),
  )
  const pip = join(venv, 'bin/pip')
  await succeed(pip, ['install', '--no-index', wheel])
  const listed = JSON.parse(await succeed(pip, ['list', '--format', 'json'], { env })) as {
    name: string
    version: string
  }[]
  const { packages, complete } = await packagesIn(tar('--create', '--file', '-', '--directory', venv, '.'))
  const all = (): number => bytesOf(filesBelow(venv))
  const expected: string[] = []
  // pip itself is removed last.
  for (const { name, version } of listed.toSorted((a, b) => Number(a.name === 'pip') - Number(b.name === 'pip'))) {
    const before = all()
    await succeed(join(venv, 'bin/python'), ['-m', 'pip', 'uninstall', '--yes', name], { env })
    expected.push(`pypi ${name} ${version} ${before - all()}`)
  }
  expect(complete).toBe(true)
  expect(packages.map(lineOf).toSorted()).toEqual(expected.toSorted())
  expect(expected.length).toBeGreaterThan(1)
})

test('npm: finds the packages and places that `npm query` lists in this repository', async () => {
  const scopes = ['@actions', '@babel', '@octokit', '@types']
  const told = JSON.parse(await succeed('npm', ['query', '*', '--offline'], { cwd: root })) as {
    name: string
    version: string
    location: string
  }[]
  const here = told.filter(({ location }) => scopes.some((scope) => location.startsWith(`node_modules/${scope}/`)))
  const sums = new Map(here.map(({ location }) => [location, 0]))
  for (const path of scopes.flatMap((scope) => filesBelow(join(root, 'node_modules', scope)))) {
    const owner = here
      .map(({ location }) => location)
      .filter((location) => path.startsWith(`${join(root, location)}/`))
      .toSorted((a, b) => b.length - a.length)[0]
    if (owner !== undefined) sums.set(owner, (sums.get(owner) ?? 0) + lstatSync(path).size)
  }
  const { packages } = await packagesIn(
    tar(
      '--create',
      '--file',
      '-',
      '--hard-dereference',
      '--directory',
      root,
      ...scopes.map((scope) => `node_modules/${scope}`),
    ),
  )
  expect(packages.map((one) => `${one.path} ${lineOf(one)}`).toSorted()).toEqual(
    here
      .map(({ name, version, location }) => `${location} npm ${name} ${version} ${sums.get(location) ?? 0}`)
      .toSorted(),
  )
  expect(packages.length).toBeGreaterThan(20)
})

testWith('dpkg')('dpkg: finds the files that `dpkg -L` lists', async () => {
  const all = (
    await succeed('dpkg-query', [
      '--show',
      '--showformat',
      '${binary:Package} ${Package} ${Version} ${Priority} ${db:Status-Abbrev}\n',
    ])
  )
    .trim()
    .split('\n')
  const some = all
    .map((line) => line.split(' '))
    .filter(([, , , priority, status]) => priority === 'required' && status === 'ii')
  const expected: string[] = []
  const paths = new Set<string>(['/var/lib/dpkg/status'])
  for (const [binary = '', name = '', version = ''] of some) {
    // The real path: `/lib/x` of a list is `/usr/lib/x` in a layer.
    const files = (await succeed('dpkg', ['-L', binary]))
      .split('\n')
      .filter((path) => path.startsWith('/') && lstatSync(path, { throwIfNoEntry: false })?.isFile() === true)
      .map((path) => join(realpathSync(dirname(path)), basename(path)))
    const bytes = bytesOf(files)
    if (bytes > 0) expected.push(`deb ${name} ${version} ${bytes}`)
    const lists = [`${binary}.list`, `${name}.list`]
      .map((list) => join('/var/lib/dpkg/info', list))
      .filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    for (const path of [...files, ...lists]) paths.add(path)
  }
  const list = join(folder, 'list')
  writeFileSync(list, [...paths].map((path) => path.slice(1)).join('\n'))
  const { packages, index } = await packagesIn(tar('--create', '--file', '-', '--directory', '/', '--files-from', list))
  expect(packages.map(lineOf).toSorted()).toEqual(expected.toSorted())
  expect(packages.length).toBeGreaterThan(20)
  expect(index.fileBytes).toBe(bytesOf(paths))
})

testWith('go')(
  'Go: finds the modules and versions that `go version -m` lists',
  async () => {
    const made = make('go', {
      'go.mod':
        'module example.org/served\ngo 1.21\nrequire example.org/dep v1.2.3\nreplace example.org/dep => ./dep\n',
      'cmd/served/main.go':
        'package main\n\nimport (\n\t"fmt"\n\n\t"example.org/dep"\n)\n\nfunc main() { fmt.Println(dep.Text) }\n',
      'dep/go.mod': 'module example.org/dep\ngo 1.21\n',
      'dep/dep.go': 'package dep\n\nconst Text = "\\xff Go buildinf:"\n',
    })
    const env = { GOFLAGS: '-mod=mod', GOPROXY: 'off', CGO_ENABLED: '0' }
    const flags: Readonly<Record<string, readonly string[]>> = {
      plain: [],
      stripped: ['-ldflags=-s -w'],
      pie: ['-buildmode=pie'],
    }
    for (const [name, some] of Object.entries(flags))
      await succeed('go', ['build', ...some, '-o', `${name}/bin/${name}`, './cmd/served'], { cwd: made, env })
    await succeed('go', ['build', '-o', 'big-endian/bin/big-endian', './cmd/served'], {
      cwd: made,
      env: { ...env, GOARCH: 's390x' },
    })
    for (const name of [...Object.keys(flags), 'big-endian']) {
      const binary = join(made, name, 'bin', name)
      const [first = '', ...lines] = (await succeed('go', ['version', '-m', binary])).trim().split('\n')
      const field = (word: string): string =>
        lines.map((line) => line.trim().split('\t')).find(([found]) => found === word)?.[1] ?? ''
      const archive = tar('--create', '--file', '-', '--directory', join(made, name), 'bin')
      const { packages } = await packagesIn(archive)
      expect(packages).toEqual([
        {
          ecosystem: 'golang',
          name: field('path'),
          version: null,
          path: `bin/${name}`,
          fileBytes: lstatSync(binary).size,
          files: 1,
          // It was replaced by a folder, which has no version.
          parts: [
            { name: 'stdlib', version: first.slice(first.lastIndexOf(' ') + 1), fileBytes: null },
            { name: field('dep'), version: null, fileBytes: null },
          ],
        },
      ])
      // However the bytes are split.
      expect((await packagesIn(archive, [1_013, 7, 65_536])).packages).toEqual(packages)
    }
    expect((await run(join(made, 'plain/bin/plain'), [])).stdout).toContain(' Go buildinf:')
  },
  300_000,
)

testWith(
  'rustc',
  'gcc',
  'readelf',
  'python',
)(
  'Rust: finds the crates in the section that `cargo auditable` adds, as readelf and zlib read it',
  async () => {
    const made = make('rust', { 'main.rs': 'fn main() { println!("{:?}", std::env::args()); }\n' })
    // The same that `cargo auditable` does: it compresses the list, and links an object that only has this section.
    const crates = Array.from({ length: 400 }, (_, nth) => ({
      name: `crate-${nth}`,
      version: `1.${nth}.0`,
      source: 'crates.io',
      ...(nth % 7 === 0 ? { kind: 'build' } : {}),
    }))
    const packages = [...crates, { name: 'served', version: '0.4.2', source: 'local', root: true }]
    writeFileSync(join(made, 'list.zlib'), deflateSync(JSON.stringify({ packages })))
    writeFileSync(join(made, 'list.s'), '.section .dep-v0,"",@progbits\n.globl list\nlist: .incbin "list.zlib"\n')
    await succeed('gcc', ['-c', '-o', 'list.o', 'list.s'], { cwd: made })
    const bfd = ['-C', 'link-arg=-fuse-ld=bfd']
    const flags: Readonly<Record<string, readonly string[]>> = {
      // As in Cargo's release profile.
      plain: ['-C', 'strip=debuginfo'],
      stripped: ['-C', 'strip=symbols'],
      'gnu-ld': ['-C', 'strip=debuginfo', ...bfd],
      'gnu-ld-stripped': ['-C', 'strip=symbols', ...bfd],
      static: ['-C', 'strip=symbols', '-C', 'target-feature=+crt-static'],
      small: ['-C', 'strip=symbols', '-C', 'panic=abort', '-C', 'opt-level=z', '-C', 'lto=fat'],
      debug: ['-C', 'debuginfo=2'],
    }
    for (const [name, some] of Object.entries(flags)) {
      const binary = join(made, name, 'bin', name)
      mkdirSync(dirname(binary), { recursive: true })
      await succeed('rustc', ['-C', 'link-args=list.o -Wl,--undefined=list', ...some, '-o', binary, 'main.rs'], {
        cwd: made,
      })
      const { packages: listed } = JSON.parse(await succeed('python3', ['-c', asZlibSays, binary])) as {
        packages: typeof packages
      }
      expect(listed).toHaveLength(401)
      const archive = tar('--create', '--file', '-', '--directory', join(made, name), 'bin')
      const { packages: found } = await packagesIn(archive)
      if (name === 'debug') {
        // Linkers put debug information before the list. Then the list is not looked for.
        expect(found).toEqual([])
        continue
      }
      expect(found).toEqual([
        {
          ecosystem: 'cargo',
          name: 'served',
          version: '0.4.2',
          path: `bin/${name}`,
          fileBytes: lstatSync(binary).size,
          files: 1,
          parts: listed
            .filter((one) => !('root' in one) && !('kind' in one))
            .map(({ name: crate, version }) => ({ name: crate, version, fileBytes: null })),
        },
      ])
      // However the bytes are split.
      expect((await packagesIn(archive, [1_013, 7, 65_536])).packages).toEqual(found)
    }
  },
  300_000,
)

/** Prints the list of crates of a program: the bytes of the section that readelf dumps, as Python's zlib inflates them. */
const asZlibSays = `
import re, subprocess, sys, zlib
dump = subprocess.check_output(['readelf', '--hex-dump=.dep-v0', sys.argv[1]], text=True)
print(zlib.decompress(bytes.fromhex(''.join(re.findall('^  0x[0-9a-f]{8} (.{35})', dump, re.M)))).decode())
`

testWith('gem')('RubyGems: finds the files that `gem contents` lists', async () => {
  const home = join(folder, 'gems')
  const gems = [
    ['http-2', '1.0.0'],
    ['some_gem', '0.3.1'],
  ] as const
  for (const [name, version] of gems) {
    const made = make(`src-${name}`, {
      [`lib/${name}.rb`]: `# ${'x'.repeat(1_000)}\n`,
      'README.md': name,
      [`${name}.gemspec`]: `Gem::Specification.new do |s|\n s.name='${name}'\n s.version='${version}'\n s.summary='x'\n s.authors=['x']\n s.files=Dir['lib/*.rb']+['README.md']\nend\n`,
    })
    await succeed('gem', ['build', `${name}.gemspec`, '--silent'], { cwd: made })
    await succeed(
      'gem',
      ['install', '--local', '--no-document', '--force', '--install-dir', home, `${name}-${version}.gem`],
      { cwd: made },
    )
  }
  const { packages } = await packagesIn(tar('--create', '--file', '-', '--directory', folder, 'gems'))
  const expected = await Promise.all(
    gems.map(async ([name, version]) => {
      const files = (
        await succeed('gem', ['contents', name, '--version', version], { env: { GEM_HOME: home, GEM_PATH: home } })
      )
        .trim()
        .split('\n')
      return `gem ${name} ${version} ${bytesOf(files)}`
    }),
  )
  expect(packages.map(lineOf).toSorted()).toEqual(expected.toSorted())
})

testWith('rpmbuild')(
  'rpm: finds the versions and files that `rpm` lists, in each format of the database',
  async () => {
    const image = join(folder, 'image')
    const made = join(folder, 'rpm')
    const definitions = (format: string): readonly string[] =>
      Object.entries({ _topdir: made, _db_backend: format, _dbpath: '/var/lib/rpm' }).flatMap(([name, value]) => [
        '--define',
        `${name} ${value}`,
      ])
    const define = definitions('sqlite')
    mkdirSync(image, { recursive: true })
    // Lists that continue over many pages of the database.
    const many = Array.from(
      { length: 500 },
      (_, nth) => `/usr/share/many/folder-${nth % 50}/file-${'x'.repeat(60)}-${nth}`,
    )
    const specs: Readonly<Record<string, readonly string[]>> = { small: ['/usr/bin/small', '/usr/lib/small/a'], many }
    for (const [name, files] of Object.entries(specs)) {
      make('rpm', {
        [`${name}.spec`]: [
          `Name: ${name}`,
          'Version: 1.2',
          'Release: 3',
          ...(name === 'small' ? ['Epoch: 4'] : []),
          'Summary: x',
          'License: x',
          'BuildArch: noarch',
          '%description',
          'x',
          '%install',
          ...files.flatMap((path) => [`mkdir -p %{buildroot}${dirname(path)}`, `echo ${path} >%{buildroot}${path}`]),
          '%files',
          ...files,
        ].join('\n'),
      })
      await succeed('rpmbuild', [...define, '-bb', '--quiet', join(made, `${name}.spec`)])
      await succeed('rpm', [
        ...define,
        '--root',
        image,
        '--install',
        '--nodeps',
        '--ignorearch',
        '--ignoreos',
        join(made, 'RPMS/noarch', `${name}-1.2-3.noarch.rpm`),
      ])
    }
    const listed = async (format: string): Promise<readonly string[]> => {
      const query = ['--root', image, '-qa', '--queryformat', '#%{NAME} %{EVR}\n[%{FILENAMES}\n]']
      const [, ...packages] = (await succeed('rpm', [...definitions(format), ...query])).split('#')
      return packages
        .map((text) => {
          const [line = '', ...files] = text.trim().split('\n')
          return `rpm ${line} ${bytesOf(files.map((path) => join(image, path)))}`
        })
        .toSorted()
    }
    const found = async (): Promise<readonly string[]> =>
      (await packagesIn(tar('--create', '--file', '-', '--directory', image, '.'))).packages.map(lineOf).toSorted()
    const expected = await listed('sqlite')
    expect(expected).toHaveLength(2)
    expect(await found()).toEqual(expected)

    // This machine's rpm writes only SQLite, so the other formats are made from the headers that it exports.
    const headers = headersIn(execFileSync('rpmdb', [...define, '--root', image, '--exportdb']))
    const database = join(image, 'var/lib/rpm')
    const replaced = (name: string, bytes: Buffer): void => {
      rmSync(database, { recursive: true })
      mkdirSync(database)
      writeFileSync(join(database, name), bytes)
    }
    replaced('Packages.db', ndbOf(headers))
    expect(await found()).toEqual(expected)
    replaced('Packages', berkeleyDbOf(headers))
    expect(await found()).toEqual(expected)
    expect(await listed('bdb_ro')).toEqual(expected)
  },
  300_000,
)

/** What the metadata of each ecosystem says, and which package each byte belongs to. */
import { describe, expect, test } from '@jest/globals'
import { linesOf, packagesOf, tarOf, packagesIn } from '../support/packages.ts'
import { zipOf } from '../support/zip.ts'

const metadata = (name: string, version: string): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\nName: another\n`

describe('Python', () => {
  const site = 'usr/lib/python3/site-packages'

  test.each(['root/.cache/uv/archive-v0/Xy-1', 'cache/archive-v1/a'])(
    'leaves a copy in a cache of uv to the cache: %s',
    async (cache) => {
      const copy = { [`${cache}/one/a.py`]: 10, [`${cache}/one-1.0.dist-info/METADATA`]: metadata('one', '1.0') }
      const installed = { [`${site}/one/a.py`]: 10, [`${site}/one-1.0.dist-info/METADATA`]: metadata('one', '1.0') }
      const paths = async (files: Parameters<typeof packagesOf>[0]) => (await packagesOf(files)).map(({ path }) => path)
      expect(await paths({ ...copy, ...installed })).toEqual([`${site}/one-1.0.dist-info`])
      // Without another copy of this version, something may use it.
      expect(await paths(copy)).toEqual([`${cache}/one-1.0.dist-info`])
      const other = { [`${site}/one-2.0.dist-info/METADATA`]: metadata('one', '2.0') }
      expect(await paths({ ...copy, ...other })).toHaveLength(2)
      // An environment of a tool is used as it is.
      const tool = `${cache}/lib/python3/site-packages/one-1.0.dist-info`
      expect(await paths({ ...installed, [`${tool}/METADATA`]: metadata('one', '1.0') })).toHaveLength(2)
    },
  )

  test('reads a dist-info with its record, scripts outside, compiled files and libraries', async () => {
    const record =
      'pkg/__init__.py,sha256=a,10\r\n"pkg/a,b.txt",,\r\n../../../bin/tool,,\nPkg_One-1.0.dist-info/METADATA,,\n'
    expect(
      await linesOf({
        'usr/bin/tool': 7,
        'usr/bin/other': 1,
        [`${site}/pkg/__init__.py`]: 10,
        [`${site}/pkg/__pycache__/__init__.cpython-313.pyc`]: 20,
        [`${site}/pkg/__pycache__/__init__.cpython-313.opt-1.pyc`]: 21,
        [`${site}/pkg/__pycache__/gone.cpython-313.pyc`]: 1_000,
        [`${site}/pkg/a,b.txt`]: 40,
        [`${site}/pkg/not-recorded.txt`]: 2_000,
        [`${site}/Pkg_One-1.0.dist-info/METADATA`]: metadata('Pkg.One', '1.0'),
        [`${site}/Pkg_One-1.0.dist-info/RECORD`]: record,
        [`${site}/Pkg_One-1.0.dist-info/INSTALLER`]: 'uv',
        [`${site}/Pkg_One.libs/liba.so`]: 100,
      }),
    ).toEqual([
      `pypi Pkg.One 1.0 ${7 + 10 + 20 + 21 + 40 + 100 + 2 + metadata('Pkg.One', '1.0').length + record.length}`,
    ])
  })

  test('counts files in a _vendor folder for the package that brings them', async () => {
    const record = [
      'pip/_vendor/rich/a.py',
      'pip/_vendor/rich-13.0.dist-info/METADATA',
      'pip-25.3.dist-info/RECORD',
    ].join('\n')
    const found = await packagesOf({
      [`${site}/pip/_vendor/rich/a.py`]: 500,
      [`${site}/pip/_vendor/rich-13.0.dist-info/METADATA`]: metadata('rich', '13.0'),
      [`${site}/pip/_vendor/rich-13.0.dist-info/RECORD`]: 'rich/a.py,,\n',
      [`${site}/pip-25.3.dist-info/METADATA`]: metadata('pip', '25.3'),
      [`${site}/pip-25.3.dist-info/RECORD`]: record,
    })
    expect(found.map(({ name, version, path, files }) => [name, version, path, files])).toEqual([
      ['pip', '25.3', `${site}/pip-25.3.dist-info`, 4],
    ])
  })

  test.each([
    [
      'reads an egg-info of several files',
      {
        [`${site}/old-2.0.egg-info/PKG-INFO`]: metadata('old', '2.0'),
        [`${site}/old-2.0.egg-info/installed-files.txt`]: '../old.py\n../../../../bin/old\nPKG-INFO\n',
        [`${site}/old.py`]: 30,
        'usr/bin/old': 4,
      },
      `pypi old 2.0 ${30 + 4 + metadata('old', '2.0').length + 39}`,
    ],
    [
      'reads an egg-info of one file',
      { [`${site}/old-2.0.egg-info`]: metadata('old', '2.0'), [`${site}/old.py`]: 30 },
      `pypi old 2.0 ${metadata('old', '2.0').length}`,
    ],
    [
      'reads an egg',
      {
        [`${site}/old-2.0-py3.13.egg/EGG-INFO/PKG-INFO`]: metadata('old', '2.0'),
        [`${site}/old-2.0-py3.13.egg/old/a.py`]: 30,
      },
      `pypi old 2.0 ${30 + metadata('old', '2.0').length}`,
    ],
  ])('%s', async (_, files, line) => {
    expect(await linesOf(files)).toEqual([line])
  })
})

describe('npm', () => {
  test('reads packages with and without a scope, nested ones, and skips stubs', async () => {
    const found = await packagesOf({
      'app/node_modules/a/package.json': '{"name":"another","version":"1.0.0"}',
      'app/node_modules/a/lib/esm/package.json': '{"type":"module"}',
      'app/node_modules/a/node_modules/b/package.json': '{"version":"0.1.0"}',
      'app/node_modules/a/node_modules/b/x.js': 300,
      'app/node_modules/@scope/c/package.json': '{"version":"2.0.0"}',
      'app/node_modules/@scope/c/x.js': 200,
      'app/node_modules/broken/package.json': '{',
      'app/node_modules/.bin/a': 10,
      'app/node_modules/no-manifest/x.js': 10,
      'app/package.json': '{"version":"9.0.0"}',
    })
    expect(found.map(({ name, version, path, fileBytes, files }) => [name, version, path, fileBytes, files])).toEqual([
      ['b', '0.1.0', 'app/node_modules/a/node_modules/b', 319, 2],
      ['@scope/c', '2.0.0', 'app/node_modules/@scope/c', 219, 2],
      ['a', '1.0.0', 'app/node_modules/a', 53, 2],
      ['broken', null, 'app/node_modules/broken', 1, 1],
    ])
  })

  test('counts bundled packages for the package that bundles them', async () => {
    expect(
      await linesOf({
        'usr/local/lib/node_modules/npm/package.json': '{"version":"11.0.0","bundleDependencies":["tar"]}',
        'usr/local/lib/node_modules/npm/node_modules/tar/package.json': '{"version":"7.0.0"}',
        'usr/local/lib/node_modules/npm/node_modules/tar/x.js': 1_000,
      }),
    ).toEqual(['npm npm 11.0.0 1068'])
  })

  test("counts files of pnpm's store for the package that links to them", async () => {
    const at = (id: string, name: string): string => `usr/src/app/node_modules/.pnpm/${id}/node_modules/${name}`
    expect(
      await linesOf({
        'root/store/v3/files/00/aa': 5_000,
        'root/store/v3/files/00/bb': '{"version":"3.0.0"}',
        'root/store/v3/files/00/cc': 700,
        'root/store/v3/files/00/dd': 30,
        [`${at('d@3.0.0', 'd')}/package.json`]: { link: 'root/store/v3/files/00/bb' },
        [`${at('d@3.0.0', 'd')}/x.js`]: { link: '/root/store/v3/files/00/aa' },
        [`${at('@s+e@1.2.3_peer@4.0.0', '@s/e')}/package.json`]: { link: 'root/store/v3/files/00/dd' },
        [`${at('f@2.0.0(peer@4.0.0)', 'f')}/package.json`]: '{"version":"2.0.0"}',
      }),
    ).toEqual(['npm d 3.0.0 5019', 'npm @s/e 1.2.3 30', 'npm f 2.0.0 19'])
  })

  test("leaves a copy in Yarn's cache to the cache", async () => {
    const hash = '77b8'.repeat(10)
    const cached = `usr/local/share/.cache/yarn/v6/npm-jose-5.9.6-${hash}-integrity/node_modules/jose/package.json`
    const files = { [cached]: '{"version":"5.9.6"}', 'app/node_modules/jose/package.json': '{"version":"5.9.6"}' }
    expect(await linesOf(files)).toEqual(['npm jose 5.9.6 19'])
    expect(await linesOf({ [cached]: '{"version":"5.9.6"}' })).toEqual(['npm jose 5.9.6 19'])
    // `yarn install --cache-folder /tmp/yc`
    const elsewhere = { [`tmp/yc/v6/npm-jose-5.9.6-${hash}/node_modules/jose/package.json`]: '{"version":"5.9.6"}' }
    expect(await linesOf({ ...files, ...elsewhere })).toEqual(['npm jose 5.9.6 19'])
    const installed = 'app/api/v2/npm-proxy/node_modules/jose/package.json'
    expect(await linesOf({ ...files, [installed]: '{"version":"5.9.6"}' })).toHaveLength(2)
  })

  test('reads the archives of yarn 4 by their names', async () => {
    const folders = ['node_modules/', 'node_modules/@aws-sdk/', 'node_modules/@aws-sdk/client-s3/'].map((name) => ({
      name,
      bytes: Buffer.alloc(0),
      stored: true,
    }))
    const archive = zipOf([...folders, { name: 'node_modules/@aws-sdk/client-s3/license', bytes: Buffer.from('x') }])
    const files = {
      'app/.yarn/cache/jose-npm-5.9.6-8196c83d4f-d6bcd8c7d6.zip': 70,
      'app/.yarn/cache/@aws-sdk-client-s3-npm-3.0.0-beta.1-ee6b6a0f2b-6d43a916d7.zip': archive,
      'app/.yarn/cache/typescript-patch-6dbbc4b8a1-d0c8f7e1a2.zip': 60,
      'app/.yarn/cache/notes.zip': 7,
      'app/.yarn/cache/x-patch-notes.zip': 7,
      'app/x-npm-1.0.0-a.zip': 7,
    }
    expect(await linesOf(files)).toEqual([
      `npm @aws-sdk/client-s3 3.0.0-beta.1 ${archive.length}`,
      'npm jose 5.9.6 70',
      'npm typescript ? 60',
    ])
  })
})

describe('Debian', () => {
  const status = [
    'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\nVersion: 2.36-9\nDescription: C\n .\n Version: 1\n',
    'Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1.0\n',
    'Package: below\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:3.0\n',
    'Package: python3-six\nStatus: install ok installed\nArchitecture: all\nVersion: 1.16.0-4\n',
  ].join('\n')

  test('reads lists and versions, takes /lib for /usr/lib, and counts contained packages for the Debian package', async () => {
    const found = await packagesOf({
      'lib/x86_64-linux-gnu/libc.so.6': 100,
      'usr/lib/x86_64-linux-gnu/libm.so.6': 50,
      'usr/share/doc/libc6/copyright': 7,
      'usr/share/doc/other': 1_000,
      'usr/lib/python3/dist-packages/six.py': 30,
      'usr/lib/python3/dist-packages/__pycache__/six.cpython-311.pyc': 31,
      'usr/lib/python3/dist-packages/six-1.16.0.egg-info': metadata('six', '1.16.0'),
      'etc/gone.conf': 3,
      'var/lib/dpkg/info/libc6:amd64.list':
        '/.\n/usr\n/usr/lib/x86_64-linux-gnu/libc.so.6\n/lib/x86_64-linux-gnu/libm.so.6\n/usr/share/doc\n/usr/share/doc/libc6/copyright\n',
      'var/lib/dpkg/info/gone.list': '/etc/gone.conf\n',
      'var/lib/dpkg/info/python3-six.list':
        '/usr/lib/python3/dist-packages/six.py\n/usr/lib/python3/dist-packages/six-1.16.0.egg-info\n',
      'var/lib/dpkg/status': status,
    })
    expect(
      found.map(({ ecosystem, name, version, fileBytes, files, path }) => [
        ecosystem,
        name,
        version,
        fileBytes,
        files,
        path,
      ]),
    ).toEqual([
      ['deb', 'libc6', '2.36-9', 157, 3, 'var/lib/dpkg/info/libc6:amd64.list'],
      [
        'deb',
        'python3-six',
        '1.16.0-4',
        61 + metadata('six', '1.16.0').length,
        3,
        'var/lib/dpkg/info/python3-six.list',
      ],
      // Its version is no longer known.
      ['deb', 'gone', null, 3, 1, 'var/lib/dpkg/info/gone.list'],
    ])
  })

  test('names installed packages without files, such as metapackages', async () => {
    const { packages, withoutFiles } = await packagesIn(
      tarOf(
        Object.entries({
          'var/lib/dpkg/status': `${status}\nPackage: postgresql-client\nStatus: install ok installed\nVersion: 17\n`,
          'var/lib/dpkg/info/postgresql-client.list': '/.\n/usr\n',
          'var/lib/dpkg/info/gone.list': '/.\n',
          'var/lib/dpkg/info/python3-six.list': '/.\n/six.py\n',
          'six.py': 5,
        }),
      ),
    )
    expect(withoutFiles).toEqual(['postgresql-client'])
    expect(packages.map(({ name }) => name)).toEqual(['python3-six'])
  })

  test('reads distroless images', async () => {
    expect(
      await linesOf({
        'usr/bin/openssl': 90,
        'var/lib/dpkg/status.d/openssl': 'Package: openssl\nVersion: 3.0.15\nDescription: x\n',
        'var/lib/dpkg/status.d/openssl.md5sums': 'd41d8cd98f00b204e9800998ecf8427e  usr/bin/openssl\n',
      }),
    ).toEqual(['deb openssl 3.0.15 90'])
  })

  test('finds no packages in a later layer that has only the status file', async () => {
    expect(await linesOf({ 'usr/bin/a': 10, 'var/lib/dpkg/status': status })).toEqual([])
  })
})

test.each(['lib/apk/db/installed', 'usr/lib/apk/db/installed'])(
  'reads the database of Alpine at %s',
  async (database) => {
    const installed =
      'C:Q1x\nP:musl\nV:1.2.5-r0\nA:x86_64\nI:999999\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\nF:etc\n\nP:busybox\nV:1.36\nF:bin\nR:busybox\nR:gone\n'
    expect(
      await linesOf({ 'lib/ld-musl-x86_64.so.1': 60, 'bin/busybox': 80, 'bin/other': 1, [database]: installed }),
    ).toEqual(['apk busybox 1.36 80', 'apk musl 1.2.5-r0 60'])
  },
)

test('counts files for conda rather than for the dist-info that they include', async () => {
  expect(
    await linesOf({
      'opt/conda/lib/python3.13/site-packages/x.py': 50,
      'opt/conda/lib/python3.13/site-packages/x-1.0.dist-info/METADATA': metadata('x', '1.0'),
      'opt/conda/lib/python3.13/site-packages/x-1.0.dist-info/RECORD': 'x.py,,\n',
      'opt/conda/conda-meta/x-1.0-py_0.json': JSON.stringify({
        name: 'x',
        version: '1.0',
        files: ['lib/python3.13/site-packages/x.py', 7],
      }),
      'opt/conda/conda-meta/history.json': '[]',
    }),
  ).toEqual([`pypi x 1.0 ${metadata('x', '1.0').length + 'x.py,,\n'.length}`, 'conda x 1.0 50'])
})

test('reads Ruby gems with their names and versions, and compiled files', async () => {
  const gemspec = (name: string, version: string, platform: string): string =>
    `# -*- encoding: utf-8 -*-\n# stub: ${name} ${version} ${platform} lib\n# stub: ext/x/extconf.rb\n\nGem::Specification.new do |s|\n`
  expect(
    await linesOf({
      'usr/local/bundle/specifications/http-2-1.0.0.gemspec': gemspec('http-2', '1.0.0', 'ruby'),
      'usr/local/bundle/specifications/nokogiri-1.16.0-x86_64-linux.gemspec': gemspec(
        'nokogiri',
        '1.16.0',
        'x86_64-linux',
      ),
      'usr/local/bundle/gems/http-2-1.0.0/lib/a.rb': 11,
      'usr/local/bundle/gems/nokogiri-1.16.0-x86_64-linux/lib/a.so': 22,
      'usr/local/bundle/extensions/x86_64-linux/3.3.0/http-2-1.0.0/a.so': 100,
      'usr/local/bundle/extensions/x86_64-linux/3.3.0/http-2-1.0.0/gem.build_complete': '',
      'usr/local/bundle/gems/no-specification-1.0/a.rb': 5,
    }),
  ).toEqual(['gem http-2 1.0.0 111', 'gem nokogiri 1.16.0 22'])
})

test.each([
  [
    'reads the list of Composer 2',
    {
      packages: [
        { name: 'monolog/monolog', version: '3.7.0', 'install-path': '../monolog/monolog' },
        { name: 'far/away', 'install-path': '../../../../../etc' },
        7,
      ],
    },
  ],
  ['reads the list of Composer 1', [{ name: 'monolog/monolog', version: '3.7.0' }]],
])('%s', async (_, installed) => {
  expect(
    await linesOf({
      'app/vendor/composer/installed.json': JSON.stringify(installed),
      'app/vendor/monolog/monolog/src/a.php': 40,
      'app/vendor/bin/x': 4,
    }),
  ).toEqual(['composer monolog/monolog 3.7.0 40'])
})

describe('Java', () => {
  const properties = (artifact: string, version: string): { name: string; bytes: Buffer } => ({
    name: `META-INF/maven/org.example/${artifact}/pom.properties`,
    bytes: Buffer.from(`#Generated\nversion=${version}\ngroupId=org.example\nartifactId=${artifact}\n`),
  })
  const jarOf = async (path: string, archive: Buffer): Promise<unknown> =>
    (await packagesOf({ [path]: archive })).map(({ name, version, parts }) => [name, version, parts])

  test.each([
    [
      'reads the version from the name, and the coordinates',
      'a/core-2.1.0.jar',
      zipOf([properties('core', '9')]),
      ['org.example:core', '2.1.0', []],
    ],
    [
      'reads the version from the coordinates if the name has none',
      'a/core.jar',
      zipOf([properties('core', '2.1.0')]),
      ['org.example:core', '2.1.0', []],
    ],
    [
      'ignores coordinates of libraries merged into it',
      'a/app.jar',
      zipOf([
        { name: 'META-INF/MANIFEST.MF', bytes: Buffer.from('Manifest-Version: 1.0\r\nImplementation-Version: 5\r\n') },
        properties('core', '1'),
      ]),
      ['app', '5', []],
    ],
    [
      'reads the name if the archive has no directory',
      'a/some-lib-1.2.3-SNAPSHOT.jar',
      Buffer.alloc(500),
      ['some-lib', '1.2.3-SNAPSHOT', []],
    ],
    [
      'reads a name that contains a version',
      'a/log4j-1.2-api-2.17.1.jar',
      zipOf([{ name: 'x', bytes: Buffer.from('x') }]),
      ['log4j-1.2-api', '2.17.1', []],
    ],
    [
      'reads a name that contains a version from the coordinates that fit it best',
      'a/spec-1.1-api-2.jar',
      zipOf([properties('spec', '9'), properties('spec-1.1-api', '2')]),
      ['org.example:spec-1.1-api', '2', []],
    ],
    [
      'reads a version with a qualifier',
      'a/parser-1.0-beta-2.1-20200101.120000-1.jar',
      zipOf([{ name: 'x', bytes: Buffer.from('x') }]),
      ['parser', '1.0-beta-2.1-20200101.120000-1', []],
    ],
    [
      'reads a version for a platform',
      'a/netty-transport-native-epoll-4.1.100.Final-linux-x86_64.jar',
      zipOf([{ name: 'x', bytes: Buffer.from('x') }]),
      ['netty-transport-native-epoll', '4.1.100.Final-linux-x86_64', []],
    ],
    [
      'reads an archive with a comment at its end',
      'a/core.jar',
      zipOf([properties('core', '2')], 'a comment'),
      ['org.example:core', '2', []],
    ],
  ])('%s', async (_, path, archive, expected) => {
    expect(await jarOf(path, archive)).toEqual([expected])
  })

  test('lists the archives in a large one, with their bytes', async () => {
    const large = zipOf([
      { name: 'META-INF/MANIFEST.MF', bytes: Buffer.from('Implementation-Version: 1.0\n') },
      { name: 'BOOT-INF/lib/spring-core-6.1.2.jar', bytes: Buffer.alloc(3_000_000, 'x'), stored: true },
      { name: 'BOOT-INF/lib/plain.jar', bytes: Buffer.alloc(10), stored: true },
    ])
    const [found] = await packagesOf({ 'app.jar': large })
    expect(found).toEqual({
      ecosystem: 'maven',
      name: 'app',
      version: '1.0',
      path: 'app.jar',
      fileBytes: large.length,
      files: 1,
      parts: [
        { name: 'spring-core', version: '6.1.2', fileBytes: 3_000_000 },
        { name: 'plain', version: null, fileBytes: 10 },
      ],
    })
  })

  test('does not take a file without a version that is no archive for a package', async () => {
    expect(await linesOf({ 'a/app.jar': 4_000 })).toEqual([])
  })
})

test("reads Go's module cache: sources, archives and escaped names", async () => {
  const cache = 'go/pkg/mod/cache/download'
  expect(
    await linesOf({
      [`${cache}/github.com/!burnt!sushi/toml/@v/v1.4.0.mod`]: 7,
      [`${cache}/github.com/!burnt!sushi/toml/@v/v1.4.0.zip`]: 100,
      [`${cache}/github.com/!burnt!sushi/toml/@v/v1.4.0.ziphash`]: 47,
      [`${cache}/github.com/!burnt!sushi/toml/@v/v1.3.0.mod`]: 7,
      [`${cache}/github.com/!burnt!sushi/toml/@v/list`]: 1,
      'go/pkg/mod/github.com/!burnt!sushi/toml@v1.4.0/decode.go': 1_000,
      'go/pkg/mod/github.com/!burnt!sushi/toml@v1.4.0/vendor/go.mod': 3,
      [`${cache}/golang.org/x/text/@v/v0.3.0.mod`]: 9,
      'src/go.mod': 20,
    }),
  ).toEqual(['golang github.com/BurntSushi/toml v1.4.0 1157'])
})

test("reads Cargo's sources and archives", async () => {
  const toml =
    '# generated\n[package]\nedition = "2021"\nname = "serde-json"\nversion = "1.0.128"\n\n[dependencies.itoa]\nversion = "1.0"\n'
  expect(
    await linesOf({
      'root/.cargo/registry/src/index.crates.io-1949cf8c/serde-json-1.0.128/Cargo.toml': toml,
      'root/.cargo/registry/src/index.crates.io-1949cf8c/serde-json-1.0.128/src/lib.rs': 500,
      'root/.cargo/registry/cache/index.crates.io-1949cf8c/serde-json-1.0.128.crate': 40,
      'app/Cargo.toml': toml,
    }),
  ).toEqual([`cargo serde-json 1.0.128 ${540 + toml.length}`])
})

test('counts a file for the package whose record lists it, whatever folder it is in', async () => {
  expect(
    await linesOf({
      'site-packages/lab/static/node_modules/a/package.json': '{"version":"1.0.0"}',
      'site-packages/lab-4.0.dist-info/METADATA': metadata('lab', '4.0'),
      'site-packages/lab-4.0.dist-info/RECORD': 'lab/static/node_modules/a/package.json,,\n',
    }),
  ).toEqual([`pypi lab 4.0 ${19 + metadata('lab', '4.0').length + 41}`])
})

test('counts both entries of a path that is in the archive twice, as the layer does', async () => {
  const file = ['node_modules/a/package.json', '{"version":"1.0.0"}'] as const
  const { packages, index } = await packagesIn(tarOf([file, file]))
  expect(packages).toMatchObject([{ name: 'a', fileBytes: 38, files: 2 }])
  expect(index.fileBytes).toBe(38)
})

test('finds no package in whiteouts and in files without metadata', async () => {
  expect(
    await linesOf({ 'node_modules/.wh.a': '', 'node_modules/b/.wh.package.json': '', 'node_modules/b/index.js': 10 }),
  ).toEqual([])
})

test('cuts long names and versions, and interprets nothing in them', async () => {
  const [found] = await packagesOf({
    's/x-1.dist-info/METADATA': `Name: <script>\u001b[31m${'n'.repeat(500)}\nVersion: ${'1'.repeat(500)}\n`,
  })
  expect([found?.name.length, found?.version?.length, found?.name.startsWith('<script>\u001b[31m')]).toEqual([
    200,
    100,
    true,
  ])
})

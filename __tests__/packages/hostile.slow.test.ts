/**
 * The worst metadata: the work grows linearly with its length, memory is limited, and the list of packages says if
 * something was left out. What is counted are steps, which are the same on every machine.
 */
import { deflateSync } from 'node:zlib'
import { describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { valuesOfBerkeleyDb } from '../../src/packages/berkeley-db.ts'
import { PackageCollector, type CollectorLimits } from '../../src/packages/package-collector.ts'
import type { LayerPackages } from '../../src/packages/package.ts'
import { PathBytes } from '../../src/packages/path-bytes.ts'
import { stepCounter } from '../support/steps.ts'
import { workDone } from '../support/work.ts'
import { berkeleyDbOf, ndbOf } from '../support/rpm-databases.ts'
import { zipOf } from '../support/zip.ts'

const countSteps = await stepCounter()

const many = (count: number, text: string | ((nth: number) => string)): string =>
  typeof text === 'string' ? text.repeat(count) : Array.from({ length: count }, (_, nth) => text(nth)).join('')

type File = readonly [path: string, content: string | Buffer]

/** Reads a layer with these files, each in several pieces. */
function collect(files: readonly File[], limits?: CollectorLimits, pieceBytes = 1_000): LayerPackages | null {
  const collector = new PackageCollector(limits)
  const entries = files.map(([path, content]) => ({ path: Buffer.from(path), bytes: Buffer.from(content) }))
  for (const { path, bytes } of entries) {
    const reader = collector.add(path.toString(), 'file', bytes.length)
    for (let at = 0; reader !== null && at < bytes.length; at += pieceBytes) {
      if (reader.wants < at + pieceBytes) reader.take(bytes.subarray(at, at + pieceBytes), at)
    }
  }
  return collector.packages((onEntry) => {
    for (const { path, bytes } of entries)
      onEntry({ kind: 'file', path, pathLength: path.length, shared: 0, fileBytes: bytes.length, linkTarget: '' })
    return true
  })
}

const info = 'site-packages/a-1.dist-info'
const record = (text: string): readonly File[] => [
  [`${info}/METADATA`, 'Name: a\nVersion: 1\n'],
  [`${info}/RECORD`, text],
]
const list = (text: string): readonly File[] => [['var/lib/dpkg/info/a.list', text]]
const apk = (text: string): readonly File[] => [['lib/apk/db/installed', text]]

/** Pages of an otherwise valid database; the first one is valid too. */
function database(pages: number, write: (page: Buffer, number: number) => void, pageBytes = 512): Buffer {
  const bytes = Buffer.alloc(pageBytes * pages)
  bytes.write('SQLite format 3\0', 'latin1')
  bytes.writeUInt16BE(pageBytes % 65_535, 16)
  // A leaf with one cell: the table Packages, whose root is page 2.
  const schema = Buffer.concat([
    Buffer.from([6, 23, 29, 29, 1, 13]),
    Buffer.from('tablePackagesPackages'),
    Buffer.from([2]),
  ])
  bytes.writeUInt8(0x0d, 100)
  bytes.writeUInt16BE(1, 103)
  bytes.writeUInt16BE(400, 108)
  Buffer.concat([Buffer.from([schema.length, 1]), schema]).copy(bytes, 400)
  for (let number = 2; number <= pages; number += 1)
    write(bytes.subarray(pageBytes * (number - 1), pageBytes * number), number)
  return bytes
}

function page(bytes: Buffer, kind: number, cells: readonly number[]): void {
  bytes[0] = kind
  bytes.writeUInt16BE(cells.length, 3)
  cells.forEach((at, nth) => bytes.writeUInt16BE(at, (kind === 5 ? 12 : 8) + 2 * nth))
}

const rpm = (bytes: Buffer): readonly File[] => [['var/lib/rpm/rpmdb.sqlite', bytes]]

/** A varint of four bytes. */
const four = (number: number): readonly number[] =>
  [21, 14, 7, 0].map((shift) => ((number >> shift) & 0x7f) | (shift === 0 ? 0 : 0x80))

/** A database with one row, whose header has these types, and which takes several pages. */
function rowDatabase(types: Buffer, values: Buffer): Buffer {
  const record = Buffer.concat([Buffer.from(four(4 + types.length)), types, values])
  const rest = 65_536 - 4
  const least = Math.floor(((65_536 - 12) * 32) / 255) - 23
  const asked = least + ((record.length - least) % rest)
  const local = record.length <= 65_501 ? record.length : asked <= 65_501 ? asked : least
  return database(
    2 + Math.ceil((record.length - local) / rest),
    (bytes, number) => {
      if (number === 2) {
        page(bytes, 13, [20])
        Buffer.from([...four(record.length), 1]).copy(bytes, 20)
        record.copy(bytes, 25, 0, local)
        if (local < record.length) bytes.writeUInt32BE(3, 25 + local)
      } else {
        bytes.writeUInt32BE(number + 1, 0)
        record.copy(bytes, 4, local + (number - 3) * rest)
      }
    },
    65_536,
  )
}

/** An rpm package: tag, type, place and count of each entry, then the values. */
function rpmHeader(entries: readonly (readonly [number, number, number, number])[], values: string): Buffer {
  const head = Buffer.alloc(8 + 16 * entries.length)
  head.writeUInt32BE(entries.length)
  entries.forEach((entry, nth) => entry.forEach((number, at) => head.writeUInt32BE(number, 8 + 16 * nth + 4 * at)))
  return Buffer.concat([head, Buffer.from(values)])
}

const rowOf = (blob: Buffer, before: readonly number[] = []): Buffer =>
  rowDatabase(Buffer.from([...before, ...four(12 + 2 * blob.length)]), blob)

/** The package `a` with the file `/b/c`, and so many more folders, entries and columns. */
function rpmPackage(more: {
  readonly folders?: number
  readonly entries?: number
  readonly columns?: number
}): readonly File[] {
  const folders = more.folders ?? 0
  const values = `a\0/b/\0${many(folders, '\0')}c\0\0\0\0\0`
  const others = Array.from({ length: more.entries ?? 0 }, (_, nth) => [5_000 + nth, 6, 0, 1] as const)
  const blob = rpmHeader(
    [[1000, 6, 0, 1], [1118, 8, 2, folders + 1], [1117, 8, 6 + folders, 1], [1116, 4, 8 + folders, 1], ...others],
    values,
  )
  return [
    ['b/c', 'x'],
    ...rpm(
      rowOf(
        blob,
        Array.from({ length: more.columns ?? 0 }, () => 12),
      ),
    ),
  ]
}

/** A program with only a data section, and bytes behind it that are not loaded. */
function program(data: Buffer, behind: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(4096)
  head.write('\x7fELF\x02\x01', 'latin1')
  head.writeUInt32LE(64, 32)
  head.writeUInt16LE(56, 54)
  head.writeUInt16LE(1, 56)
  head.writeUInt32LE(1, 64)
  head.writeUInt32LE(6, 68)
  head.writeUInt32LE(4096, 72)
  head.writeUInt32LE(data.length, 96)
  return Buffer.concat([head, data, behind, Buffer.alloc(Math.max(0, 300_000 - data.length - behind.length))])
}

const magic = Buffer.from('\xff Go buildinf:\x08\x02', 'latin1')

/** The name, the files, and how much larger than usual they have to be: tables that double do so once from each size to the next. */
const worst: readonly (readonly [string, (size: number) => readonly File[], number?])[] = [
  ['fields that never end', (size) => [[`${info}/METADATA`, `Name: ${many(size, 'a')}\n${many(size, 'X: y\n')}`]]],
  ['a record of short lines', (size) => record(many(size, 'a\n'))],
  ['a record of different files', (size) => record(many(size, (nth) => `a${nth},,\n`)), 3],
  ['a record of one line', (size) => record(many(size, 'a/'))],
  ['a record that goes up and down', (size) => record(many(size, 'a/../'))],
  ['a record that leads out', (size) => record(many(size, '../a\n'))],
  ['a record without commas', (size) => record(many(size * 3, 'a\n'))],
  ['a record of empty lines', (size) => record(many(size * 3, '\n'))],
  [
    'sums of one word',
    (size) => [
      ['var/lib/dpkg/status.d/a', 'Package: a\n'],
      ['var/lib/dpkg/status.d/a.md5sums', many(size * 3, 'x\n')],
    ],
  ],
  ['names without a folder', (size) => list(many(size * 3, 'a\n'))],
  ['quotes in a record', (size) => record(many(size, '"""\n'))],
  ['quotes that do not end', (size) => record(`"${many(size, '""')}`)],
  [
    'an egg-info of empty lines',
    (size) => [
      ['a.egg-info/PKG-INFO', 'Name: a\n'],
      ['a.egg-info/installed-files.txt', many(size, '\n')],
    ],
  ],
  [
    'manifests',
    (size) => Array.from({ length: size }, (_, nth) => [`node_modules/a${nth}/package.json`, '{}'] as const),
    3,
  ],
  [
    'manifests in each other',
    (size) => Array.from({ length: 3 }, () => [`${many(size, 'node_modules/a/')}package.json`, '{}'] as const),
  ],
  ['lists of a package', (size) => Array.from({ length: size }, () => list('/a\n')).flat()],
  ['a list of folders', (size) => list(many(size, (nth) => `/usr/lib/${nth}\n`)), 3],
  ['a path as deep as can be', (size) => list(`${many(size, '/a')}\n`)],
  [
    'a status of many packages',
    (size) => [
      ['var/lib/dpkg/status', many(size, (nth) => `Package: a${nth}\nStatus: install ok installed\nVersion: 1\n\n`)],
    ],
  ],
  ['a status of blank lines', (size) => [['var/lib/dpkg/status', many(size * 3, '\n')]]],
  [
    'sums without paths',
    (size) => [
      ['var/lib/dpkg/status.d/a', 'Package: a\n'],
      ['var/lib/dpkg/status.d/a.md5sums', many(size, 'x  \n')],
    ],
  ],
  ['names in a long folder', (size) => apk(`P:a\nF:${many(1_000, 'a/')}\n${many(size, (nth) => `R:${nth}\n`)}`)],
  ['packages of one name', (size) => apk(many(size, 'P:a\nV:1\nF:b\nR:c\n\n'))],
  ['folders and no names', (size) => apk(`P:a\n${many(size, 'F:b\n')}`)],
  // If a page were read twice, this would be quadratic, but not endless.
  [
    'a database whose pages lead to one, many times',
    (size) =>
      rpm(
        database(
          4,
          (bytes, number) => {
            page(bytes, number === 4 ? 13 : 5, number === 4 ? [] : Array.from({ length: size }, () => 30_000))
            bytes.writeUInt32BE(number === 4 ? 0 : number + 1, 8)
            bytes.writeUInt32BE(number + 1, 30_000)
          },
          65_536,
        ),
      ),
  ],
  [
    'a database whose pages lead around',
    (size) =>
      rpm(
        database(size, (bytes, number) => {
          page(bytes, 5, [])
          bytes.writeUInt32BE(number === size ? 2 : number + 1, 8)
        }),
      ),
  ],
  [
    'a database whose records are one',
    (size) =>
      rpm(
        database(size, (bytes, number) => {
          if (number === 2) {
            page(
              bytes,
              5,
              Array.from({ length: 100 }, (_, nth) => 300 + nth),
            )
            bytes.writeUInt32BE(3, 8)
          } else
            page(
              bytes,
              13,
              Array.from({ length: 200 }, () => 500),
            )
        }),
      ),
  ],
  [
    'a database whose records are one, of many columns',
    (size) =>
      rpm(
        database(
          2,
          (bytes) => {
            // As many cells as columns, with an empty text in each column.
            page(
              bytes,
              13,
              Array.from({ length: size }, () => 30_000),
            )
            const two = (number: number): readonly number[] => [0x80 | (number >> 7), number & 0x7f]
            Buffer.from([...two(size + 2), 0, ...two(size + 2), ...Array.from({ length: size }, () => 13)]).copy(
              bytes,
              30_000,
            )
          },
          65_536,
        ),
      ),
  ],
  [
    'a program of nothing but what it looks for',
    (size) => [['bin/a', program(Buffer.concat(Array.from({ length: size }, () => magic)))]],
  ],
  [
    'build information whose lengths never end',
    (size) => [
      [
        'bin/a',
        program(Buffer.concat([magic, Buffer.alloc(16), Buffer.from('\x03go1', 'latin1'), Buffer.alloc(size, 0xff)])),
      ],
    ],
  ],
  [
    'modules of a program',
    (size) => {
      const text = `${'f'.repeat(16)}${many(size, (nth) => `dep\ta${nth}\tv1\t\n=>\tb\tv2\t\n`)}${'f'.repeat(16)}`
      const length = Buffer.from([(text.length & 0x7f) | 0x80, ((text.length >> 7) & 0x7f) | 0x80, text.length >> 14])
      return [
        [
          'bin/a',
          program(
            Buffer.concat([magic, Buffer.alloc(16), Buffer.from('\x03go1', 'latin1'), length, Buffer.from(text)]),
          ),
        ],
      ]
    },
  ],
  [
    'places of a program where a list of crates could begin',
    (size) => [['bin/a', program(Buffer.alloc(16), Buffer.alloc(size * 4, Buffer.of(0x78, 0x9c)))]],
  ],
  [
    'crates of a program',
    (size) => {
      const list = `{"packages":[${many(size, (nth) => `{"name":"a${nth}","version":"1"},`)}{}]}`
      return [['bin/a', program(Buffer.alloc(16), deflateSync(list))]]
    },
  ],
  [
    'lists of crates in programs',
    (size) => {
      const binary = program(Buffer.alloc(16), deflateSync(`{"packages":[${' '.repeat(400_000)}]}`))
      return Array.from({ length: Math.ceil(size / 50) }, (_, nth) => [`bin/a${nth}`, binary] as const)
    },
  ],
  [
    'files in an archive',
    (size) => [
      [
        'a.jar',
        zipOf(
          Array.from({ length: size }, (_, nth) => ({
            name: `META-INF/maven/g/a${nth}/pom.properties`,
            bytes: Buffer.alloc(0),
            stored: true,
          })),
        ),
      ],
    ],
  ],
  [
    'archives in an archive, with hyphens',
    (size) => [
      [
        'a.jar',
        zipOf(
          Array.from({ length: 3 }, (_, nth) => ({
            name: `${many(size, '-')}${nth}.jar`,
            bytes: Buffer.alloc(0),
            stored: true,
          })),
        ),
      ],
    ],
  ],
  ['a jar with a name of hyphens', (size) => [[`${many(size, '-')}1.jar`, 'x']]],
  [
    'no archive, but nearly',
    (size) => [['a.jar', Buffer.concat(Array.from({ length: size }, () => Buffer.from('PK\x05\x06')))]],
  ],
  ['stubs of a gem', (size) => [['specifications/a-1.gemspec', many(size, '# stub: \n')]]],
  [
    'packages of Composer',
    (size) => [
      [
        'vendor/composer/installed.json',
        JSON.stringify(
          Array.from({ length: size }, (_, nth) => ({ name: `a${nth}`, 'install-path': many(20, '../a/') })),
        ),
      ],
    ],
  ],
  [
    'arrays in arrays',
    (size) => [
      ['vendor/composer/installed.json', many(size * 20, '[')],
      ['node_modules/a/package.json', many(size * 20, '{"a":')],
    ],
  ],
  [
    'files of conda',
    (size) => [
      ['conda-meta/a.json', JSON.stringify({ name: 'a', files: Array.from({ length: size }, (_, nth) => `a/${nth}`) })],
    ],
    3,
  ],
]

describe('twice the size takes at most about twice the work', () => {
  test.each(worst)('%s', async (_, filesOf, scale = 1) => {
    // The first call does extra work.
    await work(400 * scale)
    const [small, middle, large] = [await work(400 * scale), await work(800 * scale), await work(1_600 * scale)]
    // Quadratic work would give 4.
    expect((large - middle) / Math.max(middle - small, small / 2, 500)).toBeLessThan(3)

    async function work(size: number): Promise<number> {
      const files = filesOf(size)
      return workDone(() => collect(files), countSteps)
    }
  })
})

test('reads a damaged database or program without an error', () => {
  const sound = database(4, (bytes) => page(bytes, 13, [300]))
  const binary = program(Buffer.concat([magic, Buffer.alloc(16), Buffer.from('\x03go1\x05abcde', 'latin1')]))
  for (let at = 0; at < 2_048; at += 3) {
    for (const value of [0, 0x7f, 0xff]) {
      const [hurt, other] = [Buffer.from(sound), Buffer.from(binary)]
      hurt[at] = value
      other[at < 1_024 ? at : at + 3_072] = value
      expect(collect(rpm(hurt), undefined, 1_000_000)?.packages).toEqual([])
      collect([['bin/a', other]], undefined, 1_000_000)
    }
  }
})

describe('a database of rpm in another format', () => {
  const header = rpmHeader(
    [
      [1000, 6, 0, 1],
      [1118, 8, 2, 1],
      [1117, 8, 6, 1],
      [1116, 4, 8, 1],
    ],
    'a\0/b/\0c\0\0\0\0\0',
  )
  const formats = [
    ['Packages', berkeleyDbOf],
    ['Packages.db', ndbOf],
  ] as const

  test.each(formats)('%s is read without an error if it is damaged', (name, make) => {
    const sound = make([header, header])
    const packagesOf = (bytes: Buffer): number =>
      collect(
        [
          ['b/c', 'x'],
          [`var/lib/rpm/${name}`, bytes],
        ],
        undefined,
        1_000_000,
      )?.packages.length ?? -1
    expect(packagesOf(sound)).toBe(1)
    for (let at = 0; at < sound.length; at += at < 300 ? 1 : 37) {
      for (const value of [0, 0x7f, 0xff]) {
        const hurt = Buffer.from(sound)
        hurt[at] = value
        expect(packagesOf(hurt)).toBeGreaterThanOrEqual(0)
      }
      expect(packagesOf(sound.subarray(0, at))).toBeGreaterThanOrEqual(0)
    }
  })

  test('whose pages form a circle is read once', () => {
    const bytes = berkeleyDbOf([Buffer.alloc(20_000, 1)])
    // The chain of the value leads back to its first page, which holds one byte.
    bytes.writeUInt32LE(2, 2 * 4096 + 16)
    bytes.writeUInt16LE(1, 2 * 4096 + 22)
    expect([...valuesOfBerkeleyDb(bytes)].map(({ length }) => length)).toEqual([4])
  })
})

test('reads damaged metadata of all kinds without an error, and counts no byte that does not exist', () => {
  const jar = zipOf([
    { name: 'META-INF/MANIFEST.MF', bytes: Buffer.from('Implementation-Version: 1\n') },
    { name: 'lib/b-1.jar', bytes: Buffer.alloc(9), stored: true },
  ])
  const text = `${'f'.repeat(16)}path\ta\nmod\ta\tv1\t\ndep\tb\tv1\t\n${'f'.repeat(16)}`
  const samples: readonly (readonly [key: string, files: readonly File[]])[] = [
    ['pypi a', [...record('a.py,,\n"b.py",,\n'), ['site-packages/a.py', 'x'], ['site-packages/b.py', 'x']]],
    ['npm a', [['node_modules/a/package.json', '{"version":"1","bundleDependencies":["b"]}']]],
    [
      'deb a',
      [
        ['usr/bin/a', 'x'],
        ['var/lib/dpkg/info/a:amd64.list', '/.\n/usr/bin/a\n'],
        [
          'var/lib/dpkg/status',
          'Package: a\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\nVersion: 1\n',
        ],
      ],
    ],
    ['apk a', [['bin/a', 'x'], ...apk('P:a\nV:1\nF:bin\nR:a\n\n')]],
    [
      'conda a',
      [
        ['bin/a', 'x'],
        ['conda-meta/a.json', '{"name":"a","version":"1","files":["bin/a"]}'],
      ],
    ],
    [
      'gem a',
      [
        ['gems/a-1/a.rb', 'x'],
        ['specifications/a-1.gemspec', '# stub: a 1 ruby lib\n'],
      ],
    ],
    [
      'composer a/a',
      [
        ['vendor/a/a/a.php', 'x'],
        ['vendor/composer/installed.json', '{"packages":[{"name":"a/a","version":"1","install-path":"../a/a"}]}'],
      ],
    ],
    ['maven a', [['a.jar', jar]]],
    [
      'golang a',
      [
        [
          'bin/a',
          program(
            Buffer.concat([
              magic,
              Buffer.alloc(16),
              Buffer.from('\x05go1.2', 'latin1'),
              Buffer.from([text.length]),
              Buffer.from(text),
            ]),
          ),
        ],
      ],
    ],
    ['cargo a', [['registry/src/i/a-1/Cargo.toml', '[package]\nname = "a"\nversion = "1"\n']]],
    [
      'cargo a',
      [
        [
          'bin/a',
          program(
            Buffer.alloc(16),
            deflateSync('{"packages":[{"name":"a","version":"1","root":true},{"name":"b","version":"2"}]}'),
          ),
        ],
      ],
    ],
  ]
  for (const [key, files] of samples) {
    expect(collect(files)?.packages.map(({ ecosystem, name, version }) => [`${ecosystem} ${name}`, version])).toEqual([
      [key, key.startsWith('golang') ? 'v1' : '1'],
    ])
    const total = files.reduce((sum, [, content]) => sum + content.length, 0)
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (which, changes, isCut) => {
          const hurt = files.map(([path, content], nth): File => {
            const bytes = Buffer.from(content)
            if (nth !== which % files.length) return [path, bytes]
            // Only the beginning of a large file is read.
            for (const [at, value] of changes) bytes[at % Math.min(bytes.length, 4_400)] = value
            return [path, isCut ? bytes.subarray(0, (changes[0]?.[0] ?? 0) % bytes.length) : bytes]
          })
          const found = collect(hurt, undefined, 100_000)
          expect(found?.packages.reduce((sum, { fileBytes }) => sum + fileBytes, 0)).toBeLessThanOrEqual(total)
        },
      ),
      { seed: 20_261_126, numRuns: 300 },
    )
  }
})

describe('a database of rpm', () => {
  const told = (more: Parameters<typeof rpmPackage>[0]): unknown => {
    const found = collect(rpmPackage(more))
    return [found?.packages.map(({ name, fileBytes }) => `${name} ${fileBytes}`), found?.complete]
  }

  test('that is valid is read, on one page or several', () => {
    expect(told({})).toEqual([['a 1'], true])
    expect(told({ folders: 90_000, entries: 10_000, columns: 90 })).toEqual([['a 1'], true])
  })

  test('with too many columns is not read', () => {
    expect(told({ columns: 101 })).toEqual([[], true])
  })

  test('with too many folders is reported as incomplete', () => {
    expect(told({ folders: 100_000 })).toEqual([[], false])
  })

  test('with too many entries is not kept in memory', () => {
    const files = rpmPackage({ entries: 10_000 })
    const set = jest.spyOn(Map.prototype, 'set')
    collect(files)
    const calls = set.mock.calls.length
    set.mockRestore()
    expect(calls).toBeLessThan(100)
  })
})

test.each([
  ['the same bytes again and again', 3, 300],
  ['more bytes than there are', 1, 0xffff_ffff],
])('archives in an archive that take %s have no known size', (_, count, bytes) => {
  const name = 'lib/b-1.jar'
  const archive = zipOf(Array.from({ length: count }, () => ({ name, bytes: Buffer.alloc(0), stored: true })))
  for (let at = archive.indexOf('PK\x01\x02'); at !== -1; at = archive.indexOf('PK\x01\x02', at + 1))
    archive.writeUInt32LE(bytes, at + 20)
  const [found] = collect([['a-1.jar', archive]])?.packages ?? []
  expect(found?.parts).toEqual(Array.from({ length: count }, () => ({ name: 'b', version: '1', fileBytes: null })))
})

test('stops joining paths once no more are wanted', () => {
  const path = new PathBytes('a')
  const told: string[] = []
  for (const name of ['b', 'c', 'd']) {
    path.resolve(Buffer.from(name), 0, 1, (bytes, from, to) => told.push(bytes.toString('utf8', from, to)) < 2)
  }
  expect(told).toEqual(['a/b', 'a/c'])
})

describe('the list is marked as incomplete', () => {
  const limits: CollectorLimits = { packages: 3, parts: 2, text: 400, files: 4, directories: 3, pathBytes: 400 }

  test.each<[string, readonly File[]]>([
    ['if a metadata file is too large', [['node_modules/a/package.json', ' '.repeat(300_000)]]],
    ['if a list is too large', [['var/lib/dpkg/info/a.list', Buffer.alloc(17 * 1024 * 1024, '\n')]]],
    [
      'if JSON has too many empty lists',
      [['vendor/composer/installed.json', `{"packages":[${many(300_000, '[],')}1]}`]],
    ],
    ['if JSON has too many empty objects', [['conda-meta/a.json', `{"name":"a","files":[${many(300_000, '{},')}1]}`]]],
    [
      'if JSON has too many properties',
      [['conda-meta/a.json', `{"name":"a","files":[]${many(300_000, (nth) => `,"${nth}":0`)}}`]],
    ],
    ['if lists are nested too deep', [['vendor/composer/installed.json', many(300_000, '[')]]],
    [
      'if there are too many packages',
      Array.from({ length: 4 }, (_, nth) => [`node_modules/a${nth}/package.json`, '{}']),
    ],
    ['if there are too many files', record(many(5, (nth) => `${nth}\n`))],
    ['if lists of files are too long', record(many(3, `a-rather-long-${many(30, 'name-of-a-file')}.py\n`))],
    [
      'if paths of packages are too long',
      Array.from({ length: 3 }, (_, nth) => [`${many(20, 'folder/')}node_modules/a${nth}/package.json`, '{}']),
    ],
    ['if a path is longer than any system allows', [[`${many(3_000, 'a/')}node_modules/a/package.json`, '{}']]],
  ])('%s', (_, files) => {
    expect(collect(files, limits)?.complete).toBe(false)
  })

  test('reads a hundred thousand names in linear work, and keeps those that fit', async () => {
    const files = apk(many(300_000, (nth) => `P:n${nth}\n\n`))
    const found = collect(files)
    expect([found?.packages.length, found?.complete]).toEqual([0, false])
    expect(await workDone(() => collect(files), countSteps)).toBeLessThan(12_000_000)
  })

  test.each<[string, (nth: number) => string]>([
    ['short names', (nth) => `R:${nth}\n`],
    ['names that lead out', () => 'R:../../../..\n'],
  ])('joins no paths beyond the limit of bytes for a long folder; %s', async (_, name) => {
    const long: CollectorLimits = {
      packages: 10,
      parts: 0,
      text: 1_000,
      files: 10_000,
      directories: 10,
      pathBytes: 400_000,
    }
    const work = async (names: number): Promise<number> => {
      const files = apk(`P:a\nF:${many(1_000, 'abc/')}\n${many(names, name)}`)
      expect(collect(files, long)?.complete).toBe(false)
      return workDone(() => collect(files, long), countSteps)
    }
    // A thousand more names would be four million more bytes.
    expect((await work(2_000)) - (await work(1_000))).toBeLessThan(100_000)
  })
})

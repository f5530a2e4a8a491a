/**
 * Savings in layers that are given entry by entry; the tests with images are in __tests__/integration/savings.test.ts.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { FileSystem } from '../../src/filesystem/file-system.ts'
import { EntryListWriter, readEntryList } from '../../src/layer/entry-list.ts'
import { FileFactsWriter } from '../../src/layer/file-facts.ts'
import type { LayerEntry, LayerPackagesAndOthers } from '../../src/layer/layer-index.ts'
import { OwnerRuns } from '../../src/packages/owner-runs.ts'
import { noPackages, type LayerPackage } from '../../src/packages/package.ts'
import type { Layer, Stage } from '../../src/record/footprint.ts'
import type { Savings } from '../../src/record/savings.ts'
import type { StageUse } from '../../src/savings/copied-files.ts'
import { FileDetails } from '../../src/savings/file-details.ts'
import { findSavings } from '../../src/savings/find-savings.ts'
import { bySaving } from '../../src/savings/groups.ts'
import { cacheOfPath } from '../../src/savings/names.ts'
import { says } from '../../src/savings/rule.ts'
import { rules } from '../../src/savings/rules.ts'
import { layer, stage } from '../support/footprints.ts'

const digest = `sha256:${'0'.repeat(64)}` as const
const file = (path: string, kilobytes: number): LayerEntry => ({ path, kind: 'file', fileBytes: kilobytes * 1_000 })
const directory = (path: string): LayerEntry => ({ path, kind: 'directory', fileBytes: 0 })
const hard = (path: string, linkTarget: string): LayerEntry => ({ path, kind: 'hardlink', fileBytes: 0, linkTarget })
const gone = (path: string): LayerEntry => ({ path: path.replace(/[^/]*$/, '.wh.$&'), kind: 'whiteout', fileBytes: 0 })

/** An instruction and its entries; an instruction of `null` stands for the base image. */
type Step = readonly [text: string | null, ...entries: LayerEntry[]]

function stageOf(steps: readonly Step[], some: Partial<Stage> = {}): Stage {
  const layers = steps.map(([text, ...entries], at): Layer => {
    const fileBytes = entries.reduce((sum, entry) => sum + entry.fileBytes, 0)
    return layer({
      origin: text === null ? 'base' : 'own',
      instruction: text === null ? null : { text, line: at + 1, endLine: at + 1 },
      fileBytes,
      uncompressedSize: fileBytes,
      compressedSize: fileBytes / 4,
    })
  })
  return stage({ layers, ...some })
}

/** What is known of the files besides: for each path, or layer and path, a checksum, and the packages of each layer. */
interface Known {
  readonly checksums?: Readonly<Record<string, number>>
  readonly debugBytes?: Readonly<Record<string, number>>
  readonly packages?: Readonly<Record<number, LayerPackagesAndOthers>>
  readonly uses?: readonly StageUse[] | null
  readonly others?: readonly Stage[]
  readonly unweighed?: Parameters<typeof findSavings>[6]
}

function savings(steps: readonly Step[], some: Partial<Stage> = {}, known: Known = {}): Savings | null {
  const fileSystem = new FileSystem()
  const details = new FileDetails()
  for (const [at, [, ...entries]] of steps.entries()) {
    const facts = new FileFactsWriter()
    for (const { path, kind } of entries) {
      if (kind !== 'file') continue
      facts.begin()
      const checksum = known.checksums?.[`${at} ${path}`] ?? known.checksums?.[path]
      if (checksum !== undefined) facts.setChecksum(checksum)
      facts.setDebugBytes(known.debugBytes?.[path] ?? 0)
    }
    const onEntry = details.layer(at, { facts: facts.packed(), packages: known.packages?.[at] ?? null })
    const writer = new EntryListWriter()
    for (const entry of entries) writer.add(entry)
    fileSystem.beginLayer()
    const isRead = readEntryList(writer.list(digest)!, digest, (entry) => {
      fileSystem.add(entry)
      onEntry(entry, fileSystem.files.count)
    })
    expect(isRead).toBe(true)
    fileSystem.endLayer()
  }
  const { uses, others, unweighed } = known
  return findSavings(fileSystem, stageOf(steps, some), details, undefined, uses, others, unweighed)
}

const outline = (found: Savings | null): unknown =>
  found?.items.map(({ rule, path, fileBytes, layer, laterLayer, claim }) => [
    rule,
    path,
    fileBytes / 1_000,
    layer,
    laterLayer,
    claim,
  ])

describe('files of the base image', () => {
  test('save nothing if they are deleted, and are listed for the report', () => {
    const found = savings([
      [null, file('usr/share/doc/a', 900), file('usr/share/doc/b', 300), file('var/lib/apt/lists/x', 500)],
      ['RUN rm -rf /usr/share/doc', gone('usr/share/doc')],
    ])!
    expect([found.fileBytes, found.items]).toEqual([0, []])
    expect(found.baseFiles).toEqual([
      { path: 'usr/share/doc', kind: 'directory', files: 2, fileBytes: 1_200_000, layer: 1 },
    ])
  })

  test.each([
    ['an upgrade that renames them', 'RUN apt-get upgrade', 'usr/lib/a.so.1'],
    ['a command that cleans up after an installation', 'RUN apt-get install x && apt-get clean', 'var/cache/apt/x'],
    [
      'an installation that ends with rm',
      'RUN apt-get install x && rm -rf /var/lib/apt/lists/*',
      'var/lib/apt/lists/x',
    ],
  ])('are not mentioned if %s deletes them', (_name, text, path) => {
    expect(
      savings([
        [null, file(path, 900)],
        [text, gone(path)],
      ])!.baseFiles,
    ).toEqual([])
  })

  test('are neither a saving nor a deletion if they are replaced', () => {
    const found = savings([
      [null, file('usr/lib/a', 900)],
      ['RUN apt-get upgrade', file('usr/lib/a', 901)],
    ])
    expect(found).toEqual({ fileBytes: 0, likelyFileBytes: 0, items: [], baseFiles: [] })
  })

  test('count in the layer that copies them for another owner', () => {
    const found = savings([
      [null, file('opt/a', 900)],
      ['RUN chown -R app /opt', file('opt/a', 900)],
    ])
    expect(outline(found)).toEqual([['base-owner-or-mode', 'opt/a', 900, 1, null, 'likely']])
  })

  describe('in a cache', () => {
    const root = { mode: 0o644, uid: 0, gid: 0 }
    const cache = (attributes = root): LayerEntry => ({ ...file('var/cache/apt/pkgcache.bin', 900), attributes })
    const checksums = { 'var/cache/apt/pkgcache.bin': 7 }
    const found = (text: string, copy: LayerEntry, ...more: readonly Step[]): unknown =>
      outline(savings([[null, cache()], [text, copy], ...more], {}, { checksums }))
    const saved = ['apt-archives', 'var/cache/apt', 900, 1, null, 'sure']

    test('count in the RUN that wrote them again, whose clean-up leaves only a whiteout', () => {
      expect(found('RUN apt-get update', cache())).toEqual([saved])
      expect(found('RUN apt-get update && chown app /data', cache())).toEqual([saved])
      expect(
        outline(
          savings([
            [null, file('var/cache/apt/x', 900)],
            ['RUN apt-get update', file('var/cache/apt/x', 900)],
          ]),
        ),
      ).toEqual([['apt-archives', 'var/cache/apt', 900, 1, null, 'sure']])
    })

    test('of an earlier RUN count in the RUN that wrote them again, too, since it would do so without them', () => {
      const made: readonly Step[] = [[null], ['RUN apt-get update', cache()]]
      const layersOf = (text: string, copy: LayerEntry): unknown =>
        savings([...made, [text, copy]], {}, { checksums })?.items.map(({ fileBytes, layer }) => [layer, fileBytes])
      for (const text of ['RUN apt-get update', 'RUN apt-get update && chown app /data'])
        expect(layersOf(text, cache())).toEqual([
          [1, 900_000],
          [2, 900_000],
        ])
      // A copy for another owner is none without its original.
      expect(layersOf('RUN chown -R 1 /var', cache({ ...root, uid: 1 }))).toEqual([[1, 1_800_000]])
    })

    test('count if a RUN replaced them by other contents', () => {
      const path = 'var/cache/apt/pkgcache.bin'
      const steps: Step[] = [
        [null, cache()],
        ['RUN apt-get update', cache()],
      ]
      expect(outline(savings(steps, {}, { checksums: { [`0 ${path}`]: 7, [`1 ${path}`]: 8 } }))).toEqual([saved])
      expect(found('RUN apt-get update', file(path, 901))).toEqual([saved.with(2, 901)])
    })

    test('count once for each layer that has a copy, also if a later line deletes them', () => {
      const path = 'var/cache/apt/pkgcache.bin'
      expect(found('RUN apt-get update', cache(), ['RUN rm -rf /var/cache/apt', gone(path)])).toEqual([saved])
      expect(found('RUN apt-get update', cache(), ['RUN chown -R app /var', cache({ ...root, uid: 5 })])).toEqual([
        ['apt-archives', 'var/cache/apt', 1_800, 1, null, 'sure'],
      ])
    })

    test('do not count if the line only changes their owner or mode, or copies them', () => {
      const other = ['base-owner-or-mode', 'var/cache/apt/pkgcache.bin', 900, 1, null, 'likely']
      expect(found('RUN chown -R app /var', cache({ ...root, uid: 5 }))).toEqual([other])
      expect(found('RUN chgrp -R app /var', cache({ ...root, gid: 5 }))).toEqual([other])
      expect(found('RUN ./setup', cache({ ...root, mode: 0o600 }))).toEqual([])
      expect(found('COPY cache /var/cache', cache())).toEqual([])
    })

    test('are no saving where the base image has them', () => {
      const path = 'var/cache/apt/pkgcache.bin'
      expect(
        outline(
          savings([
            [null, cache()],
            ['RUN rm -rf /var/cache/apt', gone(path)],
          ]),
        ),
      ).toEqual([])
      expect(
        outline(
          savings([
            [null, cache()],
            [null, cache()],
            ['RUN apt-get clean', gone(path)],
          ]),
        ),
      ).toEqual([])
    })
  })

  test('are not looked for if the layers of the base image are not known', () => {
    const steps: Step[] = [['RUN apt-get update', file('var/lib/apt/lists/x', 500)]]
    const unknown = stageOf(steps)
    const totals = { ...unknown.totals, baseLayers: null }
    expect(outline(savings(steps, { totals }))).toEqual([['apt-lists', 'var/lib/apt/lists', 500, 0, null, 'sure']])
    const history = unknown.layers.map((one) => ({ ...one, instruction: { ...one.instruction!, line: null } }))
    expect(savings(steps, { totals, layers: history })).toBeNull()
  })

  test('are not looked for in what an ONBUILD of the base image makes, which no line can change', () => {
    const steps: Step[] = [
      ['ONBUILD', file('app/docs', 500), file('var/lib/apt/lists/x', 500)],
      ['RUN rm /app/docs', gone('app/docs')],
      ['RUN apt-get update', file('var/lib/apt/lists/y', 400)],
    ]
    const [triggered, ...others] = stageOf(steps).layers
    const found = savings(steps, { layers: [{ ...triggered!, instruction: null }, ...others] })
    expect(outline(found)).toEqual([['apt-lists', 'var/lib/apt/lists', 400, 2, null, 'sure']])
    expect(found).toMatchObject({ baseFiles: [] })
  })
})

test('names both directories of headers, because the one that they share has other files', () => {
  const found = savings([['COPY --from=build / /', file('usr/include/a.h', 400), file('usr/local/include/b.h', 300)]])!
  expect(found.items).toMatchObject([{ rule: 'headers', path: 'usr', paths: ['usr/include', 'usr/local/include'] }])
})

test('counts a byte in one saving only: a cache that is deleted later is a cache', () => {
  const found = savings([
    ['RUN apt-get update', file('var/lib/apt/lists/x', 500), file('tmp/x', 300)],
    ['RUN rm -rf /var/lib/apt/lists/* /tmp/x', gone('var/lib/apt/lists/x'), gone('tmp/x')],
  ])!
  expect(outline(found)).toEqual([
    ['apt-lists', 'var/lib/apt/lists', 500, 0, null, 'sure'],
    ['deleted-later', 'tmp/x', 300, 0, 1, 'sure'],
  ])
  expect(found.fileBytes).toBe(800_000)
})

test('counts a copy for another owner at the line that brought the file', () => {
  const found = savings([
    ['COPY . /app', file('app/.git/pack', 400), file('app/x', 300)],
    ['RUN chown -R app /app', file('app/.git/pack', 400), file('app/x', 300)],
  ])
  expect(outline(found)).toEqual([
    ['git-folder', 'app/.git', 800, 0, null, 'sure'],
    ['owner-or-mode', 'app/x', 300, 0, 1, 'likely'],
  ])
})

describe('files that a line copies again for another owner', () => {
  const x = file('app/x', 300)
  const kept = file('app/kept', 1)
  const chown = (...entries: readonly LayerEntry[]): Step => ['RUN chown -R app /app', ...entries]

  test.each<[string, Step, string]>([
    ['deletes', ['RUN rm -rf /app/x', gone('app/x')], 'deleted-later'],
    ['replaces', ['COPY other /app', file('app/x', 301)], 'replaced-later'],
  ])('are gone with all their copies if a later line %s them', (_verb, last, rule) => {
    const found = savings([['COPY . /app', x, kept], chown(x), ['RUN chmod -R 700 /app', x], last])!
    expect(outline(found)).toEqual([[rule, 'app/x', 900, 0, 3, 'likely']])
    expect(found).toMatchObject({
      fileBytes: 0,
      likelyFileBytes: 900_000,
      items: [{ kind: 'file', files: 1, layers: 3 }],
    })
  })

  test('are an archive in each of its copies', () => {
    const archive = file('app/x.tgz', 300)
    const found = savings([
      ['COPY x.tgz /app/', archive],
      chown(archive),
      ['RUN tar xf /app/x.tgz -C / && rm /app/x.tgz', gone('app/x.tgz')],
    ])
    expect(outline(found)).toEqual([['archive', 'app/x.tgz', 600, 0, 2, 'likely']])
  })

  test('of the base image are surely gone if a later line deletes them', () => {
    const found = savings([[null, x], chown(x), ['RUN rm -rf /app', gone('app/x')]])
    expect(outline(found)).toEqual([['deleted-later', 'app/x', 300, 1, 2, 'sure']])
    // The owner of files that a line replaces need not change.
    const replaced = savings([[null, x], chown(x), ['COPY other /app', file('app/x', 301)]])
    expect(outline(replaced)).toEqual([['base-owner-or-mode', 'app/x', 300, 1, null, 'likely']])
  })
})

test.each<[string, string, string, string, string]>([
  [
    'that a line deletes which does not unpack it',
    'a.tgz',
    'RUN chown -R app /srv && rm -rf /srv',
    'deleted-later',
    'likely',
  ],
  [
    'of which the folder is deleted where it is unpacked',
    'a.tgz',
    'RUN cd /srv && tar xf a.tgz && rm -rf /srv',
    'archive',
    'likely',
  ],
  ['that is deleted by its name', 'a.tgz', 'RUN cd /srv && tar xf a.tgz -C / && rm a.tgz', 'archive', 'likely'],
  ['that is deleted by its ending', 'a.tgz', 'RUN tar xf /srv/a.tgz -C / && rm /srv/*.tgz', 'archive', 'likely'],
  [
    'that is deleted by its folder, by commands that do nothing else',
    'a.js',
    'RUN rm -rf /srv',
    'deleted-later',
    'sure',
  ],
  ['file that a package manager removes', 'a.js', 'RUN npm install x', 'deleted-later', 'likely'],
])('a copied file or archive %s', (_, name, text, rule, claim) => {
  const found = savings([
    ['COPY . /srv', file(`srv/${name}`, 300)],
    [text, gone(`srv/${name}`)],
  ])
  expect(outline(found)).toEqual([[rule, `srv/${name}`, 300, 0, 1, claim]])
})

test.each([
  ['RUN rm -rf /srv', 'sure'],
  ['RUN sh /srv/a.sh && rm -rf /srv', 'likely'],
  ['RUN cat /srv/a.sh > /a && rm -rf /srv', 'likely'],
  ['RUN rm -rf /srv && echo', 'likely'],
  ['RUN rm -rf "$SRV"', 'likely'],
  ['RUN find /srv -delete', 'likely'],
  ['RUN rm /srv/a.sh', 'likely'],
  ['RUN rm -rf /srv/*', 'likely'],
  ['RUN --mount=type=cache,target=/c rm -rf /srv', 'likely'],
])('a copied file can be left out if the next line only deletes it with its folder: %s is %s', (text, claim) => {
  const found = savings([
    ['COPY a.sh /srv/', directory('srv'), file('srv/a.sh', 300)],
    [text, gone('srv/a.sh')],
  ])
  expect(outline(found)).toEqual([['deleted-later', 'srv/a.sh', 300, 0, 1, claim]])
})

test.each<[string, 'sure' | 'likely', readonly Step[]]>([
  [
    'that the context has beside others',
    'sure',
    [
      ['COPY . /a', file('a/x', 300), file('a/y', 1)],
      ['RUN rm /a/x', gone('a/x')],
    ],
  ],
  [
    'in a folder that is there before',
    'sure',
    [
      ['WORKDIR /a', directory('a')],
      ['COPY x .', file('a/x', 300)],
      ['RUN rm /a/x', gone('a/x')],
    ],
  ],
  [
    'in such a folder, which is deleted',
    'likely',
    [
      ['WORKDIR /a', directory('a')],
      ['COPY x .', file('a/x', 300)],
      ['RUN rm -r /a', gone('a/x')],
    ],
  ],
  [
    'in place of another one',
    'likely',
    [
      [null, file('a/x', 1), file('a/y', 1)],
      ['COPY x /a/', file('a/x', 300)],
      ['RUN rm /a/x', gone('a/x')],
    ],
  ],
  [
    'by ADD',
    'likely',
    [
      ['ADD . /a', file('a/x', 300), file('a/y', 1)],
      ['RUN rm /a/x', gone('a/x')],
    ],
  ],
  [
    'by COPY --link',
    'likely',
    [
      ['COPY --link . /a', file('a/x', 300), file('a/y', 1)],
      ['RUN rm /a/x', gone('a/x')],
    ],
  ],
  [
    'beside an older one that is deleted, too',
    'likely',
    [
      [null, file('a/z', 1)],
      ['COPY . /a', file('a/x', 300), file('a/y', 1)],
      ['RUN rm /a/x /a/z', gone('a/x'), gone('a/z')],
    ],
  ],
  [
    'before a line that uses it',
    'likely',
    [
      ['COPY . /a', file('a/x', 300), file('a/y', 1)],
      ['RUN make', file('m', 1)],
      ['RUN rm /a/x', gone('a/x')],
    ],
  ],
  [
    'before another copy',
    'sure',
    [
      ['COPY . /a', file('a/x', 300), file('a/y', 1)],
      ['COPY x /a/', file('a/x', 301)],
    ],
  ],
  [
    'alone, before another copy',
    'likely',
    [
      ['COPY x /a/', file('a/x', 300)],
      ['COPY x /a/', file('a/x', 301)],
    ],
  ],
])('a copied file %s can be left out: %s', (_, claim, steps) => {
  expect(savings(steps)?.items.find(({ fileBytes }) => fileBytes === 300_000)?.claim).toBe(claim)
})

test.each([
  ['RUN /srv/install.sh && rm -rf /srv', 'likely'],
  ['RUN rm -rf /srv', 'sure'],
])('a copied file with a mode of its own, which a mount would not have: %s is %s', (text, claim) => {
  const found = savings([
    ['COPY --chmod=755 . /srv', file('srv/install.sh', 300)],
    [text, gone('srv/install.sh')],
  ])
  expect(outline(found)).toEqual([['deleted-later', 'srv/install.sh', 300, 0, 1, claim]])
})

test('says how many files are outside of the path that has most of the bytes', () => {
  const made = [file('opt/lib/big', 5_000), file('opt/lib/small', 100), file('etc/other', 100)]
  const found = savings([
    ['RUN make', ...made],
    ['RUN rm -rf /opt /etc', ...made.map(({ path }) => gone(path))],
  ])!
  expect(found.items).toMatchObject([{ path: 'opt/lib/big', kind: 'directory', files: 3, filesElsewhere: 2 }])
})

describe('an archive that is deleted', () => {
  const archive = file('opt/a.tgz', 300)
  const found = (...others: readonly LayerEntry[]): unknown =>
    savings([
      [null, file('opt/old', 1)],
      ['COPY . /opt', directory('opt'), archive, ...others],
      [
        'RUN tar -xf /opt/a.tgz -C /srv && rm /opt/a.tgz /opt/b.zip',
        gone('opt/a.tgz'),
        ...others.filter(({ path }) => path.endsWith('.zip')).map(({ path }) => gone(path)),
      ],
    ])!.items

  test('is all that a line brings, or not', () => {
    expect(found()).toMatchObject([{ path: 'opt/a.tgz', kind: 'file', isWholeLine: true }])
    for (const other of [file('opt/new', 1), file('opt/old', 2), file('opt/empty', 0), directory('opt/d')])
      expect(found(other)).toMatchObject([{ path: 'opt/a.tgz', kind: 'file', isWholeLine: false }])
  })

  test('is listed with the others', () => {
    expect(found(file('opt/b.zip', 200))).toMatchObject([
      { path: 'opt', kind: 'directory', paths: ['opt/a.tgz', 'opt/b.zip'], files: 2, isWholeLine: true },
    ])
  })
})

test('compares contents where they are known: a copy is then sure, and another content is no copy', () => {
  const steps: Step[] = [
    ['COPY . /app', directory('app'), file('app/x', 300)],
    ['RUN chown -R 1000:1000 /app', directory('app'), file('app/x', 300)],
  ]
  expect(outline(savings(steps, {}, { checksums: { 'app/x': 7 } }))).toEqual([
    ['owner-or-mode', 'app/x', 300, 0, 1, 'sure'],
  ])
  expect(outline(savings(steps))).toEqual([['owner-or-mode', 'app/x', 300, 0, 1, 'likely']])
  expect(outline(savings(steps, {}, { checksums: { '0 app/x': 7, '1 app/x': 8 } }))).toEqual([
    ['replaced-later', 'app/x', 300, 0, 1, 'likely'],
  ])
})

describe('an edit that involves a later line', () => {
  const x = file('app/x', 300)
  const other = file('app/x', 301)
  const made: Step = ['RUN make', x]
  const copied: Step = ['COPY . /app', x, file('app/kept', 1)]
  const deletes: Step = ['RUN rm -rf /app/x && echo', gone('app/x')]
  const setting = (text: string): Partial<Stage> => ({ instructions: [{ text, line: 2, endLine: 2 }] })

  test.each<[string, readonly Step[], Partial<Stage>, string]>([
    ['joins two RUN instructions', [made, deletes], {}, 'likely'],
    ['repeats a deletion in the RUN above', [made, ['RUN rm -r /app/x', gone('app/x')]], {}, 'sure'],
    ['moves a COPY between them', [made, ['COPY y /y', file('y', 1)], deletes], {}, 'likely'],
    [
      'joins them across a change of the user',
      [made, ['COPY y /y', file('y', 1)], deletes],
      setting('USER app'),
      'likely',
    ],
    [
      'repeats a deletion that another user may not be allowed to do',
      [made, ['WORKDIR /w', directory('w')], ['RUN rm -r /app/x', gone('app/x')]],
      setting('USER app'),
      'likely',
    ],
    [
      'repeats a deletion after another folder was made',
      [made, ['WORKDIR /w', directory('w')], ['RUN rm -r /app/x', gone('app/x')]],
      {},
      'likely',
    ],
    [
      'repeats a deletion in another directory',
      [made, ['WORKDIR /app', directory('app')], ['RUN rm x', gone('app/x')]],
      {},
      'likely',
    ],
    ['makes no file that a COPY brings', [made, ['COPY x /app/', other]], {}, 'sure'],
    [
      'makes no file that a COPY brings later',
      [made, ['RUN cat /app/x', file('y', 1)], ['COPY x /app/', other]],
      {},
      'likely',
    ],
    ['copies no file that another COPY brings', [copied, ['COPY x /app/', other]], {}, 'sure'],
    ['copies no file that a RUN may change', [copied, ['RUN sed -i s/a/b/ /app/x', other]], {}, 'likely'],
    ['copies no file that a RUN deletes', [copied, ['RUN rm /app/x', gone('app/x')]], {}, 'sure'],
    [
      'deletes what is mounted in the RUN that made the files',
      [
        ['RUN --mount=type=cache,target=/app/x/c make', x],
        ['RUN rm -rf /app/x', gone('app/x')],
      ],
      {},
      'likely',
    ],
    [
      'deletes by a relative path what is mounted in the RUN that made the files',
      [
        ['RUN --mount=type=cache,target=/app/x/c make', x],
        ['RUN rm -rf x', gone('app/x')],
      ],
      { instructions: [{ text: 'WORKDIR /app', line: 0, endLine: 0 }] },
      'likely',
    ],
    [
      'joins a line between them that has a mount there',
      [made, ['RUN --mount=type=cache,target=/app/c make', file('y', 1)], ['RUN rm -rf /app && echo', gone('app')]],
      {},
      'likely',
    ],
    [
      'deletes a mount whose target is relative to another directory',
      [
        ['RUN --mount=type=bind,source=p,target=p make', x],
        ['RUN rm -rf /app', gone('app')],
      ],
      { instructions: [{ text: 'WORKDIR /app', line: 0, endLine: 0 }] },
      'likely',
    ],
    [
      'joins lines of which one has a mount, which may hide what another one makes',
      [made, ['RUN --mount=type=cache,target=/c make', file('y', 1)], ['RUN rm -rf /app/x && echo', gone('app/x')]],
      {},
      'likely',
    ],
    [
      'deletes beside what is mounted',
      [
        ['RUN --mount=type=cache,target=/app/y make', x],
        ['RUN rm -rf /app/x', gone('app/x')],
      ],
      {},
      'sure',
    ],
  ])('%s', (_title, steps, some, claim) => {
    expect(savings(steps, some)!.items.map((item) => item.claim)).toEqual([claim])
  })
})

describe('another owner or mode', () => {
  const x = file('app/x', 300)
  const y = file('app/y', 5)
  const app = directory('app')
  const claims = (...steps: readonly Step[]): unknown =>
    savings(steps, {}, { checksums: { 'app/x': 7, 'app/y': 8 } })!
      .items.filter(({ rule }) => rule === 'owner-or-mode')
      .map(({ claim }) => claim)

  test.each<[string, ...Step[]]>([
    ['all that it brings', ['COPY . /app', app, x, y], ['RUN chown -R 1000:1000 /app/', app, x, y]],
    ['both', ['COPY . /app', app, x], ['RUN chown -R 0:33 /app && chmod -R 750 /app', app, x]],
    ['its only file', [null, app], ['COPY x /app/', app, x], ['RUN chmod 755 /app/x && echo a > /a', x, file('a', 1)]],
    ['it after other copies', ['COPY . /app', app, x], ['COPY . /b', file('b', 1)], ['RUN chmod -R 700 /app', app, x]],
    [
      'it before another line adds to it',
      ['COPY . /app', app, x],
      ['RUN chmod -R 700 /app', app, x],
      ['RUN touch /app/z', file('app/z', 1)],
    ],
    ['what the RUN just before it made', ['RUN make', app, x], ['RUN chown -R app /app', app, x]],
  ])('is sure if the later line changes %s', (_name, ...steps) => {
    expect(claims(...steps)).toEqual(['sure'])
  })

  test.each<[string, ...Step[]]>([
    ['one file of several', ['COPY . /app', app, x, y], ['RUN chmod 600 /app/x && echo a > /a', x, file('a', 1)]],
    ['files and no directories', ['COPY . /app', app, x], ['RUN find /app -type f -exec chmod 640 {} +', x]],
    [
      'a folder, and not a file that it replaces elsewhere',
      [null, file('etc/x', 5)],
      ['COPY . /', app, x, file('etc/x', 6)],
      ['RUN chmod -R 700 /app', app, x],
    ],
    ['what is in a directory, and not that', ['COPY . /app', app, x], ['RUN chmod -R 700 /app/*', x]],
    ['a mode that depends on the one before', ['COPY . /app', app, x], ['RUN chmod -R u+x /app', app, x]],
    ['an account made in the same line', ['COPY . /app', app, x], ['RUN useradd app && chown -R app:app /app', app, x]],
    ['only the user', ['COPY . /app', app, x], ['RUN chown -R 1000 /app', app, x]],
    ['the folder of WORKDIR too', ['WORKDIR /app', app], ['COPY . .', app, x], ['RUN chown -R 1000:1000 /app', app, x]],
    [
      'files of another line too',
      ['COPY x /app/', app, x],
      ['COPY y /app/', app, y],
      ['RUN chmod -R 700 /app', app, x, y],
    ],
    [
      'a file that it makes itself',
      ['COPY . /app', app, x],
      ['RUN echo a > /app/z && chown -R 1:1 /app', app, x, file('app/z', 1)],
    ],
    ['folders that another step sees', ['COPY . /app', app, x], ['RUN ls'], ['RUN chmod -R 700 /app', app, x]],
    [
      'less than it brings',
      ['COPY . /app', app, x, directory('app/d')],
      ['RUN chown -R 1:1 /app/x && chmod 700 /app', app, x],
    ],
    ['it with a script', ['COPY . /app', app, x], ['RUN ./own && chown -R 1:1 /app', app, x]],
    ['it twice', ['COPY . /app', app, x, y], ['RUN chown -R 1:1 /app && chown 2:2 /app/y', app, x, y]],
    [
      'a folder of it without those above, which COPY makes',
      ['COPY x /app/d', app, directory('app/d'), x],
      ['RUN chmod -R 700 /app/x', x],
    ],
    ['what a linked copy brings', ['COPY --link . /app', app, x], ['RUN chmod -R 700 /app', app, x]],
    ['what an archive brings', ['ADD a.tar /app', app, x], ['RUN chmod -R 700 /app', app, x]],
    ['what an earlier RUN made', ['RUN make', app, x], ['RUN ls'], ['RUN chown -R app /app', app, x]],
    [
      'a folder with a setgid bit',
      ['COPY . /app', app, x, { ...directory('app/d'), attributes: { mode: 0o2755, uid: 0, gid: 0 } }],
      ['RUN chmod -R 755 /app', app, x, directory('app/d')],
    ],
  ])('is not sure if the later line changes %s', (_name, ...steps) => {
    expect(claims(...steps)).toEqual(['likely'])
  })

  test('is not sure if the two lines run as different users', () => {
    const steps: Step[] = [
      ['RUN make', app, x],
      ['RUN chmod -R 700 /app', app, x],
    ]
    const layers = stageOf(steps).layers.map((one, at) => ({
      ...one,
      instruction: { ...one.instruction!, line: at * 2 + 1, endLine: at * 2 + 1 },
    }))
    const found = (text: string): unknown =>
      savings(
        steps,
        { layers, instructions: [{ text, line: 2, endLine: 2 }] },
        { checksums: { 'app/x': 7 } },
      )!.items.map(({ claim }) => claim)
    expect([found('USER app'), found('LABEL a=b')]).toEqual([['likely'], ['sure']])
  })

  test('is not sure if the first line deletes its own folder, which the later one makes again', () => {
    const found = (text: string): unknown => {
      const instructions = [{ text: 'WORKDIR /w', line: 1, endLine: 1 }]
      const layers = stageOf([
        [text, x],
        ['RUN chown -R 1:1 /app', x],
      ]).layers.map((one, at) => ({
        ...one,
        instruction: { ...one.instruction!, line: at + 2, endLine: at + 2 },
      }))
      const known = { checksums: { 'app/x': 7 } }
      return savings(
        [
          [text, x],
          ['RUN chown -R 1:1 /app', x],
        ],
        { layers, instructions },
        known,
      )!.items[0]!.claim
    }
    expect([found('RUN make && rm -rf /w'), found('RUN make && rm -rf /w/x')]).toEqual(['likely', 'sure'])
  })
})

describe('a change of owner by name', () => {
  const owned = (entry: LayerEntry, uid: number, gid: number, mode = 0o644): LayerEntry => ({
    ...entry,
    attributes: { mode, uid, gid },
  })
  const found = (
    uids: readonly [number, number],
    modes: readonly [number, number] = [0o644, 0o644],
    text = 'RUN useradd app && chown -R app:app /app',
  ): unknown =>
    savings(
      [
        ['COPY app /app', directory('app'), owned(file('app/x', 150), 0, 0), owned(file('app/y', 150), 0, 0, modes[0])],
        [
          text,
          directory('app'),
          owned(file('app/x', 150), uids[0], 1000),
          owned(file('app/y', 150), uids[1], 1000, modes[1]),
        ],
      ],
      {},
      { checksums: { 'app/x': 1, 'app/y': 2 } },
    )!.items.map(({ rule, fileBytes, claim, becomes }) => [rule, fileBytes, claim, becomes])

  test('is sure, with the ids that the layer has', () => {
    expect(found([1000, 1000])).toEqual([['owner-or-mode', 300_000, 'sure', { owner: '1000:1000', mode: '644' }]])
  })

  test('is only likely if the files get several owners, or another mode too', () => {
    expect(found([1000, 1001])).toEqual([['owner-or-mode', 300_000, 'likely', { owner: null, mode: '644' }]])
    expect(found([1000, 1000], [0o4755, 0o755])).toMatchObject([['owner-or-mode', 300_000, 'likely', {}]])
    expect(found([1000, 1000], [0o4755, 0o755], 'RUN chown -R 1000:1000 /app')).toMatchObject([
      ['owner-or-mode', 300_000, 'likely', {}],
    ])
  })

  test('is only likely if the layers do not say who owns the files', () => {
    expect(found([-1, -1])).toEqual([['owner-or-mode', 300_000, 'likely', { owner: null, mode: null }]])
  })
})

describe('the same content', () => {
  const known = { checksums: { 'a/x': 1, 'b/x': 1, 'b/y': 2, 'c/y': 2, 'b/z': 3 } }

  test('counts once, at the later line, however small the files are', () => {
    const found = savings(
      [
        ['COPY a /a', file('a/x', 60), file('a/y', 60)],
        ['COPY b /b', file('b/x', 60), file('b/y', 50), file('b/z', 50)],
        ['RUN cp -r b c', file('c/y', 50)],
      ],
      {},
      { checksums: { ...known.checksums, 'a/y': 3, 'b/z': 3 } },
    )!
    // Files of another size differ, whatever their checksum is.
    expect(found.items).toEqual([])
    const large = savings(
      [
        ['COPY a /a', file('a/x', 60), file('a/y', 50)],
        ['COPY b /b', file('b/x', 60), file('b/z', 50)],
      ],
      {},
      { checksums: { 'a/x': 1, 'b/x': 1, 'a/y': 3, 'b/z': 3 } },
    )!
    expect(large.items).toMatchObject([
      {
        rule: 'same-bytes',
        path: 'b',
        files: 2,
        fileBytes: 110_000,
        layer: 1,
        other: { path: 'a', layer: 0 },
        claim: 'likely',
      },
    ])
  })

  test('is kept where it was first, even if a later line gave that file another mode', () => {
    const found = savings(
      [
        ['COPY a /a', directory('a'), file('a/x', 150)],
        ['RUN cp -r a b', directory('b'), file('b/x', 150)],
        ['RUN chmod -R 755 /a', directory('a'), file('a/x', 150)],
      ],
      {},
      known,
    )!
    expect(found.items.filter(({ rule }) => rule === 'same-bytes')).toMatchObject([
      { path: 'b/x', layer: 1, other: { path: 'a/x', layer: 0 } },
    ])
  })

  test('needs an edit for each file of one line, which small files are not worth', () => {
    const found = savings(
      [['RUN make', file('a/x', 150), file('b/x', 150), file('b/y', 50), file('c/y', 50)]],
      {},
      known,
    )!
    expect(found.items).toMatchObject([
      { path: 'b/x', kind: 'file', fileBytes: 150_000, other: { path: 'a/x', layer: 0 } },
    ])
  })

  test('is not looked for in packages', () => {
    const steps: Step[] = [
      ['RUN pip install x', file('a/x', 150)],
      ['RUN venv/bin/pip install x', file('b/x', 150)],
    ]
    const packages = { 1: packagesOf([{ ecosystem: 'pypi' }], [0]) }
    expect(savings(steps, {}, known)!.items.map(({ rule }) => rule)).toEqual(['same-bytes'])
    expect(savings(steps, {}, { ...known, packages })!.items).toEqual([])
  })

  test('is not looked for in the base image', () => {
    expect(
      savings(
        [
          [null, file('a/x', 150)],
          ['COPY b /b', file('b/x', 150)],
        ],
        {},
        known,
      )!.items,
    ).toEqual([])
  })
})

/** The packages of a layer, and the position of the package of each of its files in turn; -1 for none. */
function packagesOf(
  packages: readonly Partial<LayerPackage>[],
  owners: readonly number[],
  recommended?: readonly string[] | null,
): LayerPackagesAndOthers {
  const runs = new OwnerRuns()
  for (const owner of owners) runs.add(owner)
  const whole = packages.map((one): LayerPackage => ({
    ...{ ecosystem: 'deb', name: 'a', version: '1', path: 'a', fileBytes: 1, files: 1, parts: [] },
    ...one,
  }))
  return {
    ...noPackages,
    packages: whole,
    others: null,
    owners: runs.packed((owner) => owner),
    ...(recommended === undefined ? {} : { recommended }),
  }
}

describe('bytes that two edits save', () => {
  const elsewhere = (found: Savings | null): unknown =>
    found!.items.map(({ rule, fileBytes, bytesElsewhere }) => [rule, fileBytes / 1_000, (bytesElsewhere ?? 0) / 1_000])

  test('count in the first row, and the second says that it would also save them', () => {
    const found = savings([
      [null, file('base', 1)],
      ['RUN apt-get update', file('var/lib/apt/lists/x', 900), file('tmp/y', 400)],
      ['RUN rm -rf /var/lib/apt/lists/* /tmp/y', gone('var/lib/apt/lists/x'), gone('tmp/y')],
    ])
    expect(elsewhere(found)).toEqual([
      ['apt-lists', 900, 0],
      ['deleted-later', 400, 900],
    ])
  })

  test('are named by a row that joins RUN lines, if other rows join lines between these', () => {
    const made = (...more: readonly Step[]) => [
      ['RUN make', file('a', 300), file('b', 500), file('var/lib/apt/lists/x', 200)] as const,
      ['RUN change', gone('b'), gone('var/lib/apt/lists/x'), file('c', 700)] as const,
      ...more,
    ]
    expect(elsewhere(savings(made(['RUN end', gone('a'), gone('c')])))).toEqual([
      ['deleted-later', 700, 0],
      ['deleted-later', 500, 200],
      ['deleted-later', 300, 500 + 700 + 200],
      ['apt-lists', 200, 0],
    ])
    // Lines that are joined do not save what a COPY brings.
    expect(elsewhere(savings(made(['COPY d /', file('d', 900)], ['RUN end', gone('a'), gone('d')])))).toMatchObject([
      ['deleted-later', 900, 0],
      ['deleted-later', 500, 200],
      ['deleted-later', 300, 500 + 200],
      ['apt-lists', 200, 0],
    ])
    // A deletion that only moves up joins nothing.
    expect(
      elsewhere(
        savings([
          ['RUN make', file('a', 300)],
          ['RUN rm /a', gone('a'), file('b', 400)],
          ['RUN end', gone('b')],
        ]),
      ),
    ).toEqual([
      ['deleted-later', 400, 0],
      ['deleted-later', 300, 0],
    ])
  })

  test.each([
    ['below its path', 'site-packages/b/tests/x.a', 300],
    ['elsewhere, which its command does not reach', 'opt/site-packages/b/tests/x.a', 0],
  ])('are named if the edit of the second row reaches them: %s', (_name, path, more) => {
    const found = savings([
      ['RUN make', file(path, 300), file('site-packages/b/lib/y.a', 500), file('site-packages/z.a', 1)],
    ])
    expect(elsewhere(found)).toEqual([
      ['static-libraries', 501, more],
      ['tests', 300, 0],
    ])
  })

  test('are not mentioned if the row that counts them is too small for the list', () => {
    const found = savings([['RUN make', file('site-packages/b/tests/x.a', 99), file('site-packages/b/lib/y.a', 500)]])
    expect(elsewhere(found)).toEqual([['static-libraries', 500, 0]])
  })

  test('include those of a copy for another owner', () => {
    const attributes = (uid: number) => ({ mode: 0o644, uid, gid: 0 })
    const path = 'site-packages/b/tests/x'
    const found = savings(
      [
        ['RUN make', { ...file(path, 300), attributes: attributes(0) }],
        ['RUN chown -R app /', { ...file(path, 300), attributes: attributes(9) }],
      ],
      {},
      { checksums: { [path]: 7 } },
    )
    expect(elsewhere(found)).toEqual([
      ['tests', 300, 300],
      ['owner-or-mode', 300, 0],
    ])
  })

  test('include debug information of a second copy', () => {
    const found = savings(
      [['COPY . /', file('a', 900), file('b', 900)]],
      {},
      { checksums: { a: 7, b: 7 }, debugBytes: { a: 400_000, b: 400_000 } },
    )
    expect(elsewhere(found)).toEqual([
      ['same-bytes', 900, 0],
      ['debug-symbols', 400, 400],
    ])
  })
})

describe('compiled Python', () => {
  const compiled = file('lib/__pycache__/x.pyc', 500)
  const found = (
    lines: readonly string[],
    name = 'x',
    ecosystem: LayerPackage['ecosystem'] = 'pypi',
  ): readonly string[] => {
    const [first = '', ...more] = lines
    const steps: Step[] = [[first, compiled], ...more.map((text): Step => [text, file('y', 1)])]
    const packages = { 0: packagesOf([{ ecosystem, name }], [0]) }
    return savings(steps, {}, { packages })!.items.map(({ rule }) => rule)
  }

  test.each([
    ['RUN pip install x'],
    ['RUN --mount=type=cache,target=/root/.cache pip3.13 install -r requirements.txt'],
    ['RUN python3 -m venv /v && /v/bin/pip install x && rm -rf /tmp/x'],
    ['RUN set -eux; apt-get update; . /v/bin/activate; python -m pip install --target=/app x'],
    ['RUN pip install x', 'USER app', 'RUN useradd app && chown app /data', 'COPY . .'],
  ])('is a saving of %s', (...lines) => {
    expect(found(lines)).toEqual(['compiled-python'])
  })

  test.each([
    ['that is asked for', ['RUN pip install x && python -m compileall /lib']],
    ['that is left out already', ['RUN pip install --no-compile x']],
    ['that a setting leaves out', ['RUN PIP_NO_COMPILE=1 pip install x']],
    ['of a system package', ['RUN apt-get install python3-x']],
    ['of uv, which compiles nothing unless it is asked to', ['RUN uv pip install x']],
    ['of uv that pip installs', ['RUN pip install uv && uv sync']],
    ['of Poetry', ['RUN pip install poetry && poetry install']],
    ['of a line that runs what it installs', ['RUN pip install x && x --version']],
    ['of a line that runs Python', ['RUN pip install x && python -c "import x"']],
    ['that a later line would compile', ['RUN pip install x', 'RUN python manage.py collectstatic']],
    ['that a later line may compile', ['RUN pip install x', 'RUN ./setup']],
    ['of a build that imports what is installed', ['RUN pip install --no-build-isolation x']],
    ['that a line copies', ['COPY pip /lib']],
    ['of a line that is not known', ['']],
  ])('is no saving if it is one %s', (_name, lines) => {
    expect(found(lines)).toEqual([])
  })

  test('is no saving if it is of pip, which compiles itself, of the standard library, or of what venv installs', () => {
    expect(found(['RUN pip install --upgrade pip'], 'pip')).toEqual([])
    expect(found(['RUN pip install x'], 'x', 'deb')).toEqual([])
    expect(found(['RUN pip install --upgrade setuptools'], 'setuptools')).toEqual(['compiled-python'])
    expect(found(['RUN python -m venv /v && /v/bin/pip install x'], 'setuptools')).toEqual([])
    expect(savings([['RUN pip install x', compiled]])!.items).toEqual([])
  })
})

describe('packages', () => {
  const installed = [file('usr/bin/git', 500), file('usr/bin/less', 300), file('var/lib/dpkg/info/less.list', 5)]
  const told = (recommended: readonly string[] | null): LayerPackagesAndOthers =>
    packagesOf([{ name: 'git' }, { name: 'less' }], [0, 1, -1], recommended)

  test('that only came by recommendation are a saving if nothing wants them after a later line', () => {
    const found = savings(
      [
        ['RUN apt-get install -y git', ...installed],
        ['RUN apt-get remove -y git', gone('usr/bin/git')],
      ],
      {},
      { packages: { 0: told(['less']), 1: { ...packagesOf([], [], []), unwanted: ['less'] } } },
    )!
    expect(found.items).toMatchObject([
      { rule: 'deleted-later', fileBytes: 500_000 },
      { rule: 'recommended-packages', fileBytes: 305_000, packages: { names: ['less'], count: 1 } },
    ])
  })

  test('that only came by recommendation name what a later line removes of them', () => {
    const more = [file('usr/bin/ssh', 200), file('usr/share/doc/ssh/a', 400)]
    const found = savings(
      [
        ['RUN apt-get install -y git', ...installed, ...more],
        ['RUN apt-get purge -y git ssh', ...['usr/bin/git', 'usr/bin/ssh', 'usr/share/doc/ssh/a'].map(gone)],
      ],
      {},
      {
        packages: {
          0: packagesOf([{ name: 'git' }, { name: 'less' }, { name: 'ssh' }], [0, 1, -1, 2, 2], ['less', 'ssh']),
          1: { ...packagesOf([], [], []), unwanted: ['less'] },
        },
      },
    )!
    expect(found.items).toMatchObject([
      { rule: 'deleted-later', fileBytes: 1_100_000 },
      { rule: 'recommended-packages', fileBytes: 305_000, bytesElsewhere: 600_000, packages: { count: 1 } },
    ])
  })

  test("that only came by recommendation are a saving, with their files in dpkg's folder", () => {
    const found = savings([['RUN apt-get install -y git', ...installed]], {}, { packages: { 0: told(['less']) } })!
    expect(found.items).toMatchObject([
      { rule: 'recommended-packages', fileBytes: 305_000, files: 2, packages: { names: ['less'], count: 1 } },
    ])
  })

  test.each<[string, readonly Step[], LayerPackagesAndOthers | undefined]>([
    ['a later line needs them', [['RUN apt-get install -y pager', file('x', 1)]], packagesOf([], [], [])],
    [
      'it is not known whether a later line needs them',
      [['RUN apt-get install -y pager', file('x', 1)]],
      packagesOf([], [], null),
    ],
  ])('that came by recommendation are no saving if %s', (_name, more, later) => {
    const steps: Step[] = [['RUN apt-get install -y git', ...installed], ...more]
    expect(savings(steps, {}, { packages: { 0: told(['less']), 1: later! } })!.items).toEqual([])
  })

  test('are no saving if recommendations are not known, or the line already leaves them out', () => {
    const of = (text: string, recommended: readonly string[] | null): unknown =>
      savings([[text, ...installed]], {}, { packages: { 0: told(recommended) } })!.items
    expect(of('RUN apt-get install -y git', null)).toEqual([])
    expect(of('RUN apt-get install -y --no-install-recommends git', ['less'])).toEqual([])
  })

  /** The second one is only needed for development. */
  const ofNpm = packagesOf(
    [
      { ecosystem: 'npm', name: 'a' },
      { ecosystem: 'npm', name: 'b', isForDevelopment: true },
    ],
    [0, 1],
  )
  const inModules = [file('app/node_modules/a/x', 400), file('app/node_modules/b/x', 300)]

  test('that only development needs are a saving in both layers if a later line changes their owner', () => {
    const found = savings(
      [
        ['RUN npm ci', ...inModules],
        ['RUN mkdir -p /data && chown -R node:node /app', ...inModules],
      ],
      {},
      // The second layer has no metadata.
      { packages: { 0: ofNpm } },
    )!
    expect(found.items).toMatchObject([
      { rule: 'owner-or-mode', fileBytes: 700_000 },
      // The account is called like the program.
      { rule: 'development-packages', fileBytes: 300_000, bytesElsewhere: 300_000, layer: 0, laterLayer: null },
    ])
  })

  test('that only development needs are no saving of a line that changes the owner of a file with two names', () => {
    const found = savings(
      [
        ['RUN npm ci', ...inModules, hard('app/node_modules/b/y', 'app/node_modules/b/x')],
        ['RUN chown -R node:node /app', ...inModules, file('app/node_modules/b/y', 300)],
      ],
      {},
      {
        packages: {
          0: ofNpm,
          1: packagesOf(
            [
              { ecosystem: 'npm', name: 'a' },
              { ecosystem: 'npm', name: 'b', isForDevelopment: true },
            ],
            [0, 1, 1],
          ),
        },
      },
    )!
    expect(found.items.filter(({ rule }) => rule === 'development-packages')).toMatchObject([{ layer: 0 }])
  })

  test('that only development needs are no saving of a line if a later one installs them again', () => {
    const found = savings(
      [
        ['RUN npm ci', ...inModules],
        ['RUN npm ci', ...inModules],
      ],
      {},
      { packages: { 0: ofNpm } },
    )!
    expect(found.items).toMatchObject([{ rule: 'replaced-later', fileBytes: 700_000 }])
  })

  test('that only development needs are a saving with a file that only they have, under several names', () => {
    const bytes = (...links: readonly string[]): unknown =>
      savings(
        [
          [
            'RUN npm ci',
            file('app/node_modules/@tool/linux/bin/tool', 300),
            file('app/node_modules/@tool/linux/package.json', 1),
            ...['tool', 'app'].flatMap((name) => [
              file(`app/node_modules/${name}/package.json`, 1),
              directory(`app/node_modules/${name}/bin`),
            ]),
            directory('usr/bin'),
            ...links.map((path) => hard(path, 'app/node_modules/@tool/linux/bin/tool')),
          ],
        ],
        {},
        {
          packages: {
            0: packagesOf(
              [
                { ecosystem: 'npm', name: '@tool/linux', isForDevelopment: true },
                { ecosystem: 'npm', name: 'tool', isForDevelopment: true },
                { ecosystem: 'npm', name: 'app' },
              ],
              [0, 0, 1, 2],
            ),
          },
        },
      )!.items.map(({ rule, fileBytes, files, packages }) => [rule, fileBytes, files, packages?.count])
    const whole = [['development-packages', 302_000, 3, 2]]
    expect(bytes()).toEqual(whole)
    expect(bytes('app/node_modules/tool/bin/tool')).toEqual(whole)
    expect(bytes('app/node_modules/tool/bin/tool', 'app/node_modules/@tool/linux/again')).toEqual(whole)
    // Another name keeps the bytes in the layer.
    expect(bytes('app/node_modules/app/bin/tool')).toEqual([])
    expect(bytes('app/node_modules/tool/bin/tool', 'usr/bin/tool')).toEqual([])
    expect(bytes('app/node_modules/.bin/tool')).toEqual([])
  })

  test('that only development needs are a saving', () => {
    const found = savings(
      [
        ['RUN npm ci', ...inModules],
        ['RUN npm run build', file('app/dist', 1)],
      ],
      {},
      {
        packages: { 0: ofNpm },
      },
    )
    expect(outline(found)).toEqual([['development-packages', 'app/node_modules/b/x', 300, 0, 1, 'likely']])
  })
})

describe('debug information', () => {
  const steps: Step[] = [['RUN make', file('usr/bin/a', 900)]]
  const debugBytes = { 'usr/bin/a': 400_000 }

  test('is a part of a file', () => {
    expect(outline(savings(steps, {}, { debugBytes }))).toEqual([
      ['debug-symbols', 'usr/bin/a', 400, 0, null, 'likely'],
    ])
  })

  test('that is larger than its file is not believed', () => {
    expect(outline(savings(steps, {}, { debugBytes: { 'usr/bin/a': 900_001 } }))).toEqual([])
  })

  test.each<[Partial<LayerPackage>, string[]]>([
    [{ ecosystem: 'golang' }, ['go-symbols']],
    [{ ecosystem: 'cargo' }, ['debug-symbols']],
    [{ ecosystem: 'deb' }, []],
    [{ ecosystem: 'pypi' }, []],
  ])('of a file of %p gives %p', (one, expected) => {
    const found = savings(steps, {}, { debugBytes, packages: { 0: packagesOf([one], [0]) } })!
    expect(found.items.map(({ rule }) => rule)).toEqual(expected)
  })
})

test('treats a file of the same size as replaced if no line changes owners', () => {
  const found = savings([
    ['RUN make', file('app/x', 300)],
    ['RUN make again', file('app/x', 300)],
  ])
  expect(outline(found)).toEqual([['replaced-later', 'app/x', 300, 0, 1, 'likely']])
})

test('counts hard links only if all names of the file are in the cache', () => {
  const store = 'root/.local/share/pnpm/store/v3'
  const found = savings([
    [
      'RUN pnpm install',
      file(`${store}/a`, 400),
      file(`${store}/b`, 500),
      hard(`${store}/c`, `${store}/b`),
      hard('app/node_modules/x/index.js', `${store}/a`),
    ],
  ])
  expect(outline(found)).toEqual([['pnpm-store', 'root/.local/share/pnpm/store', 500, 0, null, 'sure']])
})

test.each<[string, readonly Step[], unknown]>([
  [
    'lists that a later line installs from',
    [
      ['RUN apt-get update', file('var/lib/apt/lists/x', 500)],
      ['RUN apt-get -qq install -y tool', file('usr/bin/tool', 100)],
    ],
    [['apt-lists-read', 'var/lib/apt/lists/x', 500, 0, 1, 'sure']],
  ],
  [
    'lists that several later lines install from',
    [
      ['RUN apt-get update', file('var/lib/apt/lists/x', 500)],
      ['RUN apt-get install -y tool', file('usr/bin/tool', 100)],
      ['RUN apt-get -y upgrade', file('usr/bin/other', 100)],
    ],
    [['apt-lists-read', 'var/lib/apt/lists/x', 500, 0, 2, 'sure']],
  ],
  [
    'lists that a later line reads before it fetches new ones',
    [
      ['RUN apt-get update', file('var/lib/apt/lists/x', 500)],
      ['RUN apt-get install gnupg && apt-get update && rm -rf /var/lib/apt/lists/*', file('usr/bin/gpg', 100)],
    ],
    [['apt-lists-read', 'var/lib/apt/lists/x', 500, 0, 1, 'sure']],
  ],
  [
    'lists that a later line would fetch again, and keep',
    [
      ['RUN apt-get update', file('var/lib/apt/lists/x', 500)],
      ['RUN apt-get update && \\\n  apt-get install tool', file('usr/bin/tool', 100)],
    ],
    [['apt-lists-read', 'var/lib/apt/lists/x', 500, 0, 1, 'sure']],
  ],
  [
    'lists that a later line fetches again, and removes',
    [
      ['RUN apt-get update', file('var/lib/apt/lists/x', 500)],
      ['RUN pip install x && apt-get update && rm -rf /var/lib/apt/lists/*', file('usr/bin/tool', 100)],
    ],
    [['apt-lists', 'var/lib/apt/lists', 500, 0, null, 'likely']],
  ],
  [
    'a cache of apt that a later line writes again, and the one of that line',
    [
      ['RUN apt-get update', file('var/cache/apt/pkgcache.bin', 500)],
      ['RUN apt-get install -y tool', file('var/cache/apt/srcpkgcache.bin', 400)],
    ],
    [
      ['apt-archives', 'var/cache/apt', 500, 0, null, 'likely'],
      ['apt-archives', 'var/cache/apt', 400, 1, null, 'sure'],
    ],
  ],
  [
    'a clone that a later line reads, and one that none reads',
    [
      ['RUN git clone x', file('x/.git/pack', 500)],
      ['RUN git -C x checkout v1', file('x/main.c', 100)],
      ['RUN git clone y', file('y/.git/pack', 400)],
      ['RUN git clone z', file('z/.git/pack', 300)],
    ],
    [
      ['git-folder', 'x/.git', 500, 0, null, 'likely'],
      ['git-folder', 'y/.git', 400, 2, null, 'sure'],
      ['git-folder', 'z/.git', 300, 3, null, 'sure'],
    ],
  ],
  [
    "Yarn's cache that programs load their packages from",
    [['RUN yarn install', file('root/.yarn/berry/cache/ms.zip', 500), file('app/.pnp.cjs', 50)]],
    [['yarn-cache', 'root/.yarn/berry/cache', 500, 0, null, 'likely']],
  ],
  [
    'history that a later line may read',
    [
      ['COPY . .', file('app/.git/pack', 500)],
      ['RUN git describe > /version', file('version', 1)],
    ],
    [['git-folder', 'app/.git', 500, 0, null, 'likely']],
  ],
  ['what is too light', [['RUN pip install x', file('root/.cache/pip/x', 99)]], []],
  [
    'what is too light in a large image',
    [
      ['RUN pip install x', file('root/.cache/pip/x', 999)],
      ['RUN make', file('big', 1_000_000)],
    ],
    [],
  ],
  [
    'a package that is called test',
    [['RUN npm ci', file('app/node_modules/test/index.js', 500), file('app/node_modules/@a/test/index.js', 500)]],
    [],
  ],
])('the savings of %s', (_name, steps, expected) => {
  expect(outline(savings(steps))).toEqual(expected)
})

test('keeps as many savings as a record may have, the largest first', () => {
  const entries = Array.from({ length: 150 }, (_, at) => file(`app/${at}/.parcel-cache/x`, 1_000 + at))
  const found = savings([['RUN npm run build', ...entries]])!
  expect(found.items.length).toBe(100)
  expect(found.items[0]).toMatchObject({ path: 'app/149/.parcel-cache', fileBytes: 1_149_000 })
  expect(found.fileBytes).toBe(entries.reduce((sum, { fileBytes }) => sum + fileBytes, 0))
})

test('ranks savings by bytes, and then by line', () => {
  const one = (layer: number, fileBytes: number): Savings['items'][number] => ({
    ...{ rule: 'apt-lists', path: 'x', kind: 'file', files: 1, claim: 'sure', laterLayer: null },
    ...{ layer, fileBytes },
  })
  const items = [one(2, 200), one(0, 300), one(3, 900), one(1, 200)]
  expect(items.toSorted(bySaving).map(({ layer: at }) => at)).toEqual([3, 0, 1, 2])
})

test.each([
  ['var/lib/apt/lists', 'apt package lists'],
  ['/var/lib/apt/lists/mirror.example_Packages', 'apt package lists'],
  ['srv/app/.gradle/caches/x', 'cache of Gradle'],
  ['srv/app/.git/objects', 'history of Git'],
  ['opt/var/lib/apt/lists', null],
  ['', null],
])('names the cache at %s: %s', (path, name) => {
  expect(cacheOfPath(path)?.name ?? null).toBe(name)
})

test.each([
  ['COPY --from=build /root/.m2/repository /root/.m2/repository', 'likely'],
  ['COPY --from=build /root/.m2/repository/org/x /root/.m2/repository/org/', 'likely'],
  ['COPY ["repository/", "/root/.m2/repository/"]', 'likely'],
  ['COPY --from=build /root /root', 'sure'],
  ['COPY --from=build /root/.m2 /root/.m2', 'sure'],
])('a cache that a COPY names is only a likely saving: %s', (text, claim) => {
  expect(savings([[text, file('root/.m2/repository/org/x', 500)]])!.items.map((one) => one.claim)).toEqual([claim])
})

test('counts a copy for another owner at the RUN that wrote the file again', () => {
  const x = (uid: number): LayerEntry => ({ ...file('app/x', 300), attributes: { mode: 0o644, uid, gid: 0 } })
  const steps = (run: string): readonly Step[] => [
    ['COPY --chown=5 . /app', x(5)],
    [run, x(0)],
    ['RUN chown -R 5 /app', x(5)],
  ]
  const layersOf = (run: string): unknown =>
    savings(steps(run), {}, { checksums: { 'app/x': 7 } })!.items.map(({ rule, layer, laterLayer }) => [rule, layer, laterLayer]) // prettier-ignore
  expect(layersOf('RUN npm ci')).toEqual([
    ['replaced-later', 0, 1],
    ['owner-or-mode', 1, 2],
  ])
  expect(layersOf('RUN chown -R 0 /app')).toEqual([['owner-or-mode', 0, 1], ['owner-or-mode', 0, 2]]) // prettier-ignore
})

test.each([
  ['.cache/uv', 'uv pip install x', ['usr/bin/uv', 'bin/uvx', 'Python/Scripts/uv.exe']],
  ['srv/.git', 'git clone https://example.com/x /srv', ['usr/bin/git', 'Git/cmd/git.exe']],
  ['root/go/pkg/mod', 'go mod download', ['usr/local/go/bin/go']],
  ['usr/local/cargo/registry', 'cargo fetch', ['usr/local/cargo/bin/cargo']],
  ['root/.m2/repository', 'mvn package', ['usr/share/maven/bin/mvn', 'srv/mvnw']],
  ['root/.gradle/caches', 'gradle build', ['opt/gradle/bin/gradle', 'srv/gradlew']],
  ['root/.nuget/packages', 'dotnet restore', ['usr/bin/dotnet']],
  ['root/.ccache', 'ccache cc x.c', ['usr/bin/ccache']],
])(
  '%s is a likely saving if the image has a program that reads it, and a sure one otherwise',
  (path, text, programs) => {
    const claims = (...others: readonly LayerEntry[]): unknown =>
      savings([[`RUN ${text}`, file(`${path}/x`, 500), ...others]])!.items.map(({ claim }) => claim)
    expect(claims()).toEqual(['sure'])
    for (const program of programs) {
      expect([program, claims(file(program, 1))]).toEqual([program, ['likely']])
      expect([program, claims({ path: program, kind: 'symlink', fileBytes: 0, linkTarget: '/opt/x' })]).toEqual([
        program,
        ['likely'],
      ])
      expect([program, claims(file(`${program}z`, 1))]).toEqual([program, ['sure']])
    }
    // A file or a folder of the same name elsewhere is no program.
    const name = programs[0]!.slice(programs[0]!.lastIndexOf('/') + 1)
    expect(claims(file(`srv/etc/${name}`, 1))).toEqual(['sure'])
  },
)

test.each([
  ...['RUN npm ci --omit=dev --offline', 'RUN yarn --prefer-offline', 'ENV UV_OFFLINE=1'],
  ...[
    'RUN --network=none npm ci',
    'RUN pip install --no-index --find-links=/root/.cache/pip/w x',
    'ENV PIP_NO_INDEX=1',
  ],
])('a cache of packages is only a likely saving beside %s', (text) => {
  const lists = [file('var/lib/apt/lists/x', 500), file('var/lib/dpkg/status', 1)]
  const ofApt = savings([
    ['RUN apt-get update && apt-get install -y x', ...lists],
    [text, file('app/x', 1)],
  ])
  expect(ofApt!.items.map(({ claim }) => claim)).toEqual([text.includes('--network') ? 'likely' : 'sure'])
  const claims = (...steps: readonly Step[]): unknown =>
    savings([['RUN npm ci', file('root/.npm/_cacache/x', 500)], ...steps])!.items.map(({ claim }) => claim)
  expect(claims(['RUN make', file('app/x', 1)])).toEqual(['sure'])
  expect(claims([text, file('app/x', 1)])).toEqual(['likely'])
  expect(
    savings([['RUN npm ci', file('root/.npm/_cacache/x', 500)]], { instructions: [{ text, line: 2, endLine: 2 }] })!
      .items[0]!.claim,
  ).toBe('likely')
})

test('the environments of applications that Poetry keeps beside its cache are no saving', () => {
  const items = savings([
    [
      'RUN poetry install',
      file('root/.cache/pypoetry/virtualenvs/app-py3.13/lib/python3.13/site-packages/x.py', 900),
      file('root/.cache/pypoetry/cache/repositories/x', 500),
      file('root/.cache/pypoetry/artifacts/x.whl', 600),
    ],
  ])!.items
  expect(items.map(({ path, fileBytes }) => [path, fileBytes])).toEqual([
    ['root/.cache/pypoetry/artifacts', 600_000],
    ['root/.cache/pypoetry/cache', 500_000],
  ])
})

test.each([
  ['RUN uv pip install x', 'root/.cache/uv/archive-v0/x', 'app/.venv/lib/x.py', '/root/.cache/uv/archive-v0/x/a.py'],
  ['RUN pnpm add -g x', 'root/.local/share/pnpm/store/v11/links/x', 'root/.local/share/pnpm/x', 'store/v11/links/x'],
  ['RUN conda install x', 'opt/conda/pkgs/x', 'opt/conda/lib/x.so', '../pkgs/x/a.py'],
])('no cache is a saving if a link elsewhere leads into it: %s', (text, folder, path, linkTarget) => {
  const link = (from: string, to: string): LayerEntry => ({ path: from, kind: 'symlink', fileBytes: 0, linkTarget: to })
  const rows = (...steps: readonly Step[]): unknown => savings(steps)!.items.length
  const made: Step = [text, file(`${folder}/a.py`, 500)]
  expect(rows([...made, link(path, linkTarget)])).toBe(0)
  expect(rows(made, ['RUN link', link(path, linkTarget)])).toBe(0)
  // A link into another folder, one to what is not there, and one inside of the cache.
  expect(rows([...made, link(path, '/srv')])).toBe(1)
  expect(rows([...made, link(path, `/${folder}/b/c`)])).toBe(1)
  expect(rows([...made, link(`${folder}/b`, 'a.py')])).toBe(1)
})

test('a folder of Git is a likely saving if its pattern would leave out another one', () => {
  const claims = (...others: readonly LayerEntry[]): unknown =>
    savings([['COPY . /app', file('app/.git/x', 500), ...others]])!.items.map(({ claim }) => claim)
  expect(claims()).toEqual(['sure'])
  expect(claims(file('app/sub/.git', 1))).toEqual(['likely'])
})

test('lists that a later line reads are a likely saving if apt keeps its cache', () => {
  const claims = (...others: readonly LayerEntry[]): unknown =>
    savings([
      ['RUN apt-get update', file('var/lib/apt/lists/x', 500), ...others],
      ['RUN apt-get install -y tool', file('usr/bin/tool', 1)],
    ])!.items.map(({ rule, claim }) => [rule, claim])
  expect(claims()).toEqual([['apt-lists-read', 'sure']])
  expect(claims(file('var/cache/apt/srcpkgcache.bin', 1))).toEqual([['apt-lists-read', 'likely']])
})

test('looks for a limited number of archives in later instructions, because each search reads all of them', () => {
  const kept = (unpacked: number): unknown => {
    const copied = Array.from({ length: 2_000 }, (_, nth) => file(`a${nth}.zip`, nth === unpacked ? 900 : 1))
    return outline(
      savings([
        ['COPY . /', ...copied],
        [`RUN unzip /a${unpacked}.zip`, file('x', 1)],
      ]),
    )
  }
  expect(kept(999)).toEqual([['archive-kept', 'a999.zip', 900, 0, 1, 'likely']])
  expect(kept(1_000)).toEqual([])
})

test.each([
  ['RUN chown 1000:1000 /opt/model.tar.gz', false],
  ['RUN ls -l /opt/model.tar.gz && cp /opt/model.tar.gz /srv/m2.tar.gz', false],
  ['RUN cd /srv; /bin/tar xf /opt/model.tar.gz', true],
  ['RUN tar xf /opt/model.tar.gz', true],
])('an archive that a later line only names is not unpacked: %s', (text, isUnpacked) => {
  const found = savings([
    ['COPY model.tar.gz /opt/', file('opt/model.tar.gz', 500)],
    [text, file('x', 1)],
  ])
  expect(found?.items.some(({ rule }) => rule === 'archive-kept')).toBe(isUnpacked)
})

test.each([
  ['COPY src /src', 'sure'],
  ['COPY .git .git', 'likely'],
  ['RUN --mount=type=bind,source=.git,target=/g git log', 'likely'],
  ['ADD ["./.git", "/g/"]', 'likely'],
])('an ignore file is not sure if another line names the history: %s', (text, claim) => {
  const others = [stage({ name: 'build', index: 1, instructions: [{ text, line: 1, endLine: 1 }] })]
  const of = (copy: string): string | undefined =>
    savings([[copy, file('app/.git/x', 500), file('app/a', 1)]], {}, { others })?.items[0]?.claim
  expect(of('COPY . /app')).toBe(claim)
  // These do not depend on an ignore file.
  for (const copy of ['COPY --from=build /app /app', 'COPY .git /app/.git', 'RUN git clone x /app'])
    expect(of(copy)).toBe('sure')
})

test.each([
  [['COPY . .', 'RUN git describe --always'], 'likely'],
  [['COPY . .', 'RUN make'], 'likely'],
  [['RUN --mount=type=bind,target=. git log'], 'likely'],
  [['COPY . .', 'RUN apt-get update'], 'sure'],
  [['RUN --mount=type=cache,target=/c make'], 'sure'],
  [['RUN --mount=type=bind,from=other,target=/o make'], 'sure'],
  [['COPY --from=other / /', 'RUN make'], 'sure'],
  [['COPY src package.json /src/', 'RUN make'], 'sure'],
])('an ignore file is not sure if another stage may read the history of the context: %j', (texts, claim) => {
  const instructions = texts.map((text, at) => ({ text, line: at + 1, endLine: at + 1 }))
  const others = [stage({ name: 'build', index: 1, instructions })]
  const found = savings([['COPY . /app', file('app/.git/x', 500), file('app/a', 1)]], {}, { others })
  expect(found?.items[0]?.claim).toBe(claim)
})

test('a stage that the target does not need may read the history, too', () => {
  const unweighed = [{ instructions: [{ text: 'RUN --mount=type=bind,target=/g git log', line: 1, endLine: 1 }] }]
  const found = savings([['COPY . /app', file('app/.git/x', 500), file('app/a', 1)]], {}, { unweighed })
  expect(found?.items[0]?.claim).toBe('likely')
})

test.each([
  [[['COPY . /app', file('app/.git/x', 500), file('app/a', 1)]], 'RUN apt-get install git && git describe'],
  [[['RUN apt-get update && apt-get install -y x', file('var/lib/apt/lists/x', 500)]], 'RUN apt-get install -y bc'],
] as const)('a stage that is FROM this one may need the files: %#', (steps, text) => {
  const claim = (isAbove: boolean): unknown =>
    savings(steps.map(([one, ...entries]): Step => [one, ...entries]), {}, { unweighed: [{ isAbove, instructions: [{ text, line: 1, endLine: 1 }] }] })?.items[0]?.claim // prettier-ignore
  expect([claim(false), claim(true)]).toEqual(['sure', 'likely'])
})

test('a deletion of a folder that a COPY fills is not surely repeated in the RUN that fills it too', () => {
  const made = ['RUN make', file('src/out/x', 400)] as const
  const claims = (...steps: readonly Step[]): unknown =>
    savings(steps)?.items.map(({ layer, rule, claim }) => [layer, rule, claim])
  const rule = 'deleted-later'
  expect(claims(['COPY . /src', file('src/a', 500)], [...made], ['RUN rm -rf /src', gone('src')])).toEqual([
    [0, rule, 'likely'],
    [1, rule, 'likely'],
  ])
  // A deletion around that of the copy, or in another line.
  expect(claims(['COPY . /b/src', file('b/src/a', 500)], ['RUN make', file('b/x', 400)], ['RUN rm -rf /b/src /b', gone('b')])).toContainEqual([1, rule, 'likely']) // prettier-ignore
  expect(
    claims(['COPY . /b/src', file('b/src/a', 500)], ['RUN make', file('b/x', 400)], ['RUN rm -rf /b/src', gone('b/src')], ['RUN rm -rf /b', gone('b')]), // prettier-ignore
  ).toContainEqual([1, rule, 'likely'])
  expect(
    claims(['COPY . /src', file('src/a', 500)], ['RUN make', file('out/x', 400)], ['RUN rm -rf /src /out', gone('src'), gone('out')]), // prettier-ignore
  ).toEqual([
    [0, rule, 'likely'],
    [1, rule, 'likely'],
  ])
})

test('finds only whole words in an instruction', () => {
  expect(says('RUN chown -R a /x', 'chown')).toBe(true)
  expect(says('RUN true&&chown a /x', 'chown')).toBe(true)
  expect(says('COPY --chown=a x /x', 'chown')).toBe(false)
  expect(says('RUN ./rechown x', 'chown')).toBe(false)
})

test('docs/savings.md has a row for each rule, with its claim', () => {
  const page = readFileSync(new URL('../../docs/savings.md', import.meta.url), 'utf8').split('## Rules')[1]!
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id]) => id)
  expect(listed.toSorted()).toEqual(rules.map(({ id }) => id).toSorted())
  for (const { id, likely } of rules)
    expect(page).toMatch(
      new RegExp(`^\\| \`${id}\` .*\\| ${likely === null ? '(sure|the same)' : 'likely'}[^|]* \\|$`, 'm'),
    )
})

describe('package lists of apt', () => {
  const lists = file('var/lib/apt/lists/x', 500)

  test.each<[string, readonly string[], 'sure' | 'likely']>([
    [
      'a RUN that also installs, if a script follows',
      ['RUN apt-get update && apt-get install -y curl', 'RUN sh /setup.sh'],
      'likely',
    ],
    ['a RUN that also installs', ['RUN apt-get update && apt-get install -y curl', 'RUN make'], 'sure'],
    ['a RUN that only fetches them, if nothing follows', ['RUN apt-get update', 'COPY x /x'], 'sure'],
    ['a RUN that only fetches them, if harmless commands follow', ['RUN apt-get update', 'RUN mkdir /x'], 'sure'],
    ['a RUN that only fetches them, if a script follows', ['RUN apt-get update', 'RUN sh /install.sh'], 'likely'],
  ])('of %s', (_title, [first = '', second = ''], claim) => {
    const found = savings([
      [first, lists],
      [second, file('x', 1)],
    ])!
    expect(found.items.map((item) => [item.rule, item.claim])).toEqual([['apt-lists', claim]])
  })

  test.each([
    ['another stage is FROM the same parent', [{ user: 1, used: 0, via: 'from' }], 'likely'],
    ['no other stage uses the parent', [], 'sure'],
    ['it is not known who uses the parent', null, 'likely'],
  ] as const)('in a layer of a parent, if %s', (_title, others, claim) => {
    const steps: readonly Step[] = [['RUN apt-get update && apt-get install -y curl', lists]]
    const inherited = stageOf(steps).layers.map((one): Layer => ({ ...one, origin: 'inherited' }))
    const uses = others && [{ user: 2, used: 0, via: 'from' } as const, ...others]
    const found = savings(steps, { index: 2, layers: inherited }, { uses })!
    expect(found.items.map((item) => item.claim)).toEqual([claim])
    const own = savings(steps, { index: 2 }, { uses })!
    expect(own.items.map((item) => item.claim)).toEqual(['sure'])
  })
})

describe('files of a parent that a later line deletes', () => {
  const make = 'RUN head -c 900000 /dev/urandom > /sdk'
  const found = (between: readonly string[], parent: readonly string[] | null, more: readonly StageUse[] = []) => {
    const steps: readonly Step[] = [
      [make, file('sdk', 900)],
      ...between.map((text): Step => [text, file('o', 1)]),
      ['RUN install-from-sdk && rm /sdk', gone('sdk')],
    ]
    const layers = stageOf(steps).layers.map(({ instruction, ...one }, at): Layer => {
      const line = at === 0 ? 1 : at + 10
      return { ...one, origin: at === 0 ? 'inherited' : 'own', instruction: { ...instruction!, line, endLine: line } }
    })
    const instructions = parent?.map((text, at) => ({ text, line: at + 1, endLine: at + 1 })) ?? []
    const uses = [{ user: 2, used: 0, via: 'from' } as const, ...more]
    const others = parent === null ? [] : [stage({ index: 0, instructions })]
    return savings(steps, { index: 2, layers, instructions: [] }, { uses, others })!
  }

  test.each<[string, readonly string[], readonly string[] | null, 'sure' | 'likely']>([
    ['its instructions are known', [], [make], 'likely'],
    ['a file of the context is copied in between', ['COPY o /o'], [make], 'likely'],
    ['a setting of it applies to the later line only', [], [make, 'USER app'], 'likely'],
    ['its instructions are not known', [], null, 'likely'],
    // That stage may be made from this one.
    ['a stage is copied from in between', ['COPY --from=build /o /o'], [make], 'likely'],
  ])('if %s', (_title, between, parent, claim) => {
    expect(found(between, parent).items.map((item) => item.claim)).toEqual([claim])
  })

  test('if another stage may need them', () => {
    const { items } = found([], [make], [{ user: 1, used: 0, via: 'from' }])
    expect(items.map((item) => [item.claim, item.isShared])).toEqual([['likely', true]])
  })

  test('do not bring what else the line deletes', () => {
    const steps: readonly Step[] = [
      ['RUN apt-get update && apt-get install -y x && make', file('sdk', 900), file('var/lib/apt/lists/x', 500)],
      ['COPY --from=build /o /o', file('o', 1)],
      ['RUN rm -rf /sdk /var/lib/apt/lists/*', gone('sdk'), gone('var/lib/apt/lists/x')],
    ]
    const elsewhereIf = (origin: Layer['origin']): unknown => {
      const layers = stageOf(steps).layers.map((one, at): Layer => (at === 0 ? { ...one, origin } : one))
      return savings(steps, { layers })!.items.find(({ rule }) => rule === 'deleted-later')?.bytesElsewhere
    }
    expect([elsewhereIf('own'), elsewhereIf('inherited')]).toEqual([500_000, undefined])
  })
})

test.each<[string, string, boolean]>([
  ['RUN curl -O https://host/x-1.2.tgz && tar xf x-1.2.tgz', 'x-1.2.tgz', true],
  ['RUN curl -O https://host/v$V/x-${V}.tgz && tar xf x-${V}.tgz', 'x-1.2.tgz', true],
  ['RUN curl -o "/tmp/x-$A-$B.zip" $URL && unzip /tmp/x-$A-$B.zip', 'x-a-b.zip', true],
  ['RUN curl -O https://host/x-$A-b-$B.zip && unzip x-$A-b-$B.zip', 'x-b-a.zip', false],
  ['RUN curl -O $URL && tar xf $FILE', 'x.tgz', false],
  ['RUN tar -C /src --exclude=x -czf /opt/x.tgz .', 'x.tgz', false],
  ['RUN (curl -O https://host/x.tgz; /bin/tar -C /src --extract -f x.tgz)', 'x.tgz', true],
  ['RUN curl -O https://host/x.tgz && tar -C /src -zxf x.tgz', 'x.tgz', true],
  ['RUN curl -O https://host/x.tgz', 'x.tgz', false],
  ['RUN npm ci && tar xf other.tgz', 'test.tgz', false],
])('a RUN leaves an archive that it unpacks: %s, %s: %s', (text, name, expected) => {
  const found = savings([[text, file(`opt/${name}`, 300)]])
  expect(outline(found)).toEqual(expected ? [['archive-left', `opt/${name}`, 300, 0, null, 'likely']] : [])
})

test.each([
  ['apt-get -y remove less', 'likely'],
  ['apt-get autoremove --purge -y', 'likely'],
  ['apt-get clean', 'sure'],
  ['rm -rf /opt/remove', 'sure'],
])("a later `%s` may write apt's cache again: %s", (command, claim) => {
  const found = savings([
    ['RUN apt-get update && apt-get install x && rm -rf /var/lib/apt/lists/*', file('var/cache/apt/pkgcache.bin', 500)],
    [`RUN ${command}`, file('x', 1)],
  ])
  expect(outline(found)).toEqual([['apt-archives', 'var/cache/apt', 500, 0, null, claim]])
})

test('a line of an ignore file says what it also saves at other instructions', () => {
  const found = savings([
    ['COPY . /a', file('a/.git/x', 500)],
    ['COPY b /b', file('b/.git/x', 400)],
    ['COPY --from=build /c /c', file('c/.git/x', 300)],
  ])
  expect(found?.items.map(({ path, bytesElsewhere }) => [path, bytesElsewhere])).toEqual([
    ['a/.git', 400_000],
    ['b/.git', 500_000],
    ['c/.git', undefined],
  ])
})

test('an edit for the RUN of another user than root adds no mount, to which only root can write', () => {
  const cache = file('home/app/.cache/pip/x', 500)
  const userOf = (user: string): unknown =>
    savings([['RUN pip install x', cache]], {
      instructions: [{ text: `USER ${user}`, line: 0, endLine: 0 }],
    })?.items[0]?.user
  expect(userOf('app')).toEqual({ name: 'app', line: 0 })
  expect(userOf('root')).toBeUndefined()
})

test.each<[string, string, readonly Step[], 'sure' | 'likely']>([
  ['npm took it from the cache', 'root/.npm/_cacache/x', [['RUN npm ci --omit=dev', file('app/x', 1)]], 'likely'],
  [
    'npm added to the cache',
    'root/.npm/_cacache/x',
    [['RUN npm install y', file('root/.npm/_cacache/y', 200)]],
    'likely',
  ],
  ['npm cleans up', 'root/.npm/_cacache/x', [['RUN npm ci && npm cache clean --force', file('app/x', 1)]], 'sure'],
  ['npm runs a script that installs nothing', 'root/.npm/_cacache/x', [['RUN npm run build', file('a', 1)]], 'sure'],
  ['npm has options', 'root/.npm/_cacache/x', [['RUN npm --prefix client run build -w a', file('a', 1)]], 'sure'],
  [
    'another tool keeps no cache',
    'root/.npm/_cacache/x',
    [['RUN pip install --no-cache-dir x && npm ci', file('a', 1)]],
    'likely',
  ],
  ['a script cleans the project', 'root/.npm/_cacache/x', [['RUN npm run clean && npm ci', file('a', 1)]], 'likely'],
  ['dnf cleans up', 'var/cache/dnf/x', [['RUN dnf install y && dnf clean all', file('a', 1)]], 'sure'],
  ['the project is cleaned', 'root/.npm/_cacache/x', [['RUN make clean && npm ci', file('a', 1)]], 'likely'],
  [
    'something else is mounted',
    'root/.npm/_cacache/x',
    [['RUN --mount=type=cache,target=/c npm ci', file('a', 1)]],
    'likely',
  ],
  ['npm runs more than a script', 'root/.npm/_cacache/x', [['RUN npm run build && npm ci', file('a', 1)]], 'likely'],
  ['Python runs something else', 'root/.cache/pip/x', [['RUN python manage.py collectstatic', file('a', 1)]], 'sure'],
  ['yarn installs without a verb', 'root/.cache/yarn/x', [['RUN yarn --production', file('app/x', 1)]], 'likely'],
  [
    'pnpm has an option first',
    'root/.local/share/pnpm/store/x',
    [['RUN pnpm --filter=a deploy /a', file('app/x', 1)]],
    'likely',
  ],
  ['Node may read it', 'app/node_modules/.cache/x', [['RUN node build.js', file('app/x', 1)]], 'likely'],
  ['npm has Node compile again', 'tmp/node-compile-cache/v24/x', [['RUN npm run build', file('a', 1)]], 'likely'],
  ['a program may start npm', 'tmp/node-compile-cache/v24/x', [['RUN make install', file('a', 1)]], 'likely'],
  ['no program starts Node', 'tmp/node-compile-cache/v24/x', [['RUN chown -R node /app', file('a', 1)]], 'sure'],
  ['another tool runs', 'root/.npm/_cacache/x', [['RUN pip install y', file('app/x', 1)]], 'sure'],
  ['the compiler runs again', 'root/.cache/go-build/x', [['RUN go build .', file('app/x', 1)]], 'likely'],
])('a later step may fill a cache again: %s', (_case, path, steps, claim) => {
  const found = savings([['RUN make', file(path, 500)], ...steps])
  expect(found?.items.find((item) => item.layer === 0)?.claim).toBe(claim)
})

test.each([
  ['root/.npm/_cacache/x', 'RUN node build.js', 'npm', 'likely'],
  ['root/.npm/_cacache/x', 'RUN npm run build', 'npm', 'likely'],
  ['root/.npm/_cacache/x', 'RUN node build.js', 'pypi', 'likely'],
  ['root/.npm/_cacache/x', 'RUN npm run build', 'pypi', 'sure'],
  ['root/.npm/_cacache/x', 'RUN ./build.sh', 'pypi', 'likely'],
  ['root/.npm/_cacache/x', 'RUN curl a.io/setup | bash -', 'pypi', 'likely'],
  ['root/.npm/_cacache/x', 'RUN chmod +x ./build.sh', 'pypi', 'sure'],
  ['root/.local/share/pnpm/store/x', 'RUN npm run bundle', 'pypi', 'likely'],
  ['root/.local/share/pnpm/store/x', 'RUN cd web && pnpm --filter=web run -s build:web', 'pypi', 'sure'],
  ['root/.npm/_cacache/x', 'RUN poetry run collect', 'pypi', 'likely'],
  ['root/.cache/pip/x', 'RUN make wheels', 'npm', 'likely'],
  ['root/.cache/pip/x', 'RUN apt-get install -y make wheels', 'npm', 'sure'],
  ['root/.cache/pip/x', 'RUN make -j 4 -C src CC=gcc >/dev/null && make install', 'npm', 'sure'],
  ['app/node_modules/.cache/x', 'RUN node_modules/.bin/webpack', 'pypi', 'likely'],
  ['app/node_modules/.cache/x', 'RUN chown -R node /app', 'pypi', 'sure'],
  ['root/.npm/_cacache/x', 'RUN chown -R node /app', 'npm', 'sure'],
  ['root/.cache/yarn/x', 'RUN npm run build', 'npm', 'likely'],
  ['root/.cache/pip/x', 'RUN make deps', 'pypi', 'likely'],
  ['root/.local/share/pnpm/store/x', 'RUN node deploy.js', 'npm', 'likely'],
] as const)('%s, and %s, whose layer has packages of %s: %s', (path, text, ecosystem, claim) => {
  const found = savings([['RUN make', file(path, 500)], [text, file('app/lib/x', 300)]], {}, { packages: { 1: packagesOf([{ ecosystem, name: 'x' }], [0]) } }) // prettier-ignore
  expect(found?.items.find((item) => item.layer === 0)?.claim).toBe(claim)
})

test('a cache of JavaScript tools that has a program is none, since the application may start it', () => {
  const found = (mode: number): unknown => {
    const program = { ...file('app/node_modules/.cache/chrome/chrome', 500), attributes: { mode, uid: 0, gid: 0 } }
    const other = file('app/node_modules/.cache/chrome/a.pak', 300)
    return savings([['RUN npm ci', program, other]])?.items.map(({ rule, claim }) => [rule, claim])
  }
  expect(found(0o644)).toEqual([['javascript-cache', 'sure']])
  expect(found(0o755)).toEqual([])
})

test('a step that only deletes packages may have used the cache', () => {
  const found = savings(
    [
      ['RUN yarn install', file('root/.cache/yarn/x', 500), file('app/node_modules/a/x', 300)],
      ['RUN npm run build', gone('app/node_modules/a/x')],
    ],
    {},
    { packages: { 0: packagesOf([{ ecosystem: 'npm', name: 'a' }], [-1, 0]) } },
  )
  expect(found?.items.find(({ rule }) => rule === 'yarn-cache')?.claim).toBe('likely')
})

test('packages that pip built may have come with others that its option does not reach', () => {
  const rules = (path: string): unknown =>
    savings([['RUN pip install x', file(path, 500)]])?.items.map(({ rule, claim }) => [rule, claim])
  expect(rules('root/.cache/pip/wheels/x')).toEqual([['pip-built-cache', 'sure']])
  expect(rules('root/.cache/pip/http-v2/x')).toEqual([['pip-cache', 'sure']])
  const offline = savings([
    ['RUN pip install x', file('root/.cache/pip/wheels/x', 500)],
    ['RUN pip install --no-index y', file('a', 1)],
  ])
  expect(offline?.items.map(({ rule, claim }) => [rule, claim])).toEqual([['pip-built-cache', 'likely']])
  const env = savings([['RUN PIP_NO_INDEX=1 pip install x', file('root/.cache/pip/wheels/x', 500)]])
  expect(env?.items.map(({ claim }) => claim)).toEqual(['likely'])
})

test('the lists of apt are only likely a saving if a step before their reader may have fetched them, too', () => {
  const lists = [file('var/lib/apt/lists/a', 500), file('var/lib/dpkg/status', 1)]
  const claimOf = (between: string): unknown =>
    savings([
      ['RUN apt-get update && apt-get install x', ...lists],
      [between, file('var/lib/dpkg/status', 2)],
      ['RUN apt-get install y', file('var/lib/dpkg/status', 3)],
    ])?.items.find(({ rule }) => rule === 'apt-lists-read')?.claim
  expect(claimOf('RUN curl -s a.io/setup | bash -')).toBe('likely')
  expect(claimOf('RUN dpkg -i /x.deb')).toBe('sure')
})

test.each([
  ['sh /deps.sh', 'likely'],
  ['make debs', 'likely'],
  ['dpkg -i /x.deb', 'sure'],
])('a script may install from the lists of apt: %s: %s', (command, claim) => {
  const found = savings([
    ['RUN apt-get update && apt-get install x', file('var/lib/apt/lists/a', 500), file('var/lib/dpkg/status', 1)],
    [`RUN ${command}`, file('var/lib/dpkg/status', 2)],
  ])
  expect(found?.items.find(({ rule }) => rule === 'apt-lists')?.claim).toBe(claim)
})

describe('copied files that a later line hides in another way than by deleting them', () => {
  const claim = (copy: string, later: string): unknown =>
    savings(
      [
        [copy, file('tmp/entry', 500), file('tmp/kept', 1)],
        [later, gone('tmp/entry'), file('bin/entry', 500)],
      ],
      {},
    )?.items[0]?.claim
  test.each([
    ['COPY entry /tmp/', 'RUN mv /tmp/entry /bin/', 'likely'],
    ['COPY entry /tmp/', 'RUN gunzip /tmp/entry', 'likely'],
    ['COPY entry /tmp/', 'RUN cat /tmp/entry > /bin/entry && rm /tmp/entry', 'likely'],
    ['ADD entry.tgz /tmp/', 'RUN rm -f /tmp/entry', 'likely'],
  ])('%s; %s: %s', (copy, later, expected) => {
    expect(claim(copy, later)).toBe(expected)
  })

  test('an archive that a line moves is not unpacked', () => {
    const found = savings([
      ['COPY a.tgz /tmp/', file('tmp/a.tgz', 500)],
      ['RUN mv /tmp/a.tgz /b', gone('tmp/a.tgz')],
    ])
    expect(outline(found)).toEqual([['deleted-later', 'tmp/a.tgz', 500, 0, 1, 'likely']])
  })
})

test.each([
  ['RUN rm -rf /srv/d', true],
  ['RUN rm /srv/d/a.sql && rmdir --ignore-fail-on-non-empty /srv/d', false],
  ['RUN find /srv/d -name a.sql -delete', false],
  ['RUN rm -f /srv/d/a.sql /srv/d/link && rm -r /srv/d/empty', true],
])('knows whether a COPY brings nothing that stays, such as a link or an empty folder: %s', (text, isWholeLine) => {
  const link: LayerEntry = { path: 'srv/d/link', kind: 'symlink', fileBytes: 0, linkTarget: 'a.sql' }
  const found = savings([
    ['COPY d /srv/d', directory('srv/d'), file('srv/d/a.sql', 500), link, directory('srv/d/empty')],
    [text, gone('srv/d/a.sql')],
  ])!
  expect(found.items).toMatchObject([{ rule: 'deleted-later', isWholeLine }])
})

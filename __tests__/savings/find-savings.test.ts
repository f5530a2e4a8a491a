/**
 * Savings in layers that are given entry by entry; the tests with images are in __tests__/integration/savings.test.ts.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { FileSystem } from '../../src/filesystem/file-system.ts'
import { EntryListWriter, readEntryList } from '../../src/layer/entry-list.ts'
import type { LayerEntry } from '../../src/layer/layer-index.ts'
import type { Layer, Stage } from '../../src/record/footprint.ts'
import type { Savings } from '../../src/record/savings.ts'
import { findSavings } from '../../src/savings/find-savings.ts'
import { nameOfPath } from '../../src/savings/names.ts'
import { says } from '../../src/savings/rule.ts'
import { rules } from '../../src/savings/rules.ts'
import { layer, stage } from '../support/footprints.ts'

const digest = `sha256:${'0'.repeat(64)}` as const
const file = (path: string, kilobytes: number): LayerEntry => ({ path, kind: 'file', fileBytes: kilobytes * 1_000 })
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

function savings(steps: readonly Step[], some: Partial<Stage> = {}): Savings | null {
  const fileSystem = new FileSystem()
  for (const [, ...entries] of steps) {
    const writer = new EntryListWriter()
    for (const entry of entries) writer.add(entry)
    fileSystem.beginLayer()
    expect(readEntryList(writer.list(digest)!, digest, (entry) => fileSystem.add(entry))).toBe(true)
    fileSystem.endLayer()
  }
  return findSavings(fileSystem, stageOf(steps, some))
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

  test('are not looked for if the layers of the base image are not known', () => {
    const steps: Step[] = [['RUN apt-get update', file('var/lib/apt/lists/x', 500)]]
    const unknown = stageOf(steps)
    const totals = { ...unknown.totals, baseLayers: null }
    expect(outline(savings(steps, { totals }))).toEqual([['apt-lists', 'var/lib/apt/lists', 500, 0, null, 'sure']])
    const history = unknown.layers.map((one) => ({ ...one, instruction: { ...one.instruction!, line: null } }))
    expect(savings(steps, { totals, layers: history })).toBeNull()
  })
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
  expect(found.items.map(({ pullBytes }) => pullBytes)).toEqual([125_000, 75_000])
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

test('treats a file of the same size as replaced if no line changes owners', () => {
  const found = savings([
    ['RUN make', file('app/x', 300)],
    ['RUN make again', file('app/x', 300)],
  ])
  expect(outline(found)).toEqual([['replaced-later', 'app/x', 300, 0, 1, 'sure']])
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
    [['apt-lists', 'var/lib/apt/lists', 500, 0, null, 'sure']],
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
  [
    'compiled Python that is asked for',
    [['RUN pip install x && python -m compileall /lib', file('lib/__pycache__/x.pyc', 500)]],
    [],
  ],
  ['compiled Python of a system package', [['RUN apt-get install python3-x', file('lib/__pycache__/x.pyc', 500)]], []],
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
])('%s', (_name, steps, expected) => {
  expect(outline(savings(steps))).toEqual(expected)
})

test('calls caches of a tool that containers start likely, not sure', () => {
  const steps: Step[] = [['RUN mvn package', file('root/.m2/repository/x.jar', 500)]]
  const cmd = (text: string): unknown => outline(savings(steps, { instructions: [{ text, line: 2, endLine: 2 }] }))
  expect(cmd('CMD ["mvn", "spring-boot:run"]')).toEqual([
    ['maven-repository', 'root/.m2/repository', 500, 0, null, 'likely'],
  ])
  expect(cmd('CMD ["java", "-jar", "app.jar"]')).toEqual([
    ['maven-repository', 'root/.m2/repository', 500, 0, null, 'sure'],
  ])
})

test('keeps as many savings as a record may have, the largest first', () => {
  const entries = Array.from({ length: 150 }, (_, at) => file(`app/${at}/.git/pack`, 1_000 + at))
  const found = savings([['COPY . /app', ...entries]])!
  expect(found.items.length).toBe(100)
  expect(found.items[0]).toMatchObject({ path: 'app/149/.git', fileBytes: 1_149_000 })
  expect(found.fileBytes).toBe(entries.reduce((sum, { fileBytes }) => sum + fileBytes, 0))
})

test.each([
  ['var/lib/apt/lists', 'apt package lists'],
  ['/var/lib/apt/lists/mirror.example_Packages', 'apt package lists'],
  ['srv/app/.git/objects', 'history of Git'],
  ['app/node_modules/x/test', 'tests of packages'],
  ['app/node_modules/@x/test', null],
  ['opt/var/lib/apt/lists', null],
  ['', null],
])('names the directory %s: %s', (path, name) => {
  expect(nameOfPath(path)).toBe(name)
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

/** Changed packages, in both forms of the report. */
import { expect, test } from '@jest/globals'
import type { Layer } from '../../src/record/footprint.ts'
import { askedPackages } from '../../src/report/asked-packages.ts'
import type { Growth, LayerChange } from '../../src/compare/comparison.ts'
import type { PackageChange, PackageMove, PackageSide } from '../../src/compare/packages.ts'
import { causeLimits, rowCauses } from '../../src/report/cause-words.ts'
import { packageWords } from '../../src/report/package-words.ts'
import { changeRows } from '../../src/report/growth-rows.ts'
import { name as inMarkdown } from '../../src/report/markdown/parts.ts'
import { name as inTerminal } from '../../src/report/terminal/styled-text.ts'
import { layerChange, stageChange } from '../support/comparisons.ts'
import { layer, stage } from '../support/footprints.ts'

const side = (fileBytes: number, ...versions: readonly string[]): PackageSide => ({
  versions,
  fileBytes,
  files: 1,
  places: [''],
})
const change = (
  name: string,
  before: PackageSide | null,
  after: PackageSide | null,
  more: Partial<PackageChange> = {},
): PackageChange => ({
  ecosystem: 'pypi',
  name,
  kind: before === null ? 'new' : after === null ? 'removed' : 'updated',
  before,
  after,
  growth: (after?.fileBytes ?? 0) - (before?.fileBytes ?? 0),
  parts: [],
  ...more,
})

/** Without the words about the layer. */
function words(
  packages: readonly PackageChange[],
  paths: LayerChange['paths'] = [],
  form = inTerminal,
  some: Partial<Growth> = {},
): readonly string[] {
  const fileBytes = [
    ...packages.map(({ growth }) => growth),
    ...paths.map(({ before, after }) => (after ?? 0) - (before ?? 0)),
  ].reduce((sum, bytes) => sum + bytes, 0)
  const growth = { compressedSize: fileBytes, uncompressedSize: fileBytes, fileBytes, layers: 0, ...some }
  const [from, to] = [layer({}), layer({ diffId: `sha256:${'9'.repeat(64)}` })]
  const [row] = changeRows(
    stageChange(stage({ layers: [from] }), stage({ layers: [to] }), [
      layerChange(from, to, { packages, paths, growth }),
    ]),
  )
  if (!row) throw new Error('no row')
  return rowCauses(row, form, { limits: causeLimits, left: (words) => words }).lines
}

test('describes each kind of change in the same words in both forms', () => {
  const changes = [
    change('urllib3', side(1_100_000, '1.26.5'), side(1_970_000, '2.6.3')),
    change('openid-client', null, side(150_000, '6.1.0')),
    change('six', side(32_000, '1.16.0'), null),
    change('rebuilt', side(10_000, '1'), side(12_000, '1'), { kind: 'changed' }),
    change('unversioned', side(1_000), side(2_500), { kind: 'changed' }),
  ]
  expect(words(changes)).toEqual([
    'urllib3 1.26.5 → 2.6.3 +870 kB (1.10 MB → 1.97 MB)',
    'openid-client 6.1.0 new, 150 kB',
    'rebuilt 1 +2.00 kB (10.0 kB → 12.0 kB)',
    'unversioned +1.50 kB (1.00 kB → 2.50 kB)',
    'six 1.16.0 removed, −32.0 kB',
  ])
  expect(words(changes, [], inMarkdown).map((line) => line.replaceAll('`', ''))).toEqual(words(changes))
  expect(words(changes, [], inMarkdown)[0]).toBe('`urllib3 1.26.5 → 2.6.3` +870 kB (1.10 MB → 1.97 MB)')
})

test('does not call a package removed if only the copy that replaced a lower one is gone', () => {
  const before = { ...side(10_300_000, '25.1.1'), replaces: { version: '25.1.1', addedBy: 2 } }
  expect(words([change('pip', before, null)])).toEqual(['a second copy of pip 25.1.1 removed, −10.3 MB'])
})

test('names five packages and counts the others; paths are sorted among them by growth', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, nth) => change(`p${nth}`, null, side(9_000 - nth * 1_000, '1')))
  const path = {
    kind: 'directory',
    path: 'app/static',
    before: 0,
    after: 20_000,
    package: null,
    otherFiles: true,
  } as const
  const five = ['p0 1 new, 9.00 kB', 'p1 1 new, 8.00 kB', 'p2 1 new, 7.00 kB', 'p3 1 new, 6.00 kB', 'p4 1 new, 5.00 kB']
  expect(words(many(7))).toEqual([...five, 'and 2 more packages, +7.00 kB'])
  // One more takes no more room than to say so.
  expect(words(many(6))).toEqual([...five, 'p5 1 new, 4.00 kB'])
  expect(words(many(7), [path])).toEqual([
    'other files in app/static/ +20.0 kB (0 B → 20.0 kB)',
    ...five.slice(0, 4),
    'and 3 more packages, +12.0 kB',
  ])
})

test('begins with what grew most, and in a layer that shrank with what shrank most', () => {
  const changes = [
    change('gone', side(90_000, '1'), null),
    change('grew', null, side(60_000, '1')),
    ...Array.from({ length: 8 }, (_, nth) => change(`p${nth}`, null, side(9_000 + nth, '1'))),
  ]
  expect(words(changes)).toEqual([
    'grew 1 new, 60.0 kB',
    'p7 1 new, 9.01 kB',
    'p6 1 new, 9.01 kB',
    'p5 1 new, 9.01 kB',
    'gone 1 removed, −90.0 kB',
    'and 5 more packages, +45.0 kB',
  ])
  const opposite = changes.map(({ name, before, after }) => change(name, after, before))
  expect(words(opposite).slice(0, 2)).toEqual(['grew 1 removed, −60.0 kB', 'p7 1 removed, −9.01 kB'])
  expect(words(opposite)[4]).toBe('gone 1 new, 90.0 kB')
  // Even beside many heavier ones.
  const all = [
    ...Array.from({ length: 7 }, (_, nth) => change(`gone${nth}`, side(90_000 + nth, '1'), null)),
    ...Array.from({ length: 80 }, (_, nth) => change(`new${nth}`, null, side(9_000 + nth, '1'))),
  ]
  expect(words(all)[0]).toBe('new79 1 new, 9.08 kB')
})

test('omits causes below the noise beside larger ones, and shows them if there are none', () => {
  const small = [change('a', side(10, '1'), side(30, '2')), change('b', null, side(12, '1'))]
  expect(words([change('large', null, side(2_000_000, '1')), ...small])).toEqual([
    'large 1 new, 2.00 MB',
    'and 2 more packages, +32 B',
  ])
  expect(words(small)).toEqual(['a 1 → 2 +20 B (10 B → 30 B)', 'b 1 new, 12 B'])
})

test('shows bytes that rounding hides, so no cause is without a change', () => {
  const path = { kind: 'directory', path: 'opt/healthchecks', package: null, otherFiles: false } as const
  expect(words([], [{ ...path, before: 8_960_026, after: 8_960_000 }])).toEqual([
    'opt/healthchecks/ −26 B (of 8.96 MB)',
  ])
  expect(words([change('same', side(8_960_000, '1'), side(8_960_000, '2'))])).toEqual([
    'same 1 → 2 same size (8.96 MB)',
  ])
})

test('says where the other end of a moved package is', () => {
  const moved = (one: PackageChange, some: Partial<PackageMove>, other: PackageSide): PackageChange => ({
    ...one,
    move: { stage: null, base: false, line: null, former: false, side: other, ...some },
  })
  const tsc = (some: Partial<PackageMove>): PackageChange =>
    moved(change('tsc', null, side(900_000, '6')), some, side(800_000, '5'))
  const jest = (some: Partial<PackageMove>): PackageChange =>
    moved(change('jest', side(700_000, '30'), null), some, side(700_000, '30'))
  const test = { name: 'test', role: 'builder' } as const
  const final = { name: '1', role: 'final' } as const
  expect(
    words([
      tsc({ line: 4 }),
      tsc({ line: 4, former: true }),
      tsc({ former: true }),
      jest({ stage: test }),
      jest({ stage: final }),
    ]),
  ).toEqual([
    'tsc 5 → 6 moved here from line 4, +900 kB (was 800 kB there)',
    'tsc 5 → 6 moved here from the former line 4, +900 kB (was 800 kB there)',
    'tsc 5 → 6 moved here from a former layer, +900 kB (was 800 kB there)',
    'jest 30 moved to stage test, −700 kB',
    'jest 30 moved to the final stage, −700 kB',
  ])
  expect(words([tsc({ base: true, former: true }), jest({ base: true })])).toEqual([
    'tsc 5 → 6 moved here from the former base image, +900 kB (was 800 kB there)',
    'jest 30 moved to the base image, −700 kB',
  ])
  expect(words([tsc({ stage: test, former: true }), tsc({ stage: { ...final, name: 'slim' } })])).toEqual([
    'tsc 5 → 6 moved here from the former stage test, +900 kB (was 800 kB there)',
    'tsc 5 → 6 moved here from the final stage slim, +900 kB (was 800 kB there)',
  ])
})

test('names a cache by its kind', () => {
  const path = { kind: 'directory', path: 'var/lib/apt/lists', package: null, otherFiles: false } as const
  expect(words([], [{ ...path, before: null, after: 19_800_000, cache: 'apt package lists' }])).toEqual([
    'apt package lists in var/lib/apt/lists/ new, 19.8 MB',
  ])
})

test('names at most five modules of a binary', () => {
  const parts = [
    { name: 'golang.org/x/net', before: 'v0.30.0', after: 'v0.47.0', kind: 'updated' },
    { name: 'gone', before: 'v1', after: null, kind: 'removed' },
    { name: 'made', before: null, after: 'v2', kind: 'new' },
    { name: 'other', before: 'v3', after: 'v4', kind: 'updated' },
    { name: 'other/v2', before: 'v3', after: 'v4', kind: 'updated' },
    { name: 'stdlib', before: 'go1.25', after: 'go1.26', kind: 'updated' },
  ] as const
  expect(
    words([
      change('example.org/server', side(25_400_000), side(25_800_000), { ecosystem: 'golang', kind: 'changed', parts }),
    ]),
  ).toEqual([
    'example.org/server +400 kB (25.4 MB → 25.8 MB), with golang.org/x/net v0.30.0 → v0.47.0, gone v1 removed, made v2 new, other v3 → v4, other/v2 v3 → v4 and 1 more module',
  ])
})

test('does not call files without a version a copy', () => {
  const still = { version: '1.16.2', base: false, line: 2 }
  expect(
    words([
      change('dbus', side(3_150), null, { still }),
      change('dbus', side(3_150, '1.16.2'), null, { still }),
      change('dbus', { ...side(3_150), replaces: { version: '1', addedBy: 0 } }, null),
    ]),
  ).toEqual([
    'files of dbus removed, −3.15 kB, and 1.16.2 is still shipped in line 2',
    'a copy of dbus 1.16.2 removed, −3.15 kB, and a copy of the same version is still shipped in line 2',
    'files of dbus removed, −3.15 kB',
  ])
})

test('says that a package got or lost a copy beside others', () => {
  expect(
    words([
      change('path-match', side(23_100, '1.0.3'), side(73_300, '1.0.3', '2.1.0')),
      change('tslib', side(40_000, '1.14.1', '2.8.1'), side(20_000, '2.8.1')),
    ]),
  ).toEqual([
    'path-match 2.1.0 new beside 1.0.3, +50.2 kB (23.1 kB → 73.3 kB)',
    'tslib 1.14.1 removed beside 2.8.1, −20.0 kB (40.0 kB → 20.0 kB)',
  ])
})

test('says that a base image still ships a copy that a later layer of it replaces', () => {
  const replacing = (fileBytes: number, replaced: string[], ...versions: readonly string[]): PackageSide => ({ ...side(fileBytes, ...versions), replaced }) // prettier-ignore
  expect(
    words([
      change('npm', side(12_200, '11.19.1'), replacing(24_800, ['11.19.1'], '11.6.0')),
      change('new', null, replacing(30_000, ['1', '2'], '3')),
      change('left', side(5_000, '1.9'), { ...side(12_000, '2.0'), isDeleted: true }),
      change('gone', null, { ...side(20_000, '1.7'), isDeleted: true }),
      change('known', replacing(30_000, ['1'], '2'), replacing(40_000, ['1'], '3')),
    ]),
  ).toEqual([
    'new 3 new, 30.0 kB in all, and 1, 2 are still shipped in a layer below',
    'gone 1.7 deleted again, but still shipped, 20.0 kB',
    'npm 11.19.1 → 11.6.0 +12.6 kB (12.2 kB → 24.8 kB), and 11.19.1 is still shipped in a layer below',
    'known 2 → 3 +10.0 kB (30.0 kB → 40.0 kB)',
    'left 1.9 removed, but still shipped, +7.00 kB (5.00 kB → 12.0 kB)',
  ])
})

test('shows several versions of copies, and cuts long names and versions', () => {
  expect(words([change('x', side(10, '1', '2', '3'), side(20, '3'))])).toEqual([
    'x 1, 2 removed beside 3, +10 B (10 B → 20 B)',
  ])
  expect(words([change('x', side(10, '1', '2', '3'), side(20, '4'))])).toEqual([
    'x 1, 2 and 1 more version → 4 +10 B (10 B → 20 B)',
  ])
  const [line = ''] = words(
    [change('n'.repeat(200), side(10, 'v'.repeat(100)), side(20, 'w'.repeat(100)))],
    [],
    inMarkdown,
  )
  expect(line.length).toBeLessThan(130)
  expect(line).toContain('→')
})

test('names what the packages leave of the growth, so that the figures add up to it', () => {
  const grown = [change('large', null, side(900_000, '1')), change('small', null, side(50_000, '1'))]
  const first = ['large 1 new, 900 kB', 'small 1 new, 50.0 kB']
  const rest = (fileBytes: number, uncompressedSize: number): readonly string[] => {
    const [one, two, ...others] = words(grown, [], inTerminal, { fileBytes, uncompressedSize })
    expect([one, two]).toEqual(first)
    return others
  }
  // More than the smallest package that is shown, or not.
  expect(rest(1_010_000, 1_010_000)).toEqual(['everything else, +60.0 kB'])
  expect(rest(890_000, 890_000)).toEqual(['everything else, −60.0 kB'])
  expect(rest(990_000, 990_000)).toEqual(['everything else, +40.0 kB'])
  expect(rest(965_000, 965_000)).toEqual([])
  expect(rest(950_000, 1_300_000)).toEqual(['headers and padding of the tar archive, +350 kB'])
  expect(rest(950_000, 1_100_000)).toEqual([])
  // Few files removed and many added may shrink the one and grow the other.
  expect(rest(950_000, -643_000)).toEqual(['headers and padding of the tar archive, −1.59 MB'])
})

test('shows packages as parts of the total of those that an instruction installed', () => {
  const instruction = { text: 'RUN apt-get install -y curl', line: 4, endLine: 4 }
  const [from, to] = [layer({}), layer({ diffId: `sha256:${'9'.repeat(64)}`, instruction })]
  const packages = [
    change('libcurl', null, side(984_000, '8')),
    change('curl', null, side(378_000, '8')),
    ...Array.from({ length: 6 }, (_, nth) => change(`lib${nth}`, null, side(2_000 + nth, '1'))),
    change('perl', side(10_000, '5'), null),
    change('dpkg', side(10_000, '1'), side(18_000, '2')),
  ]
  const lists = { kind: 'directory', path: 'var/lib/apt/lists', package: null, otherFiles: false } as const
  const paths = [{ ...lists, before: null, after: 91_700_000, cache: 'apt package lists' }]
  const told = (limit: number): readonly string[] => {
    const change = layerChange(from, to, { packages, paths, edited: false })
    const [row] = changeRows(stageChange(stage({ layers: [from] }), stage({ layers: [to] }), [change]))
    const limits = { packages: limit, paths: 3 }
    if (!row) throw new Error('no row')
    return rowCauses({ ...row, growth: { ...row.growth, fileBytes: null } }, inTerminal, {
      limits,
      left: (text) => text,
    }).lines
  }
  const total = 'curl and 7 packages that came with it, +1.37 MB together'
  expect(told(5)).toEqual([
    'apt package lists in var/lib/apt/lists/ new, 91.7 MB',
    total,
    'including libcurl 8 new, 984 kB',
    'including curl 8 new, 378 kB',
    'including 6 more packages, +12.0 kB',
    'dpkg 1 → 2 +8.00 kB (10.0 kB → 18.0 kB)',
    'perl 5 removed, −10.0 kB',
  ])
  expect(told(2)).toEqual([
    'apt package lists in var/lib/apt/lists/ new, 91.7 MB',
    total,
    'including libcurl 8 new, 984 kB',
    'including 7 more packages, +390 kB',
    'and 2 more packages, −2.00 kB',
  ])
})

test.each([
  ['apt-get update && apt-get install -y curl=8.1-2', 'curl and 7 packages that came with it'],
  [
    'apt-get install -y curl dpkg >/dev/null 2>&1 && apt-get clean && rm -rf /x',
    'curl and 7 packages that came with it',
  ],
  ['--mount=type=cache,target=/var/cache/apt A=1 apt-get install -y curl', 'curl and 7 packages that came with it'],
  ['python3 -m pip install --no-cache-dir "curl[x]>=8"', 'curl and 7 packages that came with it'],
  ['pip install curl && curl sync', 'curl and 7 other new packages'],
  ['pip install curl --requirement=/r.txt', 'curl and 7 other new packages'],
  ['pip install curl -r/r.txt', 'curl and 7 other new packages'],
  ['pip install curl -r /r.txt', 'curl and 7 other new packages'],
  ['xargs -a /r.txt pip install curl', 'curl and 7 other new packages'],
  ['npm ci && npm install -g curl', 'curl and 7 other new packages'],
  ['npm install && npm install curl', 'curl and 7 other new packages'],
  ['apt-get install -y curl && dpkg -i x.deb', 'curl and 7 other new packages'],
  ['apt-get install -y curl && apt-get dist-upgrade -y', 'curl and 7 other new packages'],
  ['apt-get install -y curl && /deps.sh', 'curl and 7 other new packages'],
  // imagemagick has no files of its own, and some of the packages may belong to it.
  ['apt-get install -y curl imagemagick', 'curl and 7 other new packages'],
  ['apt-get install -y curl $MORE', 'curl and 7 other new packages'],
  ['apt-get install -y curl && apt-get install -y ./local.deb', 'curl and 7 other new packages'],
])('says where packages came from only if all that the line installs is known: %s', (command, words) => {
  const packages = [
    change('curl', null, side(378_000, '8')),
    ...Array.from({ length: 7 }, (_, nth) => change(`lib${nth}`, null, side(2_000 + nth, '1'))),
  ]
  const contents: Layer['contents'] = {
    ...{ files: [], directories: [], complete: true },
    packages: {
      packages: [{ ecosystem: packages[0]!.ecosystem, name: 'dpkg', version: '1', path: '', fileBytes: 9, files: 1 }],
      ...{ folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true, others: null },
    },
  }
  const instruction = { text: `RUN ${command}`, line: 4, endLine: 4 }
  const [from, to] = [layer({}), layer({ diffId: `sha256:${'9'.repeat(64)}`, instruction, contents })]
  const [row] = changeRows(
    stageChange(stage({ layers: [from] }), stage({ layers: [to] }), [layerChange(from, to, { packages })]),
  )
  expect(askedPackages(row!, inTerminal)?.words).toBe(`${words}, +392 kB together`)
})

test.each([
  ['apt-get install -y xz-utils', 'imagemagick and 8 packages that came with it'],
  ['apt-get install -y imagemagick', null],
])('names a metapackage that the line newly asks for, after %s', (earlier, words) => {
  const packages = Array.from({ length: 8 }, (_, nth) => ({
    ...change(`lib${nth}`, null, side(49_000, '1')),
    ecosystem: 'deb',
  }))
  const contents = (withoutFiles: string[]): Layer['contents'] => ({
    ...{ files: [], directories: [], complete: true },
    packages: {
      packages: [{ ecosystem: 'deb', name: 'xz-utils', version: '1', path: '', fileBytes: 9, files: 1 }],
      ...{ folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true, others: null, withoutFiles },
    },
  })
  const at = (text: string): NonNullable<Layer['instruction']> => ({ text: `RUN ${text}`, line: 4, endLine: 4 })
  const [from, to] = [
    layer({ instruction: at(earlier) }),
    layer({
      diffId: `sha256:${'9'.repeat(64)}`,
      instruction: at('apt-get install -y xz-utils imagemagick'),
      contents: contents(['imagemagick', 'media-types']),
    }),
  ]
  const [row] = changeRows(
    stageChange(stage({ layers: [from] }), stage({ layers: [to] }), [layerChange(from, to, { packages })]),
  )
  expect(askedPackages(row!, inTerminal)?.words ?? null).toBe(words && `${words}, +392 kB together`)
})

test('knows the packages that a line installs by every spelling of their names', () => {
  const packages = [
    { ...change('Flask_Cors', null, side(378_000, '8')), ecosystem: 'pypi' },
    ...['Jinja2', 'click'].map((one) => ({ ...change(one, null, side(2_000, '1')), ecosystem: 'pypi' })),
  ]
  const instruction = { text: 'RUN pip install flask-cors[async]==8', line: 4, endLine: 4 }
  const [from, to] = [layer({}), layer({ diffId: `sha256:${'9'.repeat(64)}`, instruction })]
  const [row] = changeRows(
    stageChange(stage({ layers: [from] }), stage({ layers: [to] }), [layerChange(from, to, { packages })]),
  )
  expect(askedPackages(row!, inTerminal)?.words).toBe('Flask_Cors and 2 packages that came with it, +382 kB together')
})

test('a copied folder brings no packages with another one', () => {
  const packages = ['curl', 'a', 'b'].map((one) => change(one, null, side(2_000, '1')))
  const instruction = { text: 'COPY curl /usr/lib/', line: 4, endLine: 4 }
  const [from, to] = [layer({}), layer({ diffId: `sha256:${'9'.repeat(64)}`, instruction })]
  const [row] = changeRows(
    stageChange(stage({ layers: [from] }), stage({ layers: [to] }), [layerChange(from, to, { packages })]),
  )
  expect(askedPackages(row!, inTerminal)?.words).toBe('curl and 2 other new packages, +6.00 kB together')
})

test('packages that the final stage has too are counted once', () => {
  const packages = ['curl', 'a', 'b'].map((one) => change(one, null, side(2_000, '1')))
  const instruction = { text: 'RUN apt-get install curl', line: 4, endLine: 4 }
  const [from, to] = [layer({}), layer({ diffId: `sha256:${'9'.repeat(64)}`, instruction })]
  const [row] = changeRows(
    stageChange(stage({ layers: [from] }), stage({ layers: [to] }), [layerChange(from, to, { packages })]),
  )
  const final = new Set(packages.map((one) => packageWords(one, inTerminal)))
  const { lines } = rowCauses(row!, inTerminal, { limits: causeLimits, final, left: (text) => text })
  expect(lines.filter((line) => line.includes('kB'))).toEqual([
    'the same 3 changes as in the final stage, +6.00 kB in files',
  ])
})

const pseudo = (time: string, commit: string): string => `v0.0.0-${time}-${commit}`

test.each([
  [pseudo('20240506185415', '0a1b2c3d4e5f'), pseudo('20240506185415', '9f8e7d6c5b4a')],
  [pseudo('20240506185415', '0a1b2c3d4e5f'), pseudo('20240506185416', '0a1b2c3d4e5f')],
  ['1.22.1+dfsg+~cs31.31.10-1+deb12u1+b1', '1.22.1+dfsg+~cs31.31.10-1+deb12u1+b2'],
  [`1.0+${'a'.repeat(60)}1`, `1.0+${'a'.repeat(60)}1.1`],
  [`${'1'.repeat(40)}x${'2'.repeat(40)}`, `${'1'.repeat(40)}y${'2'.repeat(40)}`],
])('versions that begin alike keep their arrow, and differ visibly: %s, %s', (before, after) => {
  for (const name of ['x', 'n'.repeat(60)])
    for (const form of [inTerminal, inMarkdown]) {
      const plain = packageWords(change(name, side(1_000, before), side(2_000, after)), form).replaceAll('`', '')
      const [, old, now] = /^\S+ (\S+) → (\S+) \+1\.00 kB /.exec(plain) ?? []
      expect(now).toBeDefined()
      expect(old).not.toBe(now)
      expect(old?.slice(0, 3)).toBe(before.slice(0, 3))
    }
  const part = { name: 'p'.repeat(60), before, after, kind: 'updated' } as const
  const words = packageWords(change('x', side(1, '1'), side(1, '1'), { kind: 'changed', parts: [part] }), inMarkdown)
  const [, old, now] = / with `p+… (\S+) → (\S+)`$/.exec(words) ?? []
  expect(now).toBeDefined()
  expect(old).not.toBe(now)
})

test('of many versions, those that differ are shown', () => {
  const words = packageWords(change('x', side(10, '1', '2', '3'), side(10, '1', '2', '4')), inTerminal)
  expect(words).toBe('x 3, 1 and 1 more version → 4, 1 and 1 more version same size (10 B)')
})

test('a package of another version is named in the separate list, however few bytes it grew by', () => {
  const large = Array.from({ length: 7 }, (_, nth) => change(`large${nth}`, null, side(900_000 - nth, '1')))
  const packages = [...large, change('requests', side(5_000, '2.32.3'), side(4_196, '2.32.5')), change('tiny', null, side(9, '1'))] // prettier-ignore
  const fileBytes = packages.reduce((sum, { growth }) => sum + growth, 0)
  const growth = { compressedSize: fileBytes, uncompressedSize: fileBytes, fileBytes, layers: 0 }
  const [from, to] = [layer({}), layer({ diffId: `sha256:${'9'.repeat(64)}` })]
  const [row] = changeRows(
    stageChange(stage({ layers: [from] }), stage({ layers: [to] }), [layerChange(from, to, { packages, growth })]),
  )
  const { rest } = rowCauses(row!, inTerminal, { limits: causeLimits, left: (text) => text })
  expect(rest.map((text) => text.replaceAll('\u00a0', ' ')).slice(-2)).toEqual([
    'requests 2.32.3 → 2.32.5 −804 B (5.00 kB → 4.20 kB)',
    '1 smaller package, +9 B',
  ])
})

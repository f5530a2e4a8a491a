/** A file or package that one layer lost may be in another one. Then it is not called removed. */
import { describe, expect, test } from '@jest/globals'
import type { ContentLists, RecordedPackage } from '../../src/record/contents.ts'
import type { Layer, Stage } from '../../src/record/footprint.ts'
import type { Savings } from '../../src/record/savings.ts'
import { causeLimits, rowCauses } from '../../src/report/cause-words.ts'
import { grownAndShrunk } from '../../src/report/growth-tables.ts'
import { packageWords } from '../../src/report/package-words.ts'
import { compareFinal } from '../support/compared.ts'
import { stageOf, type Step } from '../support/footprints.ts'

type Sizes = Readonly<Record<string, number>>

function listsOf(files: Sizes, complete = true): ContentLists {
  const folders = new Map<string, { fileBytes: number; files: number }>()
  for (const [path, fileBytes] of Object.entries(files)) {
    const segments = path.split('/').slice(0, -1)
    for (let depth = 1; depth <= segments.length; depth++) {
      const folder = segments.slice(0, depth).join('/')
      const sums = folders.get(folder) ?? { fileBytes: 0, files: 0 }
      folders.set(folder, { fileBytes: sums.fileBytes + fileBytes, files: sums.files + 1 })
    }
  }
  const heaviest = <T extends { readonly fileBytes: number }>(some: readonly T[]): T[] =>
    some.toSorted((a, b) => b.fileBytes - a.fileBytes)
  return {
    files: heaviest(Object.entries(files).map(([path, fileBytes]) => ({ path, fileBytes }))),
    directories: heaviest([...folders].map(([path, sums]) => ({ path, ...sums }))),
    complete,
  }
}

/** A step whose layer has these files, and packages by their bytes. */
function step(text: string, files: Sizes, packages: Readonly<Record<string, number>> = {}, complete = true): Step {
  const bytes = [files, packages].flatMap((sizes) => Object.values(sizes)).reduce((sum, size) => sum + size, 0)
  const some: Partial<Layer> = {
    ...{ compressedSize: bytes, uncompressedSize: bytes, fileBytes: bytes },
    contents: {
      ...listsOf(files, complete),
      packages: {
        packages: Object.entries(packages).map(([name, fileBytes]): RecordedPackage => {
          const [ecosystem = '', short = '', version = ''] = name.split(' ')
          return { ecosystem, name: short, version, path: short, fileBytes, files: 1 }
        }),
        folded: { packages: complete ? 0 : 1, fileBytes: 0, files: 0 },
        complete,
        others: listsOf(files, complete),
      },
    },
  }
  return [text, JSON.stringify([text, files, packages]), some]
}

const final = (...steps: readonly Step[]): Stage => stageOf({ role: 'final', steps })

/** Returns what the report says about each line that grew or shrank. */
function told(before: Stage, after: Stage): readonly string[] {
  const { tables } = grownAndShrunk(compareFinal(before, after))
  return tables.flatMap(({ rows }) =>
    rows.map((row) => {
      const words = rowCauses(row, (name) => name, { limits: causeLimits, left: (words) => words }).lines.filter(
        (one) => !one.startsWith('rebuild drift'),
      )
      return `${row.line}: ${words.join('; ')}`
    }),
  )
}

const [large, small] = [5_000_000, 300_000]

describe('a file', () => {
  test('that is new below and copied by a chown is named once', () => {
    const before = final(step('COPY static /app', { 'app/x': 1 }), step('RUN chown -R 1 /app', { 'app/x': 1 }))
    const files = { 'app/x': 1, 'app/hero.mp4': large }
    const after = final(step('COPY static /app', files), step('RUN chown -R 1 /app', files))
    expect(told(before, after)).toEqual([
      expect.stringContaining('2: '),
      expect.stringMatching(/^3: .*app\/hero\.mp4 written again, 5\.00 MB, also in line 2$/),
    ])
    expect(told(before, after)[1]!.match(/hero\.mp4/g)).toHaveLength(1)
  })

  test('is only gone from its layer if another base image may have it', () => {
    const on = (base: string, files: Sizes): Stage =>
      stageOf({ role: 'final', base: [base, base, base], steps: [step('RUN apt', files)] })
    const [before, after] = [{ 'var/lib/dpkg/status': large, z: 1 }, { z: 1 }]
    expect(told(on('slim', before), on('slim', after))).toEqual(['2: var/lib/dpkg/status removed, −5.00 MB'])
    expect(told(on('slim', before), on('fat', after))).toEqual([
      '2: var/lib/dpkg/status removed from this layer, −5.00 MB',
    ])
    expect(told(on('fat', after), on('slim', before))).toEqual(['2: var/lib/dpkg/status new in this layer, 5.00 MB'])
  })

  test('that another layer got is moved there, also if it has another size', () => {
    expect(
      told(
        final(step('COPY a /', { 'app/data.bin': large, 'app/x': small }), step('RUN b', { y: 1 })),
        final(step('COPY a /', { 'app/x': small }), step('RUN b', { y: 1, 'app/data.bin': large })),
      ),
    ).toEqual(['3: app/data.bin moved here from line 2, +5.00 MB', '2: app/data.bin moved to line 3, −5.00 MB'])
    expect(
      told(
        final(step('COPY a /', { 'app/data.bin': large, x: 1 }), step('RUN b', { y: 1 })),
        final(step('COPY a /', { x: 1 }), step('RUN b', { y: 1, 'app/data.bin': small })),
      ),
    ).toEqual([
      '2: app/data.bin moved to line 3, −5.00 MB (is 300 kB there)',
      '3: app/data.bin moved here from line 2, +300 kB (was 5.00 MB there)',
    ])
  })

  test('that another layer has as before is still shipped', () => {
    expect(
      told(
        final(step('COPY a /', { 'app/data.bin': large }), step('RUN chown b', { 'app/data.bin': large, y: 1 })),
        final(step('COPY a /', { 'app/data.bin': large }), step('RUN chown b', { y: 1 })),
      ),
    ).toEqual(['3: app/data.bin −5.00 MB, still in line 2'])
    expect(
      told(
        final(step('COPY a /', { 'app/data.bin': large }), step('RUN chown b', { y: 1 })),
        final(step('COPY a /', { 'app/data.bin': large }), step('RUN chown b', { 'app/data.bin': large, y: 1 })),
      ),
    ).toEqual(['3: app/data.bin written again, 5.00 MB, also in line 2'])
  })

  test('that only the base image has now, or had, moved there, or came from there', () => {
    const onBase = (
      id: string,
      packages: Readonly<Record<string, number>>,
      own: Readonly<Record<string, number>>,
    ): Stage => {
      const { base, ...rest } = stageOf({ role: 'final', base: [id, id, `${id} layer`], steps: [step('RUN apt', { z: 1 }, own)] }) // prettier-ignore
      const all = Object.entries(packages).map(([name, fileBytes]) => {
        const [ecosystem = '', short = '', version = ''] = name.split(' ')
        return { ecosystem, name: short, version, fileBytes, files: 1 }
      })
      const known = { packages: all, folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true }
      return { ...rest, base: { ...base!, packages: known } }
    }
    const [slim, fat] = [onBase('slim', {}, { 'deb curl 8': large }), onBase('fat', { 'deb curl 8': large }, {})]
    const ofBase = (before: Stage, after: Stage): readonly string[] =>
      compareFinal(before, after).baseImage.packages.map((change) => packageWords(change, (name) => name))
    expect(told(slim, fat)).toEqual(['2: curl 8 moved to the base image, −5.00 MB'])
    expect(ofBase(slim, fat)).toEqual(['curl 8 moved here from line 2, +5.00 MB'])
    expect(told(fat, slim)).toEqual(['2: curl 8 moved here from the former base image, +5.00 MB'])
    expect(ofBase(fat, slim)).toEqual(['curl 8 moved to line 2, −5.00 MB'])
    // The base image had it before, too.
    const both = onBase('fat', { 'deb curl 7': large }, { 'deb curl 8': large })
    expect(told(both, onBase('fat', { 'deb curl 7': large }, {}))).toEqual([
      '2: a copy of curl 8 removed, −5.00 MB, and 7 is still shipped in the base image',
    ])
  })

  test('is removed if no other layer has it, and only from its layer if that is not known', () => {
    const before = final(step('COPY a /', { 'app/data.bin': small, x: 1 }), step('RUN b', { y: large }, {}, false))
    expect(told(before, final(step('COPY a /', { x: 1 }), step('RUN b', { y: large }, {}, false)))).toEqual([
      '2: app/data.bin removed from this layer, −300 kB',
    ])
    // The list has the heaviest files, so it would have this one.
    const listed = final(step('COPY a /', { 'app/data.bin': small, x: 1 }), step('RUN b', { y: 1_000 }, {}, false))
    expect(told(listed, final(step('COPY a /', { x: 1 }), step('RUN b', { y: 1_000 }, {}, false)))).toEqual([
      '2: app/data.bin removed, −300 kB',
    ])
  })

  test('has the line of the new Dockerfile, or a former line if that has no such line', () => {
    const [big, other] = [{ 'app/data.bin': large }, { 'npm jose 6.0.8': small }]
    const empty: Step = ['ENV a=1', null]
    // All lines are one lower than before.
    expect(
      told(
        final(step('COPY a /', { ...big, 'app/x': small }, other), step('COPY c /c', { 'c/data': 1 })),
        final(empty, step('COPY a /', { 'app/x': small }), step('COPY c /c', { 'c/data': 1, ...big }, other)),
      ),
    ).toEqual([
      '4: app/data.bin moved here from line 3, +5.00 MB; jose 6.0.8 moved here from line 3, +300 kB',
      '3: app/data.bin moved to line 4, −5.00 MB; jose 6.0.8 moved to line 4, −300 kB',
    ])
    expect(
      told(
        final(step('RUN npm ci', big, other), step('COPY c /c', { 'c/data': 1 })),
        final(empty, step('COPY c /c', { 'c/data': 1, ...big }, other)),
      ),
    ).toEqual([
      '3: app/data.bin moved here from the former line 2, +5.00 MB; jose 6.0.8 moved here from the former line 2, +300 kB',
      '2: layer removed; app/data.bin moved to line 3, −5.00 MB; jose 6.0.8 moved to line 3, −300 kB',
    ])
    // The same contents are still in the layer whose line changed.
    expect(
      told(
        final(step('COPY a /', big), step('RUN chown b', { y: 1 })),
        final(empty, step('COPY a /', big), step('RUN chown b', { ...big, y: 1 })),
      ),
    ).toEqual(['4: line 2 new; app/data.bin written again, 5.00 MB, also in line 3'])
  })

  test('of a layer that was removed is in the one that took its place', () => {
    expect(
      told(
        final(step('RUN make && make install', { 'opt/tool': large })),
        final(step('COPY --from=build /opt /opt', { 'opt/tool': large, 'opt/more': small })),
      ),
    ).toEqual([
      '2: new layer; opt/tool moved here from the former line 2, +5.00 MB; opt/more new, 300 kB',
      '2: layer removed; opt/tool moved to line 2, −5.00 MB',
    ])
  })
})

describe('a layer with the files of a lower layer once more', () => {
  const [copied, packages] = [{ 'app/data.bin': large }, { 'npm jose 6.0.8': small, 'npm qs 6.17.1': 459_000 }]
  /** A stage that copies files and then has this step, which writes some of their bytes again. */
  const stage = (
    text: string,
    files: Sizes,
    some: Readonly<Record<string, number>>,
    repeated: number | null,
  ): Stage => ({
    ...final(step('COPY . /app', files, some), step(text, files, some)),
    savings: repeated === null ? null : savingsOf(repeated),
  })
  const savingsOf = (fileBytes: number): Savings => ({
    ...{ fileBytes, likelyFileBytes: 0, baseFiles: [] },
    items: [
      // The base has two layers.
      {
        ...{ rule: 'owner-or-mode', path: 'app', kind: 'directory', files: 3, fileBytes },
        ...{ claim: 'sure', layer: 2, laterLayer: 3 },
      },
    ],
  })
  const all = large + small + 459_000

  test.each([
    ['RUN chown -R 1000:1000 /app', 'owner'],
    ['RUN chmod -R a+rX /app', 'mode'],
    ['RUN chgrp -R 0 /app && chmod -R g=u /app', 'owner or mode'],
    ['RUN ./fix-permissions', 'owner or mode'],
  ])('has one row and no packages of its own: %s', (text, what) => {
    const before = stage(text, { 'app/data.bin': small }, { 'npm qs 6.11.0': 229_000 }, small + 229_000)
    const repeated = `the same files as in line 2 again, with another ${what}`
    expect(told(before, stage(text, copied, packages, all))[1]).toBe(`3: ${repeated}`)
    const without = final(step('COPY . /app', copied, packages))
    expect(told(without, stage(text, copied, packages, all))).toEqual([`3: new layer; ${repeated}`])
  })

  test('lists them if it also has other files, or if the record does not know', () => {
    const text = 'RUN chown -R 1000:1000 /app'
    const without = final(step('COPY . /app', copied, packages))
    const listed = [
      '3: new layer; app/data.bin written again, 5.00 MB, also in line 2; qs 6.17.1 new, 459 kB; jose 6.0.8 new, 300 kB',
    ]
    expect(told(without, stage(text, copied, packages, all - 2_000))).toEqual(listed)
    expect(told(without, stage(text, copied, packages, null))).toEqual(listed)
    // The baseline's layer had other files, which are gone.
    const before = stage(text, copied, { 'npm six 1.16.0': large }, large)
    expect(told(before, stage(text, copied, packages, all)).at(-1)).toContain('six 1.16.0 removed')
  })

  test('says so of a folder, but not if the folder has other files here', () => {
    const files = (name: string): Sizes =>
      Object.fromEntries(Array.from({ length: 10 }, (_, nth) => [`srv/a/${name}${nth}`, small]))
    const before = final(step('COPY a /srv', files('x')))
    const withLine = (text: string, name: string): Stage =>
      final(step('COPY a /srv', files('x')), step(text, files(name)))
    expect(told(before, withLine('RUN chown -R 1000 /srv', 'x'))).toEqual([
      '3: new layer; srv/a/ written again, 3.00 MB, also in line 2',
    ])
    expect(told(before, withLine('RUN make', 'z'))).toEqual(['3: new layer; srv/a/ +3.00 MB'])
    // A record lists only the heaviest files.
    const [, , layer] = step('COPY b /srv', files('x'))
    const bytes = { fileBytes: 10_000_000, compressedSize: 10_000_000, uncompressedSize: 10_000_000 }
    const directories = [{ path: 'srv/a', files: 2_000, fileBytes: 10_000_000 }]
    const others = { files: layer?.contents?.files ?? [], directories, complete: false }
    const packages = layer?.contents?.packages && { ...layer.contents.packages, others }
    const larger: Step = ['COPY b /srv', 'more', { ...bytes, contents: { ...others, packages } }]
    expect(told(before, final(step('COPY a /srv', files('x')), larger))).toEqual(['3: new layer; srv/a/ +10.0 MB'])
  })

  test('does not call its files new if the lower layer got them in the same change', () => {
    const text = 'RUN chown 1000 /app/data.bin'
    const before = final(step('COPY . /app', { y: 1 }))
    expect(told(before, stage(text, copied, {}, null)).toSorted()).toEqual([
      '2: app/data.bin new, 5.00 MB',
      '3: new layer; app/data.bin written again, 5.00 MB, also in line 2',
    ])
    const folder = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`app/.git/${at}`, large]))
    const more = { 'app/.git/more': large }
    expect(told(before, final(step('COPY . /app', folder), step(text, folder))).toSorted()).toEqual([
      '2: history of Git in app/.git/ new, 45.0 MB',
      '3: new layer; history of Git in app/.git/ written again, 45.0 MB, also in line 2',
    ])
    expect(told(before, final(step('COPY . /app', folder), step(text, { ...folder, ...more })))).toContain(
      '3: new layer; history of Git in app/.git/ new, 50.0 MB',
    )
  })
})

test('a folder that another layer has too is neither new nor removed', () => {
  expect(
    told(
      final(step('RUN a', { 'usr/lib/a1': large, 'usr/lib/a2': large }), step('RUN b', { 'usr/lib/b': small })),
      final(step('RUN a', { z: 1 }), step('RUN b', { 'usr/lib/b': small })),
    ),
  ).toEqual(['2: usr/lib/a1 removed, −5.00 MB; usr/lib/a2 removed, −5.00 MB'])
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`usr/lib/a${at}`, large]))
  expect(
    told(
      final(step('RUN a', { ...many, z: 1 }), step('RUN b', { 'usr/lib/b': small })),
      final(step('RUN a', { z: 1 }), step('RUN b', { 'usr/lib/b': small })),
    ),
  ).toEqual(['2: usr/lib/ −45.0 MB'])
})

describe('a package', () => {
  const [one, two] = [{ 'pypi pip 25.3': large }, { 'pypi pip 24.0': small }]

  test('of which another layer still has a copy says so', () => {
    expect(
      told(
        final(step('RUN python -m venv /v', {}, two), step('RUN pip install -U pip', { y: 1 }, one)),
        final(step('RUN python -m venv /v', {}, two), step('RUN pip install -U pip', { y: 1 })),
      ),
    ).toEqual(['3: a copy of pip 25.3 removed, −5.00 MB, and 24.0 is still shipped in line 2'])
  })

  test('is removed if no other layer has it, and only from its layer if that is not known', () => {
    const changed = (complete: boolean): readonly string[] =>
      told(
        final(step('RUN a', { z: 1 }, {}, complete), step('RUN b', { y: 1 }, one)),
        final(step('RUN a', { z: 1 }, {}, complete), step('RUN b', { y: 1 })),
      )
    expect(changed(true)).toEqual(['3: pip 25.3 removed, −5.00 MB'])
    expect(changed(false)).toEqual(['3: pip 25.3 removed from this layer, −5.00 MB'])
  })
})

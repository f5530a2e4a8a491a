import { describe, expect, test } from '@jest/globals'
import type { Footprint, Image, Stage } from '../../src/record/footprint.ts'
import { settingsOfExistingImages } from '../../src/record/settings.ts'
import { digestOf, footprintOf, imageOf, stageOf, type StageOf, type Step } from '../support/footprints.ts'
import { noteSentence } from '../../src/report/comparison-notes.ts'
import { compare, compareFinal, compareStages, differing } from '../support/compared.ts'

const of = (...steps: Step[]): Stage => stageOf({ steps })
const on = (base: NonNullable<StageOf['base']>, ...steps: Step[]): Stage => stageOf({ base, steps })
/** A builder stage and a final one, at positions 0 and 1. */
const two = (builder: StageOf, ...final: Step[]): Stage[] => [
  stageOf({ name: 'build', ...builder }),
  stageOf({ index: 1, base: ['scratch', null], steps: final }),
]
const withoutInstructions = (stage: Stage): Stage => {
  const rest = { ...stage }
  delete rest.instructions
  return rest
}

describe('layers that differ only in the times of their files', () => {
  const made = (content: string, timelessDigest: string | null): Stage => {
    const found = stageOf({
      steps: [
        ['COPY . /app', content],
        ['RUN make', `${content} made`],
      ],
    })
    return {
      ...found,
      layers: found.layers.map((layer) => (layer.origin === 'base' ? layer : { ...layer, timelessDigest })),
    }
  }
  const [same, other] = [digestOf('same'), digestOf('other')]

  test('are the same and explain nothing above them, with one builder or two', () => {
    for (const sameBuilder of [true, false]) {
      const compared = compareFinal(made('1', same), made('2', same), sameBuilder)
      expect(compared.layers.map(({ cause }) => cause)).toEqual(compared.layers.map(() => null))
    }
  })

  test('have later steps run again if the text of one was edited, so that these are of the change', () => {
    const edited = (run: string, download: string): Stage => {
      const found = of([run, run], ['RUN wget a', download])
      const layers = found.layers.map((layer) =>
        layer.instruction?.text === run ? { ...layer, timelessDigest: same } : layer,
      )
      return { ...found, layers }
    }
    expect(differing(compareFinal(edited('RUN mkdir /a', '1'), edited('RUN mkdir -p /a', '2')))).toEqual([
      'same edited RUN mkdir -p /a',
      'changed change RUN wget a',
    ])
    expect(differing(compareFinal(edited('RUN mkdir /a', '1'), edited('RUN mkdir /a', '2')))).toEqual([
      'changed drift RUN wget a',
    ])
  })

  test('are of the change if a setting above one was edited, unless it came from a cache', () => {
    const of = (setting: string, run: string): Stage => {
      const found = stageOf({
        role: 'final',
        steps: [
          [setting, null],
          ['RUN true', run],
        ],
      })
      return { ...found, layers: found.layers.map((layer) => ({ ...layer, timelessDigest: same })) }
    }
    const isRerun = (before: Stage, after: Stage): boolean =>
      compareFinal(before, after).layers.some((layer) => layer.isRerun === true)
    expect(isRerun(of('ENV A=1', '1'), of('ENV A=2', '2'))).toBe(true)
    expect(isRerun(of('ENV A=1', '1'), of('ENV A=1', '2'))).toBe(false)
    expect(isRerun(of('ENV A=1', '1'), of('ENV A=2', '1'))).toBe(false)
  })

  test('may have later steps run again because of what one mounts, if those below came from a cache', () => {
    const mount = 'RUN --mount=type=bind,source=req.txt,target=/r true'
    const mounting = (run: string, isCached: boolean, entries: number): Stage => {
      const found = of(['WORKDIR /a', isCached ? 'folder' : run], [mount, run], ['RUN wget a', `${run} a`])
      const layers = found.layers.map((layer) => {
        const text = layer.instruction?.text
        if (text === 'WORKDIR /a') return { ...layer, timelessDigest: same, fileBytes: 0, entries }
        return text === mount ? { ...layer, timelessDigest: same } : layer
      })
      return { ...found, layers }
    }
    const cause = (isCached: boolean, entries = 1) =>
      differing(compareFinal(mounting('1', isCached, entries), mounting('2', isCached, entries)))
    expect(cause(true)).toEqual(['changed unknown RUN wget a'])
    expect(cause(false)).toEqual(['changed drift RUN wget a'])
    // An empty layer is the same without a cache, too.
    expect(cause(true, 0)).toEqual(['changed drift RUN wget a'])
    const empty = (download: string): Stage => {
      const found = of(['RUN apt', 'apt'], [mount, 'empty'], ['RUN wget a', download])
      const layers = found.layers.map((layer) => (layer.instruction?.text === mount ? { ...layer, fileBytes: 0, entries: 0 } : layer)) // prettier-ignore
      return { ...found, layers }
    }
    expect(differing(compareFinal(empty('1'), empty('2')))).toEqual(['changed unknown RUN wget a'])
  })

  test('are the same if their times compress to another size, which sums count as drift', () => {
    const [before, after] = [made('1', same), made('2', same)]
    const larger = {
      ...after,
      layers: after.layers.map((layer, position) =>
        position === after.layers.length - 1 ? { ...layer, compressedSize: (layer.compressedSize ?? 0) + 1 } : layer,
      ),
    }
    const compared = compareFinal(before, larger)
    expect(differing(compared)).toEqual([])
    expect(compared.growth.byCause.drift.compressedSize).toBe(1)
    expect(compared.growth.total.compressedSize).toBe(1)
  })

  test('of the base image are the same if only one side knows where it ends, and of the moved one if both do', () => {
    const image = (content: string, bytes: number, isBaseKnown: boolean): Stage => {
      const found = stageOf({ base: ['debian', content, content], steps: [['COPY . /app', 'app']] })
      const layers = found.layers.map((layer, position) =>
        // Times with fractions of a second make the archive larger, too.
        position > 0 ? layer : { ...layer, timelessDigest: same, compressedSize: bytes, uncompressedSize: 4 * bytes },
      )
      if (isBaseKnown) return { ...found, layers }
      return { ...found, base: null, layers: layers.map((layer) => ({ ...layer, origin: 'own' as const })) }
    }
    expect(differing(compareFinal(image('1', 50_000, true), image('2', 56_640, false)))).toEqual([])
    expect(differing(compareFinal(image('1', 50_000, false), image('2', 56_640, true)))).toEqual([])
    const compared = compareFinal(image('1', 50_000, false), image('2', 56_640, true))
    expect(compared.growth.byCause.drift.compressedSize).toBe(6_640)
    expect(differing(compareFinal(image('1', 50_000, true), image('2', 56_640, true)))).toEqual([
      'changed base-image base',
    ])
  })

  test('are the change if anything else differs, even with the same names and sizes', () => {
    expect(differing(compareFinal(made('1', same), made('2', other)))[0]).toBe('changed change COPY . /app')
    // If only one side has a layer as a blob, only names and sizes can be compared.
    const unpacked = {
      ...made('2', other),
      layers: made('2', other).layers.map((layer) => ({ ...layer, digest: null })),
    }
    expect(differing(compareFinal(made('1', same), unpacked))[0]).toBe(
      differing(compareFinal(made('1', null), made('2', null)))[0],
    )
  })
})

describe('the base image', () => {
  const kindOf = (before: Stage, after: Stage, sameBuilder = false) =>
    compareFinal(before, after, sameBuilder).baseImage.kind

  test('names its packages that differ, if both sides know them', () => {
    const made = (
      digest: string,
      packages: readonly (readonly [name: string, version: string, fileBytes: number])[] | null,
      folded = 0,
    ): Stage => {
      const one = stageOf({ role: 'final', base: ['debian:13', digest, digest] })
      const list = packages && {
        packages: packages.map(([name, version, fileBytes]) => ({
          ...{ ecosystem: 'deb', name, version },
          ...{ fileBytes, files: 1 },
        })),
        folded: { packages: folded, fileBytes: folded, files: folded },
        complete: true,
      }
      return { ...one, base: one.base && { ...one.base, packages: list } }
    }
    const told = (before: Stage, after: Stage): readonly (readonly [string, string, number])[] =>
      compareFinal(before, after).baseImage.packages.map(({ name, kind, growth }) => [name, kind, growth])
    const old = made('x', [
      ['libssl3', '3.5.1', 900],
      ['tzdata', '2026a', 500],
      ['gpgv', '2.4', 70],
    ])
    const now = [
      ['libssl3', '3.5.4', 950],
      ['tzdata', '2026a', 500],
      ['libzstd1', '1.5', 80],
    ] as const
    expect(told(old, made('y', now))).toEqual([
      ['libzstd1', 'new', 80],
      ['libssl3', 'updated', 50],
      ['gpgv', 'removed', -70],
    ])
    // What the list has no room for may be among the others.
    expect(told(old, made('y', now, 3))).toEqual([
      ['libzstd1', 'new', 80],
      ['libssl3', 'updated', 50],
    ])
    expect(told(old, made('x', now))).toEqual([])
    expect(told(made('x', null), made('y', now))).toEqual([])
    expect(told(old, made('y', null))).toEqual([])
  })

  test('names the paths of the rest, if both sides know them and they are not small beside the packages', () => {
    const made = (
      digest: string,
      library: number,
      files: Readonly<Record<string, number>> | null,
      complete = true,
    ): Stage => {
      const bytes = Object.values(files ?? {}).reduce((sum, one) => sum + one, library)
      const one = stageOf({ role: 'final', base: ['node:24', digest, digest] })
      const packages = {
        packages: [{ ecosystem: 'deb', name: 'libssl3', version: digest, fileBytes: library, files: 1 }],
        folded: { packages: 0, fileBytes: 0, files: 0 },
        complete: true,
        others: files && {
          files: Object.entries(files).map(([path, fileBytes]) => ({ path, fileBytes })),
          directories: [],
          complete,
        },
      }
      return {
        ...one,
        base: one.base && { ...one.base, packages },
        layers: one.layers.map((layer) => (layer.origin === 'base' ? { ...layer, fileBytes: bytes } : layer)),
      }
    }
    const told = (before: Stage, after: Stage): readonly (readonly [string, number | null, number | null])[] =>
      compareFinal(before, after).baseImage.paths.map(({ path, before, after }) => [path, before, after])
    const old = made('x', 900, { 'usr/local/bin/node': 99_000, 'opt/yarn': 5_000 })
    expect(told(old, made('y', 950, { 'usr/local/bin/node': 127_000, 'opt/yarn': 5_000 }))).toEqual([
      ['usr/local/bin/node', 99_000, 127_000],
    ])
    expect(told(old, made('y', 90_000, { 'usr/local/bin/node': 99_100, 'opt/yarn': 5_000 }))).toEqual([])
    expect(told(old, made('y', 950, null))).toEqual([])
    const cut = made('x', 900, { 'usr/local/bin/node': 99_000, 'opt/yarn': 500 }, false)
    const more = made('y', 900, { 'usr/local/bin/node': 99_000, 'opt/agent': 40_000, 'opt/yarn': 500 }, false)
    expect(told(cut, more)).toEqual([['opt/agent', null, 40_000]])
    expect(told(more, cut)).toEqual([['opt/agent', 40_000, null]])
    // The first path explains nearly all of it, and the package grew by less than the second one.
    const large = { 'usr/local/bin/node': 999_000, 'opt/agent': 40_000, 'opt/yarn': 500 }
    expect(told(cut, made('y', 990, large, false))).toEqual([
      ['usr/local/bin/node', 99_000, 999_000],
      ['opt/agent', null, 40_000],
    ])
    expect(told(old, made('x', 950, { 'usr/local/bin/node': 1 }))).toEqual([])
    // A file that moved is not new, although its old place is beside the largest path.
    const movable = (place: string, grown: number): Stage => {
      const one = made('x', 100, { [place]: 50_000, 'opt/a/grown': grown, 'usr/x': 45_000 })
      const files = one.base!.packages!.others!.files.map((file) => ({ ...file, checksum: file.fileBytes }))
      const { packages } = one.base!
      return { ...one, base: { ...one.base!, packages: { ...packages!, others: { ...packages!.others!, files } } } }
    }
    const [stays, moves] = [movable('opt/a/big', 1), movable('opt/b/big', 900_000)]
    const other = { ...moves, base: { ...moves.base!, digest: 'sha256:other' } }
    expect(told(stays, other).map(([path]) => path)).not.toContain('opt/b/big')
    // What is left is too small to be named.
    const alone = made('x', 0, { 'usr/local/bin/node': 99_000, 'etc/x': 1 })
    expect(told(alone, made('y', 0, { 'usr/local/bin/node': 999_000, 'etc/x': 3 }))).toHaveLength(1)
  })

  test.each<[string, NonNullable<StageOf['base']>, NonNullable<StageOf['base']>, string, string]>([
    ['is the same', ['a:1', 'x', '1'], ['a:1', 'x', '1'], 'same', 'same'],
    ['is the same if a digest is not known', ['a:1', null, '1'], ['a:1', 'x', '1'], 'same', 'same'],
    ['moved if its digest differs', ['a:1', 'x', '1'], ['a:1', 'y', '1'], 'moved', 'moved'],
    ['moved if its layers differ', ['a:1', null, '1'], ['a:1', null, '2'], 'moved', 'moved'],
    [
      'was edited if its layers are those of another platform',
      ['a:1', 'x', '1'],
      ['a:1', 'x', '2'],
      'edited',
      'edited',
    ],
    ['was edited if its reference differs', ['a:1', 'x', '1'], ['a:2', 'y', '2'], 'edited', 'edited'],
    [
      'was edited if another reference names the same image',
      ['a:1', 'x', '1'],
      ['a:1.0', 'x', '1'],
      'edited',
      'edited',
    ],
    [
      'moved if its reference is only written otherwise',
      ['a', 'x', '1'],
      ['docker.io/library/a:latest', 'y', '2'],
      'moved',
      'moved',
    ],
    ['is the same with a build argument in its reference', ['a:$V', 'x', '1'], ['a:$V', 'x', '1'], 'same', 'same'],
    [
      'is unknown or edited if a build argument selected another image',
      ['a:$V', 'x', '1'],
      ['a:$V', 'y', '2'],
      'unknown',
      'edited',
    ],
    ['is the same if its argument got the default', ['a:1', 'x', '1'], ['a:$V', 'x', '1'], 'same', 'same'],
    [
      'is unknown or edited if only one side has the default',
      ['a:1', 'x', '1'],
      ['a:$V', 'y', '2'],
      'unknown',
      'edited',
    ],
  ])('%s', (_, before, after, stored, built) => {
    expect(kindOf(on(before), on(after))).toBe(stored)
    expect(kindOf(on(before), on(after), true)).toBe(built)
  })

  test('is unknown if one side does not know it', () => {
    expect(kindOf(of(), stageOf({ some: { base: null } }))).toBe('unknown')
  })

  const run: Step = ['RUN a', 'a']
  const runAgain: Step = ['RUN a', 'a2']

  test('explains its layers and the steps on it if it moved', () => {
    expect(differing(compareFinal(on(['a:1', 'x', '1'], run), on(['a:1', 'y', '2'], runAgain)))).toEqual([
      'changed base-image base',
      'changed base-image RUN a',
    ])
  })

  test('makes its layers and the steps on it the change if it was edited', () => {
    expect(differing(compareFinal(on(['a:1', 'x', '1'], run), on(['a:2', 'y', '2'], runAgain)))).toEqual([
      'changed change base',
      'changed change RUN a',
    ])
  })

  test('does not explain the steps on it if only its name differs', () => {
    expect(differing(compareFinal(on(['a:1', 'x', '1'], run), on(['a:1.0', 'x', '1'], runAgain)))).toEqual([
      'changed drift RUN a',
    ])
  })

  test('is an unknown cause if it may have moved or been edited', () => {
    expect(differing(compareFinal(on(['a:$V', 'x', '1'], run), on(['a:$V', 'y', '2'], runAgain)))).toEqual([
      'changed unknown base',
      'changed unknown RUN a',
    ])
  })

  test('explains the steps on it if it moved but kept its layers, since its settings may differ', () => {
    const compared = compareStages([on(['a:1', 'x', '1'], run)], [on(['a:1', 'y', '1'], runAgain)])
    expect(differing(compared.final)).toEqual(['changed base-image RUN a'])
    expect(compared.unchanged).toBe(false)
  })

  test('does not explain an edited instruction on it, nor what follows that', () => {
    const before = on(['a:1', 'x', '1'], ['RUN a', 'a'], ['RUN install one', 'b'], ['RUN c', 'c'])
    const after = on(['a:1', 'y', '2'], ['RUN a', 'a2'], ['RUN install two', 'b2'], ['RUN c', 'c2'])
    expect(differing(compareFinal(before, after))).toEqual([
      'changed base-image base',
      'changed base-image RUN a',
      'changed change edited RUN install two',
      'changed change RUN c',
    ])
  })

  test('explains the layer of a WORKDIR whose folder only one of the bases has', () => {
    const workdir = (content: string | null): Step => ['WORKDIR /app', content]
    expect(
      differing(compareFinal(on(['a:1', 'x', '1'], workdir(null)), on(['a:1', 'y', '2'], workdir('made')))),
    ).toEqual(['changed base-image base', 'added base-image WORKDIR /app'])
    expect(
      differing(compareFinal(on(['a:1', 'x', '1'], workdir('made')), on(['a:1', 'y', '2'], workdir(null)))),
    ).toEqual(['changed base-image base', 'removed base-image WORKDIR /app'])
  })
})

describe('a step', () => {
  test.each([
    ['ENV A=1', 'ENV A=2'],
    ['ARG V=1', 'ARG V=2'],
    ['WORKDIR /a', 'WORKDIR /b'],
    ['USER a', 'USER b'],
    ['SHELL ["a"]', 'SHELL ["b"]'],
  ])('is the change after %s became %s', (before, after) => {
    expect(differing(compareFinal(of([before, null], ['RUN a', 'a']), of([after, null], ['RUN a', 'a2'])))).toEqual([
      'changed change RUN a',
    ])
    expect(differing(compareFinal(of(['RUN a', 'a'], [before, null]), of(['RUN a', 'a2'], [after, null])))).toEqual([
      'changed drift RUN a',
    ])
  })

  const given = (stages: readonly Stage[], some: Partial<Image>): Footprint =>
    footprintOf([{ ...imageOf(stages), ...some }])
  /** What differs in the final stage if the build of one side was given something. */
  const differsGiven = (before: readonly Stage[], after: readonly Stage[], some: Partial<Image>): readonly unknown[] =>
    [
      [{}, some],
      [some, {}],
    ].map(([one = {}, other = {}]) => differing(compare(given(before, one), given(after, other)).images[0]?.final))

  test('may be the change if it can use a build argument that was given, since no record has the value', () => {
    const [before, after] = ['a', 'a2'].map((bytes) => of(['RUN b', 'b'], ['ARG A B=1', null], ['RUN a', bytes]))
    const answer = (name: string): unknown => differsGiven([before!], [after!], { givenArguments: [name] })
    expect(answer('A')).toEqual([['changed unknown RUN a'], ['changed unknown RUN a']])
    expect(answer('B')).toEqual(answer('A'))
    expect(answer('C')).toEqual([['changed drift RUN a'], ['changed drift RUN a']])
    const [low, low2] = ['b', 'b2'].map((bytes) => of(['RUN b', bytes], ['ARG A', null]))
    expect(differsGiven([low!], [low2!], { givenArguments: ['A'] })[0]).toEqual(['changed drift RUN b'])
  })

  test('does not depend on the default of a build argument that was given', () => {
    const [before, after] = ['1', '2'].map((value) => of([`ARG A=${value}`, null], ['RUN a', value]))
    expect(differsGiven([before!], [after!], { givenArguments: ['A'] })[0]).toEqual(['changed unknown RUN a'])
    expect(differsGiven([before!], [after!], { givenArguments: ['B'] })[0]).toEqual(['changed change RUN a'])
  })

  test('is drift below a new build argument that has no value', () => {
    const [before, after] = [of(['RUN a', '1']), of(['ARG A', null], ['RUN a', '2'])]
    expect(differing(compareFinal(before, after))).toEqual(['changed drift RUN a'])
    expect(differsGiven([before], [after], { givenArguments: ['A'] })[1]).toEqual(['changed change RUN a'])
    const ofBuilder = of(['ARG TARGETARCH', null], ['RUN a', '2'])
    expect(differing(compareFinal(before, ofBuilder))).toEqual(['changed change RUN a'])
  })

  test('is no moved image if one builder built both sides', () => {
    const side = (bytes: string): Stage => stageOf({ role: 'final', steps: [['COPY --from=x:1 /a /', bytes]] })
    expect(differing(compareFinal(side('1'), side('2'), true))).toEqual(['changed drift COPY --from=x:1 /a /'])
    expect(differing(compareFinal(side('1'), side('2')))).toEqual(['changed base-image COPY --from=x:1 /a /'])
  })

  test('may be the change if the stage that it is FROM declares the argument, and a COPY only if it uses a variable', () => {
    const parent = stageOf({ name: 'build', base: ['debian', 'x'], steps: [['ARG A', null]] })
    const sides = (text: string, bytes: string): Stage[] => [
      parent,
      stageOf({ index: 1, role: 'final', parent, steps: [[text, bytes]] }),
    ]
    const answer = (text: string): unknown =>
      differsGiven(sides(text, '1'), sides(text, '2'), { givenArguments: ['A'] })
    expect(answer('RUN a')).toEqual([['changed unknown RUN a'], ['changed unknown RUN a']])
    expect(answer('COPY --from=x:1 /$A /')).toEqual(Array(2).fill(['changed unknown COPY --from=x:1 /$A /']))
    expect(answer('COPY --from=x:1 /a /')).toEqual(Array(2).fill(['changed base-image COPY --from=x:1 /a /']))
  })

  test('that takes files from a named context is not drift, even if the name looks like that of an image', () => {
    const [before, after] = ['1', '2'].map((bytes) => of(['COPY --from=Team/lib . /', bytes]))
    expect(differsGiven([before!], [after!], { namedContexts: ['team/LIB'] })).toEqual(
      Array(2).fill(['changed unknown COPY --from=Team/lib . /']),
    )
  })

  test('is the change if a lower one moved above it', () => {
    const before = of(['RUN delete', 'a'], ['RUN bundle', 'b'])
    for (const deleted of ['a', 'a2'])
      expect(differing(compareFinal(before, of(['RUN bundle', 'b2'], ['RUN delete', deleted])))).toContainEqual(
        expect.stringMatching(/^changed change (moved )?RUN bundle$/),
      )
  })

  test('is the change after an edited ARG before the first FROM that the stage declares again', () => {
    const of = (bytes: string, ...globals: string[]): Stage =>
      stageOf({
        steps: [
          ['RUN a', 'a'],
          ['ARG SIZE', null],
          ['RUN b', bytes],
        ],
        some: { globalArguments: globals.map((text, at) => ({ text, line: at + 1, endLine: at + 1 })) },
      })
    const globals = (value: string): string[] => [`ARG V=${value}`, 'ARG SIZE=$V']
    expect(differing(compareFinal(of('b', ...globals('1')), of('b2', ...globals('2'))))).toEqual([
      'changed change RUN b',
    ])
    expect(differing(compareFinal(of('b', ...globals('1')), of('b2', ...globals('1'))))).toEqual([
      'changed drift RUN b',
    ])
    expect(differing(compareFinal(of('b', 'ARG X=1'), of('b2', 'ARG X=2')))).toEqual(['changed drift RUN b'])
    // The change may have added it.
    expect(differing(compareFinal(of('b'), of('b2', 'ARG SIZE=2')))).toEqual(['changed change RUN b'])
    // Another ARG does not reach this stage.
    expect(differing(compareFinal(of('b', 'ARG X=1', 'ARG SIZE=2'), of('b2', 'ARG X=2', 'ARG SIZE=2')))).toEqual(['changed drift RUN b']) // prettier-ignore
    // The value may also come from a build argument.
    const [before, after] = [of('b', ...globals('1')), of('b2', ...globals('1'))]
    expect(differsGiven([before], [after], { givenArguments: ['V'] })).toEqual(Array(2).fill(['changed unknown RUN b']))
  })

  test('may be the change on a moved base, too, if it can use a build argument', () => {
    const side = (base: string, bytes: string): Stage => on(['debian', base, base], ['ARG A', null], ['RUN a', bytes])
    const found = differsGiven([side('x', 'a')], [side('y', 'b')], { givenArguments: ['A'] })
    expect(found).toEqual(Array(2).fill(['changed base-image base', 'changed unknown RUN a']))
  })

  test('is not known if the stage is FROM a named context whose image differs', () => {
    const side = (base: string, bytes: string): Stage =>
      on(['docker.io/library/Ctx:latest', base, base], ['RUN a', bytes])
    const found = differsGiven([side('x', 'a')], [side('y', 'b')], { namedContexts: ['ctx'] })
    expect(found).toEqual(Array(2).fill(['changed unknown base', 'changed unknown RUN a']))
  })

  test('is drift after an edited LABEL', () => {
    expect(
      differing(compareFinal(of(['LABEL a=1', null], ['RUN a', 'a']), of(['LABEL a=2', null], ['RUN a', 'a2']))),
    ).toEqual(['changed drift RUN a'])
  })

  test.each([false, true])(
    'is drift if its inputs are the same and its bytes differ; same builder: %s',
    (sameBuilder) => {
      expect(differing(compareFinal(of(['RUN a', 'a']), of(['RUN a', 'a2']), sameBuilder))).toEqual([
        'changed drift RUN a',
      ])
    },
  )

  test('is drift on top of drift', () => {
    expect(differing(compareFinal(of(['RUN a', 'a'], ['RUN b', 'b']), of(['RUN a', 'a2'], ['RUN b', 'b2'])))).toEqual([
      'changed drift RUN a',
      'changed drift RUN b',
    ])
  })

  test('is the change on top of an added, removed or moved layer', () => {
    const [a, b, c, again]: Step[] = [
      ['RUN a', 'a'],
      ['RUN b', 'b'],
      ['RUN c', 'c'],
      ['RUN c', 'c2'],
    ] as const
    expect(differing(compareFinal(of(a, c), of(a, b, again)))).toContain('changed change RUN c')
    expect(differing(compareFinal(of(a, b, c), of(a, again)))).toContain('changed change RUN c')
    expect(differing(compareFinal(of(a, b, c), of(b, a, again)))).toContain('changed change RUN c')
  })

  test('is the change if it was added a second time', () => {
    expect(differing(compareFinal(of(['RUN a', 'a']), of(['RUN a', 'a'], ['RUN a', 'b'])))).toEqual([
      'added change RUN a',
    ])
  })

  test('has an unknown cause if instructions are missing', () => {
    const [before, after] = [of(['RUN a', 'a'], ['RUN b', 'b']), of(['RUN a', 'a2'], ['RUN b', 'b2'])]
    expect(differing(compareFinal(withoutInstructions(before), after))).toEqual([
      'changed unknown RUN a',
      'changed unknown RUN b',
    ])
    // An edit is visible nevertheless.
    expect(
      differing(compareFinal(withoutInstructions(of(['RUN a', 'a'])), withoutInstructions(of(['RUN a b', 'a2'])))),
    ).toEqual(['changed change edited RUN a b'])
  })

  test('is the change if a setting in its parent stage was edited', () => {
    const at = (value: string, content: string): Stage[] => {
      const parent = stageOf({
        name: 'parent',
        steps: [
          ['RUN p', 'p'],
          [`ENV A=${value}`, null],
        ],
      })
      return [parent, stageOf({ index: 1, parent, steps: [['RUN a', content]] })]
    }
    expect(differing(compareStages(at('1', 'a'), at('2', 'a2')).final)).toEqual(['changed change RUN a'])
    expect(differing(compareStages(at('1', 'a'), at('1', 'a2')).final)).toEqual(['changed drift RUN a'])
  })

  test('has the cause that it has in the parent stage, if it is inherited', () => {
    const at = (content: string, own: string): Stage[] => {
      const parent = stageOf({ name: 'parent', steps: [['RUN p', content]] })
      return [parent, stageOf({ index: 1, parent, steps: [['RUN a', own]] })]
    }
    const { stages } = compareStages(at('p', 'a'), at('p2', 'a2'))
    expect(stages.map(differing)).toEqual([['changed drift RUN p'], ['changed drift RUN p', 'changed drift RUN a']])
  })
})

describe('a step that takes files from elsewhere', () => {
  const copy = (content: string): Step => ['COPY --from=build /x /', content]
  const mount = (content: string): Step => ['RUN --mount=type=bind,from=build,target=/b cp /b/x /', content]
  const run = (content: string): StageOf => ({ steps: [['RUN make', content]] })

  describe.each([
    ['COPY --from', copy],
    ['a mount', mount],
  ] as const)('with %s', (_, take) => {
    const text = take('')[0]
    test.each<[string, StageOf, StageOf, string]>([
      ['a stage with an edited instruction', run('a'), { steps: [['RUN make more', 'b']] }, 'change'],
      [
        'a stage with an added layer',
        run('a'),
        {
          steps: [
            ['RUN make', 'a'],
            ['RUN more', 'b'],
          ],
        },
        'change',
      ],
      [
        'a stage on a moved base',
        { base: ['a:1', 'x', '1'], ...run('a') },
        { base: ['a:1', 'y', '2'], ...run('b') },
        'base-image',
      ],
      [
        'a stage on an edited base',
        { base: ['a:1', 'x', '1'], ...run('a') },
        { base: ['a:2', 'y', '2'], ...run('b') },
        'change',
      ],
      ['a stage that drifted', run('a'), run('b'), 'drift'],
      ['an unchanged stage', run('a'), run('a'), 'drift'],
      ['a renamed stage that drifted', { name: 'build', ...run('a') }, run('b'), 'drift'],
    ])('has the cause of %s', (_, before, after, cause) => {
      expect(differing(compareStages(two(before, take('t')), two(after, take('t2'))).final)).toEqual([
        `changed ${cause} ${text}`,
      ])
    })
  })

  test('has the cause of a stage that it names by position, although an added stage shifted that', () => {
    const before = [
      stageOf({
        steps: [
          ['RUN make', 'a'],
          ['RUN b', 'b'],
        ],
      }),
      stageOf({ index: 1, steps: [['COPY --from=0 /x /', 't']] }),
    ]
    const after = [
      stageOf({ base: ['other:1', null], steps: [['RUN other', 'o']] }),
      stageOf({
        index: 1,
        steps: [
          ['RUN make', 'a2'],
          ['RUN b', 'b'],
        ],
      }),
      stageOf({ index: 2, steps: [['COPY --from=1 /x /', 't2']] }),
    ]
    expect(differing(compareStages(before, after).final)).toEqual(['changed drift COPY --from=1 /x /'])
  })

  test('is the change if the same text names another stage now', () => {
    const before = [
      stageOf({ steps: [['RUN make', 'a']] }),
      stageOf({ index: 1, steps: [['COPY --from=0 /x /', 't']] }),
    ]
    const after = [
      stageOf({ base: ['other:1', null], steps: [['RUN other', 'o']] }),
      stageOf({ index: 1, steps: [['RUN make', 'a']] }),
      stageOf({ index: 2, steps: [['COPY --from=0 /x /', 't2']] }),
    ]
    expect(differing(compareStages(before, after).final)).toEqual(['changed change COPY --from=0 /x /'])
  })

  test('has the cause of its source before that of the layers below it', () => {
    const at = (text: string, built: string, content: string): Stage[] =>
      two({ steps: [['RUN make', built]] }, [text, text], copy(content))
    expect(differing(compareStages(at('RUN a', 'a', 't'), at('RUN b', 'a2', 't2')).final)).toEqual([
      'changed change edited RUN b',
      'changed drift COPY --from=build /x /',
    ])
    expect(differing(compareStages(at('RUN a', 'a', 't'), at('RUN b', 'a', 't2')).final)).toEqual([
      'changed change edited RUN b',
      'changed change COPY --from=build /x /',
    ])
  })

  test.each([
    ['ghcr.io/a/b:latest', 'base-image'],
    ['busybox', 'unknown'],
    [`a@sha256:${'0'.repeat(64)}`, 'drift'],
  ])('has the right cause if it takes from the image %s', (image, cause) => {
    const text = `COPY --from=${image} /x /`
    expect(differing(compareFinal(of([text, 'a']), of([text, 'b'])))).toEqual([`changed ${cause} ${text}`])
  })

  test('can take from a later stage', () => {
    const at = (content: string): Stage[] => [
      stageOf({ name: 'a', steps: [['COPY --from=b /x /', `taken ${content}`]] }),
      stageOf({ name: 'b', index: 1, steps: [['RUN b', content]] }),
      stageOf({ index: 2, steps: [['COPY --from=a /x /', 't']] }),
    ]
    expect(differing(compareStages(at('1'), at('2')).stages[0])).toEqual(['changed drift COPY --from=b /x /'])
  })

  test('has an unknown cause if stages take from each other', () => {
    const at = (content: string): Stage[] => [
      stageOf({ name: 'a', steps: [['COPY --from=b /x /', content]] }),
      stageOf({ name: 'b', index: 1, steps: [['COPY --from=a /x /', content]] }),
      stageOf({ index: 2, steps: [['COPY --from=a /x /', content]] }),
    ]
    expect(differing(compareStages(at('1'), at('2')).final)).toEqual(['changed unknown COPY --from=a /x /'])
  })

  test('has a cause at the end of a chain of 5,000 stages', () => {
    const at = (content: string): Stage[] =>
      Array.from({ length: 5_000 }, (_, index) =>
        stageOf({
          name: `s${index}`,
          index,
          steps: [[index === 0 ? 'RUN first' : `COPY --from=s${index - 1} /x /`, `${content}${index}`]],
        }),
      )
    expect(differing(compareStages(at('a').reverse(), at('b').reverse()).final)).toEqual(['changed drift RUN first'])
  })
})

describe('the build context', () => {
  const listed = { files: [{ path: '/a', fileBytes: 3_000 }], directories: [], complete: true }
  const more = { contents: listed }

  test.each([
    'COPY . .',
    'ADD a b /',
    'ADD https://example.com/a ./b /',
    '  copy ["a b", "/"]',
    'COPY --chown=1:1 a /',
  ])('is the change if the content of %s differs', (text) => {
    expect(differing(compareFinal(of([text, 'a']), of([text, 'b'])))).toEqual([`changed change ${text}`])
  })

  test.each(['ADD https://example.com/a /', 'COPY <<EOF /x\nfrom=here\nEOF'])('is not used by %s', (text) => {
    expect(differing(compareFinal(of([text, 'a']), of([text, 'b'])))).toEqual([`changed drift ${text}`])
  })

  test('is drift if only time stamps differ and another builder built it', () => {
    const [before, after] = [of(['COPY . .', 'a', more]), of(['COPY . .', 'b', more])]
    expect(differing(compareFinal(before, after))).toEqual(['changed drift COPY . .'])
    expect(differing(compareFinal(before, after, true))).toEqual(['changed change COPY . .'])
  })

  test.each([
    ['the change if a checksum differs', 1, 2, 'change'],
    ['drift if all checksums are equal', 1, 1, 'drift'],
    ['drift if only one is known', 1, undefined, 'drift'],
  ])('with files of the same names and sizes is %s', (_, first, second, cause) => {
    const files = (checksum: number | undefined) => ({
      ...more,
      contents: { ...listed, files: listed.files.map((file) => ({ ...file, ...(checksum ? { checksum } : {}) })) },
    })
    for (const text of ['COPY . .', 'COPY --link . .'])
      expect(differing(compareFinal(of([text, 'a', files(first)]), of([text, 'b', files(second)])))).toEqual([
        `changed ${cause} ${text}`,
      ])
  })

  test.each([
    ['another size', { contents: { ...listed, files: [{ path: '/a', fileBytes: 1 }] } }],
    ['another path', { contents: { ...listed, files: [{ path: '/b', fileBytes: 3_000 }] } }],
    ['one more entry', { contents: listed, entries: 3 }],
    ['an incomplete list', { contents: { ...listed, complete: false } }],
    ['no list', {}],
  ])('is the change with %s, also with another builder', (_, some) => {
    expect(differing(compareFinal(of(['COPY . .', 'a', more]), of(['COPY . .', 'b', some])))).toEqual([
      'changed change COPY . .',
    ])
  })

  test.each(['RUN --mount=type=bind,target=/x make', 'RUN --mount=target=/x make'])(
    'has an unknown cause with another builder if it is mounted: %s',
    (text) => {
      const [before, after] = [of([text, 'a']), of([text, 'b'])]
      expect(differing(compareFinal(before, after))).toEqual([`changed unknown ${text}`])
      expect(differing(compareFinal(before, after, true))).toEqual([`changed change ${text}`])
    },
  )

  test.each(['RUN --mount=type=cache,target=/x make', 'RUN --mount=type=secret,id=x make'])(
    'is not used by %s',
    (text) => {
      expect(differing(compareFinal(of([text, 'a']), of([text, 'b'])))).toEqual([`changed drift ${text}`])
    },
  )
})

test('the layers of added and removed stages, including their base, are the change', () => {
  const [before, after] = [
    two({ name: 'old', base: ['x', null, '1'], steps: [['RUN x', 'x']] }),
    two({ name: 'new', base: ['y', null, '2'], steps: [['RUN y', 'y']] }),
  ]
  const { stages } = compareStages(before, after)
  expect(stages.map(({ kind }) => kind)).toEqual(['added', 'matched', 'removed'])
  expect([differing(stages[0]), differing(stages[2])]).toEqual([
    ['added change base', 'added change RUN y'],
    ['removed change base', 'removed change RUN x'],
  ])
})

describe('notes', () => {
  const revision = (settings: string) => ({ commit: null, branch: null, weighedAt: 0, settings })

  test('are empty if there is nothing to say', () => {
    expect(
      compare(footprintOf([imageOf([of(['RUN a', 'a'])])]), footprintOf([imageOf([of(['RUN a', 'b'])])])).notes.map(
        noteSentence,
      ),
    ).toEqual([])
  })

  test('say that the settings differ, only if they do', () => {
    const at = (settings: string) => ({ ...footprintOf([imageOf([of()])]), revision: revision(settings) })
    expect(compare(at('a'), at('b')).notes.map(noteSentence)).toEqual([expect.stringContaining('different settings')])
    // The same folder, and one of which only the way from another folder is known.
    for (const [one, other] of [
      ['context: ./app; target: a', 'context: app; target: a'],
      ['context: ../app; file: ../app/x; target: a', 'file: x; target: a'],
      ['context: app', ''],
    ] as const)
      expect(compare(at(one), at(other)).notes).toEqual([])
    for (const [one, other] of [
      ['context: app; target: a', 'target: b'],
      ['context: app', 'context: web'],
      ['file: x', 'file: y'],
    ] as const)
      expect(compare(at(one), at(other)).notes).toHaveLength(1)
    expect(compare(at('a'), at('a')).notes.map(noteSentence)).toEqual([])
  })

  test('name the images that only one side has, which are not compared', () => {
    const at = (architecture: string) => footprintOf([imageOf([of()], { platform: { os: 'linux', architecture } })])
    expect(compare(at('amd64'), at('arm64')).notes.map(noteSentence)).toEqual([
      'The baseline has no counterpart of app (linux/arm64), so it is not compared.',
      'Only the baseline has app (linux/amd64), so it is not compared.',
    ])
  })

  test('count the layers whose cause is not known', () => {
    expect(
      compare(
        footprintOf([imageOf([withoutInstructions(of(['RUN a', 'a']))])]),
        footprintOf([imageOf([of(['RUN a', 'b'])])]),
      ).notes.map(noteSentence),
    ).toEqual([expect.stringContaining('It is not known why 1 layer differs')])
  })

  test('name a change of compression once for all layers', () => {
    const zstd = { mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' }
    const { notes, images } = compare(
      footprintOf([imageOf([of(['RUN a', 'a'], ['RUN b', 'b'])])]),
      footprintOf([imageOf([of(['RUN a', 'a', zstd], ['RUN b', 'b', zstd])])]),
    )
    expect(notes.map(noteSentence)).toEqual([expect.stringContaining('from gzip to zstd')])
    expect(images[0]?.final.layers.map(({ kind, codec }) => [kind, codec?.after])).toEqual([
      ['same', undefined],
      ['same', undefined],
      ['changed', 'zstd'],
      ['changed', 'zstd'],
    ])
  })
})

describe('a record of the same commit', () => {
  const steps = (content: string): Stage =>
    of(['RUN --mount=type=bind,target=/x make', content], ['COPY . /app', `${content} app`])
  const footprint = (content: string, revision: { commit: string | null; settings: string }): Footprint => ({
    ...footprintOf([imageOf([steps(content)])]),
    revision: { ...revision, branch: null, weighedAt: 0 },
  })
  const commit = 'c'.repeat(40)
  const causesOf = (before: Parameters<typeof footprint>[1], after: Parameters<typeof footprint>[1]): unknown =>
    differing(compare(footprint('1', before), footprint('2', after)).images[0]?.final)

  test('has the same build context, so that a layer with other bytes is drift', () => {
    const same = { commit, settings: 'file: Dockerfile' }
    expect(causesOf(same, same)).toEqual([
      'changed drift RUN --mount=type=bind,target=/x make',
      'changed drift COPY . /app',
    ])
  })

  test.each([
    ['another commit', { commit: 'd'.repeat(40), settings: '' }],
    ['no commit, because of other files', { commit: null, settings: '' }],
    ['other settings', { commit, settings: 'target: x' }],
  ])('and not a record of %s', (_name, revision) => {
    expect(causesOf(revision, { commit: revision.commit && commit, settings: '' })).toEqual([
      'changed unknown RUN --mount=type=bind,target=/x make',
      'changed change COPY . /app',
    ])
  })

  test('says nothing about the context of existing images, which anything may have built', () => {
    const same = { commit, settings: settingsOfExistingImages }
    expect(causesOf(same, same)).toEqual([
      'changed unknown RUN --mount=type=bind,target=/x make',
      'changed change COPY . /app',
    ])
  })
})

describe('an edit that makes no other step for the builder', () => {
  test.each([
    ['the case of a keyword', 'run fetch', 'RUN fetch'],
    ['a comment inside', 'RUN a && \\\n  b', 'RUN a && \\\n  # why\n  b'],
    ['blanks after the keyword', 'RUN fetch', 'RUN  fetch '],
    ['blanks after flags', 'RUN --mount=type=cache,target=/c fetch', 'RUN --mount=type=cache,target=/c   fetch'],
    ['blanks in the JSON form', 'RUN ["fetch","x y"]', 'RUN [ "fetch", "x y" ]'],
    ['blanks between the words of a COPY', 'COPY --from=x:1 /a /b', 'COPY  --from=x:1 /a   /b'],
    ['a line that is joined', 'RUN a && \\\nb', 'RUN a && b'],
  ])('%s leaves drift what it is', (_, before, after) => {
    const { layers } = compareFinal(of([before, '1']), of([after, '2']))
    expect(layers.at(-1)).toMatchObject({ cause: before.startsWith('COPY') ? 'base-image' : 'drift', edited: false })
    expect(compareFinal(of([before, '1']), of([`${after} c`, '2'])).layers.at(-1)?.cause).toBe('change')
  })

  test('an edit behind the first 4,096 characters is the change', () => {
    const long = (end: string): string =>
      `RUN true && \\\n${'  echo 12345678901234567890 && \\\n'.repeat(200)}  head -c ${end} /x`
    expect(compareFinal(of([long('2'), '1']), of([long('17'), '2'])).layers.at(-1)).toMatchObject({ cause: 'change', edited: true }) // prettier-ignore
    const fed = (end: string): string =>
      `RUN --mount=type=bind,target=/x \\\n <<EOF\n${'echo 12345678901234567890\n'.repeat(400)}${end}\nEOF`
    expect(compareFinal(of([fed('a'), '1']), of([fed('b'), '2'])).layers.at(-1)?.cause).toBe('change')
  })

  test('settings in two instructions are the same as in one', () => {
    const at = (content: string, ...texts: readonly string[]): Stage =>
      of(...texts.map((text) => [text, null] as const), ['RUN fetch', content])
    const causes = [['ENV A=1', 'ENV B=2'], ['ENV B=2', 'ENV A=1'], ['ENV A=1']].map(
      (texts) => compareFinal(at('1', 'ENV A=1 B="2"'), at('2', ...texts)).layers.at(-1)?.cause,
    )
    expect(causes).toEqual(['drift', 'change', 'change'])
  })

  test.each([
    ['env A=1', 'ENV A=1', 'drift'],
    ['ENV A 1', 'ENV A=1', 'drift'],
    ['ENV A 1', 'ENV A=2', 'change'],
    ['ENV A=1', 'ENV A="1"', 'drift'],
    ["ENV A='1'  B=", 'ENV A=1 B=""', 'drift'],
    ['ENV A=1', 'ENV A="1 "', 'change'],
    ['ENV A=$B', "ENV A='$B'", 'change'],
    ['SHELL ["a","b"]', 'SHELL [ "a", "b" ]', 'drift'],
    ['ENV A 1 B', 'ENV A=1 B=2', 'change'],
  ])('%s and %s: a RUN below is %s', (before, after, cause) => {
    const at = (text: string, content: string): Stage => of([text, null], ['RUN fetch', content])
    expect(compareFinal(at(before, '1'), at(after, '2')).layers.at(-1)?.cause).toBe(cause)
  })
})

test.each([
  ['COPY --from=build /x /app/x', 'ENV A=2', 'drift'],
  ['COPY --from=build /x /app/x', 'USER 1000', 'drift'],
  ['COPY --from=build ["/x", "/app/x"]', 'WORKDIR /srv', 'drift'],
  ['ADD https://host/x /app/x', 'ENV A=2', 'drift'],
  ['COPY --from=build /x /app/$A', 'ENV A=2', 'change'],
  ['COPY --from=build /x app/x', 'WORKDIR /srv', 'change'],
  ['COPY --from=build /x app/x', 'ENV A=2', 'drift'],
  ['COPY --from=build /x ./', 'WORKDIR /$A', 'change'],
  ['RUN fetch', 'ENV A=2', 'change'],
])('%s below an added %s: %s', (text, setting, cause) => {
  const at = (content: string, ...settings: Step[]): Stage[] =>
    two({ steps: [['RUN download', content]] }, ...settings, [text, content])
  expect(compareStages(at('1'), at('2', [setting, null])).final.layers.at(-1)?.cause).toBe(cause)
})

test('a setting that ONBUILD makes in the stages that are FROM another one counts there', () => {
  const at = (value: string, content: string): Stage[] => {
    const parent = stageOf({ name: 'onb', steps: [[`ONBUILD ENV N=${value}`, null]] })
    return [
      parent,
      stageOf({ name: 'build', index: 1, parent, steps: [['RUN make', content]] }),
      stageOf({ index: 2, base: ['scratch', null], steps: [['COPY --from=build /x /', content]] }),
    ]
  }
  expect(compareStages(at('1', 'a'), at('2', 'b')).final.layers.at(-1)?.cause).toBe('change')
})

import { describe, expect, test } from '@jest/globals'
import type { StageChange } from '../../src/compare/comparison.ts'
import type { Layer, Stage } from '../../src/record/footprint.ts'
import { digestOf, footprintOf, imageOf, layerOf, stageOf, type Step } from '../support/footprints.ts'
import { compare, compareFinal, compareStages, differing, told } from '../support/compared.ts'

describe('images', () => {
  const of = (name: string, architecture: string, variant?: string) =>
    imageOf([stageOf({})], {
      name,
      platform: { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) },
    })
  const matched = (before: ReturnType<typeof of>[], after: ReturnType<typeof of>[]) => {
    const { images, added, removed } = compare(footprintOf(before), footprintOf(after))
    const name = ({ name, platform }: ReturnType<typeof of>): string => `${name}/${platform.architecture}`
    return {
      pairs: images.map((each) => [name(each.before), name(each.after)]),
      added: added.map(name),
      removed: removed.map(name),
    }
  }

  test('with the same name are paired by platform, in any order', () => {
    expect(
      matched(
        [of('a', 'amd64'), of('b', 'amd64'), of('a', 'arm64')],
        [of('b', 'amd64'), of('a', 'arm64'), of('a', 'amd64')],
      ),
    ).toEqual({
      pairs: [
        ['b/amd64', 'b/amd64'],
        ['a/arm64', 'a/arm64'],
        ['a/amd64', 'a/amd64'],
      ],
      added: [],
      removed: [],
    })
  })

  test('with different names are paired if each side has one for the platform', () => {
    expect(matched([of('a', 'amd64'), of('a', 'arm64', 'v8')], [of('b', 'amd64'), of('b', 'arm64')])).toEqual({
      pairs: [
        ['a/amd64', 'b/amd64'],
        ['a/arm64', 'b/arm64'],
      ],
      added: [],
      removed: [],
    })
  })

  test('with different names are not paired if a side has two for the platform', () => {
    expect(matched([of('a', 'amd64')], [of('b', 'amd64'), of('c', 'amd64')])).toEqual({
      pairs: [],
      added: ['b/amd64', 'c/amd64'],
      removed: ['a/amd64'],
    })
    expect(matched([of('b', 'amd64'), of('c', 'amd64')], [of('a', 'amd64')])).toEqual({
      pairs: [],
      added: ['a/amd64'],
      removed: ['b/amd64', 'c/amd64'],
    })
  })

  test('that occur twice are neither lost nor doubled', () => {
    expect(
      matched([of('a', 'amd64'), of('a', 'amd64'), of('a', 'amd64')], [of('a', 'amd64'), of('a', 'amd64')]),
    ).toEqual({
      pairs: [
        ['a/amd64', 'a/amd64'],
        ['a/amd64', 'a/amd64'],
      ],
      added: [],
      removed: ['a/amd64'],
    })
  })
})

describe('stages', () => {
  const made = (index: number, name: string | null, ...contents: string[]): Stage =>
    stageOf({
      index,
      ...(name === null ? {} : { name }),
      base: [`base-of-${contents[0] ?? ''}`, null, 'b'],
      steps: contents.map((content): Step => [`RUN make ${content}`, content]),
    })
  const final = (index: number, name: string | null = null): Stage =>
    stageOf({ index, ...(name === null ? {} : { name }), steps: [['COPY . .', 'copied']] })
  const pairs = (stages: readonly StageChange[]): readonly string[] =>
    stages.map(
      ({ before, after, matchedBy, kind }) => `${before?.name ?? '-'} ${after?.name ?? '-'} ${matchedBy ?? kind}`,
    )

  test.each<[string, Stage[], Stage[], string[]]>([
    [
      'are paired by name in any case',
      [made(0, 'Build', 'x'), final(1, 'app')],
      [made(0, 'build', 'y'), final(1, 'APP')],
      ['Build build name', 'app APP name'],
    ],
    [
      'are paired by name at another position',
      [made(0, 'a', 'x'), made(1, 'b', 'y'), final(2)],
      [made(0, 'b', 'y'), made(1, 'a', 'x'), final(2)],
      ['b b name', 'a a name', '2 2 position'],
    ],
    [
      'are paired if both are final, whatever their names',
      [made(0, 'app', 'x'), final(1, 'prod')],
      [made(0, 'prod', 'x'), final(1, 'app')],
      ['app prod content', 'prod app position'],
    ],
    [
      'are paired by content if renamed',
      [made(0, 'build', 'x', 'y'), final(1)],
      [made(0, 'compile', 'x', 'y'), final(1)],
      ['build compile content', '1 1 position'],
    ],
    [
      'are paired by content if one got a name',
      [made(0, null, 'x', 'y'), final(1)],
      [made(0, 'build', 'x', 'y'), final(1)],
      ['0 build content', '1 1 position'],
    ],
    [
      'are paired by position if unnamed',
      [made(0, null, 'x'), made(1, null, 'y'), final(2)],
      [made(0, null, 'x'), made(1, null, 'y'), final(2)],
      ['0 0 position', '1 1 position', '2 2 position'],
    ],
    [
      'are paired by content after an inserted unnamed stage',
      [made(0, null, 'x'), made(1, null, 'y'), final(2)],
      [made(0, null, 'new'), made(1, null, 'x'), made(2, null, 'y'), final(3)],
      ['- 0 added', '0 1 content', '1 2 content', '2 3 position'],
    ],
    [
      'are paired by content after a removed unnamed stage',
      [made(0, null, 'x'), made(1, null, 'y'), final(2)],
      [made(0, null, 'y'), final(1)],
      ['1 0 content', '2 1 position', '0 - removed'],
    ],
    [
      'are added and removed if they have nothing in common',
      [made(0, null, 'x'), final(1)],
      [made(0, null, 'y'), final(1)],
      ['- 0 added', '1 1 position', '0 - removed'],
    ],
    [
      'are paired by position if they have a little in common',
      [made(0, null, 'x', 'y', 'z', 'v', 'w'), final(1)],
      [made(0, null, 'x', 'a', 'b', 'c', 'd'), final(1)],
      ['0 0 position', '1 1 position'],
    ],
    [
      'are paired by position if two have the same name',
      [made(0, 'a', 'x'), made(1, 'a', 'y'), final(2)],
      [made(0, 'a', 'y'), made(1, 'a', 'x'), final(2)],
      ['a a name', 'a a name', '2 2 position'],
    ],
    [
      'are paired by content if one more has the same name',
      [made(0, 'a', 'x'), made(1, 'a', 'y'), final(2)],
      [made(0, 'a', 'new'), made(1, 'a', 'x'), made(2, 'a', 'y'), final(3)],
      ['- a added', 'a a name', 'a a name', '2 3 position'],
    ],
    [
      'are paired in order if they are unnamed and equal',
      [made(0, null, 'x'), made(1, null, 'x'), final(2)],
      [made(0, null, 'x'), made(1, null, 'x'), final(2)],
      ['0 0 position', '1 1 position', '2 2 position'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(pairs(compareStages(before, after).stages)).toEqual(expected)
  })

  test('with the same name are paired with the one at their position', () => {
    const { stages } = compareStages(
      [made(0, 'a', 'x'), made(1, 'a', 'y'), final(2)],
      [made(0, 'a', 'x'), made(1, 'a', 'y'), final(2)],
    )
    expect(stages.map(({ before, after }) => [before?.index, after?.index])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ])
  })

  test('include the comparison of the final stage', () => {
    const compared = compareStages([made(0, 'a', 'x'), final(1)], [made(0, 'a', 'x'), final(1)])
    expect(compared.stages[1]).toBe(compared.final)
    expect(compared.final.after?.role).toBe('final')
  })

  test('that are renamed cause no growth, even if others copy from them', () => {
    const at = (name: string): Stage[] => [
      made(0, name, 'x'),
      stageOf({ index: 1, steps: [[`COPY --from=${name} /x /x`, 'taken']] }),
    ]
    const compared = compareStages(at('build'), at('compile'))
    expect(told(compared.final)).toEqual(['same base', 'same base', 'same COPY --from=compile /x /x'])
    expect(compared.unchanged).toBe(true)
  })
})

describe('layers', () => {
  const base: Step[] = [
    ['RUN a', 'a'],
    ['COPY b /b', 'b'],
    ['RUN c --long-flag', 'c'],
    ['RUN d', 'd'],
  ]
  const of = (steps: Step[]): Stage => stageOf({ steps })
  const replaced = (position: number, ...steps: Step[]): Stage => of(base.toSpliced(position, 1, ...steps))

  test.each<[string, Stage, string[]]>([
    ['are the same', of(base), []],
    ['are added if inserted first', of([['RUN new', 'new'], ...base]), ['added change RUN new']],
    [
      'are added if inserted between others',
      of(base.toSpliced(2, 0, ['COPY new /', 'new'])),
      ['added change COPY new /'],
    ],
    ['are removed', replaced(1), ['removed change COPY b /b']],
    ['are edited', replaced(2, ['RUN c --long-flag --more', 'c2']), ['changed change edited RUN c --long-flag --more']],
    [
      'are the same and edited if only the text differs',
      replaced(2, ['RUN c --long-flag --more', 'c']),
      ['same edited RUN c --long-flag --more'],
    ],
    [
      'are edited if another text is at the same place',
      replaced(1, ['COPY x /y', 'x']),
      ['changed change edited COPY x /y'],
    ],
    [
      'are removed and added if another keyword is at the same place',
      replaced(1, ['ADD b /b', 'x']),
      ['removed change COPY b /b', 'added change ADD b /b'],
    ],
    ['are changed if their content differs', replaced(1, ['COPY b /b', 'b2']), ['changed change COPY b /b']],
    ['are moved', of([base[3]!, ...base.slice(0, 3)]), ['same moved RUN d']],
    ['are moved and changed', of([['RUN d', 'd2'], ...base.slice(0, 3)]), ['changed change moved RUN d']],
    [
      'are added if one is split in two',
      replaced(2, ['RUN c --long-flag', 'c1'], ['RUN extra', 'c2']),
      ['added change RUN extra'],
    ],
  ])('%s', (_, after, expected) => {
    const lines = differing(compareFinal(of(base), after))
    if (expected.length === 0) expect(lines).toEqual([])
    else expect(lines).toEqual(expect.arrayContaining(expected))
  })

  test('with another spacing of their text are paired, and count as edited', () => {
    const stage = compareFinal(
      of([
        ['RUN a \\\n    && b', 'x'],
        ['RUN q', 'q'],
      ]),
      of([
        ['RUN z', 'z'],
        ['RUN a && b', 'y'],
        ['RUN q', 'q'],
      ]),
    )
    expect(differing(stage)).toEqual(['added change RUN z', 'changed change edited RUN a && b'])
  })

  test('that are removed are listed where they were', () => {
    expect(told(compareFinal(of(base), replaced(1)))).toEqual([
      'same base',
      'same base',
      'same RUN a',
      'removed change COPY b /b',
      'same RUN c --long-flag',
      'same RUN d',
    ])
  })

  test('without content are paired by their text', () => {
    const empty = { fileBytes: 0, entries: 0, uncompressedSize: 1_024 }
    const before = of([
      ['RUN true', 'nothing', empty],
      ['RUN b', 'b'],
    ])
    const after = of([
      ['RUN b', 'b2'],
      ['RUN other thing', 'nothing', empty],
    ])
    expect(differing(compareFinal(before, after))).toEqual([
      'removed change RUN true',
      'changed change RUN b',
      'added change RUN other thing',
    ])
  })

  test('without instructions are paired by content, and otherwise in order', () => {
    const bare = (...contents: string[]): Stage =>
      stageOf({ some: { base: null, layers: contents.map((content) => layerOf(content)) } })
    const stage = compareFinal(bare('a', 'b', 'c', 'd'), bare('a', 'x', 'b', 'y', 'd'))
    expect(stage.layers.map(({ kind, cause }) => [kind, cause])).toEqual([
      ['same', null],
      ['added', 'unknown'],
      ['same', null],
      ['changed', 'unknown'],
      ['same', null],
    ])
  })

  test.each([true, false])(
    'of a very long stage are not shifted by layers inserted at both ends; instructions known: %s',
    (known) => {
      const long = (...ends: Step[]): Stage => {
        const made = of([
          ...ends.slice(0, 1),
          ...Array.from({ length: 2_000 }, (_, n): Step => [`RUN ${n}`, `${n}`]),
          ...ends.slice(1),
        ])
        return known ? made : { ...made, layers: made.layers.map((layer) => ({ ...layer, instruction: null })) }
      }
      const stage = compareFinal(long(['RUN x', 'x'], ['RUN y', 'y']), long(['COPY v /', 'v'], ['COPY w /', 'w']))
      expect(stage.layers.filter(({ kind }) => kind === 'same')).toHaveLength(2_002)
      expect(stage.layers.filter(({ moved }) => moved)).toEqual([])
    },
  )

  test('pairs a layer that was made again with its counterpart if one side does not know its lines', () => {
    const steps: readonly Step[] = [
      ['RUN a', 'a', { uncompressedSize: 100 }],
      ['COPY b /', 'b', { uncompressedSize: 9_000 }],
      ['RUN c', 'c', { uncompressedSize: 40_000 }],
    ]
    const known = stageOf({ steps })
    const unknown = stageOf({
      steps: steps.map(([text, content, some]): Step => [text, `${content ?? ''} again`, some ?? {}]),
    })
    const withoutLines: Stage = {
      ...unknown,
      layers: unknown.layers.map((layer) => ({ ...layer, instruction: null })),
    }
    for (const [from, to] of [
      [withoutLines, known],
      [known, withoutLines],
    ] as const)
      expect(
        compareFinal(from, to).layers.map(({ kind, before, after }) => [kind, before !== null, after !== null]),
      ).toEqual([...Array<unknown>(2).fill(['same', true, true]), ...Array<unknown>(3).fill(['changed', true, true])])
  })

  test('a COPY with another owner stays, and the RUN that changed the owner is removed', () => {
    const timeless = (content: string): Partial<Layer> => ({ timelessDigest: digestOf(content) })
    const before = stageOf({
      steps: [
        ['COPY app app', 'a1', timeless('root')],
        ['RUN chown -R 1:1 app', 'a2', timeless('owned')],
      ],
    })
    const after = stageOf({ steps: [['COPY --chown=1:1 app app', 'a3', timeless('owned')]] })
    expect(told(compareFinal(before, after)).filter((line) => !line.includes('base'))).toEqual([
      'changed change edited COPY --chown=1:1 app app',
      'removed change RUN chown -R 1:1 app',
    ])
  })

  test('treats layers as the same content if only times differ, also if they moved', () => {
    const timeless = (content: string): Partial<Layer> => ({ timelessDigest: digestOf(content) })
    const change = compareFinal(
      stageOf({
        steps: [
          ['RUN a', 'a1', timeless('a')],
          ['RUN b', 'b1', timeless('b')],
        ],
      }),
      stageOf({
        steps: [
          ['RUN bb', 'b2', timeless('b')],
          ['RUN a', 'a2', timeless('a')],
        ],
      }),
    )
    expect(
      change.layers
        .slice(2)
        .map(({ before, after, moved }) => [before?.instruction?.text, after?.instruction?.text, moved]),
    ).toEqual(
      expect.arrayContaining([
        ['RUN a', 'RUN a', expect.any(Boolean)],
        ['RUN b', 'RUN bb', expect.any(Boolean)],
      ]),
    )
    expect(change.layers).toHaveLength(4)
  })

  test('of the base image are a separate group, paired from the bottom', () => {
    const on = (...layers: string[]): Stage => stageOf({ base: ['python:3', null, ...layers], steps: [['RUN a', 'a']] })
    expect(told(compareFinal(on('1', '2', '3'), on('1', 'x')))).toEqual([
      'same base',
      'changed base-image base',
      'removed base-image base',
      'same RUN a',
    ])
    expect(told(compareFinal(on('1'), on('1', '2')))).toEqual(['same base', 'added base-image base', 'same RUN a'])
  })

  test('are paired by content if one side does not know its base', () => {
    const known = stageOf({ steps: [['RUN a', 'a']] })
    const unknown = stageOf({
      some: {
        base: null,
        layers: known.layers.map((layer) => ({ ...layer, origin: 'own' as const, instruction: null })),
      },
    })
    const compared = compareStages([known], [unknown])
    expect(compared.final.layers.map(({ kind }) => kind)).toEqual(['same', 'same', 'same'])
    expect(compared.final.baseImage.kind).toBe('unknown')
    expect(compared.unchanged).toBe(true)
  })
})

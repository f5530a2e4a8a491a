/** Compares a build with an image. What the image does not contain is not reported as changed. */
import { describe, expect, test } from '@jest/globals'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { changedStageRows } from '../../src/report/stage-table.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, imageOf, layerOf, stage, stageOf } from '../support/footprints.ts'
import { compare, compareImages, differing } from '../support/compared.ts'

const builder = stageOf({ name: 'build', steps: [['RUN make', 'made']] })
const final = stageOf({
  name: 'app',
  index: 1,
  base: ['slim', null, 'slim'],
  steps: [
    ['ENV A=1', null],
    ['COPY --from=build /made /made', 'copied'],
    ['RUN ldconfig', 'cached'],
  ],
})
const built = imageOf([builder, final])
const texts = ['', 'COPY /made /made', 'RUN /bin/sh -c ldconfig # buildkit']

/** As `inspect` returns it without provenance: one stage, texts of the history, no lines, no base. */
const inspected = (contents: readonly string[]): ReturnType<typeof imageOf> =>
  imageOf([
    stage({
      name: '0',
      index: 0,
      line: null,
      base: null,
      layers: contents.map((content, at) =>
        layerOf(content, texts[at] === '' ? {} : { instruction: { text: texts[at] ?? '', line: null, endLine: null } }),
      ),
    }),
  ])

const shown = (before: ReturnType<typeof imageOf>, after: ReturnType<typeof imageOf>): readonly string[] => {
  const comparison = compare(footprintOf([before]), footprintOf([after]))
  const report = reportWith(comparison, { footprint: footprintOf([after]) })
  return [renderMarkdown(report), renderTerminal(report, { width: 300, color: false })]
}

describe('an image as the baseline of a build', () => {
  test('is unchanged if its layers are the same', () => {
    const found = compareImages(inspected(['slim', 'copied', 'cached']), built)
    expect(found.unchanged).toBe(true)
    expect(found.stages).toHaveLength(1)
    expect(found.final.layers.map(({ kind, edited }) => [kind, edited])).toEqual([
      ['same', false],
      ['same', false],
      ['same', false],
    ])
  })

  test('is compared by the contents of its layers, and one sentence says that the rest is not known', () => {
    const before = inspected(['slim', 'copied', 'cached earlier'])
    const found = compareImages(before, built)
    expect(differing(found.final)).toEqual(['changed unknown RUN ldconfig'])
    expect(found.final.growth.total.compressedSize).toBe(0)
    for (const text of shown(before, built)) {
      expect(text).not.toMatch(/is new|, new\b|edited|Stages:/)
      expect(text.split('is an image')).toHaveLength(2)
      expect(text).toContain(
        'Note: The baseline is an image, so only the final stage is compared, by its sizes and the contents of its layers. Its builder stages, and which instruction made which layer, are not known.',
      )
      expect(text).toContain('not known whether they are the same')
    }
  })

  test('has its layers paired by content and by the texts of its history, and not by their position', () => {
    const of = (text: string | null, content: string, uncompressedSize: number) =>
      layerOf(content, {
        uncompressedSize,
        origin: text === null ? 'base' : 'own',
        instruction: text === null ? null : { text, line: null, endLine: null },
      })
    const history = imageOf([
      stage({
        ...{ name: '0', index: 0, line: null, base: null },
        layers: [
          of('ADD file:1 in /', 'slim', 90_000),
          of('COPY /a /a', 'a', 300),
          of('RUN make 1.0', 'made', 500),
          of('COPY /b /b', 'b', 2_000),
        ],
      }),
    ])
    const now = stageOf({ name: 'app', base: ['slim', null, 'slim'], steps: [] })
    const steps = [
      of(null, 'slimmer', 88_000),
      of('RUN make --fresh', 'fresh', 510),
      of('COPY --link --chown=1:1 c /c', 'c', 900),
      of('COPY --from=build --link /b /b', 'b2', 1_000),
    ]
    const lined = steps.map((layer, at) => ({
      ...layer,
      instruction: layer.instruction && { ...layer.instruction, line: at + 1, endLine: at + 1 },
    }))
    const head = imageOf([builder, { ...now, index: 1, layers: lined }])
    const pairs = (found: ReturnType<typeof compareImages>): readonly string[] =>
      found.final.layers.map(({ before, after }) =>
        [before, after].map((layer) => layer && (layer.instruction?.text ?? 'base')).join(' → '),
      )
    expect(pairs(compareImages(history, head))).toEqual([
      // Nothing but its size is known.
      'ADD file:1 in / → base',
      'COPY /a /a → ',
      'RUN make 1.0 → RUN make --fresh',
      ' → COPY --link --chown=1:1 c /c',
      'COPY /b /b → COPY --from=build --link /b /b',
    ])
    const [first, ...others] = lined
    const small = imageOf([builder, { ...now, index: 1, layers: [{ ...first!, uncompressedSize: 400 }, ...others] }])
    expect(pairs(compareImages(history, small)).slice(0, 2)).toEqual(['ADD file:1 in / → base', 'COPY /a /a → '])
  })

  test('has instructions but no builder stages if it has provenance', () => {
    const before = imageOf([{ ...final, uses: [{ stage: 'build', via: 'copy', carriedBytes: null }] }])
    const changed = imageOf([
      builder,
      stageOf({
        name: 'app',
        index: 1,
        base: ['slim', null, 'slim'],
        steps: [
          ['ENV A=1', null],
          ['COPY --from=build /made /made', 'copied'],
          ['RUN ldconfig -v', 'other'],
        ],
      }),
    ])
    const found = compareImages(before, changed)
    expect(found.stages).toHaveLength(1)
    expect(differing(found.final)).toEqual(['changed change edited RUN ldconfig -v'])
    for (const text of shown(before, changed)) expect(text).toContain('Its builder stages are not known.')
  })

  test('is compared with another image by the texts of their histories', () => {
    expect(
      differing(compareImages(inspected(['slim', 'copied', 'a']), inspected(['slim', 'copied', 'b'])).final),
    ).toEqual(['changed unknown RUN /bin/sh -c ldconfig # buildkit'])
    // The history does not say whether a COPY took its files from the context or from a stage that ran again.
    for (const text of shown(inspected(['slim', 'a']), inspected(['slim', 'b']))) {
      expect(text).not.toMatch(/is an image|from this change[.,]|Rebuild drift: none/)
      // A note says it once.
      expect(text).not.toContain('Drift')
      expect(text.match(/not known why/g)).toHaveLength(1)
    }
  })

  test('has rows that say what is certain, and one sentence on how to know more', () => {
    const sized = (contents: readonly string[]): ReturnType<typeof imageOf> => {
      const made = inspected(contents)
      const weighed = ({ layers, ...of }: (typeof made.stages)[number]) => ({
        ...of,
        layers: layers.map((layer, at) => ({ ...layer, compressedSize: 10_000 * (contents[at] ?? '').length })),
      })
      return { ...made, stages: made.stages.map(weighed) }
    }
    for (const text of shown(sized(['slim', 'copied', 'run']), sized(['slim', 'copied', 'longer']))) {
      expect(text).toContain('same command on the same layers below')
      expect(text).not.toContain('line not known RUN')
      expect(text).toContain('not known whether they are the same, but the lowest 2 layers are.')
      expect(text).toContain('because the images have no provenance. Build both with')
      expect(text).toContain('--provenance')
    }
    for (const text of shown(sized(['slim', 'copied', 'run']), sized(['slim', 'copied more', 'longer']))) {
      expect(text).toContain('same instruction, other files')
      expect(text).toContain('same command on other layers below')
      expect(text).toContain('but the lowest layer is.')
    }
    for (const text of shown(sized(['slim']), sized(['slimmer'])))
      expect(text).toContain('but the lowest layer is another one.')
  })
})

describe('an image that does not say where its base image ends', () => {
  const step = (text: string, content: string, bytes?: number) =>
    layerOf(content, {
      ...(bytes === undefined ? {} : { compressedSize: bytes, uncompressedSize: 2 * bytes, fileBytes: bytes }),
      instruction: { text, line: null, endLine: null },
    })
  const history = (...layers: readonly ReturnType<typeof step>[]) =>
    imageOf([stage({ ...{ name: '0', index: 0, line: null, base: null }, layers: [...layers] })])
  const record = imageOf([
    builder,
    stageOf({
      ...{ name: 'app', index: 1, base: ['slim', null, 'debian', 'python'] },
      steps: [
        ['RUN make a', 'a'],
        ['RUN make b', 'b'],
      ],
    }),
  ])
  const own = [step('RUN /bin/sh -c make a', 'a'), step('RUN /bin/sh -c make b', 'b')]
  const moved = history(
    step('# debian.sh', 'debian 2', 900_000),
    step('RUN /bin/sh -c apt-get install', 'new in the base', 40_000),
    step('RUN /bin/sh -c build-python', 'python 2', 300_000),
    ...own,
  )
  const told = (before: typeof record, after: typeof record): readonly string[] =>
    compareImages(before, after).final.layers.map(({ kind, cause, inBase, before: old, after: now }) =>
      [kind, cause, inBase, (now ?? old)?.instruction?.text ?? 'base'].join(' '),
    )

  test('has no new or removed layers because its base image moved', () => {
    expect(told(record, moved)).toEqual([
      'changed unknown possible # debian.sh',
      'changed unknown possible RUN /bin/sh -c apt-get install',
      'added unknown possible RUN /bin/sh -c build-python',
      'same   RUN /bin/sh -c make a',
      'same   RUN /bin/sh -c make b',
    ])
    expect(told(moved, record).slice(0, 3)).toEqual([
      'changed unknown possible base',
      'changed unknown possible base',
      'removed unknown possible RUN /bin/sh -c build-python',
    ])
    for (const [before, after] of [
      [record, moved],
      [moved, record],
    ] as const)
      for (const text of shown(before, after)) {
        expect(text).not.toMatch(/new layer|layer removed|\(new\)|build-python.*removed/)
        expect(text).toContain('one side does not say where its base image ends')
        expect(text).toMatch(/base image `?slim/)
      }
  })

  test('shows all layers of its stage, of which the lowest are perhaps the base image', () => {
    const { final } = compareImages(record, moved)
    const rows = changedStageRows(final)
    expect(rows.map(({ kind, words }) => `${kind} ${words}`)).toEqual([
      'base perhaps base image, 3 layers',
      'layer ',
      'layer ',
      'total total, 5 layers',
    ])
    const sum = rows.slice(0, -1).reduce((all, { uncompressedSize }) => all + (uncompressedSize ?? 0), 0)
    expect(sum).toBe(rows.at(-1)?.uncompressedSize)
  })

  test('has new layers above the base image if that is the same', () => {
    const after = history(step('# debian.sh', 'debian'), step('RUN p', 'python'), step('RUN c', 'c'), ...own)
    expect(told(record, after)).toEqual([
      'same  certain # debian.sh',
      'same  certain RUN p',
      'added unknown  RUN c',
      'same   RUN /bin/sh -c make a',
      'same   RUN /bin/sh -c make b',
    ])
  })

  test('has an edited layer right below one that is the same', () => {
    const after = history(
      step('# debian.sh', 'debian 2'),
      step('RUN p', 'python 2'),
      step('RUN make a --fast', 'a2'),
      own[1]!,
    )
    expect(told(record, after)).toEqual([
      'changed unknown possible # debian.sh',
      'changed unknown possible RUN p',
      'changed unknown  RUN make a --fast',
      'same   RUN /bin/sh -c make b',
    ])
  })

  test('says nothing of causes if the other side does not say so either', () => {
    const [before, after] = [
      history(step('COPY rootfs /', 'root'), step('RUN base 1', 'base'), ...own),
      history(
        step('COPY rootfs /', 'root'),
        step('RUN base 2', 'base 2', 900),
        step('RUN make a --fast', 'a2'),
        own[1]!,
      ),
    ]
    expect(told(before, after)).toEqual([
      'same   COPY rootfs /',
      'changed unknown  RUN base 2',
      'changed unknown  RUN make a --fast',
      'same   RUN /bin/sh -c make b',
    ])
    for (const text of shown(before, after)) {
      expect(text).not.toContain('from this change')
      expect(text).toContain('because the images have no provenance')
    }
  })

  test('has no new layers if its base image has the text of one above the other base image', () => {
    const after = history(
      step('# debian.sh', 'debian 2'),
      step('RUN make a', 'of the base'),
      step('RUN more', 'of the base, too'),
      own[1]!,
    )
    expect(told(record, after)).toEqual([
      'changed unknown possible # debian.sh',
      'changed unknown possible RUN make a',
      'added unknown possible RUN more',
      'removed unknown  RUN make a',
      'same   RUN /bin/sh -c make b',
    ])
  })

  test('is not known at all if it has none of the layers above the base image', () => {
    const after = history(step('# debian.sh', 'debian 2'), step('COPY /x /x', 'x'))
    expect(told(record, after)).toEqual([
      'changed unknown possible # debian.sh',
      'changed unknown possible COPY /x /x',
      'removed unknown  RUN make a',
      'removed unknown  RUN make b',
    ])
  })
})

test('a build of one stage that became two has a new stage', () => {
  const before = imageOf([stageOf({ name: 'app', steps: [['RUN make', 'made']] })])
  expect(compareImages(before, built).stages.map(({ kind }) => kind)).toContain('added')
})

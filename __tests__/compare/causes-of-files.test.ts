/** A COPY from a stage has the cause of the layers that its files come from, as far as that is certain. */
import { describe, expect, test } from '@jest/globals'
import type { Cause } from '../../src/compare/comparison.ts'
import { causeOfFiles } from '../../src/compare/causes-of-files.ts'
import type { Layer } from '../../src/record/footprint.ts'
import { compareStages } from '../support/compared.ts'
import { layer, stageOf, type Step } from '../support/footprints.ts'

/** A layer with these files, the folders above them, and other entries. */
function holding(text: string, files: readonly string[], some: Partial<Layer> = {}, others = 0): Layer {
  const folders = new Set(
    files.flatMap((path) => {
      const parts = path.split('/').slice(0, -1)
      return parts.map((_, at) => parts.slice(0, at + 1).join('/'))
    }),
  )
  return layer({
    instruction: { text, line: 2, endLine: 2 },
    entries: files.length + folders.size + others,
    contents: {
      files: files.map((path) => ({ path, fileBytes: 5 })),
      directories: [...folders].map((path) => ({ path, fileBytes: 5, files: 1 })),
      complete: true,
    },
    ...some,
  })
}

const on = (one: Layer, cause: Cause | null) => ({ before: one, after: one, cause }) // prettier-ignore
const installed = on(holding('RUN pip install', ['venv/lib/a.py', 'venv/bin/a']), 'drift')
const sources = (some: Partial<Layer> = {}, others = 0, text = 'COPY app ./app'): ReturnType<typeof on> =>
  on(holding(text, ['src/app/main.py'], some, others), 'change')

describe('a COPY of one folder of a stage', () => {
  test.each<[string, ReturnType<typeof on>, string, Cause]>([
    ['does not have the cause of other folders', sources(), 'COPY --from=build /venv /venv', 'drift'],
    ['has the cause of its own', sources(), 'COPY --from=build /src /src', 'change'],
    ['has the cause of a file in it', sources(), 'COPY --from=build ["src/app/main.py", "/a/"]', 'change'],
    ['has the foremost of several', sources(), 'COPY --from=build /venv/ ./src/app /a/', 'change'],
    ['has that of everything if it copies everything', sources(), 'COPY --from=build / /', 'change'],
    ['has that of everything for a pattern', sources(), 'COPY --from=build /ven* /venv', 'change'],
    ['has that of everything for a variable', sources(), 'COPY --from=build $VENV /venv', 'change'],
    // It may be a link to another folder.
    ['has that of everything for a path that is not known', sources(), 'COPY --from=build /env /venv', 'change'],
    ['ignores empty files beside others', sources({}, 3), 'COPY --from=build /venv /venv', 'drift'],
    [
      'does not ignore a link that may be in its place',
      sources({}, 1, 'COPY . ./'),
      'COPY --from=build /venv /venv',
      'change',
    ],
    ['does not ignore a link of a RUN', sources({}, 1, 'RUN make'), 'COPY --from=build /venv /venv', 'change'],
    ['ignores a RUN that wrote elsewhere', sources({}, 0, 'RUN make'), 'COPY --from=build /venv /venv', 'drift'],
    ['does not ignore deletions', sources({ whiteouts: 1 }), 'COPY --from=build /venv /venv', 'change'],
    ['does not ignore emptied folders', sources({ opaqueWhiteouts: 1 }), 'COPY --from=build /venv /venv', 'change'],
    ['does not ignore what is not known', sources({ contents: null }), 'COPY --from=build /venv /venv', 'change'],
    ['does not ignore an unknown number', sources({ entries: null }), 'COPY --from=build /venv /venv', 'drift'],
  ])('%s', (_, other, text, cause) => {
    expect(causeOfFiles(text, [installed, other], 'change')).toBe(cause)
  })

  test('counts a layer of one side', () => {
    const { before } = sources()
    for (const one of [
      { before, after: null, cause: 'change' },
      { before: null, after: before, cause: 'change' },
    ] as const) {
      expect(causeOfFiles('COPY --from=build /venv /venv', [installed, one], 'change')).toBe('drift')
      // It must be known on both sides that the path is a folder.
      expect(causeOfFiles('COPY --from=build /src /src', [installed, one], 'unknown')).toBe('unknown')
    }
  })

  test('has no cause if the stage does not differ, and that of the stage if none of its layers does', () => {
    expect(causeOfFiles('COPY --from=build /venv /venv', [installed], null)).toBeNull()
    const same = { ...installed, cause: null }
    expect(causeOfFiles('COPY --from=build /venv /venv', [same, sources()], 'change')).toBe('change')
  })
})

test('an environment that was installed again beside edited sources is drift in the final stage', () => {
  const stepOf = ({ instruction, ...one }: Layer, content: string): Step => [instruction!.text, content, one]
  const { fileBytes, entries, contents } = sources().before
  const side = (version: string) => [
    stageOf({
      name: 'build',
      steps: [
        stepOf({ ...installed.before, diffId: `sha256:${version}` }, `venv ${version}`),
        ['COPY app ./app', `app ${version}`, { fileBytes: fileBytes! + Number(version), entries, contents }],
      ],
    }),
    stageOf({
      index: 1,
      role: 'final',
      steps: [
        ['COPY --from=build /venv /venv', `taken ${version}`],
        ['COPY --from=build /src/app /app', `app ${version}`],
      ],
    }),
  ] // prettier-ignore
  const { final } = compareStages(side('1'), side('2'))
  expect(final.layers.flatMap(({ cause, after }) => (cause ? [[after?.instruction?.text, cause]] : []))).toEqual([
    ['COPY --from=build /venv /venv', 'drift'],
    ['COPY --from=build /src/app /app', 'change'],
  ])
})

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

const on = (one: Layer, cause: Cause | null, moved = false) => ({ before: one, after: one, cause, moved }) // prettier-ignore
type Compared = ReturnType<typeof on>

const ofBase = on(layer({ origin: 'base', instruction: null, contents: null }), 'base-image')
const installed = on(holding('RUN pip install', ['venv/lib/a.py', 'venv/bin/a']), 'drift')
const sources = (some: Partial<Layer> = {}, others = 0): Compared =>
  on(holding('COPY app ./app', ['src/app/main.py'], some, others), 'change')

describe('a COPY of many files, which a record does not list completely', () => {
  const cause = (text: string, layers: readonly Compared[], whole: Cause | null = 'change'): Cause | null =>
    causeOfFiles({ text, before: layer(), after: layer() }, layers, whole)

  test.each<[string, Compared, string, Cause]>([
    [
      'may be of the change if only its paths speak against that',
      sources(),
      'COPY --from=build /venv /venv',
      'unknown',
    ],
    ['also beside empty files', sources({}, 3), 'COPY --from=build /venv /venv', 'unknown'],
    ['has the cause of its own folder', sources(), 'COPY --from=build /src /src', 'change'],
    ['has the cause of a file in it', sources(), 'COPY --from=build ["src/app/main.py", "/a/"]', 'change'],
    ['has the foremost cause of several', sources(), 'COPY --from=build /venv/ ./src/app /a/', 'change'],
    ['has that of everything if it copies everything', sources(), 'COPY --from=build / /', 'change'],
    ['has that of everything for a pattern', sources(), 'COPY --from=build /ven* /venv', 'change'],
    ['has that of everything for a variable', sources(), 'COPY --from=build $VENV /venv', 'change'],
    ['has that of everything for a path that is not known', sources(), 'COPY --from=build /env /venv', 'change'],
  ])('%s', (_, other, text, expected) => {
    expect(cause(text, [installed, other])).toBe(expected)
  })

  test('is not known if its paths may be of a base image that moved', () => {
    const sure = on(holding('RUN cp -r /usr/lib /dist', ['dist/lib']), 'change')
    expect(cause('COPY --from=build /usr/lib/x /x', [ofBase, sure])).toBe('unknown')
    expect(cause('COPY --from=build /dist/lib /x', [ofBase, sure])).toBe('change')
  })

  test('has the cause of lines that changed places', () => {
    const { before } = installed
    expect(cause('COPY --from=build /venv /venv', [installed, on(before, null, true), sources()])).toBe('change')
  })

  test('has no cause if the stage does not differ, and that of the stage if it is no change', () => {
    expect(cause('COPY --from=build /venv /venv', [installed], null)).toBeNull()
    for (const whole of ['drift', 'unknown', 'base-image'] as const)
      expect(cause('COPY --from=build /venv /venv', [installed], whole)).toBe(whole)
  })
})

describe('a COPY whose files are all known', () => {
  const file = (path: string, checksum: number) => ({ path, fileBytes: 5, checksum }) // prettier-ignore
  const having = (checksum: number, some: Partial<Layer> = {}): Layer =>
    layer({
      entries: 1,
      contents: { files: [file('taken', checksum)], directories: [], complete: true },
      ...some,
    })
  const copy = { text: 'COPY --from=build /venv /venv', before: having(1), after: having(2) }
  const changed = (before: Layer, after: Layer, moved = false): Compared => ({ before, after, cause: 'change', moved })
  const drifted: Compared = { before: having(1), after: having(2), cause: 'drift', moved: false }

  test.each<[string, readonly Compared[], Cause]>([
    ['has the cause of the layer with the same bytes', [drifted, changed(having(3), having(4))], 'drift'],
    ['has that of the base image', [ofBase, changed(having(3), having(4))], 'base-image'],
    ['has that of the change if it has them', [drifted, changed(having(3), having(2))], 'change'],
    ['has that of the change if it had them', [drifted, changed(having(1), having(4))], 'change'],
    ['has that of lines that changed places', [drifted, { ...changed(having(1), having(1), true), cause: null }], 'change'], // prettier-ignore
    ['has that of the change if a link may lead to others', [drifted, changed(having(3), having(4, { entries: 2 }))], 'change'], // prettier-ignore
    ['has that of the change if it deletes something', [drifted, changed(having(3), having(4, { whiteouts: 1 }))], 'change'], // prettier-ignore
    ['has that of the change if its files are not known', [drifted, changed(having(3), layer())], 'change'],
    // A link of a layer that is the same leads to what changed.
    [
      'has that of the change behind a link',
      [{ ...drifted, after: having(3) }, changed(having(1), having(2))],
      'change',
    ],
  ])('%s', (_, layers, expected) => {
    expect(causeOfFiles(copy, layers, 'change')).toBe(expected)
  })

  const edited = (bare: readonly string[], bareBefore: readonly string[] = [], moved = false): Compared => {
    const at = (checksum: number, some: readonly string[]): Layer =>
      having(checksum, {
        entries: 1 + some.length,
        contents: { files: [file('app/main.py', checksum)], directories: [], complete: true, bare: [...some] },
      })
    return changed(at(3, bareBefore), at(4, bare), moved)
  }
  test.each<[string, string, readonly string[], Cause]>([
    ['has not that of an empty file elsewhere', '/taken', ['app/__init__.py', 'app/logs/'], 'drift'],
    ['has not that of an empty file with its name elsewhere', '/taken', ['app/taken'], 'drift'],
    ['is not known if that may have emptied it', '/taken', ['taken'], 'unknown'],
    ['is not known if that made a folder of it', '/taken', ['taken/'], 'unknown'],
    ['is not known if that filled the folder', '/taken', ['taken/x'], 'unknown'],
    ['has that of the change through a link that nobody changed', '/link/to/it', ['taken'], 'change'],
    ['has that of the change through a link that may have been a folder', '/link', ['link/'], 'change'],
    ['has that of the change through a link that may have been a file', '/link', ['link'], 'change'],
    ['has that of the change by a pattern', '/tak*', ['taken'], 'change'],
    ['has that of the change by a winding path', '/venv/../taken', ['taken'], 'change'],
  ])('%s', (_, source, bare, expected) => {
    const text = `COPY --from=build ${source} /app`
    expect(causeOfFiles({ ...copy, text }, [drifted, edited(bare)], 'change')).toBe(expected)
    expect(causeOfFiles({ ...copy, text }, [drifted, edited([], bare)], 'change')).toBe(expected)
    // What both sides have in one place makes no difference, unless the line is at another place.
    expect(causeOfFiles({ ...copy, text }, [drifted, edited(bare, bare)], 'change')).toBe('drift')
    expect(causeOfFiles({ ...copy, text }, [drifted, edited(bare, bare, true)], 'change')).toBe(expected)
    // What the COPY had is empty now, or the other way round.
    const onlyAfter = { ...copy, text, before: having(9) }
    expect(causeOfFiles(onlyAfter, [{ ...drifted, before: having(9) }, edited(bare)], 'change')).toBe(expected)
  })

  test('has that of a file in place of a folder above it', () => {
    const at = (files: readonly string[], bare: readonly string[] = []): Layer =>
      layer({
        entries: files.length + bare.length,
        contents: { files: files.map((path) => file(path, 7)), directories: [], complete: true, bare: [...bare] },
      })
    const below = (checksum: number): Layer =>
      layer({ entries: 1, contents: { files: [file('w/x/taken', checksum)], directories: [], complete: true } })
    const causeWith = (added: Layer): Cause | null =>
      causeOfFiles(
        { ...copy, text: 'COPY --from=build /w /app/' },
        [
          { ...drifted, before: below(1), after: below(2) },
          { before: null, after: added, cause: 'change', moved: false },
        ],
        'change',
      )
    expect([at(['w/x']), at(['w/y']), at(['w/x/y'])].map(causeWith)).toEqual(['change', 'drift', 'drift'])
    expect(causeWith(at([], ['w/x']))).toBe('unknown')
  })

  test.each<[string, string, string, Cause]>([
    ['not known if that may have emptied it', '/usr/lib/blob', 'usr/lib/blob', 'unknown'],
    ['not known if it may be in the place of a file that a link leads to', '/usr/lib/blob', 'srv/x', 'unknown'],
    ['of the change for a pattern', '/usr/lib/b*', 'app/__init__.py', 'change'],
  ])('from a base image, whose files no record lists, is %s: %s and %s', (_, source, bare, expected) => {
    const text = `COPY --from=build ${source} /app`
    expect(causeOfFiles({ ...copy, text }, [ofBase, edited([bare])], 'change')).toBe(expected)
    expect(causeOfFiles({ ...copy, text }, [ofBase, edited([bare], [bare])], 'change')).toBe('base-image')
  })

  describe('that the change and something else brought', () => {
    const list = (...files: readonly (readonly [path: string, fileBytes: number])[]): Layer =>
      layer({
        entries: files.length,
        fileBytes: files.reduce((sum, [, fileBytes]) => sum + fileBytes, 0),
        contents: {
          files: files.map(([path, fileBytes]) => ({ path, fileBytes, checksum: fileBytes })),
          directories: [],
          complete: true,
        },
      })
    const mixed = (drifted: readonly [number, number], edited: readonly [number, number]) => ({
      text: 'COPY --from=build /w /app',
      before: list(['app/drifted', drifted[0]], ['app/edited', edited[0]]),
      after: list(['app/drifted', drifted[1]], ['app/edited', edited[1]]),
    }) // prettier-ignore
    const layers = (drifted: readonly [number, number], edited: readonly [number, number], cause: Cause = 'drift') => [
      { before: list(['w/drifted', drifted[0]]), after: list(['w/drifted', drifted[1]]), cause, moved: false },
      { before: list(['w/edited', edited[0]]), after: list(['w/edited', edited[1]]), cause: 'change', moved: false } as const,
    ] // prettier-ignore

    test.each<[string, readonly [number, number], readonly [number, number], Cause]>([
      ['is not known if drift grew, too', [10_000, 30_000], [5, 7], 'unknown'],
      ['is not known if drift shrank', [30_000, 10_000], [5, 70_000], 'unknown'],
      ['is of the change if drift has about the same size', [10_000, 10_900], [5, 70_000], 'change'],
    ])('%s', (_, drifted, edited, expected) => {
      expect(causeOfFiles(mixed(drifted, edited), layers(drifted, edited), 'change')).toBe(expected)
      expect(causeOfFiles(mixed(drifted, edited), layers(drifted, edited, 'base-image'), 'change')).toBe(expected)
    })

    test('is not known if the base image, whose files no record lists, brought the others', () => {
      const [drifted, edited] = [
        [10_000, 30_000],
        [5, 7],
      ] as const
      const [, changed] = layers(drifted, edited)
      expect(causeOfFiles(mixed(drifted, edited), [ofBase, changed!], 'change')).toBe('unknown')
    })

    test('is of the change if a step that the change made run again may have brought all', () => {
      const [drifted, edited] = [
        [10_000, 30_000],
        [5, 7],
      ] as const
      const built = changed(layer(), layer())
      expect(causeOfFiles(mixed(drifted, edited), [ofBase, built], 'change')).toBe('change')
    })

    test('is told by the paths that the line names if not all files are listed', () => {
      const side = (bytes: number, path: string): Layer =>
        layer({
          fileBytes: 900_000 + bytes,
          contents: {
            files: [],
            directories: [{ path, fileBytes: bytes, files: 400 }, { path: 'usr', fileBytes: 900_000, files: 9 }], // prettier-ignore
            complete: false,
          },
        })
      const step = (path: string, [before, after]: readonly [number, number], cause: Cause) => ({ before: side(before, path), after: side(after, path), cause, moved: false }) // prettier-ignore
      const cause = (text: string, drift: readonly [number, number]): Cause | null =>
        causeOfFiles({ text, before: layer(), after: layer() }, [step('app', drift, 'drift'), step('app', [1, 2], 'change')], 'change') // prettier-ignore
      expect(cause('COPY --from=build /app /app', [10_000, 30_000])).toBe('unknown')
      expect(cause('COPY --from=build / /', [10_000, 30_000])).toBe('unknown')
      expect(cause('COPY --from=build /app /app', [30_000, 30_900])).toBe('change')
      expect(cause('COPY --from=build /usr /usr', [10_000, 30_000])).toBe('change')
    })
  })

  test('is not known if only its paths speak against the change', () => {
    const inside = { ...copy, text: 'COPY --from=build taken /' }
    const beside = (some: Partial<Layer>): Layer => having(3, { contents: { files: [file('src/a', 3)], directories: [], complete: true }, ...some }) // prettier-ignore
    const unclear = changed(beside({}), beside({ entries: 2 }))
    expect(causeOfFiles(inside, [drifted, unclear], 'change')).toBe('unknown')
    expect(causeOfFiles(inside, [drifted, unclear, changed(having(1), having(2))], 'change')).toBe('change')
  })
})

test('an environment that was installed again beside edited sources may be drift in the final stage', () => {
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
    ['COPY --from=build /venv /venv', 'unknown'],
    ['COPY --from=build /src/app /app', 'change'],
  ])
})

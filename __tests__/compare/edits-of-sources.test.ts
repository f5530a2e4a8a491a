/** The row of a COPY names the lines of its source that the change edited. */
import { describe, expect, test } from '@jest/globals'
import type { PackageChange } from '../../src/compare/packages.ts'
import type { EditElsewhere } from '../../src/compare/edit-elsewhere.ts'
import type { Stage } from '../../src/record/footprint.ts'
import { changeRows } from '../../src/report/growth-rows.ts'
import { editElsewhereWords } from '../../src/report/edit-elsewhere-words.ts'
import { compareStages } from '../support/compared.ts'
import { digestOf, stageOf, type StageOf, type Step } from '../support/footprints.ts'

/** A step that makes one file. */
const making = (text: string, path: string, bytes: number): Step => {
  const files = [{ path, fileBytes: bytes, checksum: bytes }]
  return [text, `${path} ${bytes}`, { fileBytes: bytes, entries: 1, contents: { files, directories: [], complete: true } }] // prettier-ignore
}

const image = (build: StageOf, copy: Step, ...between: readonly StageOf[]): readonly Stage[] => [
  stageOf({ name: 'build', ...build }),
  ...between.map((stage, position) => stageOf({ index: position + 1, ...stage })),
  stageOf({ index: between.length + 1, role: 'final', steps: [copy] }),
]

const compared = (before: readonly Stage[], after: readonly Stage[]) => compareStages(before, after).final
const edits = (before: readonly Stage[], after: readonly Stage[]): readonly EditElsewhere[] =>
  compared(before, after).layers.flatMap(({ editsElsewhere = [] }) => editsElsewhere)

const copy = (bytes: number): Step => making('COPY --from=build /v /v', 'v/a', bytes)
const steps = (apt: string, pip: string, bytes: number): StageOf => ({
  steps: [making(apt, 'usr/b', apt.length), making(pip, 'v/a', bytes)],
})

test.each<[string, StageOf, readonly unknown[], string]>([
  ['whose files it takes', steps('RUN apt', 'RUN pip -c', 9), [['edited', 3]], 'line 3 edited'],
  ['and those that its RUN may use', steps('RUN apt x', 'RUN pip -c', 9), [['edited', 2], ['edited', 3]], 'lines 2, 3 edited'], // prettier-ignore
  ['below those', steps('RUN apt x', 'RUN pip', 9), [['edited', 2]], 'line 2 edited'],
  ['before those, of settings, too', { steps: [['ENV A=2', null], ...(steps('RUN apt', 'RUN pip', 9).steps ?? [])] }, [['added', 2]], 'line 2 new'], // prettier-ignore
  ['but none after those', { steps: [...(steps('RUN apt', 'RUN pip', 9).steps ?? []), making('RUN more', 'w/c', 4)] }, [], ''], // prettier-ignore
  ['that are new', { steps: [...(steps('RUN apt', 'RUN pip', 5).steps ?? []), making('RUN more', 'v/c', 4)] }, [['added', 4]], 'line 4 new'], // prettier-ignore
  ['that were removed', { steps: [making('RUN pip', 'v/a', 9)] }, [['removed', 2]], '1 line removed'],
  ['that name another base image', { ...steps('RUN apt', 'RUN pip', 9), base: ['debian', 'd', 'd'] }, [], ''],
])('names edited lines %s', (_, build, expected, words) => {
  const before = image(steps('RUN apt', 'RUN pip', 5), copy(5))
  const after = image(build, copy(9))
  expect(edits(before, after)).toEqual(expected.map((one) => ({ stage: 'build', kind: (one as string[])[0], line: (one as unknown[])[1] }))) // prettier-ignore
  const [row] = changeRows(compared(before, after)).filter(({ status, kind }) => kind === 'layer' && status !== 'same')
  const named = editElsewhereWords(row!, (name) => `\`${name}\``, false)
  expect(named).toEqual(words === '' ? [] : [`stage \`build\`: ${words}`])
})

test('names the FROM of the source if the change gave it another base image', () => {
  const on = (base: string): StageOf => {
    const stage = stageOf({ name: 'build', base: [base, base, base], ...steps('RUN apt', 'RUN pip', base.length) })
    return { base: [base, base, base], ...steps('RUN apt', 'RUN pip', base.length), some: { base: { ...stage.base!, line: 1 } } } // prettier-ignore
  }
  expect(edits(image(on('debian'), copy(6)), image(on('alpine:3'), copy(8)))).toEqual([
    { stage: 'build', line: 1, kind: 'base' },
  ])
})

test.each([
  [
    'a setting with another value',
    [
      ['ENV A=1', null],
      ['ENV A=2', null],
    ],
    'edited',
  ],
  [
    'a setting of another variable',
    [
      ['ENV B=1', null],
      ['ENV A=2', null],
    ],
    'edited',
  ],
  ['a new setting', [null, ['ENV A=2', null]], 'added'],
  ['a removed setting', [['ENV A=2', null], null], 'removed'],
  [
    'a setting without one of its variables',
    [
      ['ENV A=1 B=2', null],
      ['ENV A=1', null],
    ],
    'edited',
  ],
  [
    'a setting with one more variable',
    [
      ['ENV A=1', null],
      ['ENV A=1 B=2', null],
    ],
    'edited',
  ],
] as const)('names %s before a RUN that ran again', (_, [old, now], kind) => {
  const of = (setting: Step | null, bytes: number): readonly Stage[] =>
    image({ steps: [...(setting === null ? [] : [setting]), making('RUN pip', 'v/a', bytes)] }, copy(bytes))
  expect(edits(of(old, 5), of(now, 9))).toEqual([{ stage: 'build', line: 2, kind }])
})

test.each<[string, readonly string[], readonly string[], readonly (readonly [EditElsewhere['kind'], number])[]]>([
  ['was above it', ['ENV A=1', 'RUN pip'], ['RUN pip', 'ENV A=1'], [['moved', 3]]],
  ['was below it', ['RUN pip', 'ARG A=1'], ['ARG A=1', 'RUN pip'], [['moved', 2]]],
  ['left a line above it', ['ENV A=1 B=2', 'RUN pip'], ['ENV A=1', 'RUN pip', 'ENV B=2'], [['moved', 4]]],
  ['has another value there', ['ENV A=1', 'RUN pip'], ['RUN pip', 'ENV A=2'], [['edited', 3]]],
  ['is joined with one below it', ['ENV A=1', 'RUN pip', 'ENV B=1'], ['RUN pip', 'ENV A=1 B=1'], [['moved', 3]]],
  ['is gone, and another one is new below it', ['ENV A=1', 'RUN pip'], ['RUN pip', 'ENV B=1'], [['removed', 2]]],
  ['gets a value in quotes', ['ENV A=1 B=2', 'RUN pip'], ['ENV A=1 B="2 $A"', 'RUN pip'], [['edited', 2]]],
  ['gets a second line', ['ENV A=1', 'RUN pip'], ['ENV A=1', 'ENV A=2', 'RUN pip'], [['added', 3]]],
  ['has its last line removed', ['ENV A=1', 'ENV A=2', 'RUN pip'], ['ENV A=1', 'RUN pip'], [['removed', 3]]],
  ['is a user above it now', ['RUN pip', 'USER app'], ['USER app', 'RUN pip'], [['moved', 2]]],
  ['is a user in another line', ['USER app', 'USER root', 'RUN pip'], ['USER root', 'RUN pip', 'USER app'], []],
  ['is a user once more', ['USER root', 'USER app', 'RUN pip'], ['USER root', 'USER app', 'USER root', 'RUN pip'], [['added', 4]]], // prettier-ignore
  ['is a user no longer', ['USER root', 'RUN pip'], ['RUN pip', 'USER app'], [['removed', 2]]],
  ['is no longer followed by a folder', ['WORKDIR /s', 'WORKDIR /s/web', 'WORKDIR /s', 'RUN pip'], ['WORKDIR /s', 'WORKDIR /s/web', 'RUN pip'], [['removed', 4]]], // prettier-ignore
  ['is used by another one', ['ENV A=1', 'ENV A="$A 2"', 'RUN pip'], ['ENV A=3', 'ENV A="$A 2"', 'RUN pip'], [['edited', 2]]], // prettier-ignore
  ['is a folder', ['WORKDIR /a', 'WORKDIR b', 'RUN pip'], ['WORKDIR /a', 'WORKDIR c', 'RUN pip'], [['edited', 3]]],
  ['is a folder below another one', ['WORKDIR /a', 'WORKDIR b', 'RUN pip'], ['WORKDIR /c', 'WORKDIR b', 'RUN pip'], [['edited', 2]]], // prettier-ignore
  ['is written in quotes', ['ENV A=1 B=2', 'RUN pip'], ['ENV A="1" B=\'2\'', 'RUN pip'], []],
  ['is written in the old form', ['ENV A 1', 'WORKDIR /a', 'RUN pip'], ['ENV A=1', 'WORKDIR /a/', 'RUN pip'], []],
  ['is split', ['ENV A=1 B=2', 'RUN pip'], ['ENV A=1', 'ENV B=2', 'RUN pip'], []],
  ['is written without quotes', ['ENV P="$V/bin:$P"', 'RUN pip'], ['ENV P=${V}/bin:$P', 'RUN pip'], []],
  ['gets a variable as its value', ['ENV A=1', 'RUN pip'], ['ENV A=$B', 'RUN pip'], [['edited', 2]]],
  ['continues its earlier value', ['ENV A=1', 'RUN pip'], ['ENV A=1:$A', 'RUN pip'], [['edited', 2]]],
  ['is an argument without a value', ['RUN pip'], ['ARG A', 'RUN pip'], []],
  ['is no longer an argument without a value', ['ARG A', 'RUN pip'], ['RUN pip'], []],
  ['is an argument with a value', ['ARG A', 'RUN pip'], ['ARG A=1', 'RUN pip'], [['edited', 2]]],
  ['is an argument of the builder', ['RUN pip'], ['ARG TARGETARCH', 'RUN pip'], [['added', 2]]],
  ['is set twice', ['ENV A=1', 'RUN pip', 'ENV A=1'], ['ENV A=1', 'RUN pip', 'ENV A=1'], []],
  ['only has new steps above it', ['ENV A=1', 'RUN pip'], ['RUN x', 'ENV A=1', 'RUN pip'], [['added', 2]]],
])('names a variable that changed places with a RUN: it %s', (_, old, now, expected) => {
  const of = (texts: readonly string[], bytes: number): readonly Stage[] =>
    image({ steps: texts.map((text): Step => (text.startsWith('RUN pip') ? making(text, 'v/a', bytes) : text.startsWith('RUN') ? making(text, 'x', 1) : [text, null])) }, copy(bytes)) // prettier-ignore
  expect(edits(of(old, 5), of(now, 9))).toEqual(expected.map(([kind, line]) => ({ stage: 'build', line, kind })))
})

test('names no argument that a stage declares again, which keeps its value', () => {
  const of = (own: readonly string[], bytes: number): readonly Stage[] => {
    const base = stageOf({ name: 'base', steps: [['ARG V=1', null]] })
    const steps = [...own.map((text): Step => [text, null]), making('RUN pip', 'v/a', bytes)]
    return [base, stageOf({ index: 1, name: 'build', parent: base, steps }), stageOf({ index: 2, role: 'final', steps: [copy(bytes)] })] // prettier-ignore
  }
  expect(edits(of(['ENV A=1'], 5), of(['ARG V', 'ENV A=2'], 9)).map(({ kind, line }) => [kind, line])).toEqual([['edited', 1003]]) // prettier-ignore
  expect(edits(of(['ARG V', 'ENV A=1'], 5), of(['ENV A=2'], 9)).map(({ kind, line }) => [kind, line])).toEqual([['edited', 1002]]) // prettier-ignore
})

test('names no setting that moved to or from a parent stage with the same value', () => {
  const of = (ofBase: readonly string[], own: readonly string[], bytes: number): readonly Stage[] => {
    const base = stageOf({ name: 'base', steps: ofBase.map((text): Step => [text, null]) })
    const steps = [...own.map((text): Step => [text, null]), making('RUN pip', 'v/a', bytes)]
    const build = stageOf({ index: 1, name: 'build', parent: base, steps })
    return [base, build, stageOf({ index: 2, role: 'final', steps: [copy(bytes)] })]
  }
  expect(edits(of(['ENV A=1'], ['ENV B=1'], 5), of([], ['ENV A=1 B=2'], 9))).toEqual([
    { stage: 'build', line: 1002, kind: 'edited' },
  ])
  // A stage has the arguments of the one that it is FROM, too.
  expect(edits(of(['ENV A=1', 'ARG C=1'], [], 5), of(['ENV A=1', 'ARG C=2'], [], 9))).toEqual([
    { stage: 'base', line: 3, kind: 'edited' },
  ])
  expect(edits(of(['ENV A=1'], [], 5), of([], [], 9))).toEqual([{ stage: 'base', line: 2, kind: 'removed' }])
  // One step has another value from it, and the other one a new one.
  const two = (ofBase: string, own: readonly string[], bytes: number): readonly Stage[] => {
    const base = stageOf({ name: 'base', steps: [[ofBase, null]] })
    const steps = [making('RUN one', 'v/b', bytes), ...own.map((text): Step => [text, null]), making('RUN pip', 'v/a', bytes)] // prettier-ignore
    return [base, stageOf({ index: 1, name: 'build', parent: base, steps }), stageOf({ index: 2, role: 'final', steps: [copy(bytes)] })] // prettier-ignore
  }
  expect(edits(two('ENV B=1', ['ENV A=1'], 5), two('ENV B=1 A=2', [], 9)).map(({ kind, line }) => [kind, line])).toEqual([['edited', 2]]) // prettier-ignore
})

test.each<[string, readonly string[], readonly string[], readonly [EditElsewhere['kind'], number][]]>([
  ['another default', ['ARG O=1', 'ENV F="$O -g"'], ['ARG O=2', 'ENV F="$O -g"'], [['edited', 2]]],
  ['a default', ['ARG O', 'ENV F="$O -g"'], ['ARG O=2', 'ENV F="$O -g"'], [['edited', 2]]],
  [
    'another argument behind it',
    ['ARG N=1', 'ARG O=$N', 'ENV F=$O'],
    ['ARG N=2', 'ARG O=$N', 'ENV F=$O'],
    [['edited', 2]],
  ],
  [
    'another default that it does not use',
    ['ARG O=1', 'ARG U=1', 'ENV F=$O'],
    ['ARG O=1', 'ARG U=2', 'ENV F=$O'],
    [['edited', 3]],
  ],
  ['another default below it', ['ENV F=$O', 'ARG O=1'], ['ENV F=$O', 'ARG O=2'], [['edited', 3]]],
  [
    'another default, and another variable',
    ['ARG O=1', 'ENV F=$O'],
    ['ARG O=2', 'ENV F=3'],
    [
      ['edited', 2],
      ['edited', 3],
    ],
  ],
  ['no declaration', ['ARG O=1', 'ENV F=$O'], ['ENV F=$O'], [['removed', 2]]],
])('names an argument of a parent stage: it has %s', (_, old, now, expected) => {
  const of = (texts: readonly string[], bytes: number): readonly Stage[] => {
    const base = stageOf({ name: 'base', steps: texts.map((text): Step => [text, null]) })
    const build = stageOf({ index: 1, name: 'build', parent: base, steps: [making('RUN pip', 'v/a', bytes)] })
    return [base, build, stageOf({ index: 2, role: 'final', steps: [copy(bytes)] })]
  }
  expect(edits(of(old, 5), of(now, 9))).toEqual(expected.map(([kind, line]) => ({ stage: 'base', line, kind })))
})

test.each<[string, string, readonly string[], string, readonly string[], readonly EditElsewhere[]]>([
  ['another default', 'ARG V=1', ['ARG V', 'RUN pip'], 'ARG V=2', ['ARG V', 'RUN pip'], [{ stage: null, line: 1, kind: 'edited' }]], // prettier-ignore
  ['no default', 'ARG V=1', ['ARG V', 'RUN pip'], 'ARG V', ['ARG V', 'RUN pip'], [{ stage: null, line: 1, kind: 'edited' }]], // prettier-ignore
  ['a declaration', 'ARG V=1', ['RUN pip'], 'ARG V=1', ['ARG V', 'RUN pip'], [{ stage: 'build', line: 12, kind: 'added' }]], // prettier-ignore
  ['no declaration', 'ARG V=1', ['ARG V', 'RUN pip'], 'ARG V=1', ['RUN pip'], [{ stage: 'build', line: 12, kind: 'removed' }]], // prettier-ignore
  ['none', 'ARG V=1', ['ARG V', 'RUN pip'], 'ARG W', ['ARG V', 'RUN pip'], [{ stage: null, line: 1, kind: 'removed' }]], // prettier-ignore
  ['a declaration below it', 'ARG V=1', ['ARG V', 'RUN pip'], 'ARG V=1', ['RUN pip', 'ARG V'], [{ stage: 'build', line: 13, kind: 'moved' }]], // prettier-ignore
])(
  'names an ARG above the first FROM if its own line was edited: it has %s',
  (_, global, old, other, now, expected) => {
    const of = (argument: string, texts: readonly string[], bytes: number): readonly Stage[] => {
      const lines = texts.map(
        (text, at): Step => (text === 'RUN pip' ? making(text, 'v/a', bytes) : [text, null, at]) as Step,
      )
      const found = stageOf({ name: 'build', steps: lines })
      const down = <One extends { readonly line: number | null }>(one: One): One => ({
        ...one,
        line: (one.line ?? 0) + 10,
      })
      const moved = { ...found, line: 11, instructions: found.instructions!.map(down), layers: found.layers.map((one) => ({ ...one, instruction: one.instruction && down(one.instruction) })), globalArguments: [{ text: argument, line: 1, endLine: 1 }] } // prettier-ignore
      return [moved, stageOf({ index: 1, role: 'final', steps: [copy(bytes)] })]
    }
    expect(edits(of(global, old, 5), of(other, now, 9))).toEqual(expected)
  },
)

test('names a removed line that deleted something, if no line with files that it takes changed', () => {
  const deleting: Step = ['RUN rm -r /v/t', 'rm', { whiteouts: 1, contents: { files: [], directories: [], complete: true } }] // prettier-ignore
  const of = (bytes: number, ...more: readonly Step[]): readonly Stage[] =>
    image({ steps: [making('RUN pip', 'v/a', 5), ...more] }, copy(bytes))
  expect(edits(of(5, deleting), of(9))).toEqual([{ stage: 'build', line: 3, kind: 'removed' }])
})

test('names the FROM of the source if its tag has another image now, beside an edit', () => {
  const of = (content: string, run: string, bytes: number): readonly Stage[] => {
    const build: StageOf = { base: ['debian', content], ...steps(run, 'RUN pip', bytes) }
    const { base } = stageOf({ name: 'build', ...build })
    return image({ ...build, some: { base: { ...base!, line: 1 } } }, copy(bytes))
  }
  const [before, after] = [of('old', 'RUN apt', 5), of('new', 'RUN apt x', 9)]
  expect(edits(before, after)).toEqual([
    { stage: 'build', line: 1, kind: 'moved-base' },
    { stage: 'build', line: 2, kind: 'edited' },
  ])
  const [row] = changeRows(compared(before, after)).filter(({ kind }) => kind === 'layer')
  expect(editElsewhereWords(row!, (name) => name, false)).toEqual([
    'stage build: line 2 edited, moved base image in line 1',
  ])
})

test('counts each line that was removed', () => {
  const twice = { steps: [making('RUN apt', 'usr/b', 3), making('RUN apk', 'usr/c', 3), making('RUN pip', 'v/a', 5)] }
  const gone = { stage: 'build', kind: 'removed' }
  expect(edits(image(twice, copy(5)), image({ steps: [making('RUN pip', 'v/a', 9)] }, copy(9)))).toEqual([
    { ...gone, line: 2 },
    { ...gone, line: 3 },
  ])
})

describe('before a RUN that ran again', () => {
  /** A step that installs npm packages. */
  const npm = (versions: Readonly<Record<string, string>>): Step => {
    const packages = Object.entries(versions).map(([name, version]) => ({
      ...{ ecosystem: 'npm' as const, name, version: version === '' ? null : version, path: `n/${name}`, parts: [] },
      ...{ fileBytes: 9_000, files: 1 },
    }))
    const known = { packages, folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true, others: null }
    const files = packages.map(({ path, fileBytes, version }) => ({
      path,
      fileBytes,
      checksum: Number(version?.[0]) || 0,
    }))
    const lists = { files, directories: [], complete: true, packages: known }
    return ['RUN npm ci', JSON.stringify(versions), { fileBytes: 9_000 * files.length, entries: files.length, contents: lists }] // prettier-ignore
  }
  const app = (lock: number, versions: Readonly<Record<string, string>>, apt = 'RUN apt'): readonly Stage[] =>
    image({ steps: [making(apt, 'x', apt.length), making('COPY *.json ./', 'n/lock', lock), npm(versions), making('RUN vite', 'v/a', lock)] }, copy(lock)) // prettier-ignore
  const named = (before: readonly Stage[], after: readonly Stage[]): readonly string[] => {
    const rows = changeRows(compared(before, after)).filter(({ status }) => status !== 'same')
    return rows.flatMap((row) => editElsewhereWords(row, (name) => name, false))
  }

  test('names a package that moved to another line in another version, and none that only moved', () => {
    const as = (text: string, [, ...rest]: Step): Step => [text, ...rest]
    const of = (first: Record<string, string>, second: Record<string, string>, bytes: number): readonly Stage[] =>
      image(
        {
          steps: [
            making('COPY *.json ./', 'n/lock', bytes),
            as('RUN one', npm(first)),
            as('RUN two', npm(second)),
            making('RUN pip', 'v/a', bytes),
          ],
        },
        copy(bytes),
      )
    const named = (one: readonly Stage[], other: readonly Stage[]): string =>
      edits(one, other).flatMap((edit) => edit.kind === 'inputs' ? edit.packages.map(({ kind, name: what }) => `${edit.line} ${what} ${kind}`) : []).join(', ') // prettier-ignore
    expect(named(of({ a: '1', b: '1' }, {}, 5), of({ b: '1' }, { a: '1' }, 9))).toBe('')
    expect(named(of({ a: '1', b: '1' }, {}, 5), of({ b: '1' }, { a: '2' }, 9))).toBe('3 a removed, 4 a new')
    expect(named(of({ b: '1' }, {}, 5), of({ b: '1' }, { a: '' }, 9))).toBe('4 a new')
  })

  test('names the files of the context and the packages that unedited lines brought', () => {
    const before = app(5, { vite: '5.0.0', left: '1.0.0' })
    const files = 'changed files in line 3 (n/lock)'
    expect(named(before, app(9, { vite: '6.0.0', chart: '4.0.0' }))).toEqual([
      `stage build: ${files}, changed packages in line 4 (vite 5.0.0 → 6.0.0, chart 4.0.0 new, left 1.0.0 removed)`,
    ])
    expect(named(before, app(9, { vite: '5.0.0', left: '1.0.0' }, 'RUN apt x'))).toEqual([
      `stage build: line 2 edited, ${files}`,
    ])
  })

  test('counts what it does not name', () => {
    const many = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, '1.0.0']))
    expect(named(app(5, {}), app(5, many))).toEqual([])
    const before = app(5, {})
    const after = app(9, many)
    expect(named(before, after)[0]).toMatch(/packages in line 4 \(a 1.0.0 new, b 1.0.0 new, c 1.0.0 new and 2 more\)$/)
  })

  test('names the inputs that changed most, and the lines of all others', () => {
    const of = (bytes: readonly number[]): readonly Stage[] =>
      image({ steps: [...bytes.map((one, at) => making(`COPY f${at} .`, `n/f${at}`, one)), making('RUN vite', 'v/a', bytes.at(-1) ?? 0)] }, copy(bytes.at(-1) ?? 0)) // prettier-ignore
    const files = (...at: readonly number[]): string => at.map((one) => `changed files in line ${one + 2} (n/f${one})`).join(', ') // prettier-ignore
    expect(named(of([1, 1, 1, 1]), of([2, 2, 2, 9]))).toEqual([`stage build: ${files(0, 1, 2, 3)}`])
    expect(named(of([1, 1, 1, 1, 1]), of([2, 2, 3, 2, 9]))).toEqual([
      `stage build: ${files(0, 2, 4)}, and more in lines 3, 5`,
    ])
    const [row] = changeRows(compared(of([1, 1, 1, 1, 1]), of([2, 2, 3, 2, 9]))).filter(({ status }) => status !== 'same') // prettier-ignore
    expect(editElsewhereWords(row!, (name) => name, true)).toEqual([`stage build: ${files(0, 1, 2, 3, 4)}`])
  })

  test('names the stages that changed most, and those of all others', () => {
    const names = ['ui', 'api', 'worker', 'docs', 'web']
    const of = (bytes: readonly number[]): readonly Stage[] => [
      ...bytes.map((one, at) => stageOf({ index: at, name: names[at]!, steps: [making('COPY . .', `${names[at]}/f`, one)] })), // prettier-ignore
      stageOf({ index: 5, name: 'build', steps: [...bytes.map((one, at) => making(`COPY --from=${names[at]} /${names[at]} /s`, `s/f${at}`, one)), making('RUN tar', 'v/a', bytes[2]!)] }), // prettier-ignore
      stageOf({ index: 6, role: 'final', steps: [copy(bytes[2]!)] }),
    ]
    expect(named(of([1, 1, 1, 1, 1]), of([2, 3, 9, 2, 4]))).toEqual([
      'stage api: changed files in line 1002 (api/f)',
      'stage worker: changed files in line 2002 (worker/f)',
      'stage web: changed files in line 4002 (web/f)',
      'and changes in stages ui, docs',
    ])
    expect(named(of([1, 1, 1, 1, 1]), of([2, 3, 9, 1, 4])).map((words) => words.split(':')[0])).toEqual([
      'stage ui',
      'stage api',
      'stage worker',
      'stage web',
    ])
  })

  test('does not name what the COPY takes, which its row shows', () => {
    const all = (lock: number): Step => making('COPY --from=build /n /v /', 'v/a', lock)
    const final = (lock: number): Stage => stageOf({ index: 1, role: 'final', steps: [all(lock)] })
    const with5 = (
      versions: Readonly<Record<string, string>>,
      lock: number,
      compressedSize: number,
    ): readonly string[] => {
      const [before, after] = [app(5, { vite: '5.0.0' })[0]!, app(lock, versions)[0]!]
      const large = { ...after, layers: after.layers.map((one) => ({ ...one, compressedSize })) }
      return named([before, final(5)], [large, final(9)])
    }
    expect(with5({ vite: '5.0.0' }, 9_000_000, 9_000_000)).toEqual([])
    // The row has no space for files of a few bytes, nor for files beside packages.
    const reason = ['stage build: changed files in line 3 (n/lock)']
    expect(with5({ vite: '5.0.0' }, 9, 10)).toEqual(reason)
    expect(with5({ vite: '6.0.0' }, 9_000_000, 9_000_000)).toEqual(reason)
  })

  test('names what came from stages behind it, by a COPY or a mount, beside its own edits', () => {
    const deps = (lock: number): StageOf => ({ name: 'deps', steps: [making('COPY lock /l', 'l', lock), making('RUN npm ci', 'm/a', lock)] }) // prettier-ignore
    const of = (step: Step | null, mount: string, apt: string, lock: number): readonly Stage[] => [
      stageOf(deps(lock)),
      stageOf({ index: 1, name: 'build', steps: [making(apt, 'x', apt.length), ...(step === null ? [] : [step]), making(`RUN ${mount}vite`, 'v/a', lock)] }), // prettier-ignore
      stageOf({ index: 2, role: 'final', steps: [copy(lock)] }),
    ]
    const copied = (lock: number): Step => making('COPY --from=deps /m /m', 'm/a', lock)
    expect(named(of(copied(5), '', 'RUN apt', 5), of(copied(9), '', 'RUN apt x', 9))).toEqual([
      'stage build: line 1002 edited',
      'stage deps: changed files in line 2 (l)',
    ])
    const mount = '--mount=from=deps,target=/m '
    expect(named(of(null, mount, 'RUN apt', 5), of(null, mount, 'RUN apt', 9))).toEqual([
      'stage deps: changed files in line 2 (l)',
    ])
  })

  test('names nothing if an unedited COPY below it is of a source that is not known', () => {
    const of = (apt: string, lock: number): readonly Stage[] =>
      image({ steps: [making(apt, 'x', apt.length), making('COPY --from=context /m /m', 'm/a', lock), making('RUN vite', 'v/a', lock)] }, copy(lock)) // prettier-ignore
    expect(named(of('RUN apt', 5), of('RUN apt', 9))).toEqual([])
  })

  test('names what an unedited COPY took beside an edited line', () => {
    const of = (pip: string, extra: string, lock: number): readonly Stage[] => [
      stageOf({ name: 'a', steps: [making(pip, 'd/a', lock)] }),
      stageOf({ index: 1, name: 'build', steps: [making('COPY --from=a /d /v', 'v/a', lock), making(extra, 'v/n', extra.length)] }), // prettier-ignore
      stageOf({ index: 2, role: 'final', steps: [copy(lock)] }),
    ]
    expect(named(of('RUN pip', 'RUN n', 5), of('RUN pip -c', 'RUN n -c', 9))).toEqual([
      'stage a: line 2 edited',
      'stage build: line 1003 edited',
    ])
  })

  test('names what is below a RUN that ran again, beside an edited line whose files are taken, too', () => {
    const of = (lock: number, version: string): readonly Stage[] =>
      image({ steps: [making('COPY *.json ./', 'n/lock', lock), making('RUN vite', 'v/a', lock), making(version, 'v/version', version.length)] }, copy(lock)) // prettier-ignore
    expect(named(of(5, 'RUN echo 1'), of(9, 'RUN echo 10'))).toEqual([
      'stage build: line 4 edited, changed files in line 2 (n/lock)',
    ])
  })

  test('searches a stage for each COPY that takes other files of it', () => {
    const of = (lock: number, ci: string): readonly Stage[] => [
      stageOf({ name: 'deps', steps: [making('COPY lock /l', 'l', lock), making(ci, 'm/a', lock)] }),
      stageOf({ index: 1, name: 'build', steps: [making('COPY --from=deps /l /l', 'l', lock), making('COPY --from=deps /m /m', 'm/a', lock), making('RUN vite', 'v/a', lock)] }), // prettier-ignore
      stageOf({ index: 2, role: 'final', steps: [copy(lock)] }),
    ]
    expect(named(of(5, 'RUN ci'), of(9, 'RUN ci -p'))).toEqual([
      'stage deps: line 3 edited, changed files in line 2 (l)',
    ])
  })

  test('names removed files, the heaviest difference first, and removed settings beside edited ones', () => {
    const src = (files: Readonly<Record<string, number>>): Step => {
      const listed = Object.entries(files).map(([path, fileBytes]) => ({ path, fileBytes, checksum: fileBytes }))
      return ['COPY . .', JSON.stringify(files), { fileBytes: 1, entries: listed.length, contents: { files: listed, directories: [], complete: true } }] // prettier-ignore
    }
    const of = (files: Readonly<Record<string, number>>, lock: number, ...settings: readonly string[]) =>
      image({ steps: [...settings.map((text): Step => [text, null]), src(files), making('RUN vite', 'v/a', lock)] }, copy(lock)) // prettier-ignore
    const [old, now] = [of({ 'a.py': 10, 'old.bin': 90 }, 5, 'ENV M=1', 'ARG V=1'), of({ 'a.py': 11 }, 9, 'ARG V=2')]
    expect(named(old, now)).toEqual([
      'stage build: line 2 edited, 1 line removed, changed files in line 3 (old.bin removed, a.py)',
    ])
  })

  test('names a setting of a parent stage, and a line that deletes after the RUN', () => {
    const of = (env: string, lock: number): readonly Stage[] => {
      const base = stageOf({ name: 'base', steps: [[env, null]] })
      const steps = [making('COPY *.json ./', 'n/lock', lock), making('RUN vite', 'v/a', lock)]
      const build = stageOf({ index: 1, name: 'build', parent: base, steps })
      return [base, build, stageOf({ index: 2, role: 'final', steps: [copy(lock)] })]
    }
    expect(named(of('ENV M=1', 5), of('ENV M=2', 9))).toEqual([
      'stage base: line 2 edited',
      'stage build: changed files in line 1002 (n/lock)',
    ])
    const deleting = (run: string): Step => [run, run, { whiteouts: 1, contents: { files: [], directories: [], complete: true } }] // prettier-ignore
    const deleted = (run: string, lock: number): readonly Stage[] =>
      image({ steps: [making('COPY *.json ./', 'n/lock', lock), making('RUN vite', 'v/a', lock), deleting(run)] }, copy(lock)) // prettier-ignore
    expect(named(deleted('RUN rm a', 5), deleted('RUN rm b', 9))).toEqual([
      'stage build: line 4 edited, changed files in line 2 (n/lock)',
    ])
  })

  test('names an edited line that made the same files, as it had later ones run again', () => {
    const of = (run: string, download: number): readonly Stage[] => {
      const [build, ...rest] = image({ steps: [[run, run], making('RUN wget', 'v/a', download)] }, copy(download))
      const layers = build!.layers.map((layer) =>
        layer.instruction?.text === run ? { ...layer, timelessDigest: digestOf('same') } : layer,
      )
      return [{ ...build!, layers }, ...rest]
    }
    expect(named(of('RUN mkdir /v', 5), of('RUN mkdir -p /v', 9))).toEqual(['stage build: line 2 edited'])
  })

  test('names an ARG before the first FROM that the stage declares, and nothing if lines changed places', () => {
    const of = (version: string, lock: number): readonly Stage[] => {
      const [build, ...rest] = image({ steps: [['ARG V', null], making('RUN wget', 'v/a', lock)] }, copy(lock))
      return [{ ...build!, globalArguments: [{ text: `ARG V=${version}`, line: 1, endLine: 1 }] }, ...rest]
    }
    expect(named(of('1', 5), of('2', 9))).toEqual(['stage build: line 1 edited'])
    const [a, b] = [making('RUN a', 'x/a', 3), making('RUN b', 'x/b', 4)]
    const swapped = (lock: number, ...order: readonly Step[]): readonly Stage[] =>
      image({ steps: [making('COPY . .', 's', lock), ...order, making('RUN vite', 'v/a', lock)] }, copy(lock))
    expect(named(swapped(5, a, b), swapped(9, b, a))).toEqual([])
  })

  test('does not name files that the builder wrote again, because only their times differ', () => {
    const src = (files: Readonly<Record<string, number>>): Step => {
      const listed = Object.entries(files).map(([path, fileBytes]) => ({ path, fileBytes, checksum: fileBytes }))
      return ['COPY . .', JSON.stringify(files), { fileBytes: 1, entries: listed.length, contents: { files: listed, directories: [], complete: true } }] // prettier-ignore
    }
    const of = (apt: string, files: Readonly<Record<string, number>>, lock: number): readonly Stage[] =>
      image({ steps: [making('COPY lock .', 'lock', 7), making(apt, 'x', apt.length), src(files), making('RUN vite', 'v/a', lock)] }, copy(lock)) // prettier-ignore
    const before = of('RUN apt', { main: 10 }, 5)
    expect(named(before, of('RUN apt', { main: 11, lock: 7 }, 9))).toEqual([
      'stage build: changed files in line 4 (main)',
    ])
    expect(named(before, of('RUN apt x', { main: 10, lock: 7 }, 9))).toEqual(['stage build: line 3 edited'])
    expect(named(of('RUN apt', { main: 10, lock: 7 }, 5), of('RUN apt x', { main: 10 }, 9))).toEqual([
      'stage build: line 3 edited',
    ])
  })

  test('names files once that a later line brought again', () => {
    const of = (lock: number, more: number): readonly Stage[] =>
      image({ steps: [making('COPY *.json ./', 'n/lock', lock), making('COPY . .', 'n/lock', lock), making('COPY src .', 'n/src', more), making('RUN vite', 'v/a', lock)] }, copy(lock)) // prettier-ignore
    expect(named(of(5, 1), of(9, 1))).toEqual(['stage build: changed files in line 2 (n/lock)'])
    expect(named(of(5, 1), of(9, 2))).toEqual(['stage build: changed files in line 2 (n/lock), changed files in line 4 (n/src)']) // prettier-ignore
  })

  test('names no setting that is only written in another form', () => {
    const of = (settings: readonly string[], apt: string, lock: number): readonly Stage[] =>
      image({ steps: [...settings.map((text): Step => [text, null]), making(apt, 'x', apt.length), making('RUN vite', 'v/a', lock)] }, copy(lock)) // prettier-ignore
    const [old, now] = [['ENV A 1', 'ENV B=1', 'WORKDIR /w/'], ['ENV A=1 B=1', 'WORKDIR /w']] // prettier-ignore
    expect(named(of(old, 'RUN apt', 5), of(now, 'RUN apt x', 9))).toEqual(['stage build: line 4 edited'])
  })

  test('names nothing if the RUN mounts files of the context', () => {
    const mounting = (lock: number): readonly Stage[] =>
      image({ steps: [making('COPY *.json ./', 'n/lock', lock), making('RUN --mount=type=bind,target=/c vite', 'v/a', lock)] }, copy(lock)) // prettier-ignore
    expect(named(mounting(5), mounting(9))).toEqual([])
  })
})

test('finds files behind the links of a merged /usr, and in a list that is cut', () => {
  const of = (path: string, bytes: number, complete: boolean): readonly Stage[] => {
    const [text, content, some] = making('RUN make', path, bytes)
    const contents = { files: complete ? [{ path, fileBytes: bytes, checksum: bytes }] : [], directories: [], complete }
    const steps: Step[] = [making('COPY src .', 's/a', bytes), [text, content, { ...some, contents }]]
    return image({ steps }, making('COPY --from=build /bin/server /bin/', 'bin/server', bytes))
  }
  const named = [{ stage: 'build', line: 2, kind: 'inputs', packages: [], files: { files: [{ path: 's/a', kind: 'changed' }], count: 1, isComplete: true, weight: 4 } }] // prettier-ignore
  expect(edits(of('usr/bin/server', 5, true), of('usr/bin/server', 9, true))).toEqual(named)
  expect(edits(of('usr/bin/server', 5, false), of('usr/bin/server', 9, false))).toEqual(named)
  expect(edits(of('opt/server', 5, true), of('opt/server', 9, true))).toEqual([])
})

test('takes the folder of a pattern, and of a variable any file', () => {
  const any = (bytes: number): Step => making('COPY --from=build /v/* /v/', 'v/a', bytes)
  const both = (apt: string, pip: string, bytes: number): readonly Stage[] => image(steps(apt, pip, bytes), any(bytes))
  expect(edits(both('RUN apt', 'RUN pip', 5), both('RUN apt', 'RUN pip -c', 9))).toEqual([{ stage: 'build', line: 3, kind: 'edited' }]) // prettier-ignore
  const beside = (other: string, bytes: number): readonly Stage[] =>
    image({ steps: [making('RUN pip', 'v/a', bytes), making(other, 'tmp/x', other.length)] }, any(bytes))
  expect(edits(beside('RUN a', 5), beside('RUN ab', 9))).toEqual([])
  const unknown = (apt: string, pip: string, bytes: number): readonly Stage[] =>
    image(steps(apt, pip, bytes), making('COPY --from=build ${V} /v/', 'v/a', bytes))
  expect(edits(unknown('RUN apt', 'RUN pip', 5), unknown('RUN apt x', 'RUN pip -c', 9))).toEqual([
    { stage: 'build', line: 2, kind: 'edited' },
    { stage: 'build', line: 3, kind: 'edited' },
  ])
})

test('names no line for files of the context, or if nothing of the source differs', () => {
  const copied = steps('RUN apt', 'COPY v /v', 5)
  expect(edits(image(copied, copy(5)), image(steps('RUN apt x', 'COPY v /v', 9), copy(9)))).toEqual([])
  const before = [...image(copied, copy(4)).slice(0, 1), stageOf({ index: 1, role: 'final', steps: [making('COPY --from=build /v/a /v/', 'v/a', 5), copy(4)] })] // prettier-ignore
  expect(edits(before, image(steps('RUN apt x', 'COPY v /v', 5), copy(5)))).toEqual([])
})

test('does not name a line that deletes beside another base image', () => {
  const of = (base: string, run: string): StageOf => {
    const stage = stageOf({ base: [base, base, base] })
    const deleting: Step = [
      run,
      run,
      { contents: { files: [], directories: [], complete: true }, deletes: 1 } as object,
    ]
    return { base: [base, base, base], some: { base: { ...stage.base!, line: 1 } }, steps: [deleting] }
  }
  expect(edits(image(of('debian', 'RUN rm a'), copy(5)), image(of('alpine:3', 'RUN rm b'), copy(9)))).toEqual([
    { stage: 'build', line: 1, kind: 'base' },
  ])
})

test('names the stage that has the line', () => {
  const of = (pip: string, bytes: number): readonly Stage[] => {
    const common = stageOf({ name: 'common', ...steps('RUN apt', pip, bytes) })
    return [common, stageOf({ index: 1, name: 'build', parent: common }), stageOf({ index: 2, role: 'final', steps: [copy(bytes)] })] // prettier-ignore
  }
  expect(edits(of('RUN pip', 5), of('RUN pip -c', 9))).toEqual([{ stage: 'common', line: 3, kind: 'edited' }])
})

test('follows a COPY through an unedited stage', () => {
  const of = (pip: string, bytes: number): readonly Stage[] =>
    image(steps('RUN apt', pip, bytes), making('COPY --from=tests /w /w', 'w/a', bytes), {
      name: 'tests',
      steps: [making('COPY --from=build /v /w', 'w/a', bytes)],
    })
  expect(edits(of('RUN pip', 5), of('RUN pip -c', 9))).toEqual([{ stage: 'build', line: 3, kind: 'edited' }])
})

test('names no edit for a COPY that was edited itself, that drifted, or whose stages take from each other', () => {
  const before = image(steps('RUN apt', 'RUN pip', 5), copy(5))
  expect(edits(before, image(steps('RUN apt', 'RUN pip', 9), copy(9)))).toEqual([])
  const edited = making('COPY --chown=1:1 --from=build /v /v', 'v/a', 9)
  expect(edits(before, image(steps('RUN apt', 'RUN pip -c', 9), edited))).toEqual([])
  const circle = (bytes: number): readonly Stage[] =>
    image({ steps: [making('COPY --from=tests /w /v', 'v/a', bytes)] }, copy(bytes), {
      name: 'tests',
      steps: [making('COPY --from=build /v /w', 'w/a', bytes)],
    })
  expect(edits(circle(5), circle(9))).toEqual([])
})

describe('the row of an unedited RUN', () => {
  const named = (before: StageOf, after: StageOf): readonly string[] => {
    const { final } = compareStages([stageOf({ role: 'final', ...before })], [stageOf({ role: 'final', ...after })])
    return changeRows(final).flatMap((row) => editElsewhereWords(row, (name) => name, false).map((words) => `${row.foreign}: ${words}`)) // prettier-ignore
  }

  test('names edited settings above it, which have no row', () => {
    const of = (version: string, bytes: number): StageOf => ({ steps: [[`ARG V=${version}`, null], making('RUN wget', 't', bytes), making('RUN curl', 'u', bytes)] }) // prettier-ignore
    expect(named(of('1', 5), of('2', 9))).toEqual(['RUN wget: line 2 edited', 'RUN curl: line 2 edited'])
  })

  test('names an edited line that made the same files, and one that names nothing itself', () => {
    const of = (text: string, content: string, bytes: number): StageOf => ({ steps: [[text, content], making('RUN wget', 't', bytes)] }) // prettier-ignore
    expect(named(of('RUN true', 'a', 5), of('RUN true x', 'b', 9))).toEqual(['RUN wget: line 2 edited'])
    expect(named(of('COPY e /', 'a', 5), of('COPY e /', 'b', 9))).toEqual(['RUN wget: changed files in line 2'])
  })

  test('names changed files below it, unless a larger row says what differs', () => {
    const of = (bytes: number, wget: number): StageOf => {
      const [text, content, some] = making('COPY e /', 'e', bytes)
      return { steps: [[text, content, { ...some, compressedSize: bytes }], making('RUN wget', 't', wget)] }
    }
    expect(named(of(5, 5), of(9, 9))).toEqual(['RUN wget: changed files in line 2 (e)'])
    expect(named(of(5, 5), of(9_000, 9))).toEqual([])
    const both = (small: number, large: number): StageOf => {
      const [text, content, some] = making('COPY src /', 's', large)
      return { steps: [making('COPY e /', 'e', small), [text, content, { ...some, compressedSize: large }], making('RUN wget', 't', large)] } // prettier-ignore
    }
    const inBase = [
      { stage: null, line: 9, kind: 'edited' as const },
      { stage: 'base', line: 3, kind: 'row' as const },
    ]
    expect(editElsewhereWords({ editsElsewhere: inBase, packages: [], paths: [] }, (name) => name, false)).toEqual([
      'line 9 edited',
      'stage base: what changed in line 3',
    ])
    expect(named(both(5, 5), both(9, 9_000))).toEqual([
      'RUN wget: changed files in line 2 (e), and what changed in line 3',
    ])
  })

  test('counts a removed line, and names nothing if lines above it changed places', () => {
    const [text, content, some] = making('RUN apt', 'usr/b', 9_000)
    const large: Step = [text, content, { ...some, compressedSize: 9_000 }]
    const of = (e: number, ...more: readonly Step[]): StageOf => ({ steps: [...more, making('COPY e /', 'e', e), making('RUN wget', 't', e)] }) // prettier-ignore
    expect(named(of(5, large), of(9))).toEqual(['RUN wget: 1 line removed, changed files in line 2 (e)'])
    const [a, b] = [making('RUN a', 'x/a', 30), making('RUN b', 'x/b', 40)]
    expect(named(of(5, a, b), of(9, b, a)).filter((words) => words.startsWith('RUN wget'))).toEqual([])
  })

  test('does not name an ARG that the stage declares only below it', () => {
    const of = (version: string, bytes: number): StageOf => ({
      steps: [making('COPY e /', 'e', bytes), making('RUN wget', 't', bytes), ['ARG V', null], making('RUN curl', 'u', bytes)],
      some: { globalArguments: [{ text: `ARG V=${version}`, line: 1, endLine: 1 }] },
    }) // prettier-ignore
    expect(named(of('1', 5), of('2', 9))).toEqual([
      'RUN wget: changed files in line 2 (e)',
      'RUN curl: line 1 edited, changed files in line 2 (e)',
    ])
  })

  test('names an ARG before the first FROM once, and of no stage', () => {
    const of = (version: string, bytes: number): readonly Stage[] => {
      const globalArguments = [{ text: `ARG V=${version}`, line: 1, endLine: 1 }]
      const steps: Step[] = [['ARG V', null], making('RUN wget', 'v/a', bytes)]
      const [base, build] = [0, 1].map((index) => stageOf({ index, name: `s${index}`, steps, some: { line: 2 + 1_000 * index, globalArguments } })) // prettier-ignore
      return [base!, build!, stageOf({ index: 2, role: 'final', steps: [copy(bytes), making('COPY --from=s1 /v /w', 'w/a', bytes)] })] // prettier-ignore
    }
    const stages = compareStages(of('1', 5), of('2', 9)).stages
    const rows = stages.flatMap((stage) => changeRows(stage)).filter(({ status }) => status !== 'same')
    expect(new Set(rows.flatMap((row) => editElsewhereWords(row, (name) => name, false)))).toEqual(new Set(['line 1 edited'])) // prettier-ignore
  })
})

test('names no module that a program with a list of its modules does not have', () => {
  const of = (ecosystem: string, name: string): PackageChange => ({ ...{ ecosystem, name, kind: 'updated', growth: 9 }, before: null, after: null, parts: [] }) // prettier-ignore
  const editsElsewhere = [{ stage: 'src', line: 4, kind: 'inputs' as const, files: null, packages: [of('golang', 'zap'), of('golang', 'uuid'), of('npm', 'vite')] }] // prettier-ignore
  const program: PackageChange = { ...of('golang', 'worker'), parts: [{ name: 'uuid', kind: 'new', before: null, after: '1' }] } // prettier-ignore
  const named = (row: Parameters<typeof editElsewhereWords>[0]) => editElsewhereWords(row, (name) => name, false)
  expect(named({ editsElsewhere, packages: [program], paths: [] })).toEqual([
    'stage src: changed packages in line 4 (vite removed)',
  ])
  expect(named({ editsElsewhere, packages: [{ ...program, parts: [] }], paths: [] })).toEqual([
    'stage src: changed packages in line 4 (zap removed, uuid removed, vite removed)',
  ])
})

/** BuildKit leaves files out of a COPY that a lower layer has. So an edit below a COPY may change its layer. */
import { describe, expect, test } from '@jest/globals'
import type { Stage } from '../../src/record/footprint.ts'
import { compareStages, differing } from '../support/compared.ts'
import { stageOf, type Step } from '../support/footprints.ts'

type Files = Readonly<Record<string, number>>

/** A step that makes these files. Files of one size have the same bytes. */
const making = (text: string, files: Files, complete = true): Step => {
  const listed = Object.entries(files)
    .map(([path, fileBytes]) => ({ path, fileBytes, checksum: fileBytes }))
    .sort((one, other) => other.fileBytes - one.fileBytes)
  const sum = listed.reduce((all, { fileBytes }) => all + fileBytes, 0)
  return [text, JSON.stringify(files), { fileBytes: sum, entries: listed.length, contents: { files: listed, directories: [], complete } }] // prettier-ignore
}

const lib = 400_000

/** A builder stage with a download of this size, and a final stage. */
const image = (download: number, ...final: readonly Step[]): readonly Stage[] => [
  stageOf({
    name: 'build',
    steps: [making('RUN wget', { 'app/geo': download }), making('COPY lib', { 'app/lib': lib })],
  }),
  stageOf({ index: 1, role: 'final', steps: final }),
]

const copyLib = (files: Files = { 'app/lib': lib }): Step => making('COPY --from=build /app/lib /app/lib', files)
const copyAll = (files: Files, complete = true): Step => making('COPY --from=build /app /app', files, complete)
const fromImage = (files: Files): Step => making('COPY --from=tool:1 /app /app', files)

const causes = (before: readonly Stage[], after: readonly Stage[]): readonly string[] =>
  differing(compareStages(before, after).final).map((line) => line.replace(/ --from.*/, ''))

test('a COPY that has what a removed line brought is the change if it has nothing else', () => {
  const before = image(5_000, copyLib(), copyAll({ 'app/geo': 5_000 }))
  expect(causes(before, image(5_000, copyAll({ 'app/geo': 5_000, 'app/lib': lib })))).toEqual([
    'removed change COPY',
    'changed change COPY',
  ])
  // A download drifted, too. A layer has one cause.
  expect(causes(before, image(5_001, copyAll({ 'app/geo': 5_001, 'app/lib': lib })))).toEqual([
    'removed change COPY',
    'changed unknown COPY',
  ])
})

test('a COPY from which an added line takes something is the change, too', () => {
  const before = image(5_000, copyAll({ 'app/geo': 5_000, 'app/lib': lib }))
  expect(causes(before, image(5_000, copyLib(), copyAll({ 'app/geo': 5_000 })))).toEqual([
    'added change COPY',
    'changed change COPY',
  ])
})

test('files of one size that a line above takes in place of others are not drift of a COPY that brings these', () => {
  const of = (download: number, above: Step, all: Files): readonly Stage[] => [
    stageOf({
      name: 'build',
      steps: [making('RUN wget', { 'app/geo': download }), making('COPY .', { 'app/lib': lib, 'app/zero': lib + 1 })],
    }),
    stageOf({ index: 1, role: 'final', steps: [above, copyAll({ 'app/geo': download, ...all })] }),
  ]
  const zero = making('COPY --from=build /app/zero /app/zero', { 'app/zero': lib + 1 })
  const before = of(5_000, copyLib(), { 'app/zero': lib + 1 })
  expect(causes(before, of(5_001, zero, { 'app/lib': lib }))).toEqual(['changed change edited COPY', 'changed unknown COPY']) // prettier-ignore
})

test('an image is not moved because a line above it was removed', () => {
  const removed = making('COPY --from=tool:1 /app/lib /app/lib', { 'app/lib': lib })
  const before = image(1, removed, fromImage({ 'app/a': 2_000 }))
  expect(causes(before, image(1, fromImage({ 'app/a': 2_000, 'app/lib': lib })))).toEqual([
    'removed change COPY',
    'changed change COPY',
  ])
  // An edit of something else leaves an image that moved.
  const edited = (text: string, etc: number, files: Files): readonly Stage[] =>
    image(1, making(text, { etc }), fromImage(files))
  expect(causes(edited('RUN a', 9_000, { 'app/a': 2_000 }), edited('RUN b', 9_001, { 'app/a': 90_000 }))).toEqual([
    'changed change edited RUN b',
    'changed base-image COPY',
  ])
})

test('the same files in another place are not drift', () => {
  const of = (run: string, files: Files): readonly Stage[] => image(5_000, making(run, { [run]: 9_000 }), copyAll(files)) // prettier-ignore
  expect(causes(of('RUN a', { 'bin/geo': 5_000 }), of('RUN b', { 'usr/bin/geo': 5_000 }))).toEqual([
    'changed change edited RUN b',
    'changed change COPY',
  ])
})

test('what is lighter than all that a cut list has may be in it', () => {
  const before = image(5_000, copyLib(), copyAll({ 'app/geo': 500_000 }, false))
  const after = image(5_001, copyAll({ 'app/geo': 500_001, 'app/lib': lib }, false))
  expect(causes(before, after)).toEqual(['removed change COPY', 'changed unknown COPY'])
})

test('a file that the source has no longer is drift, although the change brings the same itself', () => {
  const of = (files: Files, ...final: readonly Step[]): readonly Stage[] => [
    stageOf({ name: 'build', steps: [making('RUN wget', files)] }),
    stageOf({ index: 1, role: 'final', steps: final }),
  ]
  const before = of({ 'app/lib': lib, 'app/a': 9_000 }, copyAll({ 'app/lib': lib, 'app/a': 9_000 }))
  const after = of({ 'app/a': 9_000 }, making('COPY lib /app/lib', { 'app/lib': lib }), copyAll({ 'app/a': 9_000 }))
  expect(causes(before, after)).toEqual(['added change COPY lib /app/lib', 'changed drift COPY'])
})

test('nothing of a COPY is of the change if only the base image below it moved', () => {
  const of = (digest: string, geo: number, files: Files): readonly Stage[] => [
    stageOf({ name: 'build', steps: [making('RUN wget', { 'app/geo': geo, 'app/lib': lib })] }),
    stageOf({ index: 1, role: 'final', base: ['b:1', digest, digest], steps: [copyAll(files)] }),
  ]
  const after = of('y', 5_001, { 'app/geo': 5_001, 'app/lib': lib })
  expect(causes(of('x', 5_000, { 'app/geo': 5_000 }), after)).toContain('changed base-image COPY')
})

test.each([
  [130_000, 'drift'],
  [60_000, 'unknown'],
])('a COPY that grew by 120 kB beside a source of %d bytes: %s', (source, cause) => {
  /** Files of which a list shows only the largest, in a folder of this size. */
  const cutOff = (text: string, bytes: number): Step => {
    const [, content, some] = cut({ 'app/geo': 9_000 }, bytes, 'app')
    return [text, content, some ?? {}]
  }
  const of = (text: string, bytes: number, copied: number): readonly Stage[] => [
    stageOf({ name: 'build', steps: [cutOff('RUN npm install', bytes)] }),
    stageOf({
      index: 1,
      role: 'final',
      steps: [cutOff(text, 200_000 + text.length), cutOff('COPY --from=build /app /app', copied)],
    }),
  ]
  expect(causes(of('COPY a', 10_000, 10_000), of('COPY bb', source, 130_000))).toContain(`changed ${cause} COPY`)
})

test('what an added RUN deletes below a COPY is shipped again by the change', () => {
  const all = { 'app/geo': 5_000, 'app/lib': lib }
  const remove: Step = ['RUN rm /app/lib', 'gone', { fileBytes: 0, entries: 1, whiteouts: 1, contents: { files: [], directories: [], complete: true } }] // prettier-ignore
  const before = image(5_000, copyLib(), copyAll({ 'app/geo': 5_000 }))
  expect(causes(before, image(5_000, copyLib(), remove, copyAll(all)))).toContain('changed change COPY')
  expect(causes(before, image(5_001, copyLib(), remove, copyAll({ ...all, 'app/geo': 5_001 })))).toContain(
    'changed unknown COPY',
  )
})

/** A COPY whose list is cut off. */
const cut = (files: Files, fileBytes: number, folder: string): Step => {
  const [text, content, some] = copyAll(files, false)
  const directories = [{ path: folder, fileBytes, files: 900 }]
  return [text, `${content}${fileBytes}`, { ...some, fileBytes, contents: { ...some!.contents!, directories } }]
}

test('a base image that moved does not hide what a source lost, so that it is known what a removed line brought', () => {
  const of = (base: string, geo: number, ...final: readonly Step[]): readonly Stage[] => [
    stageOf({
      name: 'build',
      base: ['b:1', base, base],
      steps: [cut({ 'app/big': 9_000 }, 200_000, 'app'), making('RUN', { 'app/n/geo': geo })].map(
        ([, content, some], nth): Step => [`RUN ${nth}`, content, some ?? {}],
      ),
    }),
    stageOf({ index: 1, role: 'final', steps: final }),
  ]
  const copy = (bytes: number): Step => cut({ 'app/big': 9_000 }, bytes, 'app')
  const before = (base: string): readonly Stage[] =>
    of(base, 120_000, making('COPY --from=build /app/a /app/a', { 'app/a': 60_000 }), copy(260_000))
  expect(causes(before('x'), of('y', 10, copy(200_010)))).toEqual(['removed change COPY', 'changed unknown COPY'])
  // Nothing else was left out.
  expect(causes(of('x', 120_000, copy(320_000)), of('y', 10, copy(200_010)))).toEqual(['changed base-image COPY'])
})

test('files that are too light for a list may be below it', () => {
  const lower = cut({ 'app/x': 2_000 }, 300_000, 'app/icons')
  const removed: Step = ['COPY --from=build /app/icons /app/icons', lower[1], lower[2] ?? {}]
  const before = image(5_000, removed, cut({ 'app/big': 9_000 }, 100_000, 'app/lib'))
  expect(causes(before, image(5_001, cut({ 'app/big': 9_000 }, 400_000, 'app/icons')))).toContain(
    'changed unknown COPY',
  )
})

describe('files that are too light for the list of a COPY, of which all others are the same', () => {
  const large = Object.fromEntries(Array.from({ length: 5 }, (_, nth) => [`app/l${nth}`, 200_000]))
  const [before, after] = [1_000_000, 1_300_000].map((bytes) => cut(large, bytes, 'app/icons'))

  test('are not driven out by others, so that a line above may have had them', () => {
    const lower = cut({ 'app/x': 2_000 }, 300_000, 'app/icons')
    const removed: Step = ['COPY --from=build /app/icons /app/icons', lower[1], lower[2] ?? {}]
    expect(causes(image(5_000, removed, before!), image(5_001, after!))).toContain('changed unknown COPY')
  })

  test.each([
    ['of an image, which is not taken for a moved one', '--from=tool:1', 'change'],
    ['of a stage that differs', '--from=build', 'drift'],
  ])('and as many bytes: %s', (_, from, cause) => {
    const of = (user: string, geo: number): readonly Stage[] => {
      const [, , some] = cut(large, 1_000_000, 'app/icons')
      return image(geo, making(`RUN ${user}`, { [user]: 10 }), [`COPY ${from} --chown=app /app /app`, user, some ?? {}])
    }
    expect(causes(of('a', 5_000), of('b', 5_001))).toContain(`changed ${cause} COPY`)
  })

  test('may be of a base image that is another one now', () => {
    const of = (base: string, geo: number, copy: Step): readonly Stage[] => [
      ...image(geo).slice(0, 1),
      stageOf({ index: 1, role: 'final', base: [base, base, base], steps: [copy] }),
    ]
    expect(causes(of('b:1', 5_000, before!), of('b:2', 5_001, after!))).toContain('changed unknown COPY')
    expect(causes(of('b:1', 5_000, before!), of('b:1', 5_001, after!))).toContain('changed drift COPY')
  })

  test('may be what an added line deletes below it', () => {
    const remove: Step = ['RUN rm -rf /app/icons', 'gone', { fileBytes: 0, entries: 1, whiteouts: 1, contents: { files: [], directories: [], complete: true } }] // prettier-ignore
    const none: Step = ['RUN true', 'none', { fileBytes: 0, entries: 1, whiteouts: 0, opaqueWhiteouts: 0, contents: { files: [], directories: [], complete: true } }] // prettier-ignore
    expect(causes(image(5_000, before!), image(5_001, remove, after!))).toContain('changed unknown COPY')
    expect(causes(image(5_000, before!), image(305_000, none, after!))).toContain('changed drift COPY')
  })
})

describe('a line that is removed above a COPY whose list is cut off, and whose source has renamed files', () => {
  const chunks = (build: string): Files => Object.fromEntries(Array.from({ length: 10 }, (_, nth) => [`app/c${nth}.${build}`, 21_000])) // prettier-ignore
  const icons = Object.fromEntries(Array.from({ length: 150 }, (_, nth) => [`app/i${nth}`, 1_000]))
  /** The lists have the chunks only. */
  const copy = (build: string, bytes: number, from = 'tool:1'): Step => {
    const [, content, some] = cut(chunks(build), bytes, 'app')
    return [`COPY --from=${from} /app /app`, `${content}${from}`, some ?? {}]
  }
  const removed = making('COPY --from=tool:1 /app/icons /app', icons)

  test('may have brought the light files that the COPY brings now', () => {
    expect(causes(image(1, removed, copy('a', 210_000)), image(1, copy('b', 360_000)))).toContain(
      'changed unknown COPY',
    )
    expect(causes(image(1, copy('a', 360_000)), image(1, removed, copy('b', 210_000)))).toContain(
      'changed unknown COPY',
    )
    const other = making('COPY src /src', { 'src/a': 150_000 })
    expect(causes(image(1, other, copy('a', 210_000)), image(1, copy('b', 360_000)))).toContain(
      'changed base-image COPY',
    )
  })

  test('may have brought light files of the root folder, which no list shows', () => {
    const inRoot = making('COPY --from=tool:1 /*.svg /', Object.fromEntries(Object.keys(icons).map((path) => [path.replace('app/', ''), 1_000]))) // prettier-ignore
    /** The chunks are in the folder, and all else is in the root. */
    const whole = (build: string, bytes: number): Step => {
      const [text, content, some] = copy(build, 210_000)
      return [text, `${content}${bytes}`, { ...some, fileBytes: bytes }]
    }
    expect(causes(image(1, inRoot, whole('a', 210_000)), image(1, whole('b', 360_000)))).toContain(
      'changed unknown COPY',
    )
    // In the root are no files of the COPY.
    expect(causes(image(1, inRoot, copy('a', 210_000)), image(1, copy('b', 360_000)))).toContain(
      'changed base-image COPY',
    )
  })

  test('counts below a COPY from a stage, too, if a file of the source is in two of its layers', () => {
    const of = (bytes: number, files: Files, ...final: readonly Step[]): readonly Stage[] => [
      stageOf({
        name: 'build',
        steps: [making('RUN wget', { 'app/geo': bytes }), making('RUN chown 1 /app/geo', { 'app/geo': bytes + 1, ...files })], // prettier-ignore
      }),
      stageOf({ index: 1, role: 'final', steps: final }),
    ]
    const before = of(150_000, {}, removed, copy('a', 210_000, 'build'))
    expect(causes(before, of(300_000, {}, copy('b', 510_000, 'build')))).toContain('changed unknown COPY')
  })
})

/** What an edited or moved COPY takes from another stage may have grown without the change. */
import { expect, test } from '@jest/globals'
import type { Stage } from '../../src/record/footprint.ts'
import { compareStages, differing } from '../support/compared.ts'
import { digestOf, stageOf, type Step } from '../support/footprints.ts'

/** A step that makes these files. */
const making = (text: string, files: Readonly<Record<string, number>>): Step => {
  const listed = Object.entries(files).map(([path, fileBytes]) => ({ path, fileBytes, checksum: fileBytes }))
  const sum = listed.reduce((all, { fileBytes }) => all + fileBytes, 0)
  return [text, JSON.stringify(files), { fileBytes: sum, entries: listed.length, contents: { files: listed, directories: [], complete: true } }] // prettier-ignore
}

/** A builder stage whose download drifts, beside a COPY of the context, and what the final stage takes from it. */
const sides = (downloaded: number, copied: number, ...final: readonly Step[]): readonly Stage[] => [
  stageOf({
    name: 'build',
    steps: [making('RUN wget', { 'w/pkg': downloaded }), making('COPY src /w/src', { 'w/src': copied })],
  }),
  stageOf({ index: 1, role: 'final', steps: final }),
]

const causes = (before: readonly Stage[], after: readonly Stage[]): readonly string[] =>
  differing(compareStages(before, after).final).map((line) => line.split(' COPY')[0]!)

const grown = 300_000

test.each<[string, number, string, string]>([
  ['is not known if the files that both texts name grew by drift', grown, '--chown=1:1 /w/pkg /', 'changed unknown edited'], // prettier-ignore
  ['is the change if they grew by no more than noise', 1_900, '--chown=1:1 /w/pkg /', 'changed change edited'],
  ['is not known if one text names their folder', grown, '/w /', 'changed unknown edited'],
  ['is the change if only one text names them', grown, '--chown=1:1 /w/pkg2 /', 'changed change edited'],
])('the cause of an edited COPY %s', (_, after, words, expected) => {
  const copy = (text: string, bytes: number): Step => making(`COPY --from=build ${text}`, { pkg: bytes })
  expect(causes(sides(1_000, 5, copy('/w/pkg /', 1_000)), sides(after, 5, copy(words, after)))).toEqual([expected])
})

test('a COPY from the context, or from another stage than before, is the change if it was edited', () => {
  const other = stageOf({ index: 1, name: 'other', steps: [making('RUN x', { 'w/pkg': 1_000 })] })
  const of = (text: string, bytes: number): readonly Stage[] => [
    sides(bytes, 5)[0]!,
    other,
    stageOf({ index: 2, role: 'final', steps: [making(text, { pkg: bytes })] }),
  ]
  expect(causes(of('COPY --from=other /w/pkg /', 1_000), of('COPY --from=build /w/pkg /', grown))).toEqual([
    'changed change edited',
  ])
  expect(causes(of('COPY pkg /', 1_000), of('COPY --chmod=755 pkg /', grown))).toEqual(['changed change edited'])
})

test.each([
  ['not known if the same is copied', '--chown=1:1 /pkg /', 'changed unknown edited'],
  ['not known if more is copied', '/pkg /more /', 'changed unknown edited'],
  ['the change if something else is copied', '/pkg2 /', 'changed change edited'],
])('the cause of an edited COPY from a tag, which may have moved, is %s', (_, words, expected) => {
  const of = (text: string, bytes: number): readonly Stage[] => [
    stageOf({ index: 0, role: 'final', steps: [making(`COPY --from=image:1 ${text}`, { pkg: bytes })] }),
  ]
  expect(causes(of('/pkg /', 1_000), of(words, grown))).toEqual([expected])
})

/** A final stage that copies from an image, of which the build resolved this digest. */
const fromImage = (words: string, files: Readonly<Record<string, number>>, digest: string): readonly Stage[] => [
  stageOf({
    role: 'final',
    steps: [making(`COPY --from=image:1 ${words}`, files)],
    some: { uses: [{ stage: 'image:1', via: 'copy', carriedBytes: null, digest: digestOf(digest) }] },
  }),
]

test.each([
  ['of the change if the image is the same', 'one', { pkg: grown }, 'changed change edited'],
  ['not known if the image moved', 'two', { pkg: grown }, 'changed unknown edited'],
  ['not known if a moved image may have brought a new file', 'two', { pkg: 1_000, plugin: grown }, 'changed unknown edited'], // prettier-ignore
  ['of the change if the edit names the new file', 'two', { pkg: 1_000, more: grown }, 'changed change edited'],
])('the growth of an edited COPY from a tag with a known digest is %s', (_, digest, files, expected) => {
  const before = fromImage('/lib/pkg /', { pkg: 1_000 }, 'one')
  expect(causes(before, fromImage('/lib/pkg /more /', files, digest))).toEqual([expected])
})

test('an image without a tag in a COPY is known by its digest, too', () => {
  const of = (words: string, digest: string): readonly Stage[] => [
    stageOf({
      role: 'final',
      steps: [making(`COPY --from=image ${words}`, { pkg: digest.length })],
      some: { uses: [{ stage: 'image', via: 'copy', carriedBytes: null, digest: digestOf(digest) }] },
    }),
  ]
  expect(causes(of('/pkg /', 'a'), of('/pkg /', 'bb'))).toEqual(['changed base-image'])
  expect(causes(of('/pkg /', 'a'), of('/pkg /', 'a'))).toEqual([])
})

test('a file of an image that may have moved counts in another place, too', () => {
  const of = (words: string, files: Readonly<Record<string, number>>): readonly Stage[] => [
    stageOf({ index: 0, role: 'final', steps: [making(`COPY --from=image:1 ${words}`, files)] }),
  ]
  const before = of('/pkg /bin/', { 'bin/pkg': 1_000 })
  expect(causes(before, of('/pkg /opt/', { 'opt/pkg': grown }))).toEqual(['changed unknown edited'])
  expect(causes(before, of('/pkg /opt/', { 'opt/pkg': 1_000 }))).toEqual(['changed change edited'])
  expect(causes(before, of('/pkg /more /bin/', { 'bin/pkg': 1_000, 'bin/more': grown }))).toEqual([
    'changed change edited',
  ])
})

test('a new file of an image that may have moved is not of the change if both lines name the same paths', () => {
  const of = (words: string, files: Readonly<Record<string, number>>): readonly Stage[] => [
    stageOf({ index: 0, role: 'final', steps: [making(`COPY --from=${words}`, files)] }),
  ]
  const before = of('a/image /lib /lib', { 'lib/a': 1_000 })
  const after = { 'lib/a': 1_000, 'lib/plugin': grown }
  expect(causes(before, of('a/image --chown=1:1 /lib /lib', after))).toEqual(['changed unknown edited'])
  expect(causes(before, of('docker.io/a/image:latest /lib /lib', after))).toEqual(['changed unknown edited'])
  expect(causes(before, of('a/image /lib /more /lib', after))).toEqual(['changed change edited'])
})

test('a COPY of which only the settings differ is no other case', () => {
  const of = (env: string, bytes: number): readonly Stage[] =>
    sides(bytes, 5, [`ENV A=${env}`, null], making('COPY --from=build --chown=$A /w/pkg /', { pkg: bytes }))
  expect(causes(of('1', 1_000), of('2', grown))).toContain('changed unknown')
  expect(causes(of('1', 1_000), of('2', 1_001))).toContain('changed change')
})

test('all that only an added line takes is of the change, since the baseline would not have it today either', () => {
  const src = making('COPY --from=build /w/src /', { src: 5 })
  const added = (path: string, bytes: number): Step => making(`COPY --from=build ${path} /x`, { x: bytes })
  const before = sides(1_000, 5, src)
  for (const path of ['/w/pkg', '/usr/bin/x', '/w'])
    expect(causes(before, sides(grown, 5, src, added(path, grown)))).toEqual(['added change'])
})

test('any number of lines may be merged', () => {
  const files = Object.fromEntries(Array.from({ length: 9 }, (_, nth) => [`w/f${nth}`, 5_000 + nth]))
  const of = (drift: number, ...final: readonly Step[]): readonly Stage[] => [
    stageOf({ name: 'build', steps: [making('RUN a', files), making('RUN wget', { 'w/pkg': drift })] }),
    stageOf({ index: 1, role: 'final', steps: final }),
  ]
  const single = Object.entries(files).map(([path, bytes]) =>
    making(`COPY --from=build /${path} /w/`, { [path]: bytes }),
  )
  const pkg = (bytes: number): Step => making('COPY --from=build /w/pkg /w/', { 'w/pkg': bytes })
  const all = (bytes: number): Step => making('COPY --from=build /w /w', { ...files, 'w/pkg': bytes })
  const found = (bytes: number): ReadonlySet<string> =>
    new Set(causes(of(1_000, ...single, pkg(1_000)), of(bytes, all(bytes))).map((line) => line.split(' ')[1]!))
  expect(found(grown)).toEqual(new Set(['unknown']))
  expect(found(1_000)).toEqual(new Set(['change']))
})

test('files that were written twice do not stand for those of a base image that moved', () => {
  const of = (digest: string, copied: number, words: string): readonly Stage[] => [
    stageOf({
      name: 'build',
      base: ['a:1', digest, digest],
      steps: [making('COPY app.bin', { 'usr/lib/app': 500_000 }), making('RUN chmod', { 'usr/lib/app': 500_000 })],
    }),
    stageOf({ index: 1, role: 'final', steps: [making(`COPY --from=build ${words}/usr/lib /lib`, { all: copied })] }),
  ]
  expect(causes(of('x', 600_000, ''), of('y', 900_000, '--chown=1:1 '))).toEqual(['changed unknown edited'])
  expect(causes(of('x', 500_000, ''), of('y', 500_900, '--chown=1:1 '))).toEqual(['changed change edited'])
})

test('files that a later layer deletes, or that are too light for a list, do not stand for them, either', () => {
  const folder = { path: 'usr/lib', fileBytes: 500_000, files: 9 }
  const large = making('COPY lib /usr', { 'usr/lib/a': 250_000 })
  const cut: Step = [large[0], 'cut', { ...large[2], fileBytes: 500_000, contents: { ...large[2]!.contents!, directories: [folder], complete: false } }] // prettier-ignore
  const of = (digest: string, copied: number, words: string, ...steps: readonly Step[]): readonly Stage[] => [
    stageOf({ name: 'build', base: ['a:1', digest, digest], steps }),
    stageOf({ index: 1, role: 'final', steps: [making(`COPY --from=build ${words}/usr/lib /lib`, { all: copied })] }),
  ]
  const found = (copied: number, ...steps: readonly Step[]): readonly string[] =>
    causes(of('x', copied, '', ...steps), of('y', copied + 300_000, '--chown=1:1 ', ...steps))
  const small = making('RUN chmod', { 'usr/lib/small': 250_000 })
  const removed: Step = ['RUN rm', 'rm', { fileBytes: 0, entries: 1, whiteouts: 1, contents: { files: [], directories: [], complete: true } }] // prettier-ignore
  expect(found(600_000, cut, small)).toEqual(['changed unknown edited'])
  expect(found(200_000, large, removed)).toEqual(['changed unknown edited'])
  // Of an own file that grew by no change of the base image.
  expect(causes(of('x', 250_000, '', large), of('y', 250_900, '--chown=1:1 ', large))).toEqual([
    'changed change edited',
  ])
})

test('lines that changed places may have drifted', () => {
  const [pkg, src] = ['COPY --from=build /w/pkg /', 'COPY --from=build /w/src /']
  const before = sides(1_000, 5, making(pkg, { pkg: 1_000 }), making(src, { src: 5 }))
  const after = sides(grown, 5, making(src, { src: 5 }), making(pkg, { pkg: grown }))
  expect(causes(before, after)).toContain('changed unknown moved')
})

test('a drifted file that the change also copied elsewhere may be drift where it is taken by its own path', () => {
  const of = (bytes: number): readonly Stage[] => [
    stageOf({
      name: 'build',
      steps: [
        making('RUN wget', { 'w/pkg': bytes }),
        making('COPY src /w/src', { 'w/src': bytes + 1 }),
        making('RUN cp -r /w /dist', { 'dist/pkg': bytes, 'dist/src': bytes + 1 }),
      ],
    }),
    stageOf({ index: 1, role: 'final', steps: [making('COPY --from=build /w/pkg /', { pkg: bytes })] }),
  ]
  expect(causes(of(1_000), of(grown))).toEqual(['changed unknown'])
})

test('lines that were split or merged have the growth of all that they copied before', () => {
  const both = making('COPY --from=build /w/pkg /w/src /', { pkg: 1_000, src: 5 })
  const apart = (pkg: number): readonly Step[] => [
    making('COPY --from=build /w/pkg /', { pkg }),
    making('COPY --from=build /w/src /', { src: 5 }),
  ]
  const split = causes(sides(1_000, 5, both), sides(grown, 5, ...apart(grown)))
  expect(split.filter((one) => one.includes('change ') && !one.startsWith('same'))).toEqual([])
  const merged = making('COPY --from=build /w/pkg /w/src /', { pkg: grown, src: 5 })
  expect(causes(sides(1_000, 5, ...apart(1_000)), sides(grown, 5, merged)).some((one) => one.includes('unknown'))).toBe(true) // prettier-ignore
})

test.each([
  ['of a system', '/usr/lib/tool', 'changed unknown edited'],
  ['that no layer lists', '/link', 'changed unknown edited'],
  ['of the project', '/w/src', 'changed change edited'],
])('an edited COPY of a path %s, beside a base image that moved', (_, path, expected) => {
  const of = (digest: string, words: string, bytes: number): readonly Stage[] => [
    stageOf({
      name: 'build',
      base: ['a:1', digest, digest],
      steps: [making('RUN x', { 'w/src': 9_000, 'usr/lib/tool/x': 5 })],
    }),
    stageOf({ index: 1, role: 'final', steps: [making(`COPY --from=build ${words}${path} /`, { x: bytes })] }),
  ]
  expect(causes(of('x', '--exclude=y ', 1_000), of('y', '', 9_000))).toEqual([expected])
})

test.each([
  ['moved', 'b', 'changed unknown edited'],
  ['is the same', 'a', 'changed change edited'],
])(
  'a COPY from a stage that only names an image, whose line names the image itself now, if that %s',
  (_, digest, expected) => {
    const files = (bytes: number): Readonly<Record<string, number>> => ({ pkg: bytes })
    const before = [
      stageOf({ name: 'uv', base: ['uv:1', 'a', 'a'] }),
      stageOf({ index: 1, role: 'final', steps: [making('COPY --from=uv /pkg /', files(1_000))] }),
    ]
    const after = [
      stageOf({
        role: 'final',
        steps: [making('COPY --from=uv:1 /pkg /', files(grown))],
        some: { uses: [{ stage: 'uv:1', via: 'copy', carriedBytes: null, digest: digestOf(digest) }] },
      }),
    ]
    expect(causes(before, after)).toEqual([expected])
  },
)

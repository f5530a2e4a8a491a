/** Finds the steps that made copied files. Tests with images are in __tests__/integration/builder-savings.test.ts. */
import { expect, test } from '@jest/globals'
import { FileSystem } from '../../src/filesystem/file-system.ts'
import { EntryListWriter, readEntryList } from '../../src/layer/entry-list.ts'
import { FileFactsWriter } from '../../src/layer/file-facts.ts'
import type { Stage } from '../../src/record/footprint.ts'
import { CopiedFiles, type StageUse } from '../../src/savings/copied-files.ts'
import { copyPatterns } from '../../src/savings/copy-patterns.ts'
import { FileDetails } from '../../src/savings/file-details.ts'
import { StageSearch, type Wanted } from '../../src/savings/stage-search.ts'
import { layer, stage } from '../support/footprints.ts'

const digest = `sha256:${'0'.repeat(64)}` as const

/** Path, bytes and checksum; a checksum of null is not known. */
type File = readonly [path: string, fileBytes: number, checksum: number | null]
/** An instruction with its files; an instruction of null stands for the base image. */
type Step = readonly [text: string | null, ...files: File[]]

const stageOf = (name: string, index: number, steps: readonly Step[]): Stage =>
  stage({
    name,
    index,
    role: index === 9 ? 'final' : 'builder',
    layers: steps.map(([text], at) =>
      layer({
        origin: text === null ? 'base' : 'own',
        instruction: text === null ? null : { text, line: 10 * index + at, endLine: 10 * index + at },
      }),
    ),
  })

/** Returns the uses by COPY. */
function usesOf(stages: readonly Stage[]): readonly StageUse[] {
  return stages.flatMap(({ index, layers }) =>
    layers.flatMap(({ instruction }): readonly StageUse[] => {
      const from = /--from=(\w+)/.exec(instruction?.text ?? '')?.[1]?.toLowerCase()
      const used = stages.find(({ name, index: at }) => from === name || from === String(at))
      return used === undefined ? [] : [{ user: index, used: used.index, via: 'copy' }]
    }),
  )
}

/**
 * Returns for each file of the final stage the stage, the line and the path that it came from, with `shared` if another
 * stage may need it.
 */
function sourcesOf(
  builders: Readonly<Record<string, readonly Step[]>>,
  final: readonly Step[],
  uses: readonly StageUse[] = [],
): Readonly<Record<string, string>> {
  const stages = Object.entries(builders).map(([name, steps], index) => ({ steps, stage: stageOf(name, index, steps) }))
  const [fileSystem, details] = [new FileSystem(), new FileDetails()]
  for (const [at, [, ...files]] of final.entries()) {
    const [facts, writer] = [new FileFactsWriter(), new EntryListWriter()]
    for (const [path, fileBytes, checksum] of files) {
      writer.add({ path, kind: 'file', fileBytes })
      facts.begin()
      if (checksum !== null) facts.setChecksum(checksum)
    }
    const onEntry = details.layer(at, { facts: facts.packed(), packages: null })
    fileSystem.beginLayer()
    readEntryList(writer.list(digest)!, digest, (entry) => {
      fileSystem.add(entry)
      onEntry(entry, fileSystem.files.count)
    })
    fileSystem.endLayer()
  }
  const all = [...stages.map((one) => one.stage), stageOf('final', 9, final)]
  const copies = new CopiedFiles(all.at(-1)!, all.slice(0, -1), [...usesOf(all), ...uses], fileSystem, details)
  for (let search = copies.next(); search !== null; search = copies.next()) {
    const { stage: searched } = search
    const { steps = [] } = stages.find((one) => one.stage === searched) ?? {}
    for (const [at, [, ...files]] of steps.entries())
      for (const [path, fileBytes, checksum] of files) {
        const bytes = Buffer.from(path)
        search.add(at, bytes, bytes.length, fileBytes, checksum)
      }
    copies.finish(search)
  }
  return Object.fromEntries(
    [...copies.sources].map(([file, { stage: of, layer: at, path, isShared }]) => [
      fileSystem.tree.path(fileSystem.files.nodeOf(file)),
      `${of.name}:${of.layers[at]?.instruction?.line} ${path}${isShared ? ' shared' : ''}`,
    ]),
  )
}

test('a file is found by its content, wherever it was', () => {
  const build: readonly Step[] = [['RUN make', ['out/a/x', 10, 1], ['out/b/y', 20, 2], ['z', 30, 3]]]
  expect(sourcesOf({ build }, [['COPY --from=build /out /srv', ['srv/a/x', 10, 1], ['srv/b/y', 20, 2]]])).toEqual({
    'srv/a/x': 'build:0 out/a/x',
    'srv/b/y': 'build:0 out/b/y',
  })
  expect(
    sourcesOf({ build }, [['COPY --from=0 --chown=1 /out/*/* /z ./', ['app/x', 10, 1], ['app/z', 30, 3]]]),
  ).toEqual({
    'app/x': 'build:0 out/a/x',
    'app/z': 'build:0 z',
  })
})

test.each<readonly [string, readonly Step[], File]>([
  ['another content', [['RUN make', ['a/b/x', 10, 2]]], ['a/b/x', 10, 1]],
  ['another name', [['RUN make', ['a/b/y', 10, 1]]], ['a/b/x', 10, 1]],
  ['a place in the base image', [[null, ['a/b/x', 10, 1]]], ['a/b/x', 10, 1]],
  ['only its own name in common, if its checksum is not known', [['RUN make', ['c/x', 10, null]]], ['a/b/x', 10, 1]],
])('a file with %s has no known source', (_name, build, file) => {
  expect(sourcesOf({ build }, [['COPY --from=build /a /a', file]])).toEqual({})
})

test('without checksums, the end of the path decides', () => {
  expect(
    sourcesOf({ build: [['RUN make', ['opt/a/b/x', 10, null]]] }, [['COPY --from=build /opt /', ['a/b/x', 10, 1]]]),
  ).toEqual({ 'a/b/x': 'build:0 opt/a/b/x' })
})

test('the lowest layer with the file made it, and of several files the one that the COPY can have brought', () => {
  const build: readonly Step[] = [
    ['RUN make', ['out/en/x', 10, 1], ['out/de/x', 10, 1]],
    ['RUN chown -R 1 /out', ['out/en/x', 10, 1], ['out/de/x', 10, 1]],
  ]
  expect(sourcesOf({ build }, [['COPY --from=build /out /srv', ['srv/de/x', 10, 1], ['srv/en/x', 10, 1]]])).toEqual({
    'srv/de/x': 'build:0 out/de/x',
    'srv/en/x': 'build:0 out/en/x',
  })
})

test('a file is followed through several stages, and from a stage that was not weighed it is not', () => {
  const deps: readonly Step[] = [['RUN install', ['m/x', 10, 1]]]
  const build: readonly Step[] = [['COPY --from=DEPS /m /app/m', ['app/m/x', 10, 1]]]
  const final: readonly Step[] = [['COPY --from=build /app /srv', ['srv/m/x', 10, 1]]]
  expect(sourcesOf({ deps, build }, final)).toEqual({ 'srv/m/x': 'deps:0 m/x' })
  expect(sourcesOf({ build }, final)).toEqual({ 'srv/m/x': 'build:0 app/m/x' })
  expect(sourcesOf({ other: deps }, final)).toEqual({})
})

test('of equal files, only one below a source of the COPY counts, and none if several may be meant', () => {
  const build: readonly Step[] = [['RUN clone', ['src/lib/.git/hook', 10, 1], ['src/app/.git/hook', 10, 1]]]
  expect(sourcesOf({ build }, [['COPY --from=build /src/app /lib', ['lib/.git/hook', 10, 1]]])).toEqual({
    'lib/.git/hook': 'build:0 src/app/.git/hook',
  })
  for (const source of ['/src/*', '/src/$APP', '/src/../src/app'])
    expect(sourcesOf({ build }, [[`COPY --from=build ${source} /srv`, ['srv/.git/hook', 10, 1]]])).toEqual({})
  expect(sourcesOf({ build }, [['COPY --from=build ["/src/lib", "/srv"]', ['srv/.git/hook', 10, 1]]])).toEqual({
    'srv/.git/hook': 'build:0 src/lib/.git/hook',
  })
})

test('many files with one size and name are all found by their checksums', () => {
  const files = (folder: string): File[] =>
    Array.from({ length: 400 }, (_, nth) => [`${folder}/p${nth}/index.js`, 700, nth])
  const found = sourcesOf({ build: [['RUN make', ...files('out')]] }, [
    ['COPY --from=build /out /srv', ...files('srv')],
  ])
  expect(Object.keys(found)).toHaveLength(400)
})

test('a file is shared if another stage uses one that it went through, or one that its stage is FROM', () => {
  const file: File = ['x', 10, 1]
  const builders = { src: [['RUN make', file]], build: [['COPY --from=src /x /', file]] } as const
  const shared = (...uses: readonly StageUse[]): boolean =>
    sourcesOf(builders, [['COPY --from=build /x /', file]], uses)['x'] === 'src:0 x shared'
  expect(shared()).toBe(false)
  expect(shared({ user: 5, used: 0, via: 'copy' })).toBe(true)
  expect(shared({ user: 5, used: 1, via: 'from' })).toBe(true)
  expect(shared({ user: 9, used: 1, via: 'mount' })).toBe(true)
  expect(shared({ user: 5, used: 7, via: 'from' })).toBe(false)
})

test('if comparing takes too long, nothing is found', () => {
  const end = `/${'d/'.repeat(1_500)}x`
  const stages = stageOf('build', 0, [['RUN make']])
  const path = (nth: number): Buffer => Buffer.from(`a${nth}${end}`)
  const wanted = (count: number): Wanted[] =>
    Array.from({ length: count }, (_, file) => ({
      ...{ file, fileBytes: 1, checksum: 1, path: path(file), patterns: copyPatterns('COPY --from=build / /') },
      copying: [],
    }))
  const found = (count: number, files: number): number => {
    const search = new StageSearch(stages, wanted(count))
    for (let nth = 0; nth < files; nth++) search.add(0, path(nth), path(nth).length, 1, 1)
    return search.found().length
  }
  expect(found(256, 256)).toBe(256)
  expect(found(256, 2_000)).toBe(0)
})

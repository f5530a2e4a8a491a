/** Finds the line that made what a COPY brings. Images are in __tests__/integration/builder-savings.test.ts. */
import { expect, test } from '@jest/globals'
import { FileSystem } from '../../src/filesystem/file-system.ts'
import { EntryListWriter, readEntryList } from '../../src/layer/entry-list.ts'
import type { Stage } from '../../src/record/footprint.ts'
import type { FileSource } from '../../src/savings/copied-files.ts'
import { StageFiles } from '../../src/savings/files.ts'
import { madeBy } from '../../src/savings/makers.ts'
import { ruleOf } from '../../src/savings/rules.ts'
import { layer, stage } from '../support/footprints.ts'

const digest = `sha256:${'0'.repeat(64)}` as const

const stageOf = (name: string, index: number, texts: readonly string[], inherited = 0): Stage =>
  stage({
    ...{ name, index, role: index === 9 ? 'final' : 'builder' },
    layers: texts.map((text, at) => {
      const line = (at < inherited ? 0 : 10 * index) + at + 1
      return layer({ origin: at < inherited ? 'inherited' : 'own', instruction: { text, line, endLine: line } })
    }),
  })

/** Returns the stage and the line, for files that a COPY brings and the layers of the builder stage that made them. */
function found(builders: readonly Stage[], copy: string, made: Readonly<Record<string, number | null>>, rule: string) {
  const final = stageOf('final', 9, [copy])
  const fileSystem = new FileSystem()
  const writer = new EntryListWriter()
  for (const path of Object.keys(made)) writer.add({ path, kind: 'file', fileBytes: 10 })
  fileSystem.beginLayer()
  readEntryList(writer.list(digest)!, digest, (entry) => fileSystem.add(entry))
  fileSystem.endLayer()
  const sources = new Map<number, FileSource>()
  for (const [at, position] of Object.values(made).entries()) {
    const source = { stage: builders.at(-1)!, path: '', copying: [], isShared: true }
    if (position !== null) sources.set(at + 1, { ...source, layer: position })
  }
  const files = new StageFiles(fileSystem, final, undefined, sources)
  const copied = Object.keys(made).map((_, at) => at + 1)
  const result = madeBy(files, final, builders, { rule: ruleOf(rule)!, layer: 0, files: copied }).madeBy
  return result === undefined ? null : `${result.stage}:${result.line} ${result.text}`
}

const copy = 'COPY --from=build /out /out'
const both = ['RUN go build -o /out/a a', 'RUN go build -o /out/b b']

test.each<[string, readonly string[], string, Readonly<Record<string, number | null>>, string | null]>([
  ['the only RUN', both, copy, { 'out/a': 0 }, 'build:1 RUN go build -o /out/a a'],
  ['no RUN', ['COPY a /out/a'], copy, { 'out/a': 0 }, null],
  ['one of two', both, copy, { 'out/a': 0, 'out/b': 1 }, null],
  ['one that is known, and one that is not', both, copy, { 'out/a': 0, 'out/b': null }, null],
  ['one that is not known', both.slice(1), copy, { 'out/b': null }, null],
  [
    'a renamed one',
    ['RUN go build a', 'RUN make'],
    'COPY --from=build /out/a /app',
    { app: null },
    'build:1 RUN go build a',
  ],
  [
    'a renamed one beside programs of another stage',
    ['COPY --from=tools /bin/a /out/a', 'RUN go build a'],
    'COPY --from=build /out/a /app',
    { app: null },
    null,
  ],
  [
    'a renamed one beside a download',
    ['RUN go build a', 'RUN curl -o /out/a localhost'],
    'COPY --from=build /out/a /app',
    { app: null },
    null,
  ],
  ['a renamed one of two', both, 'COPY --from=build /out/a /app', { app: null }, null],
  ['a renamed one of another image', both.slice(1), 'COPY --from=golang /out/a /app', { app: null }, null],
  ['a renamed one of no such command', ['RUN make'], 'COPY --from=build /out/a /app', { app: null }, null],
])('%s', (_title, texts, text, made, expected) => {
  expect(found([stageOf('build', 0, texts)], text, made, 'go-symbols')).toBe(expected)
})

test('names the stage that has the line, of which another one is FROM', () => {
  const builders = [stageOf('base', 0, both.slice(0, 1)), stageOf('build', 1, both, 1)]
  expect(found(builders, copy, { 'out/a': 0 }, 'go-symbols')).toBe('base:1 RUN go build -o /out/a a')
  expect(found(builders, copy, { 'out/b': 1 }, 'debug-symbols')).toBe('build:12 RUN go build -o /out/b b')
})

test('is not looked for if the edit names no line', () => {
  expect(found([stageOf('build', 0, both)], copy, { 'out/a': 0 }, 'tests')).toBeNull()
})

import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { openRecordStore, safeName, type WantedRecord } from '../../src/base/record-store.ts'
import { baselineSentence } from '../../src/report/baseline-sentences.ts'
import type { Footprint, Revision } from '../../src/record/footprint.ts'
import { remove, temporaryFolder } from '../support/repositories.ts'
import { footprintOf, image, stage } from '../support/footprints.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => remove(folder))

const hash = (nth: number): string => nth.toString(16).padStart(40, '0')
const settings = '{"target":null}'
const repository = 'github.com/octo/app'
const wanted = (name: string, by: string, of: string | null = repository): WantedRecord => ({
  repository: of,
  name,
  settings: by,
})

function record(commit: string | null, weighedAt = 1_000, some: Partial<Revision> = {}): Footprint {
  return { ...footprintOf([image()]), revision: { repository, commit, branch: 'main', weighedAt, settings, ...some } }
}

const filesOf = (name: string): string => join(folder, 'v2', safeName(repository), safeName(name))

test('finds a record by its commit and by its branch, also from another store', async () => {
  const first = record(hash(1), 1_000)
  const second = record(hash(2), 2_000)
  expect(await openRecordStore(folder).put(first, 'api')).toBeNull()
  expect(await openRecordStore(folder).put(second, 'api')).toBeNull()
  const store = openRecordStore(folder)
  expect(await store.exactly(hash(1), wanted('api', settings))).toEqual({ record: first, notes: [] })
  expect(await store.newestOf('main', wanted('api', settings), null)).toEqual({ record: second, notes: [] })
  expect(await store.newestOf('main', wanted('api', settings), hash(2))).toEqual({ record: first, notes: [] })
})

test('keeps the stages that were not built, with the figures of an earlier run', async () => {
  const { base, totals } = stage()
  const recorded = { commit: hash(9), weighedAt: 500, base, totals }
  const unbuilt = { name: 'build', index: 0, role: 'builder', built: false, base: null, totals: null } as const
  const kept: Footprint = {
    ...record(hash(1)),
    images: [
      {
        ...image({ stages: [stage({ index: 2 })], finalStage: stage().name }),
        unbuiltStages: [
          { ...unbuilt, layers: [], uses: [], recorded },
          { ...unbuilt, layers: [], uses: [], name: 'test', index: 1 },
        ],
      },
    ],
  }
  const store = openRecordStore(folder)
  expect(await store.put(kept, 'api')).toBeNull()
  expect(await store.exactly(hash(1), wanted('api', settings))).toEqual({ record: kept, notes: [] })
})

test('finds no record for another name, other settings, another branch or another commit', async () => {
  const store = openRecordStore(folder)
  await store.put(record(hash(1)), 'api')
  const none = { record: null, notes: [] }
  expect(await store.exactly(hash(1), wanted('web', settings))).toEqual(none)
  expect(await store.exactly(hash(1), wanted('api', 'other'))).toEqual(none)
  expect(await store.exactly(hash(2), wanted('api', settings))).toEqual(none)
  expect(await store.exactly('../../x', wanted('api', settings))).toEqual(none)
  expect(await store.newestOf('topic', wanted('api', settings), null)).toEqual(none)
  expect(await store.newestOf('main', wanted('api', 'other'), null)).toEqual(none)
})

test('prefers the record that was weighed last, and takes one without a commit as the newest of its branch', async () => {
  const store = openRecordStore(folder)
  for (const at of [3_000, 1_000]) await store.put(record(hash(1), at), 'api')
  expect((await store.exactly(hash(1), wanted('api', settings))).record?.revision?.weighedAt).toBe(3_000)
  await store.put(record(null, 4_000), 'api')
  expect((await store.newestOf('main', wanted('api', settings), hash(1))).record?.revision?.weighedAt).toBe(4_000)
})

test('does not store a record without a revision, or one that is too large', async () => {
  const store = openRecordStore(folder, { recordBytes: 2_000 })
  expect(await store.put(footprintOf([image()]), 'api')).toBe('the record does not say which revision it is of')
  expect(await store.put({ ...record(hash(1)), notes: ['x'.repeat(3_000)] }, 'api')).toContain('more than')
  expect(await store.newestOf('main', wanted('api', settings), null)).toEqual({ record: null, notes: [] })
})

test('skips torn, foreign, hostile and incompatible files with a note, and uses an older valid one', async () => {
  const store = openRecordStore(folder, { recordBytes: 100_000 })
  await store.put(record(hash(1), 1_000), 'api')
  const [good = ''] = readdirSync(filesOf('api'))
  const text = readFileSync(join(filesOf('api'), good), 'utf8')
  const newer = join(filesOf('api'), good.replace(/^1000-/, '9000-'))
  const later = Date.now() + 3 * 24 * 3600 * 1000
  const cases: [string, string][] = [
    [text.slice(0, 50), 'it is not JSON'],
    ['', 'is empty: it is not a record'],
    ['[]', 'it has no schemaVersion'],
    [text.replace('"schemaVersion":1', '"schemaVersion":2'), 'is a record of version 2'],
    [text.replace('"schemaVersion":1', `"schemaVersion":"${'y'.repeat(5_000)}"`), 'is a record of version'],
    [text.replace('"uncompressedSize":4096', '"uncompressedSize":-1'), 'is not a valid record'],
    [text.replace('"branch":"main"', '"branch":"evil"'), 'is a record of another revision than its name says'],
    [
      JSON.stringify({ ...(JSON.parse(text) as object), revision: undefined }),
      'is a record of another revision than its name says',
    ],
    [text.replace('"weighedAt":1000', `"weighedAt":${later}`), 'was weighed in the future'],
    [`${text.slice(0, -2)},"x":"${'x'.repeat(200_000)}"}`, 'has more than'],
  ]
  for (const [content, note] of cases) {
    writeFileSync(newer, content)
    const found = await store.newestOf('main', wanted('api', settings), null)
    expect(found.record).toEqual(JSON.parse(text))
    const sentences = found.notes.map(baselineSentence)
    expect(sentences).toEqual([expect.stringContaining(note)])
    expect(sentences[0]?.length).toBeLessThan(400)
  }
  rmSync(newer)
  writeFileSync(join(folder, 'elsewhere'), text)
  symlinkSync(join(folder, 'elsewhere'), newer)
  expect((await store.newestOf('main', wanted('api', settings), null)).notes.map(baselineSentence)).toEqual([
    expect.stringContaining('ELOOP'),
  ])
  rmSync(newer)
  mkdirSync(newer)
  expect((await store.newestOf('main', wanted('api', settings), null)).notes.map(baselineSentence)).toEqual([
    expect.stringContaining('is not a file'),
  ])
  rmSync(newer, { recursive: true })
  execFileSync('mkfifo', [newer])
  expect((await store.newestOf('main', wanted('api', settings), null)).notes.map(baselineSentence)).toEqual([
    expect.stringContaining('is not a file'),
  ])
})

test('neither reads nor deletes other files', async () => {
  const store = openRecordStore(folder)
  mkdirSync(filesOf('api'), { recursive: true })
  writeFileSync(join(filesOf('api'), 'notes.json'), '{}')
  await store.put(record(hash(1)), 'api')
  expect(await store.newestOf('main', wanted('api', settings), null)).toMatchObject({ notes: [] })
  expect(readdirSync(filesOf('api'))).toContain('notes.json')
})

test('deletes the oldest records first, by number and by bytes, and always keeps the newest', async () => {
  const few = openRecordStore(folder, { perName: { count: 3, bytes: Infinity } })
  for (let nth = 0; nth < 6; nth++) await few.put(record(hash(nth), 1_000 + nth), 'api')
  expect(readdirSync(filesOf('api'))).toHaveLength(3)
  expect((await few.exactly(hash(2), wanted('api', settings))).record).toBeNull()
  expect((await few.exactly(hash(3), wanted('api', settings))).record).not.toBeNull()
  const small = openRecordStore(folder, { perName: { count: 60, bytes: 10 } })
  await small.put(record(hash(9), 9_000), 'api')
  expect(readdirSync(filesOf('api'))).toHaveLength(1)
  expect((await small.exactly(hash(9), wanted('api', settings))).record).not.toBeNull()
})

test('leaves whole files and no drafts after many concurrent writes', async () => {
  const stores = [openRecordStore(folder), openRecordStore(folder), openRecordStore(folder)]
  await Promise.all(
    stores.flatMap((store) => Array.from({ length: 20 }, (_, nth) => store.put(record(hash(nth), nth), 'api'))),
  )
  expect(readdirSync(filesOf('api'))).toHaveLength(20)
  for (let nth = 0; nth < 20; nth++)
    expect((await openRecordStore(folder).exactly(hash(nth), wanted('api', settings))).record).not.toBeNull()
})

test('deletes old drafts and keeps new ones', async () => {
  mkdirSync(filesOf('api'), { recursive: true })
  for (const draft of ['old.tmp', 'recent.tmp']) writeFileSync(join(filesOf('api'), draft), '')
  utimesSync(join(filesOf('api'), 'old.tmp'), 0, 0)
  await openRecordStore(folder).put(record(hash(1)), 'api')
  expect(readdirSync(filesOf('api')).filter((name) => name.endsWith('.tmp'))).toEqual(['recent.tmp'])
})

test('makes folder names that are safe for file systems and unique', () => {
  const names = [
    'api',
    'API',
    '../../etc',
    'a/b',
    'a\\b',
    'a:b',
    '',
    '.',
    '..',
    'con',
    'é',
    'x'.repeat(500),
    `${'x'.repeat(500)}y`,
    'a\0b',
    'a\nb',
  ]
  const safe = names.map(safeName)
  for (const name of safe) expect(name).toMatch(/^[a-z0-9_][a-z0-9_-]{0,60}$/)
  expect(new Set(safe.map((name) => name.toLowerCase())).size).toBe(names.length)
})

test('reports a folder that cannot be made, without throwing', async () => {
  writeFileSync(join(folder, 'file'), '')
  const store = openRecordStore(join(folder, 'file'))
  expect(await store.put(record(hash(1)), 'api')).toMatch(
    /cannot be written \((a part of its path is not a folder|something else already has this name)\)/,
  )
  expect(await store.newestOf('main', wanted('api', settings), null)).toEqual({ record: null, notes: [] })
})

test('trusts the content of a file, not its name', async () => {
  const store = openRecordStore(folder)
  await store.put(record(hash(1)), 'api')
  const [name = ''] = readdirSync(filesOf('api'))
  renameSync(join(filesOf('api'), name), join(filesOf('api'), name.replace(hash(1), hash(2))))
  expect(await store.exactly(hash(2), wanted('api', settings))).toEqual({
    record: null,
    notes: [{ kind: 'record-skipped', file: expect.any(String), fault: { kind: 'other-revision' } }],
  })
})

test('keeps the records of several repositories apart in a shared folder', async () => {
  const store = openRecordStore(folder)
  const other = 'github.com/octo/other'
  await store.put(record(hash(1), 1_000), 'api')
  await store.put(record(hash(1), 2_000, { repository: other }), 'api')
  expect((await store.exactly(hash(1), wanted('api', settings))).record?.revision?.weighedAt).toBe(1_000)
  expect((await store.newestOf('main', wanted('api', settings, other), null)).record?.revision?.weighedAt).toBe(2_000)
  expect(await store.newestOf('main', wanted('api', settings, 'github.com/octo/third'), null)).toEqual({
    record: null,
    notes: [],
  })
  expect(await store.exactly(hash(1), wanted('api', settings, null))).toEqual({ record: null, notes: [] })
  // A record in another repository's folder still belongs to the repository that it names.
  renameSync(join(folder, 'v2', safeName(other)), join(folder, 'v2', safeName('github.com/octo/third')))
  expect(await store.exactly(hash(1), wanted('api', settings, 'github.com/octo/third'))).toEqual({
    record: null,
    notes: [{ kind: 'record-skipped', file: expect.any(String), fault: { kind: 'other-revision' } }],
  })
})

test('ignores records that do not name their repository, such as those of earlier releases', async () => {
  const store = openRecordStore(folder)
  const before: Revision = { commit: hash(1), branch: 'main', weighedAt: 1_000, settings }
  expect(await store.put({ ...record(hash(1)), revision: before }, 'api')).toBe(
    'the record does not say which repository it is of',
  )
  await store.put(record(hash(1)), 'api')
  const [name = ''] = readdirSync(filesOf('api'))
  const path = join(filesOf('api'), name)
  writeFileSync(path, readFileSync(path, 'utf8').replace(`"repository":"${repository}",`, ''))
  expect(await store.exactly(hash(1), wanted('api', settings))).toEqual({
    record: null,
    notes: [{ kind: 'record-skipped', file: expect.any(String), fault: { kind: 'other-revision' } }],
  })
})

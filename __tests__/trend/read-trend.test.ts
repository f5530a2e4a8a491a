/** Reads points and records from files and folders, and appends points to them. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRecordStore } from '../../src/base/record-store.ts'
import { renderRecord } from '../../src/report/record.ts'
import { appendPoints } from '../../src/trend/append-points.ts'
import { lineOf, type Point } from '../../src/trend/point.ts'
import { readTrend, type TrendPoints } from '../../src/trend/read-trend.ts'
import type { TrendLimits } from '../../src/trend/trend-sources.ts'
import { remove, temporaryFolder } from '../support/repositories.ts'
import { hash, pointsOf, recordAt, type CommitOf } from '../support/trend-points.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => remove(folder))

const commits: readonly CommitOf[] = [{ app: 1_000 }, { app: 1_500 }, { app: 9_000, base: ['python-2', 30_000_001] }]
const points = pointsOf(commits)
const at = (name: string): string => join(folder, name)

function write(name: string, text: string): string {
  writeFileSync(at(name), text)
  return at(name)
}

const record = (nth: number): string => write(`${9 - nth}.json`, renderRecord(recordAt(nth, commits[nth - 1]!)))

async function read(
  sources: readonly string[],
  limits: Partial<TrendLimits> = {},
  stdin = '',
): Promise<Omit<TrendPoints, 'orderOf'>> {
  const readStdin = (): Promise<Buffer> => Promise.resolve(Buffer.from(stdin))
  const { points: found, added, notes } = await readTrend(sources, { readStdin, limits })
  return { points: found, added, notes }
}

test('orders records by time, whatever their file names are', async () => {
  const files = [record(1), record(2), record(3)]
  const expected = { points, added: points, notes: [] }
  expect(await read(files)).toEqual(expected)
  expect(await read(files.toReversed())).toEqual(expected)
  expect(await read([folder])).toEqual(expected)
})

test('reads the record folder of the action', async () => {
  const store = openRecordStore(folder)
  for (const [position, commit] of commits.entries()) await store.put(recordAt(position + 1, commit), 'app')
  expect((await read([folder])).points).toEqual(points)
})

test('joins lines and records, with each commit once', async () => {
  const lines = write('trend.jsonl', points.slice(0, 2).map(lineOf).join(''))
  expect(await read([lines, record(2), record(3)])).toEqual({ points, added: points.slice(2), notes: [] })
  expect(await read([folder])).toEqual({ points, added: points.slice(2), notes: [] })
})

test('recognises a file of lines by its contents, and an empty one has no points', async () => {
  expect((await read([write('trend', points.map(lineOf).join(''))])).points).toEqual(points)
  expect(await read([write('trend', '')])).toEqual({ points: [], added: [], notes: [] })
  expect((await read(['-'], {}, points.map(lineOf).join(''))).points).toEqual(points)
  expect((await read(['-'], {}, renderRecord(recordAt(1, commits[0]!)))).points).toEqual(points.slice(0, 1))
})

test('notes that a record is of another image with the same name', async () => {
  const [first, other] = [record(1), write('other.json', renderRecord(recordAt(1, { app: 9_000_000 })))]
  const { points: found, notes } = await read([first, other])
  expect(found).toEqual(points.slice(0, 1))
  expect(notes).toEqual([
    `${other} was left out: the trend has app at this commit with 350010000 bytes unpacked instead of 440000000; if two steps build different images, give each its own input name`,
  ])
})

test('refuses a file that is neither, and skips it in a folder', async () => {
  const other = write('package.json', '{"name":"app"}')
  await expect(read([other])).rejects.toMatchObject({ code: 'UNREADABLE_INPUT' })
  record(1)
  const { points: found, notes } = await read([folder])
  expect(found).toEqual(points.slice(0, 1))
  expect(notes).toEqual([`skipped: ${other} is not a record: it has no schemaVersion`])
})

test('names a few of the files that it skips in a folder, and counts the others', async () => {
  const others = Array.from({ length: 12 }, (_, nth) => write(`other-${String(nth).padStart(2, '0')}.json`, '{}'))
  const { notes } = await read([folder])
  expect(notes).toEqual([
    ...others.slice(0, 5).map((path) => `skipped: ${path} is not a record: it has no schemaVersion`),
    `skipped: 7 more files in ${folder}`,
  ])
})

test("reads the program's cache folder, but not what is known about layers there", async () => {
  for (const name of ['layers/v13', 'layers/documents', 'records']) mkdirSync(at(name), { recursive: true })
  write('layers/v13/a.contents.json', '{}')
  write('records/1.json', renderRecord(recordAt(1, commits[0]!)))
  expect(await read([folder])).toMatchObject({ points: points.slice(0, 1), notes: [] })
  // A folder that is only called so is read.
  write('layers/a.json', '{}')
  expect((await read([at('layers')])).notes).toHaveLength(2)
})

test('names lines that are not points and records without a commit', async () => {
  const lines = write('trend.jsonl', `${lineOf(points[0]!)}=======\n`)
  const none = write('a.json', renderRecord({ ...recordAt(2, { app: 1 }), revision: undefined }))
  expect((await read([lines, none])).notes).toEqual([
    `line 2 of ${lines} was skipped: it is not a point of a trend`,
    `${none} was skipped: this record does not say which commit it is of`,
  ])
})

test('does not read through links and pipes in a folder', async () => {
  mkdirSync(at('in'))
  const outside = record(1)
  symlinkSync(outside, at('in/link.json'))
  symlinkSync(folder, at('in/up'))
  execFileSync('mkfifo', [at('in/pipe.json')])
  expect(await read([at('in')])).toEqual({ points: [], added: [], notes: [] })
})

test('refuses a file that is too large', async () => {
  const lines = write('trend.jsonl', points.map(lineOf).join(''))
  await expect(read([lines], { bytes: 100 })).rejects.toThrow('is too large: a trend may have 0 MB of lines')
  await expect(read([lines, lines], { bytes: 1_500 })).rejects.toThrow('is too large')
  await expect(read([folder], { entries: 0 })).rejects.toThrow('has more than 0 entries')
})

test('names a missing file', async () => {
  await expect(read([at('none')])).rejects.toThrow(`${at('none')} cannot be read: there is no such file or folder`)
})

test('appends lines, also after a last line without a newline', async () => {
  const [first, second, third] = points as [Point, Point, Point]
  const file = write('trend.jsonl', `# mine\n${lineOf(first).trimEnd()}`)
  await appendPoints(file, [second])
  await appendPoints(file, [third])
  await appendPoints(file, [])
  expect(readFileSync(file, 'utf8')).toBe(`# mine\n${points.map(lineOf).join('')}`)
})

test('writes a file for each month to a folder', async () => {
  const [first, second] = points as [Point, Point]
  const later = { ...second, time: Date.UTC(2026, 1, 1) }
  await appendPoints(`${at('history')}/`, [first, later])
  await appendPoints(at('history'), [{ ...first, commit: hash(7) }])
  expect(readdirSync(at('history'))).toEqual(['2026-01.jsonl', '2026-02.jsonl'])
  expect((await read([at('history')])).points).toHaveLength(3)
})

test('does not write to a link, a pipe or a folder in place of the file', async () => {
  const target = write('target', 'mine')
  symlinkSync(target, at('trend.jsonl'))
  await expect(appendPoints(at('trend.jsonl'), points)).rejects.toThrow('the trend cannot be written to')
  expect(readFileSync(target, 'utf8')).toBe('mine')
  execFileSync('mkfifo', [at('pipe')])
  await expect(appendPoints(at('pipe'), points)).rejects.toThrow('it is not a file')
  await expect(appendPoints(join(target, 'trend.jsonl'), points)).rejects.toThrow(
    'something else already has this name',
  )
})

/** The command `trend`, with a history whose growth is known to the byte. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../../src/inputs/command.ts'
import { manuals } from '../../src/inputs/manual.ts'
import { parseCommand } from '../../src/inputs/parse-command.ts'
import { renderRecord } from '../../src/report/record.ts'
import { showTrend } from '../../src/run/show-trend.ts'
import { commandLine, run } from '../support/program.ts'
import { commit, newRepository, remove, temporaryFolder } from '../support/repositories.ts'
import { hash, pointsOf, recordAt, type CommitOf } from '../support/trend-points.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
  mkdirSync(at('records'))
})
afterEach(() => remove(folder))

const at = (name: string): string => join(folder, name)
const commits: readonly CommitOf[] = [
  { app: 2_000_000 },
  { app: 2_000_123 },
  { app: 2_500_123, base: ['python-2', 30_000_777] },
]

function record(nth: number): string {
  const path = at(`records/${nth}.json`)
  writeFileSync(path, renderRecord(recordAt(nth, commits[nth - 1]!)))
  return path
}

interface Shown {
  readonly text: string
  readonly warnings: readonly string[]
}

async function trend(...words: readonly string[]): Promise<Shown> {
  const command: Command = parseCommand(['trend', ...words], {})
  if (command.kind !== 'trend') throw new Error(`${command.kind} was parsed`)
  const warnings: string[] = []
  const parts = await showTrend({
    ...command,
    terminal: { width: 100, color: false },
    readStdin: () => Promise.reject(new Error('nothing is read')),
    checkout: { folder, env: process.env, signal: new AbortController().signal },
    warn: (sentence) => warnings.push(sentence),
  })
  return { text: [...parts].join(''), warnings }
}

interface Told {
  readonly series: readonly {
    readonly steps: readonly { readonly cause: string; readonly growth: number; readonly to: { commit: string } }[]
    readonly creep: { readonly net: number; readonly count: number }
  }[]
}

test('shows steps, moved bases and creep of records to the byte', async () => {
  for (const nth of [1, 2, 3]) record(nth)
  const { series } = JSON.parse((await trend(at('records'), '--format', 'json')).text) as Told
  expect(series[0]?.steps.map(({ cause, growth, to }) => [cause, growth, to.commit])).toEqual([
    ['change', 500_000, hash(3)],
    ['base-image', 777, hash(3)],
  ])
  expect(series[0]?.creep).toMatchObject({ net: 123, count: 1 })
})

test('--append keeps each point once', async () => {
  const file = at('trend.jsonl')
  await trend(record(1), '--append', file)
  await trend(record(1), record(2), '--append', file)
  const kept = readFileSync(file, 'utf8')
  expect(
    kept
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(pointsOf(commits.slice(0, 2)))
  await trend(record(1), record(2), '--append', file)
  expect(readFileSync(file, 'utf8')).toBe(kept)
  // Without the record before it, the cause of the growth is not known.
  await trend(record(3), '--append', file)
  const last = JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '') as { growth: unknown }
  expect(last.growth).toMatchObject({ pull: [0, 0, 0, 500_777] })
})

test('--append to a folder writes a file for each month', async () => {
  await trend(record(1), record(2), '--append', `${at('history')}/`)
  expect(readFileSync(at('history/2026-01.jsonl'), 'utf8').split('\n')).toHaveLength(3)
})

test('--measure and --creep choose what is shown', async () => {
  for (const nth of [1, 2, 3]) record(nth)
  const { text } = await trend(at('records'), '--measure', 'unpacked', '--creep', '10MB')
  expect(text).toContain('Unpacked size of app (linux/amd64) on main: 375 MB')
  expect(text).toContain('2 changes of at most 10.0 MB each: +5.00 MB net, 5.00 MB gross.')
})

test('--badge writes the latest size', async () => {
  await trend(record(1), '--badge', at('badge.json'))
  expect(JSON.parse(readFileSync(at('badge.json'), 'utf8'))).toMatchObject({ message: '37.0 MB' })
  await expect(trend(record(1), '--badge', at('no/badge.json'))).rejects.toThrow(
    `the badge cannot be written to ${at('no/badge.json')}: there is no folder ${at('no')}`,
  )
})

test('says that the points are of several branches, and shows one of them', async () => {
  record(1)
  const other = recordAt(2, { app: 1, branch: 'dev' })
  writeFileSync(at('records/2.json'), renderRecord(other))
  expect((await trend(at('records'))).warnings).toEqual([
    'the points belong to main, dev, and each of these has a trend of its own: --branch NAME shows only one',
  ])
  const { text, warnings } = await trend(at('records'), '--branch', 'dev', '--format', 'json')
  expect(warnings).toEqual([])
  expect((JSON.parse(text) as { series: unknown[] }).series).toMatchObject([{ branch: 'dev' }])
  expect((await trend(at('records'), '--branch', 'none')).warnings).toEqual([
    'the trend has no points of the branch none, only of main, dev',
  ])
})

test('shows the commits of a checkout in its order, whenever they were weighed', async () => {
  newRepository(folder)
  const [one, two, three] = [1, 2, 3].map((nth) => commit(folder, { app: String(nth) }))
  const sizes = new Map([
    [one!, 2_000_000],
    [two!, 2_000_100],
    [three!, 2_000_300],
  ])
  for (const [nth, sha] of [three!, one!, two!].entries()) {
    const weighed = recordAt(nth + 1, { app: sizes.get(sha)! })
    const revision = { ...weighed.revision!, commit: sha }
    writeFileSync(at(`records/${nth}.json`), renderRecord({ ...weighed, revision }))
  }
  const { series } = JSON.parse((await trend(at('records'), '--format', 'json')).text) as {
    series: { points: { commit: string; growth: { pull: unknown } | null }[] }[]
  }
  expect(series[0]?.points.map((point) => [point.commit, point.growth?.pull])).toEqual([
    [one, undefined],
    [two, [100, 0, 0, 0]],
    [three, [200, 0, 0, 0]],
  ])
})

test('reports what was skipped, unless --quiet is set', async () => {
  const file = at('trend.jsonl')
  writeFileSync(file, 'no point\n')
  expect((await trend(file)).warnings).toEqual([
    `line 1 of ${file} was skipped: it is not a point of a trend`,
    'each record is a point: `build --json FILE` writes one',
  ])
  expect((await trend(file, '--quiet')).warnings).toEqual([])
})

test('says that a record is empty', async () => {
  writeFileSync(at('empty.json'), '')
  await expect(trend(at('empty.json'))).rejects.toThrow(`${at('empty.json')} is empty: it is not a record`)
})

test.each([
  [['--creep', 'much'], '--creep must be a size, such as 500kB or 1MB, not "much"'],
  [['--creep', '1Mb'], '--creep must be a size, such as 500kB or 1MB, not "1Mb": Mb means bits: write MB for bytes'],
  [['--creep', '1kB', '--measure', 'layers'], '--creep must be a number of layers, such as 1, not "1kB"'],
  [['--measure', 'weight'], '--measure must be one of pull, unpacked, added, layers, not "weight"'],
  [['--append', '-'], '--append needs a file name'],
  [['--budget', 'final pull <= 1MB'], '--budget'],
])('refuses %j', async (words, message) => {
  await expect(trend(record(1), ...words)).rejects.toThrow(message)
})

test('neither appends lines to a record nor replaces what it reads by a badge', async () => {
  const file = record(1)
  const before = readFileSync(file, 'utf8')
  await expect(trend(record(2), '--append', file)).rejects.toThrow('it is not a file of points')
  await expect(trend(file, '--badge', file)).rejects.toThrow('--badge would replace')
  expect(readFileSync(file, 'utf8')).toBe(before)
})

test('--append and --badge follow links that the user named, as a shell does', async () => {
  mkdirSync(at('elsewhere'))
  symlinkSync(at('elsewhere'), at('linked'))
  const [lines, badge] = [at('elsewhere/trend.jsonl'), at('elsewhere/badge.json')]
  writeFileSync(lines, '')
  writeFileSync(badge, 'old')
  symlinkSync(lines, at('trend.jsonl'))
  symlinkSync(badge, at('badge.json'))
  await trend(record(1), '--append', at('trend.jsonl'), '--badge', at('badge.json'))
  await trend(record(2), '--append', at('linked/trend.jsonl'))
  expect(readFileSync(lines, 'utf8').split('\n')).toHaveLength(3)
  expect(JSON.parse(readFileSync(badge, 'utf8'))).toMatchObject({ message: '37.0 MB' })
})

test('prints only the trend on standard output', async () => {
  const file = at('trend.jsonl')
  writeFileSync(file, 'no point\n')
  const { status, stdout, stderr } = await run(process.execPath, [commandLine, 'trend', record(1), file, '--no-color'])
  expect(status).toBe(0)
  expect(stdout).toMatch(/^Size to pull of app \(linux\/amd64\) on main: 37\.0 MB, 1 point\nLatest: /)
  expect(stderr).toBe(`stage-footprint: line 1 of ${file} was skipped: it is not a point of a trend\n`)
  expect(await run(process.execPath, [commandLine, 'trend'])).toMatchObject({ status: 2, stdout: '' })
})

test('requires something to read', async () => {
  await expect(trend()).rejects.toThrow('requires records, lines of points, or a folder of them')
  await expect(trend(at('none'))).rejects.toThrow('cannot be read: there is no such file or folder')
})

test('refuses to append to a file whose folder does not exist, and makes a folder of months itself', async () => {
  const first = record(1)
  for (const path of [at('nodir/trend.jsonl'), `${at('nodir/history')}/`])
    await expect(trend('--append', path, first)).rejects.toMatchObject({
      code: 'UNREADABLE_INPUT',
      message: `the trend cannot be written to ${path}: there is no folder ${at('nodir')}`,
    })
  expect(existsSync(at('nodir'))).toBe(false)
  await trend('--append', `${at('history')}/`, first)
  expect(existsSync(at('history'))).toBe(true)
})

test('shows points of no branch only if there are no others', async () => {
  const detached = at('records/detached.json')
  writeFileSync(detached, renderRecord(recordAt(2, { ...commits[1]!, branch: null })))
  const both = await trend('--format', 'json', record(1), detached)
  expect(both.warnings.join()).toMatch(
    /^1 point of no branch is not shown, since the same image has points of a branch: a pull request, .*$/,
  )
  expect(JSON.parse(both.text)).toMatchObject({ series: [{ branch: 'main' }] })
  // Of another image there are no others.
  const { images, ...worker } = recordAt(3, { ...commits[1]!, branch: null })
  const other = at('records/worker.json')
  writeFileSync(other, renderRecord({ ...worker, images: images.map((image) => ({ ...image, name: 'worker' })) }))
  const all = await trend('--format', 'json', record(1), detached, other)
  expect(JSON.parse(all.text)).toMatchObject({
    series: expect.arrayContaining([expect.objectContaining({ branch: null, name: 'worker' })]) as unknown,
  })
  expect(all.warnings.join()).toMatch(/^1 point of no branch is not shown/)
  const alone = await trend('--format', 'json', detached)
  expect([alone.warnings, JSON.parse(alone.text)]).toMatchObject([[], { series: [{ branch: null }] }])
})

test('the example of --append in the help gives a known cause', async () => {
  const example = manuals.trend.examples.find((line) => line.includes('--append'))!
  const words = example.split(' ').slice(2)
  const files = words.filter((word) => word.endsWith('.json'))
  files.forEach((file, nth) => writeFileSync(at(file), renderRecord(recordAt(nth + 1, commits[nth + 1]!))))
  const { text } = await trend(...words.map((word) => (word.includes('.json') ? at(word) : word)))
  expect(text).toMatch(/Growth by cause: change /)
})

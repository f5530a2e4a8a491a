/** The exit status of a command, and what it prints on standard error besides its report. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, jest, test } from '@jest/globals'
import type { Baseline } from '../../src/base/find-baseline.ts'
import { givenBaseline, noBaseline } from '../../src/base/find-baseline.ts'
import { parseCommand } from '../../src/inputs/parse-command.ts'
import { budgetSourcesOf, countingRules } from '../../src/run/budgets.ts'
import { statusOf } from '../../src/run/command-report.ts'
import { makeReport } from '../../src/run/make-report.ts'
import { writeReport } from '../../src/run/write-report.ts'
import type { Report } from '../../src/report/report.ts'
import { footprintOf, image } from '../support/footprints.ts'
import { folderWith } from '../support/program.ts'

const wasTerminal = process.stdout.isTTY
afterEach(() => {
  jest.restoreAllMocks()
  process.stdout.isTTY = wasTerminal
})

const reportFor = (baseline: Baseline, ...budgets: readonly string[]): Report =>
  makeReport({
    footprint: footprintOf([image()]),
    baseline,
    rules: budgets.length === 0 ? null : countingRules(budgetSourcesOf('flag', budgets), new Map()),
    title: null,
    reportedByFork: false,
    dockerfile: null,
  })

function printed(stream: 'stderr' | 'stdout'): () => string {
  const write = jest.spyOn(process[stream], 'write').mockReturnValue(true)
  return () => write.mock.calls.map(([text]) => String(text)).join('')
}

const broken: Baseline = (() => {
  const note = { kind: 'not-weighed', commit: 'b'.repeat(40), failure: { why: 'its RUN failed' } } as const
  return { found: null, notes: [note], unmet: note }
})()

test.each<[string, readonly string[], number]>([
  ['status 5', [], 5],
  ['status 1 if a budget failed', ['final layers <= 0'], 1],
  ['status 5 if a budget was not judged', ['final pull growth <= 1MB'], 5],
])('a named revision that could not be weighed gives %s, and one sentence', (_, budgets, status) => {
  const stderr = printed('stderr')
  expect(statusOf(reportFor(broken, ...budgets), broken, true)).toBe(status)
  expect(stderr().replace('\x1b[2K', '').replace('\r', '')).toBe(
    'stage-footprint: nothing was compared: the base commit bbbbbbb could not be weighed: its RUN failed [WEIGHING_FAILED]\n',
  )
})

test('no baseline gives status 0, and no sentence', () => {
  const stderr = printed('stderr')
  expect(statusOf(reportFor(noBaseline), noBaseline, true)).toBe(0)
  expect(stderr()).toBe('')
})

test('two sources with several images, of which none is on both sides, give status 2 and say what to write', () => {
  const stderr = printed('stderr')
  const [before, after] = ['before', 'after'].map((tag) =>
    footprintOf([image({ name: `app:${tag}` }), image({ name: `app:${tag}-debug` })]),
  )
  const baseline = givenBaseline('before.tar', before!)
  const report = makeReport({
    ...{ footprint: after!, baseline, rules: null, title: null, reportedByFork: false, dockerfile: null },
  })
  expect(statusOf(report, baseline, false)).toBe(2)
  expect(stderr()).toContain(
    'nothing was compared: no image has the same name and platform on both sides; if a side has several images, name one of each, such as docker-archive:FILE:NAME:TAG [UNREADABLE_INPUT]',
  )
})

const notJudged = 'stage-footprint: Budget not judged: final stage: growth is not known'
test.each<[string, readonly string[], boolean, string]>([
  ['a terminal report that is redirected', [], false, notJudged],
  ['a terminal report on a terminal, which shows it', [], true, ''],
  ['a JSON report on a terminal', ['--format', 'json'], true, notJudged],
  ['a JSON report that is redirected', ['--format', 'json'], false, notJudged],
])('reports a budget that is not judged on standard error: %s', async (_, flags, isTerminal, start) => {
  const command = parseCommand(['inspect', 'oci:image', ...flags], {})
  if (command.kind !== 'inspect') throw new Error(`${command.kind} was parsed`)
  process.stdout.isTTY = isTerminal
  const stderr = printed('stderr')
  const stdout = printed('stdout')
  await writeReport(reportFor(noBaseline, 'final pull growth <= 1MB'), command.options, null)
  expect(stdout()).not.toBe('')
  expect(stderr().slice(0, start.length || undefined)).toBe(start)
})

test('a file that cannot be written takes nothing from standard output and the other files', async () => {
  await using folder = await folderWith({})
  const markdown = join(folder.path, 'report.md')
  const flags = ['--json', join(folder.path, 'no/record.json'), '--markdown', markdown, '--format', 'json']
  const command = parseCommand(['inspect', 'oci:image', ...flags], {})
  if (command.kind !== 'inspect') throw new Error(`${command.kind} was parsed`)
  const stdout = printed('stdout')
  await expect(writeReport(reportFor(noBaseline), command.options, null)).rejects.toMatchObject({
    code: 'UNREADABLE_INPUT',
    message: expect.stringContaining('record.json'),
  })
  expect(JSON.parse(stdout())).toMatchObject({ schemaVersion: 1 })
  expect(await readFile(markdown, 'utf8')).toContain('Stage Footprint')
})

/** The record of a run names the Dockerfile of each image, so that later reports from the record do so too. */
import { expect, test } from '@jest/globals'
import type { BaselineNote } from '../../src/base/baseline-note.ts'
import { renderPage } from '../../src/page/page.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { budgetAnnotations } from '../../src/report/budget-annotations.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { reportOutputs } from '../../src/report/outputs.ts'
import { editedSentence } from '../../src/report/verdict-sentence.ts'
import { renderRecord } from '../../src/report/record.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { budgetSourcesOf, countingRules, rulesOrFault } from '../../src/run/budgets.ts'
import { makeReport, type Dockerfiles } from '../../src/run/make-report.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { footprintOf, image } from '../support/footprints.ts'

const rules = countingRules(budgetSourcesOf('input', ['final layers <= 0']), new Map())
const report = (footprint: Footprint, dockerfile: Dockerfiles | null): ReturnType<typeof makeReport> =>
  makeReport({
    footprint,
    baseline: { found: null, notes: [], unmet: null },
    rules,
    title: null,
    reportedByFork: false,
    dockerfile,
  })

test('an invalid rule, found after the build, leaves the report: it says that nothing was judged, and the output fails', () => {
  const { rules: none, faulty } = rulesOrFault(
    budgetSourcesOf('input', ['@budgets']),
    new Map([['budgets', { base: null, head: 'final pull <= 1MB\nfinal pul <= 1MB\n', note: null }]]),
  )
  const made = makeReport({
    ...{ footprint: footprintOf([image()]), baseline: { found: null, notes: [], unmet: null }, rules: none, faulty },
    ...{ title: null, reportedByFork: false, dockerfile: null },
  })
  expect(reportOutputs(made).get('verdict')).toBe('fail')
  const said = /No budget was judged: budgets:2, column 7: /
  expect(renderMarkdown(made)).toMatch(said)
  expect(renderMarkdown(made)).toMatch(/^### .* · ❌ budgets invalid\n/)
  expect(renderMarkdown(made, { maxBytes: 1_500 })).toMatch(said)
  expect(renderTerminal(made, { width: 200, color: false })).toMatch(said)
  expect(renderPage(made, null, { script: '', style: '' })).toMatch(said)
  expect(JSON.stringify(made.footprint)).not.toContain('judged')
})

test('a file of budgets that is invalid in the base and deleted by the change is not called missing in the base', () => {
  const { faulty } = rulesOrFault(
    budgetSourcesOf('input', ['@budgets']),
    new Map([['budgets', { base: 'final pul <= 1MB\n', head: null, note: null }]]),
  )
  expect(faulty!.message).toMatch(/is not in this revision, and its text in the base is invalid: budgets:1, column 7: /)
})

test('a change that makes a file of budgets invalid is judged by the base, and told what will fail', () => {
  const { edited } = countingRules(
    budgetSourcesOf('input', ['@budgets']),
    new Map([['budgets', { base: 'final pull <= 1MB\n', head: 'final pul <= 1MB\nx\n', note: null }]]),
  )
  expect(edited!.judgedBy).toBe('base')
  expect(edited!.fault).toMatch(/^budgets:1, column 7: .*; budgets:2, /)
  const said =
    / If this is merged, later runs fail, since the budgets are invalid: budgets:1, column 7: .*; budgets:2, /
  const [short, whole] = [100, 300].map((length) => (text: string) => text.slice(0, length))
  expect(editedSentence(edited!, short!, whole!)).toMatch(said)
})

test('does not explain again why a stage is missing if the run has warned about it', () => {
  const missing = countingRules(
    budgetSourcesOf('input', ['stage Biuld pull <= 1MB', 'stage other pull <= 1MB']),
    new Map(),
  )
  const { verdict, footprint: of } = makeReport({
    ...{ footprint: footprintOf([image()]), baseline: { found: null, notes: [], unmet: null }, rules: missing },
    ...{ title: null, reportedByFork: false, dockerfile: null, missingStages: new Set(['biuld']) },
  })
  const [told, untold] = verdict!.results.toSorted((a, b) => (a.rule.stage! < b.rule.stage! ? -1 : 1))
  expect(told).toMatchObject({ outcome: 'not-known', reason: 'the Dockerfile has no such stage', isTold: true })
  expect(untold!.reason).toMatch(/^there is no stage "other": there is only/)
  expect(verdict!.outcome).toBe('warn')
  expect(budgetAnnotations(verdict!, of).map(({ message }) => message)).toEqual([expect.stringContaining('"other"')])
})

test.each<[string, readonly BaselineNote[], string]>([
  ['none was named', [], 'there is no baseline to compare with (name one with --baseline)'],
  [
    'this is the first run of its branch',
    [
      {
        kind: 'no-base-commit',
        why: 'this run is of the default branch, and its event names no earlier commit',
        isFirst: true,
      },
      { kind: 'no-record-of-branch', branch: 'main', name: null },
    ],
    'there is no baseline yet: the next run of this branch will have one',
  ],
  [
    'it is missing',
    [{ kind: 'no-base-commit', why: 'the branch main cannot be found' }],
    'there is no baseline to compare with (the end of the report says why)',
  ],
])('a rule for growth that cannot be judged says what there is to do if %s', (_, notes, reason) => {
  const { verdict } = makeReport({
    ...{ footprint: footprintOf([image()]), baseline: { found: null, notes, unmet: null } },
    rules: countingRules(budgetSourcesOf('input', ['pull growth <= 1MB']), new Map()),
    ...{ title: null, reportedByFork: false, dockerfile: null },
  })
  expect(verdict!.results.map((result) => result.reason)).toEqual([reason])
})

test.each([
  ['of a build', 'other.Dockerfile', ['other.Dockerfile', 'other.Dockerfile']],
  ['of a bake, each its own', new Map([['vote', 'vote/Dockerfile']]), ['vote/Dockerfile', undefined]],
])('names the Dockerfile %s', (_, dockerfile, files) => {
  const { footprint } = report(footprintOf([image({ name: 'vote' }), image({ name: 'inline' })]), dockerfile)
  expect(footprint.images.map((one) => one.dockerfile)).toEqual(files)

  const stored = report(parseRecord(renderRecord(footprint), 'record'), null)
  const annotations = stored.verdict === null ? [] : budgetAnnotations(stored.verdict, stored.footprint)
  expect(annotations.map(({ file }) => file)).toEqual(
    files[1] === undefined ? [files[0], null] : expect.arrayContaining([files[0]]),
  )
})

test.each([
  ['x.Dockerfile', 'x.Dockerfile.dockerignore', 'x.Dockerfile.dockerignore'],
  ['docker/x.Dockerfile', 'x.Dockerfile.dockerignore', 'docker/x.Dockerfile.dockerignore'],
  ['docker/x.Dockerfile', undefined, undefined],
])('names the ignore file of %s by its path', (dockerfile, name, path) => {
  const of = image()
  const savings = {
    fileBytes: 0,
    likelyFileBytes: 0,
    items: [],
    baseFiles: [],
    ...(name === undefined ? {} : { ignoreFile: name }),
  }
  const { footprint } = report(
    footprintOf([{ ...of, stages: of.stages.map((one) => ({ ...one, savings })) }]),
    dockerfile,
  )
  expect(footprint.images[0]!.stages.map((one) => one.savings?.ignoreFile)).toEqual(of.stages.map(() => path))
})

test.each<[string, readonly string[], readonly string[], readonly string[]]>([
  [
    'renamed',
    ['app'],
    ['api'],
    ['The base commit c86a251 has no target api, so api is compared with app of that commit.'],
  ],
  ['new', ['app'], ['app', 'api'], ['The base commit c86a251 has no target api.']],
])('a target that is %s in a bake has a note that says what it is compared with', (_, before, after, sentences) => {
  const commit = 'c86a251'.padEnd(40, '0')
  const imagesNamed = (names: readonly string[]): Footprint => footprintOf(names.map((name) => image({ name })))
  const { comparison, baselineNotes } = makeReport({
    footprint: imagesNamed(after),
    baseline: {
      found: {
        footprint: imagesNamed(before),
        origin: { kind: 'built', commit, reference: null },
        sameBuilder: true,
      },
      notes: [{ kind: 'no-such-target', commit, target: 'api' }],
      unmet: null,
    },
    ...{ rules: null, title: null, reportedByFork: false, dockerfile: null },
  })
  expect(comparison?.images).toHaveLength(1)
  expect(baselineNotes).toEqual(sentences)
})

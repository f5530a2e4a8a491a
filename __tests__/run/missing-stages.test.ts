import { expect, test } from '@jest/globals'
import { budgetSourcesOf } from '../../src/run/budgets.ts'
import { missingStages } from '../../src/run/missing-stages.ts'

const dockerfile =
  'FROM golang AS Build\nRUN make\nFROM alpine\nCOPY --from=build /app /\nFROM scratch AS final-image\n'

const warnings = (rules: readonly string[], text: string | null = dockerfile): readonly string[] => [
  ...missingStages(budgetSourcesOf('flag', rules), new Map(), text).values(),
]

test.each([
  ['the final stage', 'final pull <= 80MB'],
  ['a stage', 'stage build unpacked <= 1GB'],
  ['a stage in another case', 'stage BUILD unpacked <= 1GB'],
  ['an unnamed stage', 'stage 1 unpacked <= 1GB'],
  ['a rule with an error, which is reported elsewhere', 'stage biuld unpacked'],
])('returns nothing for a rule on %s', (_, rule) => {
  expect(warnings([rule])).toEqual([])
})

test('says which stages there are and which one was probably meant, once for each name', () => {
  expect(warnings(['stage biuld unpacked <= 1GB', 'stage Biuld layers <= 9', 'stage other pull <= 1MB'])).toEqual([
    '--budget: there is no stage "biuld": there are "Build", "1", "final-image"; did you mean "Build"?',
    '--budget: there is no stage "other": there are "Build", "1", "final-image"',
  ])
})

test('says that there is only one stage', () => {
  const sources = budgetSourcesOf('flag', ['stage other pull <= 1MB'])
  expect(missingStages(sources, new Map(), 'FROM scratch AS app\nCOPY a /\n')).toEqual(
    new Map([['other', '--budget: there is no stage "other": there is only "app"']]),
  )
})

test('names the line of a budget file', () => {
  const files = new Map([['budgets.txt', '# limits\nstage biuld unpacked <= 1GB\n']])
  expect([...missingStages(budgetSourcesOf('input', ['@budgets.txt']), files, dockerfile)]).toEqual([
    ['biuld', expect.stringMatching(/^budgets\.txt:2: there is no stage "biuld"/)],
  ])
})

test.each([
  ['is not known before the build', null],
  ['is parsed by another frontend', `# syntax=example.com/frontend\n${dockerfile}`],
  ['cannot be parsed', 'FROM scratch AS 1st\n'],
  ['has no stages', 'RUN make\n'],
])('returns nothing if the Dockerfile %s', (_, text) => {
  expect(warnings(['stage biuld unpacked <= 1GB'], text)).toEqual([])
})

test("checks a Dockerfile with a version of Docker's own frontend", () => {
  expect(warnings(['stage biuld unpacked <= 1GB'], `# syntax=docker/dockerfile:1\n${dockerfile}`)).toHaveLength(1)
})

import { describe, expect, test } from '@jest/globals'
import { verdictOf } from '../../src/budget/judge.ts'
import { parseBudgets } from '../../src/budget/sources.ts'
import type { BudgetResult } from '../../src/budget/verdict.ts'
import { budgetAnnotations } from '../../src/report/budget-annotations.ts'
import { escapeMarkdown, markdownCode } from '../../src/report/escape.ts'
import { editedSentence, verdictSentence } from '../../src/report/verdict-sentence.ts'
import { image } from '../support/footprints.ts'

function result(text: string, some: Partial<BudgetResult> = {}): BudgetResult {
  const [rule] = parseBudgets([{ kind: 'input', name: 'budgets', text }], new Map()).rules
  if (!rule) throw new Error('no rule')
  return {
    rule,
    image: { name: 'app', platform: 'linux/amd64', position: 0 },
    stage: 'app',
    role: 'final',
    outcome: 'fail',
    reason: null,
    elsewhere: false,
    measured: 0,
    measuredPercent: null,
    ignoredUpTo: null,
    overBefore: null,
    since: null,
    line: 14,
    cause: null,
    overridden: false,
    ...some,
  }
}

const ticks = (text: string): string => `\`${text}\``
const sentence = (one: BudgetResult): string => verdictSentence(one, ticks, (text) => text)

describe('the sentence of a verdict', () => {
  test.each<[BudgetResult, string]>([
    [
      result('final pull <= 80MB', { measured: 81_600_000, cause: 'change' }),
      'final stage: 81.6 MB to pull, 1.60 MB over the limit of 80.0 MB (`final pull <= 80MB`); it would pass without what this change adds',
    ],
    [
      result('final pull <= 80MB', { measured: 81_600_000, cause: 'base-image' }),
      'final stage: 81.6 MB to pull, 1.60 MB over the limit of 80.0 MB (`final pull <= 80MB`); it would pass without the moved base image',
    ],
    [
      result('pull <= 80MB', { measured: 80_000_001 }),
      'final stage: 80.0 MB to pull, 1 B over the limit of 80.0 MB (`pull <= 80MB`)',
    ],
    [
      result('pull <= 80MB', { measured: 81_600_000, overBefore: 1_100_000 }),
      'final stage: 81.6 MB to pull, 1.60 MB over the limit of 80.0 MB (`pull <= 80MB`); the baseline was already 1.10 MB over it',
    ],
    [
      result('stage build unpacked <= 1GB', {
        measured: 900_000_000,
        outcome: 'pass',
        stage: 'Build',
        role: 'builder',
      }),
      'stage `Build`: 900 MB unpacked, within the limit of 1.00 GB (`stage build unpacked <= 1GB`)',
    ],
    [result('layers <= 2', { measured: 3 }), 'final stage: 3 layers, 1 over the limit of 2 (`layers <= 2`)'],
    [
      result('pull growth <= 2MB', { measured: 3_200_000, measuredPercent: 4.08, cause: 'change' }),
      'final stage: grew by 3.20 MB to pull (4.1 %), 1.20 MB over the limit of 2.00 MB (`pull growth <= 2MB`), from this change',
    ],
    [
      result('pull growth <= 5% and 1MB', { measured: 3_200_000, measuredPercent: 5.001, cause: 'unknown' }),
      'final stage: grew by 3.20 MB to pull (just over 5 %), over both limits, 5 % and 1.00 MB (`pull growth <= 5% and 1MB`), from this change, drift or a moved image, not known which',
    ],
    [
      result('added growth <= 5% including base-image', {
        measured: 3_200_000,
        measuredPercent: 50,
        cause: 'base-image',
        outcome: 'warn',
      }),
      'final stage: grew by 3.20 MB to pull above its base image (50 %), over the limit of 5 % (`added growth <= 5% including base-image`), the largest part from the moved base image',
    ],
    [
      result('pull growth <= 5%', { measured: -2_000, measuredPercent: -1, outcome: 'pass' }),
      'final stage: shrank by 2.00 kB to pull, within the limit of 5 % (`pull growth <= 5%`)',
    ],
    [
      result('final pull growth <= 5', {
        measured: 151,
        measuredPercent: 0.0002,
        outcome: 'pass',
        ignoredUpTo: 1_000,
      }),
      'final stage: grew by 151 B to pull (under 0.1 %), 146 B over the limit of 5 B, which is ignored as growth up to 1.00 kB is noise (`final pull growth <= 5`)',
    ],
    [
      result('pull growth <= 5% and 5', { measured: 9, measuredPercent: 9, outcome: 'pass', ignoredUpTo: 77 }),
      'final stage: grew by 9 B to pull (9 %), over both limits, 5 % and 5 B, which is ignored as growth up to 77 B is noise (`pull growth <= 5% and 5`)',
    ],
    [
      result('pull growth <= 5% and 1MB', { measured: 1_000_854, measuredPercent: 1, outcome: 'pass' }),
      'final stage: grew by 1.00 MB to pull (1 %), just over 1.00 MB but not over 5 % (`pull growth <= 5% and 1MB`)',
    ],
    [
      result('pull growth <= 5% and 1kB', { measured: 2_000, measuredPercent: 1, outcome: 'pass' }),
      'final stage: grew by 2.00 kB to pull (1 %), over 1.00 kB but not over 5 % (`pull growth <= 5% and 1kB`)',
    ],
    [
      result('metadata-only-steps growth <= 1 and 5%', { measured: 0, measuredPercent: 0, outcome: 'pass' }),
      'final stage: did not grow through this change, within both limits, 5 % and 1 (`metadata-only-steps growth <= 1 and 5%`)',
    ],
    [
      result('pull growth <= 5%', {
        measured: null,
        outcome: 'not-known',
        reason: 'there is no baseline to compare with',
      }),
      'final stage: growth is not known, as there is no baseline to compare with (`pull growth <= 5%`)',
    ],
    [
      result('stage biuld pull <= 5', {
        measured: null,
        outcome: 'not-known',
        stage: null,
        role: null,
        reason: 'there is no stage "biuld": there is only "build"',
      }),
      'stage `biuld`: the value is not known, as there is no stage "biuld": there is only "build" (`stage biuld pull <= 5`)',
    ],
    [
      result('layers <= 2', { measured: 3, overridden: true }),
      'final stage: 3 layers, 1 over the limit of 2 (`layers <= 2`)',
    ],
  ])('is right for each kind of result (%#)', (one, text) => {
    expect(sentence(one)).toBe(text)
  })

  test('escapes untrusted names for its form', () => {
    const evil = '<img src=x>@everyone'
    const told = verdictSentence(
      result(`stage "${evil}" pull <= 5`, {
        measured: null,
        outcome: 'not-known',
        stage: evil,
        role: 'builder',
        reason: `there is no ${evil}`,
      }),
      markdownCode,
      escapeMarkdown,
    )
    expect(told).not.toContain('<img')
    expect(told).not.toContain('@everyone')
    expect(told).toContain(markdownCode(evil))
  })
})

test('says how budgets were edited and whose text counts, with a limit on its length', () => {
  const rules = { added: ['pull <= 90MB'], removed: ['pull <= 80MB'] } as const
  const edited = { file: 'budgets', judgedBy: 'base', ...rules, fault: null } as const
  expect(editedSentence(edited, ticks, ticks)).toBe(
    'This change edits the budgets in `budgets`: it adds `pull <= 90MB` and removes `pull <= 80MB`. It is judged by the budgets of the base commit.',
  )
  expect(editedSentence({ ...edited, judgedBy: 'head', removed: [] }, ticks, ticks)).toContain(
    'so the change is judged by its own.',
  )
  const many = editedSentence({ ...edited, added: Array.from({ length: 900 }, () => 'x'.repeat(900)) }, ticks, ticks)
  expect(many).toContain('and 895 more rules')
  expect(many.length).toBeLessThan(1_000)
})

describe('annotations of budgets', () => {
  const inFile = (dockerfile: string) => ({
    images: [image({ dockerfile }), image({ dockerfile, platform: { os: 'linux', architecture: 'arm64' } })],
  })
  const failed = result('pull <= 80MB', { measured: 81_600_000 })
  const warned = result('pull growth <= 1MB warn', { measured: 3_200_000, outcome: 'warn', line: 9, cause: 'change' })
  const passed = result('layers <= 9', { outcome: 'pass', measured: 1, line: null })

  test('are at the line to blame, the worst first', () => {
    expect(budgetAnnotations(verdictOf([passed, warned, failed], null, null), inFile('docker/Dockerfile'))).toEqual([
      {
        file: 'docker/Dockerfile',
        line: 14,
        level: 'error',
        title: 'Larger than its budget',
        message: 'final stage: 81.6 MB to pull, 1.60 MB over the limit of 80.0 MB (pull <= 80MB)',
      },
      {
        file: 'docker/Dockerfile',
        line: 9,
        level: 'warning',
        title: 'Grew more than its budget',
        message:
          'final stage: grew by 3.20 MB to pull, 2.20 MB over the limit of 1.00 MB (pull growth <= 1MB warn), from this change',
      },
    ])
  })

  test('say in their title that more can be saved, not that the stage is larger', () => {
    const savings = result('savings <= 1MB', { measured: 195_000_000, line: null })
    expect(budgetAnnotations(verdictOf([savings], null, null), inFile('Dockerfile')).map(({ title }) => title)).toEqual(
      ['More can be saved than its budget allows'],
    )
  })

  test('are shared by the platforms of an image', () => {
    const arm = { ...failed, measured: 90_000_000, image: { name: 'app', platform: 'linux/arm64', position: 1 } }
    const annotations = budgetAnnotations(verdictOf([failed, arm], null, null), inFile('Dockerfile'))
    expect(annotations.map(({ message }) => message.split('\n'))).toEqual([
      [
        'app linux/amd64: final stage: 81.6 MB to pull, 1.60 MB over the limit of 80.0 MB (pull <= 80MB)',
        'app linux/arm64: final stage: 90.0 MB to pull, 10.0 MB over the limit of 80.0 MB (pull <= 80MB)',
      ],
    ])
  })

  test('are warnings if a label accepts the growth', () => {
    const override = { label: 'x', by: 'y', headSha: 'z' }
    const annotations = budgetAnnotations(verdictOf([failed], override, null), inFile('Dockerfile'))
    expect(annotations.map(({ level, message }) => [level, message])).toEqual([
      ['warning', expect.stringMatching(/\(pull <= 80MB\); accepted by a label$/)],
    ])
  })

  test('are at the file if the line is not known', () => {
    const layers = result('layers <= 1', { measured: 2, line: null })
    const annotations = budgetAnnotations(verdictOf([layers], null, null), inFile('Dockerfile'))
    expect(annotations.map(({ file, line }) => [file, line])).toEqual([['Dockerfile', null]])
  })

  test('do not let untrusted text begin a line or a command', () => {
    const evil = 'a\n::error::x\u001b[31m'
    const [only] = budgetAnnotations(
      verdictOf([{ ...failed, stage: evil, role: 'builder' }], null, null),
      inFile('Dockerfile'),
    )
    expect(only?.message).not.toMatch(/[\n\u001b]|(^|\s)::/)
  })
})

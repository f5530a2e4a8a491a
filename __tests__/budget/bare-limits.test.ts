import { expect, test } from '@jest/globals'
import { bareLimits } from '../../src/budget/bare-limits.ts'
import { parseBudgets, type BudgetSource } from '../../src/budget/sources.ts'

const input = (text: string): readonly BudgetSource[] => [{ kind: 'input', name: 'budgets', text }]
const warnings = (text: string): readonly string[] => bareLimits(input(text), new Map())

test.each([
  ['final pull <= 80', '80'],
  ['unpacked<=250 warn', '250'],
  ['added growth <= 5 including drift', '5'],
  ['pull growth <= 5% and 2', '2'],
  ['pull growth since v1 <= 9_999', '9999'],
  ['savings <= 1 # MB', '1'],
])('a limit that is probably meant in megabytes: %s', (rule, amount) => {
  expect(warnings(`\n${rule}`)).toEqual([
    `input budgets, line 2: a limit of ${amount} without a unit is ${amount === '1' ? '1 byte' : `${amount} bytes`}; write ${amount}MB if that is what you mean, or ${amount}B`,
  ])
  // It stays a number of bytes.
  expect(parseBudgets(input(rule), new Map()).rules[0]?.limit.amount).toBe(Number(amount))
})

test.each([
  'pull <= 80MB',
  'pull <= 80 MB',
  'pull <= 80B',
  'pull <= 80 bytes warn',
  'pull <= 10_000',
  'pull growth <= 0',
  'pull growth <= 5%',
  'pull growth <= 5 percent and 1kB',
  'pull growth since 30d <= 1kB',
  'layers <= 12',
  'metadata-only-steps <= 3',
  'noise 10',
  'pull <= eighty',
])('no warning for %s', (rule) => {
  expect(warnings(rule)).toEqual([])
})

test('names the line of a file, once', () => {
  const files = new Map([['budgets.txt', 'layers <= 3\nfinal pull <= 80\n']])
  expect(bareLimits(input('@budgets.txt'), files)).toEqual([expect.stringMatching(/^budgets\.txt:2: a limit of 80 /)])
})

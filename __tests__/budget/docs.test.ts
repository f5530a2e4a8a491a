import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { parseBudgetLine } from '../../src/budget/grammar.ts'
import { parseBudgets } from '../../src/budget/sources.ts'
import { defaultOverrideLabel } from '../../src/inputs/inputs.ts'
import { thrownBy } from '../support/thrown-by.ts'

const page = readFileSync(new URL('../../docs/budgets.md', import.meta.url), 'utf8')
const indented = page.split('\n').filter((line) => line.startsWith('    '))
const fault = indented.findIndex((line) => line.includes('column'))

test('docs/budgets.md shows only valid rules', () => {
  const rules = indented
    .filter((line) => line.includes(' <= ') && !line.includes('LIMIT') && !line.includes(' | '))
    .map((line) => line.slice(4))
  expect(rules.length).toBeGreaterThan(9)
  expect(rules.map((rule) => parseBudgetLine(rule).kind)).toEqual(rules.map(() => 'rule'))
})

test('docs/budgets.md shows the error message as users see it', () => {
  const { message } = thrownBy(() =>
    parseBudgets([{ kind: 'input', name: 'budgets', text: '\nfinal pull <= 10Mb' }], new Map()),
  )
  expect(
    indented
      .slice(fault, fault + 3)
      .map((line) => line.slice(4))
      .join('\n'),
  ).toBe(message)
})

test('docs/budgets.md names the default label', () => {
  expect(page).toContain(`\`${defaultOverrideLabel}\``)
})

import { describe, expect, test } from '@jest/globals'
import { isSetting, settingsIn } from '../../src/dockerfile/settings.ts'

const said = (text: string): (string | null)[][] => settingsIn(text).map(({ name, value }) => [name, value])

describe('what a setting sets', () => {
  test.each([
    ['ENV A=1', [['ENV A', '1']]],
    ['ENV A=1 B=2', [['ENV A', '1'], ['ENV B', '2']]],
    ['ENV A="1 2" B=\'x\'', [['ENV A', '1 2'], ['ENV B', 'x']]],
    ['ENV A 1 2', [['ENV A', '1 2']]],
    ['ENV A x=1', [['ENV A', 'x=1']]],
    ['ENV A=1\\ 2', [['ENV A', '1\\ 2']]],
    ['ENV A="$B"', [['ENV A', '$B']]],
    ['ARG A', [['ARG A', null]]],
    ['ARG A=', [['ARG A', '']]],
    ['ARG A B=1', [['ARG A', null], ['ARG B', '1']]],
    ['WORKDIR /a//', [['WORKDIR', '/a']]],
    ['WORKDIR /', [['WORKDIR', '/']]],
    ['USER app', [['USER', 'app']]],
    ['SHELL ["a","b"]', [['SHELL', '["a","b"]']]],
    ['ONBUILD ENV A=1', [['ONBUILD ENV A=1', 'ENV A=1']]],
    ['ENV', [['ENV ', '']]],
  ])('%s', (text, expected) => {
    expect(said(text)).toEqual(expected)
  }) // prettier-ignore
})

test.each([
  ['env A=1', true],
  ['  ONBUILD  workdir /a', true],
  ['ENVIRONMENT x', false],
  ['RUN ENV', false],
  ['', false],
])('whether %j is a setting: %s', (text, expected) => {
  expect(isSetting(text)).toBe(expected)
})

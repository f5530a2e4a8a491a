import { describe, expect, test } from '@jest/globals'
import { csvField, csvFields, inputList, type ListRules } from '../../src/inputs/input-list.ts'
import { thrownBy } from '../support/thrown-by.ts'

// Cases and results of docker/actions-toolkit, __tests__/util.test.ts.
describe('inputList', () => {
  const lines: ListRules = { ignoreComma: true }
  const outputs: ListRules = { ignoreComma: true, quote: false }
  test.each<[string, string, ListRules, string[]]>([
    ['reads nothing from an empty input', '', {}, []],
    ['reads a single value', 'foo', {}, ['foo']],
    ['splits at commas', 'foo,bar', {}, ['foo', 'bar']],
    ['skips an empty value', 'foo,bar,', {}, ['foo', 'bar']],
    ['splits at lines and commas', 'foo,bar\nbaz', {}, ['foo', 'bar', 'baz']],
    ['skips blank lines and spaces', '\nfoo  \n\n  bar\r\n', {}, ['foo', 'bar']],
    ['keeps a comma in quotes', 'a,"b,c"', {}, ['a', 'b,c']],
    ['splits a single quoted field again', '"a,b"', {}, ['a', 'b']],
    [
      'can keep commas in values',
      'type=registry,ref=a\ntype=local,dest=b',
      lines,
      ['type=registry,ref=a', 'type=local,dest=b'],
    ],
    ['reads a value of several lines', '"KEY=one\ntwo"\nB=c', lines, ['KEY=one\ntwo', 'B=c']],
    ['reads doubled quotes', '"MYSECRET=aaaa\n""bbbb""\nccc"', lines, ['MYSECRET=aaaa\n"bbbb"\nccc']],
    ['keeps quotes inside a field', 'KEY={"a":"b","c":1}', lines, ['KEY={"a":"b","c":1}']],
    ['keeps letters after a quote', '"a"b', lines, ['"a"b']],
    ['can ignore quotes', '"type=image,name=a"', outputs, ['"type=image,name=a"']],
    ['can ignore an odd quote', 'type=image,"name=a', outputs, ['type=image,"name=a']],
    ['keeps a number sign', '# no comment\na', lines, ['# no comment', 'a']],
  ])('%s', (_, text, rules, expected) => {
    expect(inputList('x', text, rules)).toEqual(expected)
  })

  test('refuses a quote that is never closed', () => {
    const error = thrownBy(() => inputList('secrets', '"A=hidden', { ignoreComma: true }))
    expect(error.message).toBe('input secrets has a quote (") that is never closed')
  })

  test('quotes fields only if necessary, and reads them back', () => {
    expect(csvField('src=/a')).toBe('src=/a')
    expect(csvField('src=/a,"b"')).toBe('"src=/a,""b"""')
    expect(csvFields('x', `id=a,${csvField('src=/a,"b"')}`)).toEqual(['id=a', 'src=/a,"b"'])
  })
})

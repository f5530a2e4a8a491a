import { describe, expect, test } from '@jest/globals'
import { csvField, csvFields, inputList, type ListRules } from '../../src/inputs/input-list.ts'
import { thrownBy } from './thrown-by.ts'

// Cases and results of docker/actions-toolkit, __tests__/util.test.ts.
describe('inputList', () => {
  const lines: ListRules = { ignoreComma: true }
  const outputs: ListRules = { ignoreComma: true, quote: false }
  test.each<[string, string, ListRules, string[]]>([
    ['empty', '', {}, []],
    ['a lone value', 'foo', {}, ['foo']],
    ['commas', 'foo,bar', {}, ['foo', 'bar']],
    ['commas and an empty one', 'foo,bar,', {}, ['foo', 'bar']],
    ['lines and commas', 'foo,bar\nbaz', {}, ['foo', 'bar', 'baz']],
    ['blank lines and space', '\nfoo  \n\n  bar\r\n', {}, ['foo', 'bar']],
    ['quotes that hold a comma', 'a,"b,c"', {}, ['a', 'b,c']],
    ['a lone quoted field is parted once more', '"a,b"', {}, ['a', 'b']],
    [
      'commas that belong to values',
      'type=registry,ref=a\ntype=local,dest=b',
      lines,
      ['type=registry,ref=a', 'type=local,dest=b'],
    ],
    ['a value of more lines', '"KEY=one\ntwo"\nB=c', lines, ['KEY=one\ntwo', 'B=c']],
    ['doubled quotes', '"MYSECRET=aaaa\n""bbbb""\nccc"', lines, ['MYSECRET=aaaa\n"bbbb"\nccc']],
    ['quotes inside a field', 'KEY={"a":"b","c":1}', lines, ['KEY={"a":"b","c":1}']],
    ['letters after a quote', '"a"b', lines, ['"a"b']],
    ['no quoting', '"type=image,name=a"', outputs, ['"type=image,name=a"']],
    ['no quoting, an odd quote', 'type=image,"name=a', outputs, ['type=image,"name=a']],
    ['a number sign is a value', '# no comment\na', lines, ['# no comment', 'a']],
  ])('%s', (_, text, rules, expected) => {
    expect(inputList('x', text, rules)).toEqual(expected)
  })

  test('a quote that is never closed', () => {
    const error = thrownBy(() => inputList('secrets', '"A=hidden', { ignoreComma: true }))
    expect(error.message).toBe('input secrets has a quote (") that is never closed')
  })

  test('fields are quoted only where they need it, and read back', () => {
    expect(csvField('src=/a')).toBe('src=/a')
    expect(csvField('src=/a,"b"')).toBe('"src=/a,""b"""')
    expect(csvFields('x', `id=a,${csvField('src=/a,"b"')}`)).toEqual(['id=a', 'src=/a,"b"'])
  })
})

import { expect, test } from '@jest/globals'
import { OutputTail } from '../src/output-tail.ts'

test.each<[string, readonly string[], string]>([
  ['nothing', [], ''],
  ['all of a short output', ['ab', 'cd'], 'abcd'],
  ['exactly as much as the limit', ['abc', 'de'], 'abcde'],
  ['the end of a long output', ['abc', 'def'], 'bcdef'],
  ['the end of one long part', ['abcdefgh'], 'defgh'],
  ['the end of many parts', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'], 'hijkl'],
])('keeps %s', (_what, parts, expected) => {
  const tail = new OutputTail(5)
  for (const part of parts) tail.write(Buffer.from(part))
  expect(tail.text()).toBe(expected)
  tail.write(Buffer.from('!'))
  expect(tail.bytes().toString()).toBe(`${expected}!`.slice(-5))
})

test('keeps a character whole that arrives in two parts', () => {
  const tail = new OutputTail()
  for (const byte of Buffer.from('ö')) tail.write(Buffer.from([byte]))
  expect(tail.text()).toBe('ö')
})

test('keeps parts that share their memory as they were', () => {
  const tail = new OutputTail(4)
  const shared = Buffer.from('abcdefghijkl')
  for (let at = 0; at < shared.length; at += 3) tail.write(shared.subarray(at, at + 3))
  shared.fill(0, 0, 6)
  expect(tail.text()).toBe('ijkl')
})

import { expect, test } from '@jest/globals'
import { listWords } from '../../src/report/list-words.ts'

test.each([
  [0, 'file', 'a, b'],
  [1, 'file', 'a, b and 1 more file'],
  [12, 'file', 'a, b and 12 more files'],
  [2, undefined, 'a, b and 2 more'],
  [null, 'file', 'a, b and perhaps others'],
])('with %p others', (rest, noun, words) => {
  expect(listWords(['a', 'b'], rest, noun)).toBe(words)
})

import { expect, test } from '@jest/globals'
import { once } from '../src/once.ts'

test('computes a value on the first call only, also null', () => {
  let calls = 0
  const value = once(() => {
    calls++
    return null
  })
  expect(calls).toBe(0)
  expect([value(), value()]).toEqual([null, null])
  expect(calls).toBe(1)
})

test('computes again after an error', () => {
  let calls = 0
  const value = once(() => {
    calls++
    if (calls === 1) throw new Error('first')
    return calls
  })
  expect(value).toThrow('first')
  expect(value()).toBe(2)
})

import { expect, test } from '@jest/globals'
import { reasonFor } from '../../src/weigh/read-stages.ts'

test('the reason for a missing stage is what the run changed, or else its caches', () => {
  const written = new Map([[1, [{ kind: 'cache', context: null, path: 'a/b', shown: 'a' }]]] as const)
  expect(reasonFor({ index: 0 }, { written, caches: 1 })).toBe('absent')
  expect(reasonFor({ index: 0 }, { written, caches: 2 })).toBe('caches')
  expect(reasonFor({ index: 1 }, { written, caches: 2 })).toBe('changed')
})

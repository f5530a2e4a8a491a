import { expect, test } from '@jest/globals'
import { newPatience } from '../../src/docker/patience.ts'

test('ends at once when the run is cancelled', async () => {
  const patience = newPatience()
  expect(await patience(AbortSignal.abort())).toBe(false)
  const late = new AbortController()
  const answer = patience(late.signal)
  late.abort()
  expect(await answer).toBe(false)
})

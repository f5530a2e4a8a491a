import { expect, test } from '@jest/globals'
import { newOtherBuilds } from '../../src/docker/other-builds.ts'

test('waiting ends at once when the run is cancelled', async () => {
  const builds = newOtherBuilds()
  expect(await builds.wait(AbortSignal.abort())).toBe(false)
  const late = new AbortController()
  const answer = builds.wait(late.signal)
  late.abort()
  expect(await answer).toBe(false)
})

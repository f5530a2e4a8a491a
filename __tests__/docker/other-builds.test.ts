import { expect, test } from '@jest/globals'
import { newOtherBuilds } from '../../src/docker/other-builds.ts'

test('a call is the only one of a run until another one begins', () => {
  const builds = newOtherBuilds()
  builds.begin()
  expect(builds.isOnlyCall()).toBe(true)
  builds.begin()
  expect(builds.isOnlyCall()).toBe(false)
})

test('a call that another build has stopped does not count', () => {
  const builds = newOtherBuilds()
  builds.begin()
  builds.withdraw()
  builds.begin()
  expect(builds.isOnlyCall()).toBe(true)
})

test('waiting ends at once when the run is cancelled', async () => {
  const builds = newOtherBuilds()
  expect(await builds.wait(AbortSignal.abort())).toBe(false)
  const late = new AbortController()
  const answer = builds.wait(late.signal)
  late.abort()
  expect(await answer).toBe(false)
})

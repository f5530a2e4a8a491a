import { expect, test } from '@jest/globals'
import { newOtherBuilds } from '../../src/docker/other-builds.ts'

test('a step that the only call of a run has not started must be of another build', () => {
  const builds = newOtherBuilds()
  builds.begin()
  builds.beganAt(1_000)
  expect(builds.mustHave(2_000)).toBe(true)
})

test('with several calls, only a step that began before all of them must be of another build', () => {
  const builds = newOtherBuilds()
  for (const time of [1_000, 500]) {
    builds.begin()
    builds.beganAt(time)
  }
  expect([499, 500, 2_000].map((started) => builds.mustHave(started))).toEqual([true, false, false])
})

test('a call that was stopped before it started a step does not count', () => {
  const builds = newOtherBuilds()
  builds.begin()
  builds.beganAt(1_000)
  builds.withdraw()
  builds.begin()
  expect(builds.mustHave(2_000)).toBe(true)
})

test('waiting ends at once when the run is cancelled', async () => {
  const builds = newOtherBuilds()
  expect(await builds.wait(AbortSignal.abort())).toBe(false)
  const late = new AbortController()
  const answer = builds.wait(late.signal)
  late.abort()
  expect(await answer).toBe(false)
})

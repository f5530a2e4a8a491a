import { expect, test } from '@jest/globals'
import { openBegunStages, type BegunStages } from '../../src/docker/begun-stages.ts'
import { newOtherBuilds, type OtherBuilds } from '../../src/docker/other-builds.ts'
import { watchCall, type WatchedCall } from '../../src/docker/watch-call.ts'

const line = (...vertexes: object[]): Buffer => Buffer.from(`${JSON.stringify({ vertexes })}\n`)
const at = (second: number): string => new Date(second * 1_000).toISOString()

/** A call for the stage `build` that begins in second 10. */
function watched(begunStages: BegunStages, otherBuilds: OtherBuilds): WatchedCall {
  const call = watchCall(
    { stageName: 'build', stageIndex: 0, metadata: null },
    { mayRunSteps: false, begunStages, otherBuilds, reportedAs: () => 'build' },
    () => undefined,
  )
  call.write(
    line(
      { digest: 'sha256:file', name: '[internal] load build definition from Dockerfile', started: at(10) },
      { digest: 'sha256:run', name: '[build 2/2] RUN a', inputs: [] },
      { digest: 'sha256:top', name: '[build 2/2] RUN b', inputs: ['sha256:run'] },
    ),
  )
  return call
}
const running = (started: number): Buffer =>
  line({ digest: 'sha256:top', name: '[build 2/2] RUN b', inputs: ['sha256:run'], started: at(started) })
const runningElsewhere = (started: number): Buffer =>
  line({ digest: 'sha256:2', name: '[build 2/2] RUN b', inputs: ['sha256:else'], started: at(started) })
const stored = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const reasonOf = async (call: WatchedCall): Promise<string | undefined> => (await call.whyStopped())?.reason

/** The memory of a run whose user's build has made or used these stages. */
async function memory(...ofUser: readonly string[]): Promise<BegunStages> {
  const begun = await openBegunStages(null, [])
  return {
    ...begun,
    async isOfUser(started, stage) {
      if (started.some(begun.certainlyInThisRun)) return false
      const all = [...started, ...(stage === null ? [] : [stage])]
      if (!all.every((name) => ofUser.includes(name))) return false
      await begun.forget(started)
      return true
    },
  }
}

test('a call that starts a step of its stage is stopped, and the stage is remembered', async () => {
  const begun = await memory()
  const call = watched(begun, newOtherBuilds())
  call.write(running(11))
  await stored()
  expect([await reasonOf(call), call.signal.aborted, begun.inThisRun('build')]).toEqual(['this-stage', true, true])
})

test('a call that another build delays is stopped, and nothing is remembered', async () => {
  for (const other of [running(9), runningElsewhere(9), runningElsewhere(11)]) {
    const begun = await memory()
    const call = watched(begun, newOtherBuilds())
    call.write(other)
    await stored()
    expect([await reasonOf(call), call.signal.aborted]).toEqual(['other-build', true])
    expect(begun.inThisRun('build')).toBe(false)
  }
})

test('a step that another call of the run may have started is remembered, although this call only joined it', async () => {
  const begun = await memory()
  const builds = newOtherBuilds()
  watched(begun, builds)
  const call = watched(begun, builds)
  call.write(runningElsewhere(11))
  await stored()
  expect([await reasonOf(call), begun.inThisRun('build')]).toEqual(['this-stage', true])
})

test('a step of a stage that weighing began is not taken for one of another build', async () => {
  const begun = await memory()
  await begun.add(['build'], true)
  const call = watched(begun, newOtherBuilds())
  call.write(runningElsewhere(9))
  await stored()
  expect(await reasonOf(call)).toBe('this-stage')
})

test('a call that starts a step itself is not repeated, although the user has built the stage', async () => {
  const begun = await memory('build')
  const call = watched(begun, newOtherBuilds())
  call.write(running(11))
  await stored()
  expect([await reasonOf(call), begun.inThisRun('build')]).toEqual(['this-stage', true])
})

test('a joined step of a stage that the user has built is one of another build, and is not remembered', async () => {
  const begun = await memory('build')
  const builds = newOtherBuilds()
  watched(begun, builds)
  const call = watched(begun, builds)
  call.write(runningElsewhere(11))
  await stored()
  expect(begun.inThisRun('build')).toBe(true)
  expect([await reasonOf(call), begun.inThisRun('build')]).toEqual(['other-build', false])
})

const thereInCache = line({
  digest: 'sha256:top',
  name: '[build 2/2] RUN b',
  inputs: ['sha256:run'],
  started: at(11),
  cached: true,
})

test('a result in the cache is that of the user, if our calls have only waited for a step of the stage', async () => {
  const begun = await memory('build')
  const builds = newOtherBuilds()
  const first = watched(begun, builds)
  const second = watched(begun, builds)
  first.write(runningElsewhere(11))
  // The first call is still finding out whose step it was.
  second.write(thereInCache)
  await stored()
  expect([await reasonOf(second), await reasonOf(first)]).toEqual(['other-build', 'other-build'])
})

test('a result in the cache is that of weighing, if one of our calls began the stage', async () => {
  const begun = await memory('build')
  const builds = newOtherBuilds()
  const first = watched(begun, builds)
  const second = watched(begun, builds)
  first.write(running(11))
  second.write(thereInCache)
  await stored()
  expect([await reasonOf(second), await reasonOf(first)]).toEqual(['this-stage', 'this-stage'])
})

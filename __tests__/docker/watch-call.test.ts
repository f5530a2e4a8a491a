import { expect, test } from '@jest/globals'
import type { TextStore } from '../../src/cache/text-store.ts'
import { openBegunStages, type BegunStages } from '../../src/docker/begun-stages.ts'
import { watchCall, type WatchedCall } from '../../src/docker/watch-call.ts'

const line = (...vertexes: object[]): Buffer => Buffer.from(`${JSON.stringify({ vertexes })}\n`)
const at = (second: number): string => new Date(second * 1_000).toISOString()

/** A call for the stage `build` that begins in second 10. */
function watched(begunStages: BegunStages, ownSteps = new Set<string>()): WatchedCall {
  const call = watchCall(
    { stageName: 'build', stageIndex: 0, metadata: null },
    { mayRunSteps: false, begunStages, ownSteps, ranStages: new Set(), reportedAs: () => 'build' },
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

const reasonOf = (call: WatchedCall): string | undefined => call.whyStopped()?.reason
const memory = (): Promise<BegunStages> => openBegunStages(null, [])

test('a call that starts a step of its stage is stopped, and the stage is remembered', async () => {
  const begun = await memory()
  const call = watched(begun)
  call.write(running(11))
  await stored()
  expect([reasonOf(call), call.signal.aborted, begun.inThisRun('build')]).toEqual(['this-stage', true, true])
})

test('a call that is stopped says whether a cache could not be read', async () => {
  const importing = (name: string, error: string | null): Buffer =>
    line({ digest: 'sha256:import', name, started: at(10), completed: at(11), error })
  for (const [name, error, isCacheUnread] of [
    ['importing cache manifest from registry.invalid/a', 'not found', true],
    ['[app] importing cache manifest from gha:1', 'not found', true],
    ['importing cache manifest from registry.invalid/a', null, false],
    ['[internal] load metadata for docker.io/library/a', 'not found', false],
  ] as const) {
    const call = watched(await memory())
    call.write(importing(name, error))
    expect(call.whyStopped()).toBeNull()
    call.write(running(11))
    expect([name, call.whyStopped()?.isCacheUnread]).toEqual([name, isCacheUnread])
  }
})

test('a call that another build delays is stopped, and nothing is remembered', async () => {
  for (const other of [running(9), runningElsewhere(9), runningElsewhere(11)]) {
    const begun = await memory()
    const call = watched(begun)
    call.write(other)
    await stored()
    expect([reasonOf(call), call.signal.aborted]).toEqual(['other-build', true])
    expect(begun.inThisRun('build')).toBe(false)
  }
})

test('a call that waits for a step which another call of the run has started is not delayed by another build', async () => {
  const begun = await memory()
  const [first, second] = [watched(begun), watched(begun)]
  // The second call hears of it first.
  second.write(runningElsewhere(11))
  first.write(running(11))
  await stored()
  expect([reasonOf(first), reasonOf(second)]).toEqual(['this-stage', 'this-stage'])
})

test('a step that the builder has joined with one of another call of the run is started by this call', async () => {
  // As seen on a busy builder: the other call found its own step in the cache, and the builder runs that one.
  const begun = await memory()
  const ownSteps = new Set<string>()
  const [first, second] = [watched(begun, ownSteps), watched(begun, ownSteps)]
  const joined = { digest: 'sha256:2', name: '[build 2/2] RUN b', inputs: ['sha256:else'] }
  first.write(line(joined, { ...joined, started: at(11), completed: at(11), cached: true }))
  second.write(line({ ...joined, started: at(12) }))
  await stored()
  expect([reasonOf(first), reasonOf(second), begun.inThisRun('build')]).toEqual([undefined, 'this-stage', true])
})

test('a step of a stage that an earlier call began is not taken for one of another build', async () => {
  const begun = await memory()
  await begun.add(['build'])
  const call = watched(begun)
  call.write(runningElsewhere(9))
  await stored()
  expect(reasonOf(call)).toBe('this-stage')
})

const thereInCache = line({
  digest: 'sha256:top',
  name: '[build 2/2] RUN b',
  inputs: ['sha256:run'],
  started: at(11),
  cached: true,
})

test('a result in the cache is that of the user, although another call had to wait for a step of the stage', async () => {
  const begun = await memory()
  const [first, second] = [watched(begun), watched(begun)]
  first.write(runningElsewhere(11))
  second.write(thereInCache)
  await stored()
  expect([reasonOf(first), second.signal.aborted, reasonOf(second)]).toEqual(['other-build', false, undefined])
})

test('a result in the cache is that of weighing, if another call began the stage', async () => {
  const begun = await memory()
  const [first, second] = [watched(begun), watched(begun)]
  first.write(running(11))
  second.write(thereInCache)
  await stored()
  expect([reasonOf(second), reasonOf(first)]).toEqual(['this-stage', 'this-stage'])
})

test('a call that may run steps is not stopped, and says of which stages it ran one', async () => {
  const begunStages = await memory()
  const ranStages = new Set<string>()
  const call = watchCall(
    { stageName: 'build', stageIndex: 0, metadata: null },
    { mayRunSteps: true, begunStages, ownSteps: new Set(), ranStages, reportedAs: () => 'build' },
    () => undefined,
  )
  call.write(
    line(
      { digest: 'sha256:file', name: '[internal] load build definition from Dockerfile', started: at(10) },
      { digest: 'sha256:old', name: '[tools 2/2] RUN c', inputs: [] },
      { digest: 'sha256:top', name: '[build 2/2] RUN b', inputs: ['sha256:old'] },
    ),
  )
  call.write(line({ digest: 'sha256:old', name: '[tools 2/2] RUN c', inputs: [], started: at(11), cached: true }))
  call.write(line({ digest: 'sha256:top', name: '[build 2/2] RUN b', inputs: ['sha256:old'], started: at(11) }))
  expect([call.isStopped(), [...ranStages], begunStages.inThisRun('build')]).toEqual([false, ['build'], false])
})

test('no call is stopped before what another call has begun is stored', async () => {
  const put = Promise.withResolvers<undefined>()
  const store: TextStore = { get: () => Promise.resolve(null), put: () => put.promise }
  const begun = await openBegunStages(store, [])
  const [first, second] = [watched(begun), watched(begun)]
  first.write(running(11))
  second.write(running(9))
  await stored()
  expect([first, second].map(({ signal }) => signal.aborted)).toEqual([false, false])
  expect([first, second].map((call) => call.isStopped())).toEqual([true, true])
  put.resolve(undefined)
  await stored()
  expect([first, second].map(({ signal }) => signal.aborted)).toEqual([true, true])
})

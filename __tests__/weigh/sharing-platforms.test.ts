/** Stages of several platforms, whose steps the builder reports by the same names. */
import { describe, expect, test } from '@jest/globals'
import { onPlatform } from '../../src/docker/begun-on-platform.ts'
import { openBegunStages, type BegunStages } from '../../src/docker/begun-stages.ts'
import { watchCall } from '../../src/docker/watch-call.ts'
import { platformStages, sharingPlatforms, type PlatformStages } from '../../src/weigh/sharing-platforms.ts'
import { plannedStage } from '../support/planned-stage.ts'

const stagesOn = (platform: string, results: Readonly<Record<string, string>>): PlatformStages => ({
  platform,
  results: new Map(Object.entries(results)),
})
const amd64 = stagesOn('linux/amd64', { build: 'sha256:1', tools: 'sha256:3' })
const arm64 = stagesOn('linux/arm64', { build: 'sha256:2', tools: 'sha256:3', only: 'sha256:4' })
const all = [amd64, arm64]

test('platforms share a stage unless its result is known to be another one', () => {
  const both = ['linux/amd64', 'linux/arm64']
  expect(['build', 'tools', 'only', 'unknown', ''].map((stage) => sharingPlatforms(stage, 'linux/amd64', all))).toEqual(
    [['linux/amd64'], both, both, both, both],
  )
  expect(sharingPlatforms('build', 'linux/amd64', [amd64])).toEqual(['linux/amd64'])
})

test('no result is known without a graph', () => {
  const stage = plannedStage()
  expect(platformStages('linux/amd64', [stage], null, () => 'build')).toEqual(stagesOn('linux/amd64', {}))
})

describe('what weighing one platform began', () => {
  const on = (begun: BegunStages, { platform }: PlatformStages): BegunStages =>
    onPlatform(begun, platform, (stage) => sharingPlatforms(stage, platform, all))

  /** Whether a call for a stage is stopped, if the builder has its result. */
  const isStopped = (begunStages: BegunStages, stage: string): boolean => {
    const call = watchCall(
      { stageName: stage, stageIndex: 0, metadata: null },
      { mayRunSteps: false, begunStages, ownSteps: new Set(), ranStages: new Set(), reportedAs: () => stage },
      () => undefined,
    )
    const times = { started: '2026-11-27T08:00:00Z', completed: '2026-11-27T08:00:01Z' }
    const step = { digest: 'sha256:a', name: `[${stage} 2/2] RUN make`, inputs: [], cached: true, ...times }
    call.write(Buffer.from(`${JSON.stringify({ vertexes: [step] })}\n`))
    return call.isStopped()
  }

  test('stops calls for the same platform, and for others that share the stage', async () => {
    const begun = await openBegunStages(null, [])
    await on(begun, arm64).add(['build', 'tools'])
    expect(['build', 'tools'].map((stage) => isStopped(on(begun, arm64), stage))).toEqual([true, true])
    expect(['build', 'tools'].map((stage) => isStopped(on(begun, amd64), stage))).toEqual([false, true])
  })

  test('is forgotten only for these platforms', async () => {
    const begun = await openBegunStages(null, [])
    await on(begun, arm64).add(['build', 'tools'])
    await on(begun, amd64).forget(['build', 'tools'])
    expect(['build', 'tools'].map(on(begun, arm64).inThisRun)).toEqual([true, false])
  })
})

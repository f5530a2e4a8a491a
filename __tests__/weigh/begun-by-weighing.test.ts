/** What identifies the steps that weighing may have begun. */
import { expect, test } from '@jest/globals'
import { planStages } from '../../src/dockerfile/plan-stages.ts'
import { stageWithSteps } from '../../src/graph/stage-results.ts'
import { stepsKey } from '../../src/weigh/begun-by-weighing.ts'

const source = { kind: 'local', context: '.', dockerfile: 'FROM scratch\n', dockerfilePath: null, stdin: null } as const

const keyOf = (...stepArgv: readonly string[]): readonly (string | null)[] =>
  stepsKey({ stepArgv, builder: null }, source, { ref: 'builder/node/id' }, {}, 'unknown')

test('the key has no values of build arguments and no credentials, since a hash of it is kept', () => {
  const key = keyOf('--build-arg', 'PIN=4711', '--build-context', 'x=https://me:hunter2@example.com/x.git')
  expect(key.join(' ')).toContain('PIN=')
  expect(key.join(' ')).not.toMatch(/4711|hunter2/)
  const remote = { ...source, kind: 'remote', context: 'https://me:hunter2@example.com/x.git#main' } as const
  const other = stepsKey({ stepArgv: [], builder: null }, remote, { ref: '' }, {}, 'unknown')
  expect(other.join(' ')).not.toContain('hunter2')
})

test('the key differs by flags that define steps, and not by caches and secrets', () => {
  expect(keyOf('--network', 'none')).not.toEqual(keyOf())
  expect(keyOf('--cache-from', 'type=gha', '--secret=id=a,env=A')).toEqual(keyOf())
})

test('the steps of a stage that only renames others are those of the stage that it is FROM, in a chain of any length', () => {
  const names = Array.from({ length: 5_000 }, (_, nth) => `FROM s${nth} AS s${nth + 1}`)
  const { stages } = planStages({
    dockerfile: ['FROM scratch AS s0', 'COPY a /', ...names, 'COPY b /', ''].join('\n'),
    list: null,
    target: null,
    buildContexts: new Set(),
    buildArgs: new Map(),
  })
  expect(stageWithSteps(stages[4_999]!, stages).index).toBe(0)
  expect(stageWithSteps(stages[5_000]!, stages).index).toBe(5_000)
})

import { describe, expect, test } from '@jest/globals'
import { planStages } from '../../src/dockerfile/plan-stages.ts'
import type { PlannedStage } from '../../src/dockerfile/stage.ts'
import type { BuildStep } from '../../src/graph/provenance.ts'
import { chainOf, isInGraph, resultOfStage } from '../../src/graph/stage-results.ts'

const stagesOf = (...lines: string[]): readonly PlannedStage[] =>
  planStages({
    dockerfile: `${lines.join('\n')}\n`,
    list: null,
    target: null,
    buildContexts: new Set(),
    buildArgs: new Map(),
  }).stages

const step = (lines: readonly number[], on: readonly number[], own: Partial<BuildStep> = {}): BuildStep => ({
  kind: 'layer',
  on,
  uses: on,
  source: null,
  places: lines.map((line) => ({ start: line, end: line })),
  chains: [],
  llbDigest: null,
  exported: false,
  ...own,
})
const source = (...lines: number[]): BuildStep => step(lines, [], { kind: 'source' })

/** The position of each stage's step, or what it is instead. */
const told = (stages: readonly PlannedStage[], steps: readonly BuildStep[]): unknown =>
  stages.map((stage) => {
    const result = resultOfStage(stage, stages, steps)
    return result?.kind === 'step' ? result.position : (result?.kind ?? null)
  })

describe('the result of a stage', () => {
  test('is the step on its lines that no other step on them uses', () => {
    const stages = stagesOf('FROM a AS one', 'COPY a /', 'RUN b', 'FROM a', 'COPY --from=one /b /')
    const steps = [source(1, 4), step([2], [0]), step([3], [1]), step([5], [0], { uses: [0, 2], exported: true })]
    expect(told(stages, steps)).toEqual([2, 3])
  })

  test('is that of its base if it has no steps', () => {
    const stages = stagesOf(
      'FROM a AS one',
      'RUN a',
      'FROM one AS two',
      'ENV A=1',
      'FROM b AS three',
      'LABEL a=1',
      'FROM scratch AS four',
      'FROM two',
      'COPY --from=three / /',
    )
    const steps = [source(1), source(5), step([2], [0]), step([9], [2], { uses: [2, 1], exported: true })]
    expect(told(stages, steps)).toEqual([2, 2, 1, 'empty', 3])
  })

  test('is found through a chain of stages of any length', () => {
    const chain = Array.from({ length: 10_000 }, (_, nth) => `FROM ${nth === 0 ? 'scratch' : `s${nth - 1}`} AS s${nth}`)
    const stages = stagesOf(...chain, 'FROM scratch')
    expect(resultOfStage(stages[9_999]!, stages, [])).toEqual({ kind: 'empty' })
  })

  test('is shared by stages with the same steps', () => {
    const stages = stagesOf('FROM a AS one', 'RUN a', 'FROM a AS two', 'RUN a', 'FROM one', 'COPY --from=two / /')
    const steps = [source(1, 3), step([2, 4], [0]), step([6], [1], { exported: true })]
    expect(told(stages, steps)).toEqual([1, 1, 2])
  })

  test('does not exist if the build has no step of the stage; WORKDIR / makes none', () => {
    const stages = stagesOf('FROM a AS one', 'RUN a', 'FROM b AS two', 'WORKDIR /', 'FROM c', 'COPY --from=two / /')
    const steps = [source(3), source(5), step([6], [1], { exported: true })]
    expect(told(stages, steps)).toEqual([null, 0, 2])
    expect(stages.map((stage) => isInGraph(stage, stages, steps))).toEqual([false, false, true])
  })

  test('is not known if two steps are left', () => {
    const stages = stagesOf('FROM a AS one', 'RUN a', 'RUN b', 'FROM one', 'RUN c')
    expect(told(stages, [source(1), step([2], [0]), step([3], [0]), step([5], [2], { exported: true })])).toEqual([
      null,
      3,
    ])
  })

  test('includes the ONBUILD steps of its base at the FROM', () => {
    const stages = stagesOf('FROM a AS one', 'FROM scratch', 'COPY --from=one / /')
    expect(
      told(stages, [source(1), step([1], [0]), step([1], [1]), step([3], [], { uses: [2], exported: true })]),
    ).toEqual([2, 3])
  })
})

describe('the layers of a step', () => {
  const chain = (...letters: string[]): BuildStep['chains'][number] =>
    letters.map((letter) => ({ digest: `sha256:${letter.repeat(64)}`, mediaType: '', size: 1 }))

  test('are its chain, if the builder has one', () => {
    expect(chainOf([step([1], [])], 0)).toBeNull()
    expect(chainOf([step([1], [], { chains: [chain('a')] })], 0)).toEqual({ layers: chain('a'), oneOfSeveral: false })
  })

  test('are those that a later step uses, if there are several results', () => {
    const below = step([1], [], { chains: [chain('a'), chain('b')] })
    expect(chainOf([below, step([2], [0], { chains: [chain('b', 'c')] })], 0)).toEqual({
      layers: chain('b'),
      oneOfSeveral: false,
    })
    expect(chainOf([below, step([2], [0]), step([3], [1], { chains: [chain('b', 'c', 'd')] })], 0)).toEqual({
      layers: chain('b'),
      oneOfSeveral: false,
    })
    expect(chainOf([below, step([2], [0], { chains: [chain('a', 'c'), chain('b', 'c')] })], 0)).toEqual({
      layers: chain('a'),
      oneOfSeveral: true,
    })
    // It copies from the step, and is based on something else.
    expect(chainOf([below, step([2], [], { uses: [0], chains: [chain('b', 'c')] })], 0)).toMatchObject({
      oneOfSeveral: true,
    })
  })
})

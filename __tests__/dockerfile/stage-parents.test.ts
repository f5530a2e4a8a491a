import { expect, test } from '@jest/globals'
import { planStages } from '../../src/dockerfile/plan-stages.ts'
import { lineageOf } from '../../src/dockerfile/stage-parents.ts'
import type { PlannedStage } from '../../src/dockerfile/stage.ts'

function stagesOf(dockerfile: string): readonly PlannedStage[] {
  return planStages({ dockerfile, list: null, target: null, buildContexts: new Set(), buildArgs: new Map() }).stages
}

function lineage(stages: readonly PlannedStage[]): readonly (string | null)[] {
  const last = stages.at(-1)
  return last === undefined ? [] : lineageOf(last, stages).map(({ name }) => name)
}

test('lists the stages that a stage is built FROM, nearest first', () => {
  expect(lineage(stagesOf('FROM x AS a\nFROM y AS b\nFROM a AS c\nFROM c AS d'))).toEqual(['d', 'c', 'a'])
})

test('follows a chain of any length', () => {
  const chain = Array.from({ length: 20_000 }, (_, nth) => `FROM ${nth === 0 ? 'x' : `s${nth - 1}`} AS s${nth}`)
  expect(lineage(stagesOf(chain.join('\n')))).toHaveLength(20_000)
})

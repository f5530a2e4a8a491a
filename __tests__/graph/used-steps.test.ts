import { expect, test } from '@jest/globals'
import type { BuildStep } from '../../src/graph/provenance.ts'
import { usedSteps } from '../../src/graph/used-steps.ts'

const step = (llbDigest: string, on: readonly number[], uses = on, exported = false): BuildStep => ({
  kind: 'layer',
  on,
  uses,
  source: null,
  places: [],
  chains: [],
  llbDigest,
  exported,
})

/** The final stage (4) is FROM 0, and copies (3) from a stage (2) whose lower step (1) is FROM 0 too. */
const steps = [
  step('base', []),
  step('install', [0]),
  step('make', [1]),
  step('copy', [0], [0, 2]),
  step('last', [3], [3], true),
]

const names = (...ran: string[]): readonly (string | null)[] =>
  [...usedSteps(steps, new Set(ran))].sort().map((position) => steps[position]?.llbDigest ?? null)

test('a build in which nothing ran used only its exported result and the layers of it', () => {
  expect(names()).toEqual(['base', 'copy', 'last'])
  expect(names('last')).toEqual(['base', 'copy', 'last'])
})

test('a step that ran used what it was made from, with the layers below', () => {
  expect(names('copy')).toEqual(['base', 'install', 'make', 'copy', 'last'])
})

test('a step that ran is used, although no other step uses it', () => {
  expect(names('install')).toEqual(['base', 'install', 'copy', 'last'])
  expect(names('another build')).toEqual(['base', 'copy', 'last'])
})

/** What comes first in a footprint does not depend on what could be weighed. */
import { expect, test } from '@jest/globals'
import { recordNameOf } from '../../src/base/find-baseline.ts'
import { headlineOutputs } from '../../src/report/outputs.ts'
import { footprintOf, image } from '../support/footprints.ts'

test.each([
  [[], 'b', true],
  [['c'], 'b', true],
  [['c', 'a'], 'a', false],
])('if %j were not weighed, the record is named %s, and the outputs have figures: %s', (lost, name, hasFigures) => {
  const footprint = { ...footprintOf([image({ name: 'b' })]), unweighedTargets: lost }
  expect(recordNameOf(footprint)).toBe(name)
  expect(headlineOutputs(footprint).get('final-layers') !== '').toBe(hasFigures)
})

import { expect, test } from '@jest/globals'
import { parseProvenance } from '../../src/build/provenance.ts'

test('more ranges of a step than arguments fit on the stack', () => {
  const ranges = Array.from({ length: 300_000 }, (_, position) => ({ start: { line: position + 2 } }))
  const steps = parseProvenance({
    buildConfig: { llbDefinition: [{ id: 'step0', op: {} }] },
    metadata: { 'https://mobyproject.org/buildkit@v1#metadata': { source: { locations: { step0: { locations: [{ ranges }] } } } } },
  })
  expect(steps?.map(({ places }) => places)).toEqual([[{ start: 2, end: 300_001 }]])
})

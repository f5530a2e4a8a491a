import { describe, expect, test } from '@jest/globals'
import { parseProvenance, resultOf, withTargets } from '../../src/graph/provenance.ts'

test('reads a step with more ranges than fit on the stack as arguments', () => {
  const ranges = Array.from({ length: 300_000 }, (_, position) => ({ start: { line: position + 2 } }))
  const steps = parseProvenance({
    buildConfig: { llbDefinition: [{ id: 'step0', op: {} }] },
    metadata: {
      'https://mobyproject.org/buildkit@v1#metadata': { source: { locations: { step0: { locations: [{ ranges }] } } } },
    },
  })
  expect(steps?.map(({ places }) => places)).toEqual([[{ start: 2, end: 300_001 }]])
})

describe('the provenance of a bake target that builds on another', () => {
  const [ours, theirs] = ['FROM base\nCOPY a /\n', 'FROM scratch\nCOPY b /\n']
  const at = (sourceIndex: number | undefined, line: number): unknown => ({
    ...(sourceIndex === undefined ? {} : { sourceIndex }),
    ranges: [{ start: { line } }],
  })
  const provenance = (...dockerfiles: readonly string[]): unknown => ({
    buildConfig: {
      llbDefinition: [
        { id: 'step0', op: {} },
        { id: 'step1', op: {} },
        { id: 'step2', op: {}, inputs: ['step1:0'] },
      ],
      digestMapping: { 'sha256:0': 'step0', 'sha256:1': 'step1' },
    },
    metadata: {
      'https://mobyproject.org/buildkit@v1#metadata': {
        source: {
          locations: { step0: { locations: [at(undefined, 2)] }, step1: { locations: [at(1, 2)] } },
          infos: dockerfiles.map((text) => ({ data: Buffer.from(text).toString('base64') })),
        },
      },
    },
  })
  const places = (...args: Parameters<typeof parseProvenance>): unknown =>
    parseProvenance(...args)?.map(({ places: found }) => found.map(({ start }) => start))

  test("gives lines only in the target's own Dockerfile, found by its text", () => {
    expect(places(provenance(theirs, ours), ours)).toEqual([[], [2], []])
    expect(places(provenance(ours, theirs), ours)).toEqual([[2], [], []])
    expect(places(provenance(theirs, `${theirs}#`), ours)).toEqual([[], [], []])
    expect(places(provenance(ours), `${ours}#`)).toEqual([[2], [2], []])
    expect(places(provenance(theirs, ours))).toEqual([[2], [2], []])
  })

  test('marks the last step of the other target as a source', () => {
    expect(resultOf(provenance(ours))).toBe('sha256:1')
    expect(resultOf(null)).toBeNull()
    const steps = withTargets(parseProvenance(provenance(theirs, ours)) ?? [], new Map([['base', 'sha256:0']]))
    expect(steps.map(({ source }) => source)).toEqual(['target:base', null, null])
  })
})

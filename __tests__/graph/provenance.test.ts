import { describe, expect, test } from '@jest/globals'
import { ownsItsLines, parseProvenance, resultOf, withTargets, type BuildStep } from '../../src/graph/provenance.ts'

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

describe('a graph with the steps of another target', () => {
  const step = (line: number | null, uses: readonly number[], own: Partial<BuildStep> = {}): BuildStep => ({
    kind: 'layer',
    on: uses,
    uses,
    source: null,
    places: line === null ? [] : [{ start: line, end: line }],
    chains: [],
    llbDigest: null,
    exported: false,
    ...own,
  })

  test('owns its lines if the steps of the other target come from another Dockerfile', () => {
    const target = { source: 'target:base' }
    expect(ownsItsLines([step(null, []), step(null, [0], target), step(2, [1], { exported: true })])).toBe(true)
    // A target with nothing of its own has the result of the other one.
    expect(ownsItsLines([step(null, []), step(null, [0], { ...target, exported: true })])).toBe(true)
  })

  test('does not own them if the result of the other target, or a step below it, is on a line', () => {
    const own = step(4, [1], { exported: true })
    expect(ownsItsLines([step(null, []), step(2, [0], { source: 'target:base' }), own])).toBe(false)
    expect(ownsItsLines([step(1, []), step(null, [0], { source: 'target:base' }), own])).toBe(false)
  })
})

test('drops an empty list of layers, which an engine gives until it has counted them', () => {
  const layer = { digest: `sha256:${'a'.repeat(64)}`, mediaType: 'x', size: -1 }
  const steps = parseProvenance({
    buildConfig: {
      llbDefinition: [
        { id: 'step0', op: {} },
        { id: 'step1', op: {} },
      ],
    },
    metadata: {
      'https://mobyproject.org/buildkit@v1#metadata': { layers: { 'step0:0': [[]], 'step1:0': [[layer]] } },
    },
  })
  expect(steps?.map(({ chains }) => chains)).toEqual([[], [[layer]]])
})

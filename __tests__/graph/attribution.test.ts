import { describe, expect, test } from '@jest/globals'
import { baseBoundary, layerPlaces, matchHistory, metadataOnlySteps, spineOf } from '../../src/graph/attribution.ts'
import type { BuildStep } from '../../src/graph/provenance.ts'

const digest = (letter: string): `sha256:${string}` => `sha256:${letter.repeat(64)}`
const config = (...empty: boolean[]): Parameters<typeof matchHistory>[0] => ({
  os: 'linux',
  architecture: 'amd64',
  rootfs: { diff_ids: empty.filter((value) => !value).map(() => digest('a')) },
  history: empty.map((value) => ({ empty_layer: value })),
})

const step = (own: Partial<BuildStep>): BuildStep => ({
  kind: 'layer',
  on: [],
  uses: [],
  source: null,
  places: [],
  chains: [],
  llbDigest: null,
  exported: false,
  ...own,
})
const image = (own: Partial<BuildStep> = {}): BuildStep =>
  step({ kind: 'source', source: `docker-image://docker.io/library/base@${digest('1')}`, ...own })
const at = (line: number): Pick<BuildStep, 'places'> => ({ places: [{ start: line, end: line }] })
/** A chain with this many layers. Which layers they are does not matter. */
const chain = (layers: number): BuildStep['chains'][number] =>
  Array.from({ length: layers }, (_, position) => ({ digest: digest(String(position % 10)), mediaType: '', size: 1 }))

/** Where the base of `layers` layers ends, and the line of each layer. */
function told(steps: readonly BuildStep[], layers: number, linked: string | null = null): unknown {
  const spine = spineOf(steps, steps.length - 1, linked)
  const boundary = spine && baseBoundary(spine, layers)
  return (
    spine && boundary && { ...boundary, lines: layerPlaces(spine, boundary).map(([place]) => place?.start ?? null) }
  )
}

describe('the layers of a stage', () => {
  test('belong to its steps, counted from the top; the rest is the base image', () => {
    const steps = [
      image(),
      step({ on: [0], ...at(2) }),
      step({ kind: 'source', source: 'local://context' }),
      step({ on: [1], ...at(3) }),
    ]
    expect(told(steps, 5)).toEqual({ layers: 3, digest: digest('1'), lines: [null, null, null, 2, 3] })
  })

  test('include those of COPY --link, merged onto the ones below', () => {
    const link = [
      image(),
      step({ ...at(2) }),
      step({ kind: 'merge', on: [0, 1], ...at(2) }),
      step({ on: [2], ...at(3) }),
    ]
    expect(told(link, 4)).toEqual({ layers: 2, digest: digest('1'), lines: [null, null, 2, 3] })
    const two = [image(), step({ ...at(2) }), step({ ...at(3) }), step({ kind: 'merge', on: [0, 1, 2] })]
    expect(told(two, 3)).toEqual({ layers: 1, digest: digest('1'), lines: [null, 2, 3] })
  })

  test('are all its own if it is FROM scratch', () => {
    expect(told([step({ ...at(2) }), step({ on: [0], ...at(3) })], 2)).toEqual({
      layers: 0,
      digest: null,
      lines: [2, 3],
    })
    expect(told([step({ ...at(2) }), step({ on: [0], ...at(3) })], 3)).toBeNull()
  })

  test('all belong to the base if it has no steps', () => {
    expect(told([image({ chains: [chain(7)] })], 2)).toEqual({ layers: 2, digest: digest('1'), lines: [null, null] })
  })

  test('begin above the result of another bake target if it is FROM that', () => {
    const steps = [image(), step({ on: [0], source: 'target:base' }), step({ on: [1], ...at(2) })]
    expect(told(steps, 4, 'target:base')).toEqual({ layers: 3, digest: null, lines: [null, null, null, 2] })
    // The same step is in this Dockerfile too, word for word.
    expect(told(steps, 4)).toEqual({ layers: 2, digest: digest('1'), lines: [null, null, null, 2] })
  })

  test('must agree with every chain that contains the base', () => {
    const steps = (...lengths: number[]): BuildStep[] => [
      image({ chains: [chain(9)] }),
      step({ on: [0], chains: lengths.map(chain) }),
      step({ on: [1] }),
    ]
    expect(told(steps(3), 4)).toMatchObject({ layers: 2 })
    expect(told(steps(3, 3), 4)).toMatchObject({ layers: 2 })
    expect(told(steps(3, 4), 4)).toBeNull()
    expect(told(steps(), 1)).toBeNull()
  })

  test('are not known if the graph has an unknown operation', () => {
    expect(told([image(), step({ kind: 'other', on: [0] }), step({ on: [1] })], 3)).toBeNull()
    expect(told([image(), image(), step({ kind: 'merge', on: [0, 1] })], 3)).toBeNull()
    expect(spineOf([], -1)).toBeNull()
  })

  test('are not known if the graph doubles with each step', () => {
    const doubling = Array.from({ length: 60 }, (_, position) =>
      step(position === 0 ? {} : { kind: 'merge', on: [position - 1, position - 1] }),
    )
    expect(spineOf(doubling, 59)).toBeNull()
  })
})

describe('history', () => {
  test('gives the steps of the layers above the base, by their order', () => {
    expect(matchHistory(config(false, true, false, true, false), ['COPY', 'ENV', 'RUN'], 2)).toEqual({
      layerSteps: ['COPY', 'RUN'],
      metadataOnly: 1,
    })
  })

  test('gives nothing if its entries are not those of the steps', () => {
    expect(matchHistory(config(false, true, false, false), ['COPY', 'ENV'], 1)).toBeNull()
    expect(matchHistory(config(false), ['COPY', 'ENV'], 1)).toBeNull()
    expect(matchHistory({ ...config(), history: undefined }, ['COPY'], 1)).toBeNull()
  })

  test('gives nothing if its entries with a layer do not match the number of layers', () => {
    const { history } = config(false, true, false, true, false)
    expect(matchHistory({ ...config(false, false), history }, ['COPY', 'ENV', 'RUN'], 2)).toBeNull()
    expect(matchHistory({ ...config(false, false, false, false), history }, ['COPY', 'ENV', 'RUN'], 2)).toBeNull()
  })

  test('is empty for a stage without instructions', () => {
    expect(matchHistory(config(false), [], 0)).toEqual({ layerSteps: [], metadataOnly: 0 })
  })
})

test('steps without a layer are counted if each layer has a step of its own', () => {
  expect(metadataOnlySteps(['COPY', 'RUN'], ['COPY', 'ENV', 'RUN'])).toBe(1)
  expect(metadataOnlySteps([], ['ENV'])).toBe(1)
  expect(metadataOnlySteps(['COPY', null], ['COPY', 'RUN'])).toBeNull()
  expect(metadataOnlySteps(['COPY', 'COPY'], ['COPY', 'RUN'])).toBeNull()
})

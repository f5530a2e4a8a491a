import { describe, expect, test } from '@jest/globals'
import { baseBoundary, layerPlaces, layersInCache, matchHistory, matchPlaces } from '../../src/inspect/attribution.ts'
import type { BuildStep } from '../../src/build/provenance.ts'

const digest = (letter: string): `sha256:${string}` => `sha256:${letter.repeat(64)}`
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(digest) as [`sha256:${string}`, `sha256:${string}`, `sha256:${string}`, `sha256:${string}`]
const config = (...empty: boolean[]): Parameters<typeof matchHistory>[0] => ({
  os: 'linux',
  architecture: 'amd64',
  rootfs: { diff_ids: empty.filter((value) => !value).map(() => a) },
  history: empty.map((value) => ({ empty_layer: value })),
})

describe('base boundary', () => {
  const image = (source: string, ...chain: (typeof a)[]): BuildStep => ({
    source,
    places: [],
    chains: [chain],
    llbDigest: null,
    exported: false,
  })

  test('is the longest chain of a source image that the layers begin with', () => {
    const steps = [
      image('docker-image://docker.io/library/small@' + digest('1'), a),
      image('docker-image://docker.io/library/large@' + digest('2'), a, b),
      image('docker-image://docker.io/library/other@' + digest('3'), a, b, d),
    ]
    expect(baseBoundary(steps, [a, b, c], 'large')).toEqual({ layers: 2, digest: digest('2') })
  })

  test('of another target is what that one ends with, and no image below it', () => {
    const steps = [image('docker-image://small', a), image('target:base', a, b), image('target:other', a, b, c)]
    expect(baseBoundary(steps, [a, b, c], 'target:base')).toEqual({ layers: 2, digest: null })
    expect(baseBoundary(steps, [a, b, c], 'small')).toEqual({ layers: 1, digest: null })
    expect(baseBoundary(steps, [a, d], 'target:base')).toBeNull()
  })

  test('of scratch is nothing, and without provenance it is not known', () => {
    expect(baseBoundary(null, [a], 'scratch')).toEqual({ layers: 0, digest: null })
    expect(baseBoundary(null, [a], 'small')).toBeNull()
    expect(baseBoundary([image('local://context', a)], [a], 'small')).toBeNull()
  })
})

test('a layer belongs to the step whose chain ends with it', () => {
  const step = (line: number, ...chain: (typeof a)[]): BuildStep => ({
    source: null,
    places: [{ start: line, end: line }],
    chains: [chain],
    llbDigest: null,
    exported: false,
  })
  const steps = [step(4, a, b), step(5, a, b, c), step(9, a, c)]
  expect(layerPlaces(steps, [a, b, c, d], 1).map((places) => places.map(({ start }) => start))).toEqual([[], [4], [5], []])
})

test('an export under new digests is known by the chain of its result', () => {
  const result: BuildStep = { source: null, places: [], chains: [[a, b]], llbDigest: null, exported: true }
  expect(layersInCache([result], [c, d])).toEqual([a, b])
  expect(layersInCache([result], [a, b])).toEqual([a, b])
  expect(layersInCache([result], [c])).toEqual([c])
  expect(layersInCache(null, [c])).toEqual([c])
})

describe('history', () => {
  test('tells the steps of the layers above the base by their order', () => {
    expect(matchHistory(config(false, true, false, true, false), ['COPY', 'ENV', 'RUN'], 2)).toEqual({
      layerSteps: ['COPY', 'RUN'],
      metadataOnly: 1,
    })
  })

  test('tells nothing where the entries are not those of the steps', () => {
    expect(matchHistory(config(false, true, false, false), ['COPY', 'ENV'], 1)).toBeNull()
    expect(matchHistory(config(false), ['COPY', 'ENV'], 1)).toBeNull()
    expect(matchHistory({ ...config(), history: undefined }, ['COPY'], 1)).toBeNull()
  })

  test('tells nothing where it has more or fewer entries with a layer than there are layers', () => {
    const { history } = config(false, true, false, true, false)
    expect(matchHistory({ ...config(false, false), history }, ['COPY', 'ENV', 'RUN'], 2)).toBeNull()
    expect(matchHistory({ ...config(false, false, false, false), history }, ['COPY', 'ENV', 'RUN'], 2)).toBeNull()
  })

  test('of a stage without instructions is empty', () => {
    expect(matchHistory(config(false), [], 0)).toEqual({ layerSteps: [], metadataOnly: 0 })
  })
})

describe('without a history', () => {
  const steps = ['COPY', 'ENV', 'RUN']

  test('places tell which steps made no layer, where each layer has a step of its own', () => {
    expect(matchPlaces(['COPY', 'RUN'], steps, new Set())).toEqual({ layerSteps: ['COPY', 'RUN'], metadataOnly: 1 })
    expect(matchPlaces([], ['ENV'], new Set())).toEqual({ layerSteps: [], metadataOnly: 1 })
  })

  test.each([
    ['the last', ['COPY', null]],
    ['the first', [null, 'RUN']],
    ['all', [null, null]],
  ])('the order of the graph tells, where the chain of %s is left out', (_, layerSteps) => {
    expect(matchPlaces(layerSteps, steps, new Set(['RUN', 'COPY']))).toEqual({ layerSteps: ['COPY', 'RUN'], metadataOnly: 1 })
  })

  test('nothing is told where a layer has none, or two have one, and the graph has other steps', () => {
    expect(matchPlaces(['COPY', null], steps, new Set(['COPY']))).toBeNull()
    expect(matchPlaces(['COPY', 'COPY'], steps, new Set(['COPY']))).toBeNull()
    expect(matchPlaces(['RUN', null], steps, new Set(['COPY', 'RUN']))).toBeNull()
    expect(matchPlaces([null], steps, new Set(['COPY', 'RUN']))).toBeNull()
  })
})

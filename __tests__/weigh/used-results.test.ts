/** A builder may provide another result of a stage than the build used. Its contents tell. */
import { expect, test } from '@jest/globals'
import { planStages } from '../../src/dockerfile/plan-stages.ts'
import type { BuildStep } from '../../src/graph/provenance.ts'
import type { Digest } from '../../src/oci/digest.ts'
import { usedResults } from '../../src/weigh/used-results.ts'
import type { WeighedImage } from '../../src/weigh/weighed-image.ts'
import type { Unconfirmed } from '../../src/weigh/weighed-stages.ts'
import { readerOf, type Checksums } from '../support/layer-contents.ts'

/** A layer: a letter for its digest, and its files. `null` if its entries are not known. */
const layers: Readonly<Record<string, Checksums | null>> = {
  a: { 'usr/lib/libc.so': 1 },
  d: { deps: 2 },
  D: { deps: 22 },
  t: { deps: 2 },
  b: { 'src/app': 3, 'src/app.o': 4 },
  B: { 'src/app': 33, 'src/app.o': 4 },
  n: { 'src/app': null },
  u: null,
  f: { 'opt/app': 3 },
  z: { 'opt/app': 3, 'stargz.index.json': 99 },
}

const digestOf = (letter: string): Digest => `sha256:${Buffer.from(letter).toString('hex').repeat(32)}`
const byDigest = new Map(Object.entries(layers).map(([letter, files]) => [digestOf(letter), files]))

const reader = { ...readerOf(byDigest), derivedFrom: () => null }

const { stages } = planStages({
  dockerfile: `FROM base AS deps
RUN install
FROM deps AS build
RUN compile
FROM base
COPY --from=build /src/app /opt/app
`,
  list: null,
  target: null,
  buildContexts: new Set(),
  buildArgs: new Map(),
})

const step = (line: number, on: number[], own: Partial<BuildStep> = {}): BuildStep => ({
  ...{ kind: 'layer', on, uses: on, source: null, places: [{ start: line, end: line }], chains: [] },
  ...{ llbDigest: null, exported: false },
  ...own,
})
const source = { ...step(1, [], { kind: 'source' }), places: [1, 5].map((line) => ({ start: line, end: line })) }
const steps = [source, step(2, [0]), step(4, [1]), step(6, [0], { uses: [0, 2], exported: true })]

/** Returns an image with these layers. Those without their file times have the digest of a letter in `timeless`. */
function image(letters: string, result: number, timeless: Readonly<Record<string, string>> = {}): WeighedImage {
  const digests = Array.from(letters).map(digestOf)
  return {
    image: {
      manifest: { layers: digests.map((digest) => ({ mediaType: '', digest, size: 10 })) },
      config: { os: 'linux', architecture: 'amd64', rootfs: { diff_ids: digests } },
      configDigest: null,
      manifestDigest: null,
    },
    steps,
    result,
    indexes: Array.from(letters).map((letter, position) => ({
      ...{ digest: digests[position]!, diffId: digests[position]!, compressedSize: 10, uncompressedSize: 10 },
      ...{ fileBytes: 10, entries: 1, whiteouts: 0, opaqueWhiteouts: 0 },
      timelessDigest: letter === 'a' ? null : digestOf(timeless[letter] ?? letter),
    })),
  }
}

/** Weighs `deps`, `build` and the final stage, all but the last unconfirmed. Returns the layers of each, or why not. */
async function told(
  [deps, build, final]: readonly [WeighedImage | null, WeighedImage | null, WeighedImage],
  unconfirmed: Readonly<Record<number, Unconfirmed>> = {},
): Promise<{ readonly stages: readonly string[]; readonly notes: readonly string[] }> {
  const all = [deps, build, final]
  const { images, notBuilt, notes } = await usedResults(
    stages,
    {
      images: new Map(all.flatMap((one, index) => (one === null ? [] : [[index, one]]))),
      notBuilt: new Map(all.flatMap((one, index) => (one === null ? [[index, 'absent']] : []))),
      unconfirmed: new Map(Object.entries({ 0: {}, 1: {}, ...unconfirmed }).map(([key, one]) => [Number(key), one])),
      matchesShipped: true,
      notes: ['note'],
    },
    reader,
  )
  const lettersOf = ({ image: { manifest } }: WeighedImage): string =>
    manifest.layers.map(({ digest }) => Object.keys(layers).find((letter) => digestOf(letter) === digest)).join('')
  return {
    stages: all.map((_, index) => {
      const found = images.get(index)
      return found === undefined ? (notBuilt.get(index) ?? '') : lettersOf(found)
    }),
    notes,
  }
}

const final = image('af', 3)

test('stages that contain what was copied from them stay as they are', async () => {
  expect(await told([image('ad', 1), image('adb', 2), final])).toEqual({ stages: ['ad', 'adb', 'af'], notes: ['note'] })
})

test('a stage without a copied file is another result, and so may be what only this stage uses', async () => {
  expect((await told([image('ad', 1), image('adB', 2), final])).stages).toEqual(['other', 'other', 'af'])
})

test('a stage that the build itself determined is not checked', async () => {
  const result = await usedResults(
    stages,
    {
      images: new Map([[1, image('adB', 2)], [2, final]]), // prettier-ignore
      notBuilt: new Map(),
      unconfirmed: new Map(),
      matchesShipped: true,
      notes: [],
    },
    reader,
  )
  expect(result.images.has(1)).toBe(true)
})

test('the first other result that contains what was copied is weighed instead', async () => {
  async function* others(): AsyncGenerator<WeighedImage> {
    yield image('aDB', 2)
    yield await Promise.resolve(image('adb', 2))
    throw new Error('no more than needed is read')
  }
  expect(await told([image('ad', 1), image('adB', 2), final], { 1: { others, oneOfSeveral: true } })).toEqual({
    stages: ['ad', 'adb', 'af'],
    notes: [
      'note',
      "The builder's caches hold several results of stage build; the one that was weighed has the files that other stages took from it.",
    ],
  })
})

test('a stage that is left out is not said to be one of several', async () => {
  const { notes } = await told([image('ad', 1), image('adB', 2), final], { 1: { oneOfSeveral: true } })
  expect(notes).toEqual(['note'])
})

test('a stage that another one is FROM is what that one begins with', async () => {
  expect((await told([image('aD', 1), image('adb', 2), final])).stages).toEqual(['ad', 'adb', 'af'])
  expect((await told([null, image('adb', 2), final])).stages).toEqual(['ad', 'adb', 'af'])
})

test('a stage that only missing stages use cannot be compared, and counts as they do', async () => {
  expect((await told([image('ad', 1), null, final])).stages).toEqual(['absent', 'absent', 'af'])
})

test('a stage above another result of its parent is one too, if nothing of it can be compared', async () => {
  const plan = planStages({
    dockerfile:
      'FROM base AS low\nRUN install\nFROM low AS high\nRUN compile\nFROM base\nRUN --mount=from=high,target=/h use\nCOPY --from=low /src/app /opt/app\n',
    list: null,
    target: null,
    buildContexts: new Set(),
    buildArgs: new Map(),
  })
  const copied = [source, step(2, [0]), step(4, [1]), step(7, [0], { uses: [0, 1], exported: true })]
  const made = (letters: string, result: number): WeighedImage => ({ ...image(letters, result), steps: copied })
  const { images, notBuilt } = await usedResults(
    plan.stages,
    {
      images: new Map([[0, made('aB', 1)], [1, made('aBd', 2)], [2, made('af', 3)]]), // prettier-ignore
      notBuilt: new Map(),
      unconfirmed: new Map([[0, {}], [1, {}]]), // prettier-ignore
      matchesShipped: true,
      notes: [],
    },
    reader,
  )
  expect([[...images.keys()], [...notBuilt]]).toEqual([[2], [[1, 'other'], [0, 'other']]]) // prettier-ignore
})

test('layers that differ in file times only are the same', async () => {
  expect((await told([image('at', 1, { t: 'd' }), image('adb', 2), final])).stages).toEqual(['at', 'adb', 'af'])
})

test('a stage is kept if its files, or their checksums, are not known', async () => {
  for (const unknown of ['adu', 'adn'])
    expect((await told([image('ad', 1), image(unknown, 2), final])).stages).toEqual(['ad', unknown, 'af'])
})

test('a file that a layer format adds was not copied', async () => {
  expect((await told([image('ad', 1), image('adb', 2), image('az', 3)])).stages).toEqual(['ad', 'adb', 'az'])
})

test('layers with another number of entries are not the same, whatever is known of their file times', async () => {
  const other = image('au', 1)
  const more = other.indexes.map((index) => index && { ...index, entries: 2, timelessDigest: null })
  expect((await told([{ ...other, indexes: more }, image('adb', 2), final])).stages).toEqual(['ad', 'adb', 'af'])
})

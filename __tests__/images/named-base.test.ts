/** The base image that annotations or labels name: it counts only if the image begins with its layers. */
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Descriptor } from '../../src/oci/manifest.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { imageOf, indexOf, linux, type ImageOptions } from '../support/images.ts'
import { blobs, inspect, sha256, tarOf, temporary, writeLayout, type Blobs } from '../support/layouts.ts'
import { succeed } from '../support/program.ts'
import { testRegistry } from '../support/registry.ts'
import { noPackages } from '../support/no-packages.ts'

let base: Buffer
let lib: Buffer
let app: Buffer
beforeAll(async () => {
  ;[base, lib, app] = await Promise.all([tarOf('base', 'b'.repeat(5_000)), tarOf('lib', 'l'), tarOf('app', 'a')])
})

const gzip = (tar: Buffer): ImageOptions['layers'][number] => ({ tar })
const uncompressed = (tar: Buffer): ImageOptions['layers'][number] => ({
  tar,
  mediaType: 'application/vnd.oci.image.layer.v1.tar',
})
const baseName = 'org.opencontainers.image.base.name'
const baseDigest = 'org.opencontainers.image.base.digest'
const named = (name: string, { digest }: Pick<Descriptor, 'digest'>): object => ({
  [baseName]: name,
  [baseDigest]: digest,
})

interface Made {
  readonly made: Blobs
  readonly base: Descriptor
}

/** A base of two layers, and what a test makes with it. */
function begin(layers: ImageOptions['layers'] = [gzip(base), gzip(lib)]): Made {
  const made = blobs()
  return { made, base: imageOf(made, { layers, platform: linux }) }
}

async function inspectLayout(made: Blobs, manifests: readonly object[], reference = ''): Promise<Footprint> {
  await using folder = await temporary()
  await writeLayout(folder.path, made, manifests)
  return await inspect(`oci:${folder.path}${reference}`)
}

const final = ({ images }: Footprint): Footprint['images'][number]['stages'][number] => images[0]!.stages[0]!
const notes = ({ notes: said }: Footprint): string => (said ?? []).join(' ')

describe('the base image in a layout', () => {
  const all = (): ImageOptions['layers'] => [gzip(base), gzip(lib), gzip(app)]

  test.each<[string, (own: Made) => Descriptor]>([
    [
      'is named by annotations of the manifest',
      ({ made, base: of }) => imageOf(made, { layers: all(), annotations: named('example.com/base:1', of) }),
    ],
    [
      'is named by annotations of the descriptor, as in Docker Official Images',
      ({ made, base: of }) =>
        ({ ...imageOf(made, { layers: all() }), annotations: named('example.com/base:1', of) }) as Descriptor,
    ],
    [
      'is named with its digest',
      ({ made, base: of }) =>
        imageOf(made, { layers: all(), annotations: named(`example.com/base:1@${of.digest}`, of) }),
    ],
    [
      'is named by labels',
      ({ made, base: of }) =>
        imageOf(made, { layers: all(), config: { ...linux, config: { Labels: named('example.com/base:1', of) } } }),
    ],
    [
      'is named by annotations rather than by labels',
      ({ made, base: of }) =>
        imageOf(made, {
          layers: all(),
          annotations: named('example.com/base:1', of),
          config: { ...linux, config: { Labels: { [baseName]: 'scratch' } } },
        }),
    ],
    [
      'may be an index of several platforms',
      ({ made, base: of }) => {
        const arm64 = { os: 'linux', architecture: 'arm64' }
        const other = imageOf(made, { layers: [gzip(app)], config: arm64, platform: arm64 })
        return imageOf(made, { layers: all(), annotations: named('example.com/base:1', indexOf(made, [other, of])) })
      },
    ],
    [
      'may have its layers compressed in another way',
      ({ made }) =>
        imageOf(made, {
          layers: all(),
          annotations: named('example.com/base:1', imageOf(made, { layers: [uncompressed(base), uncompressed(lib)] })),
        }),
    ],
  ])('%s', async (_, make) => {
    const own = begin()
    const image = make(own)
    const found = await inspectLayout(own.made, [image])
    const stage = final(found)
    expect(stage.base).toEqual({
      reference: 'example.com/base:1',
      digest: expect.stringMatching(/^sha256:/),
      layers: 2,
      packages: noPackages,
    })
    expect(stage.layers.map(({ origin, instruction }) => [origin, instruction?.text])).toEqual([
      ['base', undefined],
      ['base', undefined],
      ['own', 'RUN step 2'],
    ])
    expect(stage.totals).toMatchObject({
      layers: 3,
      baseLayers: 2,
      inheritedLayers: 0,
      ownLayers: 1,
      metadataOnlySteps: null,
    })
    expect(notes(found)).toMatch(
      /The base image is the one that its (annotations|labels) name, and the image begins with its layers\.$/,
    )
  })

  test('is not weighed if another image of the layout was asked for', async () => {
    const { made, base: of } = begin()
    const image = imageOf(made, { layers: all(), annotations: named('example.com/base:1', of) })
    const manifests = [of, image].map((descriptor, at) => ({
      ...descriptor,
      annotations: { 'org.opencontainers.image.ref.name': ['base', 'app'][at] },
    }))
    const found = await inspectLayout(made, manifests, ':app')
    expect(found.images).toHaveLength(1)
    expect(final(found).base).toEqual({
      reference: 'example.com/base:1',
      digest: of.digest,
      layers: 2,
      packages: noPackages,
    })
  })

  test('needs no check if it is scratch', async () => {
    const { made } = begin()
    const found = await inspectLayout(made, [
      imageOf(made, { layers: [gzip(app)], annotations: { [baseName]: 'scratch' } }),
    ])
    expect(final(found).base).toEqual({ reference: 'scratch', digest: null, layers: 0, packages: noPackages })
    expect(notes(found)).toContain('Its annotations say that it is FROM scratch.')
  })

  const notHere = sha256(Buffer.from('nowhere'))
  test.each<[string, (own: Made) => ImageOptions, string]>([
    [
      'it is not in the source',
      () => ({ layers: all(), annotations: named('example.com/base:1', { digest: notHere }) }),
      'its annotations name example.com/base:1, which is not where the image is.',
    ],
    [
      'it has no digest',
      () => ({ layers: all(), annotations: { [baseName]: 'example.com/base:1' } }),
      'its annotations name example.com/base:1 without a digest.',
    ],
    [
      'its layers differ',
      ({ base: of }) => ({ layers: [gzip(lib), gzip(base), gzip(app)], annotations: named('example.com/base:1', of) }),
      'its annotations name example.com/base:1, but it does not begin with the layers of that image.',
    ],
    [
      'it has more layers than the image',
      ({ base: of }) => ({ layers: [gzip(base)], annotations: named('example.com/base:1', of) }),
      'but it does not begin with the layers of that image.',
    ],
    [
      'it is a config',
      ({ made }) => ({
        layers: all(),
        annotations: named('x', { digest: sha256(made.blobs.get([...made.blobs.keys()][2]!)!) }),
      }),
      'its annotations name x, which could not be read:',
    ],
    [
      'it is an index without the platform',
      ({ made }) => ({ layers: all(), annotations: named('x', indexOf(made, [])) }),
      'its annotations name x, which is not where the image is.',
    ],
    [
      'it is an artifact',
      ({ made }) => ({
        layers: all(),
        annotations: named(
          'x',
          made.add('application/vnd.oci.image.manifest.v1+json', {
            schemaVersion: 2,
            config: made.add('application/vnd.oci.empty.v1+json', {}),
            layers: [],
          }),
        ),
      }),
      'its annotations name x, which is not where the image is.',
    ],
    [
      'it is a layer',
      ({ made }) => ({ layers: all(), annotations: named('x', { digest: [...made.blobs.keys()][0]! }) }),
      'which could not be read:',
    ],
  ])('is not known if %s, and a note says so', async (_, make, expected) => {
    const own = begin()
    const found = await inspectLayout(own.made, [imageOf(own.made, make(own))])
    expect(final(found).base).toBeNull()
    expect(final(found).totals.baseLayers).toBeNull()
    expect(notes(found)).toContain(`The base image is not known either: `)
    expect(notes(found)).toContain(expected)
  })

  test.each<[string, unknown]>([
    ['no entries', {}],
    ['null', null],
    ['values of other types', { [baseName]: 5, [baseDigest]: ['sha256:'] }],
    ['an invalid name', { [baseName]: 'a'.repeat(5_000) }],
    ['an invalid digest', { [baseDigest]: 'sha256:0' }],
  ])('is not named by annotations and labels with %s', async (_, pairs) => {
    const { made } = begin()
    const found = await inspectLayout(made, [
      imageOf(made, { layers: all(), annotations: pairs, config: { ...linux, config: { Labels: pairs } } }),
    ])
    expect(final(found).base).toBeNull()
    expect(notes(found)).toContain(
      'The base image is not known either. So this report cannot say what an edit of the Dockerfile would save. To have all of this, read the report of `stage-footprint build`, or build the image with `--provenance=mode=max` and push it.',
    )
  })

  test('is also found in an archive', async () => {
    await using folder = await temporary()
    const { made, base: of } = begin()
    await writeLayout(`${folder.path}/layout`, made, [imageOf(made, { layers: all(), annotations: named('b', of) })])
    await succeed('tar', [
      '--create',
      '--file',
      `${folder.path}/image.tar`,
      '--directory',
      `${folder.path}/layout`,
      '.',
    ])
    expect(final(await inspect(`oci-archive:${folder.path}/image.tar`)).base).toEqual({
      reference: 'b',
      digest: of.digest,
      layers: 2,
      packages: noPackages,
    })
  })
})

describe('the base image in a registry', () => {
  async function inspectRegistry(
    make: (address: string, own: Made) => string,
    status = 200,
  ): Promise<{ readonly found: Footprint; readonly asked: readonly string[] }> {
    const own = begin()
    // The address of the registry is known once it listens, so the image that it serves is made afterwards.
    const tags: Record<string, Descriptor['digest']> = {}
    await using registry = await testRegistry(own.made, tags, ({ url }, response) => {
      if (status === 200 || !url.includes('/other/')) return false
      response.writeHead(status).end()
      return true
    })
    const image = imageOf(own.made, {
      layers: [gzip(base), gzip(lib), gzip(app)],
      annotations: named(make(registry.address, own), own.base),
    })
    tags['latest'] = image.digest
    const found = await inspect(`docker://${registry.address}/some/app`)
    return { found, asked: registry.seen.map(({ url }) => url).filter((url) => url.includes('/manifests/')) }
  }

  test('is read from the same registry, and only its manifest', async () => {
    const { found, asked } = await inspectRegistry((address) => `${address}/other/base:1`)
    expect(final(found).base).toMatchObject({ reference: expect.stringMatching(/\/other\/base:1$/), layers: 2 })
    expect(asked).toEqual([
      '/v2/some/app/manifests/latest',
      `/v2/other/base/manifests/${final(found).base?.digest ?? ''}`,
    ])
  })

  test('is looked for in the same repository if only its digest is named', async () => {
    const { found, asked } = await inspectRegistry(() => '')
    expect(final(found).base).toEqual({
      reference: final(found).base?.digest,
      digest: final(found).base?.digest,
      layers: 2,
      packages: noPackages,
    })
    expect(asked[1]).toBe(`/v2/some/app/manifests/${final(found).base?.digest ?? ''}`)
  })

  test('is not read from another registry', async () => {
    const { found, asked } = await inspectRegistry(() => 'docker.io/library/debian:12')
    expect(final(found).base).toBeNull()
    expect(notes(found)).toContain('its annotations name docker.io/library/debian:12, which is not where the image is.')
    expect(asked).toEqual(['/v2/some/app/manifests/latest'])
  })

  test.each([403, 404, 429, 503])(
    'is requested once if the registry answers with %d, and the image is weighed nevertheless',
    async (status) => {
      const { found, asked } = await inspectRegistry((address) => `${address}/other/base:1`, status)
      expect(asked).toHaveLength(2)
      expect(final(found).layers).toHaveLength(3)
      expect(notes(found)).toMatch(/\/other\/base:1, which could not be read: /)
    },
  )
})

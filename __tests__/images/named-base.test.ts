/** The base image that annotations or labels name: believed only where the image begins with its layers. */
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Descriptor } from '../../src/oci/manifest.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { imageOf, indexOf, linux, type ImageOptions } from '../support/images.ts'
import { blobs, inspect, sha256, tarOf, temporary, writeLayout, type Blobs } from '../support/layouts.ts'
import { succeed } from '../support/program.ts'
import { testRegistry } from '../support/registry.ts'

jest.setTimeout(60_000)

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

/** A base of two layers, then whatever the test makes with it. */
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

describe('in a layout', () => {
  const all = (): ImageOptions['layers'] => [gzip(base), gzip(lib), gzip(app)]

  test.each<[string, (own: Made) => Descriptor]>([
    [
      'annotations of the manifest',
      ({ made, base: of }) => imageOf(made, { layers: all(), annotations: named('example.com/base:1', of) }),
    ],
    [
      'annotations of the descriptor, as Docker Official Images have them',
      ({ made, base: of }) =>
        ({ ...imageOf(made, { layers: all() }), annotations: named('example.com/base:1', of) }) as Descriptor,
    ],
    [
      'a name with the digest',
      ({ made, base: of }) =>
        imageOf(made, { layers: all(), annotations: named(`example.com/base:1@${of.digest}`, of) }),
    ],
    [
      'labels',
      ({ made, base: of }) =>
        imageOf(made, { layers: all(), config: { ...linux, config: { Labels: named('example.com/base:1', of) } } }),
    ],
    [
      'annotations before labels',
      ({ made, base: of }) =>
        imageOf(made, {
          layers: all(),
          annotations: named('example.com/base:1', of),
          config: { ...linux, config: { Labels: { [baseName]: 'scratch' } } },
        }),
    ],
    [
      'an index of several platforms',
      ({ made, base: of }) => {
        const arm64 = { os: 'linux', architecture: 'arm64' }
        const other = imageOf(made, { layers: [gzip(app)], config: arm64, platform: arm64 })
        return imageOf(made, { layers: all(), annotations: named('example.com/base:1', indexOf(made, [other, of])) })
      },
    ],
    [
      'layers of the base compressed in another way',
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
      /The base image is the one that its (annotations|labels) name, and the image begins with the layers of it\.$/,
    )
  })

  test('an image of another name in the layout is not shown for it', async () => {
    const { made, base: of } = begin()
    const image = imageOf(made, { layers: all(), annotations: named('example.com/base:1', of) })
    const manifests = [of, image].map((descriptor, at) => ({
      ...descriptor,
      annotations: { 'org.opencontainers.image.ref.name': ['base', 'app'][at] },
    }))
    const found = await inspectLayout(made, manifests, ':app')
    expect(found.images).toHaveLength(1)
    expect(final(found).base).toEqual({ reference: 'example.com/base:1', digest: of.digest, layers: 2 })
  })

  test('FROM scratch needs no check', async () => {
    const { made } = begin()
    const found = await inspectLayout(made, [
      imageOf(made, { layers: [gzip(app)], annotations: { [baseName]: 'scratch' } }),
    ])
    expect(final(found).base).toEqual({ reference: 'scratch', digest: null, layers: 0 })
    expect(notes(found)).toContain('That it is FROM scratch is what its annotations say.')
  })

  const notHere = sha256(Buffer.from('nowhere'))
  test.each<[string, (own: Made) => ImageOptions, string]>([
    [
      'not in the source',
      () => ({ layers: all(), annotations: named('example.com/base:1', { digest: notHere }) }),
      'its annotations name example.com/base:1, which is not where the image is.',
    ],
    [
      'without a digest',
      () => ({ layers: all(), annotations: { [baseName]: 'example.com/base:1' } }),
      'its annotations name example.com/base:1 without a digest.',
    ],
    [
      'other layers',
      ({ base: of }) => ({ layers: [gzip(lib), gzip(base), gzip(app)], annotations: named('example.com/base:1', of) }),
      'its annotations name example.com/base:1, but it does not begin with the layers of that image.',
    ],
    [
      'more layers than the image has',
      ({ base: of }) => ({ layers: [gzip(base)], annotations: named('example.com/base:1', of) }),
      'but it does not begin with the layers of that image.',
    ],
    [
      'a config in its place',
      ({ made }) => ({
        layers: all(),
        annotations: named('x', { digest: sha256(made.blobs.get([...made.blobs.keys()][2]!)!) }),
      }),
      'its annotations name x, which could not be read:',
    ],
    [
      'an index without its platform',
      ({ made }) => ({ layers: all(), annotations: named('x', indexOf(made, [])) }),
      'its annotations name x, which is not where the image is.',
    ],
    [
      'an artifact',
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
      'a layer in its place',
      ({ made }) => ({ layers: all(), annotations: named('x', { digest: [...made.blobs.keys()][0]! }) }),
      'which could not be read:',
    ],
  ])('%s: not known, and why', async (_, make, expected) => {
    const own = begin()
    const found = await inspectLayout(own.made, [imageOf(own.made, make(own))])
    expect(final(found).base).toBeNull()
    expect(final(found).totals.baseLayers).toBeNull()
    expect(notes(found)).toContain(`The base image is not known either: `)
    expect(notes(found)).toContain(expected)
  })

  test.each<[string, unknown]>([
    ['nothing', {}],
    ['null', null],
    ['no texts', { [baseName]: 5, [baseDigest]: ['sha256:'] }],
    ['a name that is no reference of anybody', { [baseName]: 'a'.repeat(5_000) }],
    ['a digest that is none', { [baseDigest]: 'sha256:0' }],
  ])('annotations and labels with %s name none', async (_, pairs) => {
    const { made } = begin()
    const found = await inspectLayout(made, [
      imageOf(made, { layers: all(), annotations: pairs, config: { ...linux, config: { Labels: pairs } } }),
    ])
    expect(final(found).base).toBeNull()
    expect(notes(found)).toMatch(/The base image is not known either\.$/)
  })

  test('an archive is searched as well', async () => {
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
    })
  })
})

describe('in a registry', () => {
  async function inspectRegistry(
    make: (address: string, own: Made) => string,
    status = 200,
  ): Promise<{ readonly found: Footprint; readonly asked: readonly string[] }> {
    const own = begin()
    // The registry's address is known once it listens, so it serves an image that is made afterwards.
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

  test('of the same registry: its manifest is asked for, and nothing more', async () => {
    const { found, asked } = await inspectRegistry((address) => `${address}/other/base:1`)
    expect(final(found).base).toMatchObject({ reference: expect.stringMatching(/\/other\/base:1$/), layers: 2 })
    expect(asked).toEqual([
      '/v2/some/app/manifests/latest',
      `/v2/other/base/manifests/${final(found).base?.digest ?? ''}`,
    ])
  })

  test('a digest without a name is looked for in the same repository', async () => {
    const { found, asked } = await inspectRegistry(() => '')
    expect(final(found).base).toEqual({
      reference: final(found).base?.digest,
      digest: final(found).base?.digest,
      layers: 2,
    })
    expect(asked[1]).toBe(`/v2/some/app/manifests/${final(found).base?.digest ?? ''}`)
  })

  test('of another registry: nobody is asked', async () => {
    const { found, asked } = await inspectRegistry(() => 'docker.io/library/debian:12')
    expect(final(found).base).toBeNull()
    expect(notes(found)).toContain('its annotations name docker.io/library/debian:12, which is not where the image is.')
    expect(asked).toEqual(['/v2/some/app/manifests/latest'])
  })

  test.each([403, 404, 429, 503])(
    'that the registry answers with %d: it is asked once, and the image is weighed all the same',
    async (status) => {
      const { found, asked } = await inspectRegistry((address) => `${address}/other/base:1`, status)
      expect(asked).toHaveLength(2)
      expect(final(found).layers).toHaveLength(3)
      expect(notes(found)).toMatch(/\/other\/base:1, which could not be read: /)
    },
  )
})

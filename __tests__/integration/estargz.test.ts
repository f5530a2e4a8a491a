/**
 * eStargz as BuildKit writes it, on a separate builder, since it can crash the engine of the docker driver. The table
 * of contents is behind the end of the layer's tar, so it is part of the bytes but not of any file system.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Descriptor } from '../../src/oci/manifest.ts'
import { asToolsSay, layersOf, told } from '../support/as-tools-say.ts'
import { remoteBuilder, type RemoteBuilder } from '../support/builder.ts'
import { inspect } from '../support/layouts.ts'
import { folderWith, requireEngine, succeed } from '../support/program.ts'
import { describeWith, rig } from '../support/rig.ts'
import { weighImage } from '../support/weigh.ts'

/**
 * Without RUN and new folders, every build gives the same bytes, even if another test emptied the builder in between.
 */
const dockerfile = `FROM scratch AS tools
COPY numbers /numbers
COPY small empty /
FROM scratch
COPY --from=tools /numbers /empty /
COPY small /last
`
const options = 'compression=estargz,force-compression=true,oci-mediatypes=true'
const tag = `${rig.registry}/estargz/app:1`

describeWith('buildKit', 'registry')('layers in eStargz', () => {
  let builder: RemoteBuilder
  let context: Awaited<ReturnType<typeof folderWith>>
  let folder: string
  const at = (name: string): string => join(folder, name)
  const env = (): Readonly<Record<string, string>> => ({ ...builder.env, SOURCE_DATE_EPOCH: '1700000000' })
  beforeAll(async () => {
    requireEngine()
    builder = await remoteBuilder()
    folder = await mkdtemp(join(tmpdir(), 'sf-estargz-'))
    const numbers = Array.from({ length: 900_000 }, (_, number) => `${number}\n`).join('')
    context = await folderWith({ Dockerfile: dockerfile, numbers, small: 'small\n', empty: '' })
    await succeed(
      'docker',
      [
        'buildx',
        'build',
        '--quiet',
        '--provenance=false',
        '--output',
        `type=oci,dest=${at('oci.tar')},${options}`,
        context.path,
      ],
      { env: env() },
    )
    await succeed('skopeo', ['copy', '--quiet', `oci-archive:${at('oci.tar')}`, `oci:${at('layout')}`])
  })
  afterAll(async () => {
    await Promise.all([builder[Symbol.asyncDispose](), context[Symbol.asyncDispose](), rm(folder, { recursive: true })])
  })

  const manifestOf = async (source: string): Promise<readonly Descriptor[]> =>
    (
      JSON.parse(await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', source])) as {
        layers: Descriptor[]
      }
    ).layers

  test('have the numbers of skopeo, gunzip, tar and wc as a layout, as an archive and in a registry', async () => {
    const expected = await asToolsSay(at('layout'))
    await succeed('skopeo', [
      'copy',
      '--quiet',
      '--preserve-digests',
      '--dest-tls-verify=false',
      `oci:${at('layout')}`,
      `docker://${tag}`,
    ])
    for (const source of [
      `oci:${at('layout')}`,
      at('layout'),
      `oci-archive:${at('oci.tar')}`,
      at('oci.tar'),
      `docker://${tag}`,
    ]) {
      expect([source, told(await inspect(source))]).toEqual([source, expected])
    }
    const layers = await manifestOf(`oci:${at('layout')}`)
    expect(layers).toHaveLength(2)
    for (const [position, { annotations, digest }] of layers.entries()) {
      // The layers really are eStargz: they have its annotations, and the table is behind the end of the tar.
      expect(Object.keys(annotations ?? {})).toContain('containerd.io/snapshot/stargz/toc.digest')
      const names = (ignoring: readonly string[]): Promise<string> =>
        succeed('bash', [
          '-c',
          'gunzip <"$1" | tar --list "${@:2}"',
          '-',
          at(`layout/blobs/sha256/${digest.slice(7)}`),
          ...ignoring,
        ])
      expect(await names(['--ignore-zeros'])).toBe(`${await names([])}stargz.index.json\n`)
      expect(String(layersOf(await inspect(at('layout')))[position]?.uncompressedSize)).toBe(
        annotations?.['io.containers.estargz.uncompressed-size'],
      )
    }
  })

  test('are weighed as a build ships them, in builder stages too', async () => {
    const shipped = `${tag}-built`
    const image = await weighImage(
      ['--provenance=false', '--output', `type=image,name=${shipped},push=true,${options}`, context.path],
      { env: env() },
    )
    const layers = await manifestOf(`docker://${shipped}`)
    const [final, builderStage] = ['final', 'builder'].map((role) => image.stages.find((stage) => stage.role === role))
    expect(final?.layers.map(({ digest, compressedSize }) => [digest, compressedSize])).toEqual(
      layers.map(({ digest, size }) => [digest, size]),
    )
    expect(
      layers.every(({ annotations }) => annotations?.['containerd.io/snapshot/stargz/toc.digest'] !== undefined),
    ).toBe(true)
    expect(told({ schemaVersion: 1, notes: [], images: [{ ...image, stages: [final!] }] })).toEqual(
      await asToolsSay(at('layout')),
    )
    expect(final?.layers.map(({ instruction }) => instruction?.line)).toEqual([5, 6])
    // The first COPY of the builder stage has the file that is copied on, and a table too.
    expect(builderStage?.layers[0]).toMatchObject({ entries: 1, fileBytes: 6_188_890 })
    expect(builderStage!.layers[0]!.uncompressedSize).toBeGreaterThan(Math.ceil(6_188_890 / 512) * 512 + 512 + 1024)
  })
})

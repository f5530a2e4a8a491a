/**
 * Archives as engines before Docker 25 saved them: not an image layout, but a folder for each layer with `VERSION`,
 * `json` and `layer.tar`, and a link in place of a repeated layer. GNU tar makes the archive from the layers of an
 * image that was really built, and the engine proves that it is valid by loading it.
 */
import { createHash, randomUUID } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect } from '@jest/globals'
import type { Footprint } from '../../src/record/footprint.ts'
import { layersOf } from '../support/as-tools-say.ts'
import { inspect } from '../support/layouts.ts'
import { folderWith, requireEngine, succeed } from '../support/program.ts'
import { rig, testWith } from '../support/rig.ts'
import { busybox } from '../support/weigh.ts'

beforeAll(() => void requireEngine())

/**
 * The two steps without a change make the same layer. In a plain archive, only the headers of the layer with the large
 * file are needed.
 */
const dockerfile = `FROM scratch
COPY busybox /busybox
RUN ["/busybox", "true"]
ENV A=1
RUN ["/busybox", "dd", "if=/dev/urandom", "of=/large", "bs=1000000", "count=10"]
RUN ["/busybox", "true"]
RUN ["/busybox", "rm", "/large"]
`

interface Item {
  readonly Config: string
  readonly RepoTags: readonly string[]
  readonly Layers: readonly string[]
}

/** @param saved the folder that skopeo wrote, with a tar for each layer, and the config */
async function asSavedBefore25(saved: string, to: string): Promise<void> {
  const [item] = JSON.parse(await readFile(join(saved, 'manifest.json'), 'utf8')) as Item[]
  const written = new Map<string, string>()
  const layers: string[] = []
  for (const [position, layer] of item!.Layers.entries()) {
    // The ID is not a digest of anything in the folder.
    const id = createHash('sha256').update(`${position} ${layer}`).digest('hex')
    await mkdir(join(to, id))
    await writeFile(join(to, id, 'VERSION'), '1.0')
    await writeFile(join(to, id, 'json'), JSON.stringify({ id, created: '1970-01-01T00:00:00Z', os: 'linux' }))
    const earlier = written.get(layer)
    if (earlier === undefined) await copyFile(join(saved, layer), join(to, id, 'layer.tar'))
    else await symlink(`../${earlier}/layer.tar`, join(to, id, 'layer.tar'))
    written.set(layer, earlier ?? id)
    layers.push(`${id}/layer.tar`)
  }
  await copyFile(join(saved, item!.Config), join(to, item!.Config))
  const [name = '', tag = ''] = item!.RepoTags[0]!.split(/:(?=[^:]*$)/)
  await writeFile(join(to, 'repositories'), JSON.stringify({ [name]: { [tag]: layers.at(-1)!.split('/')[0] } }))
  await writeFile(join(to, 'manifest.json'), JSON.stringify([{ ...item, Layers: layers }]))
}

const numbers = (footprint: Footprint): unknown =>
  layersOf(footprint).map(
    ({ digest, compressedSize, diffId, uncompressedSize, fileBytes, entries, whiteouts, instruction, contents }) => [
      digest,
      compressedSize,
      diffId,
      uncompressedSize,
      fileBytes,
      entries,
      whiteouts,
      instruction?.text,
      contents,
    ],
  )

testWith('overlay2')(
  'reads from an archive of the old layout, plain, in gzip and in zstd, what the image has',
  async () => {
    await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
    const at = (name: string): string => join(folder.path, name)
    const tag = `docker-archives/${randomUUID()}:old`
    await succeed('docker', [
      'buildx',
      'build',
      '--quiet',
      '--provenance=false',
      '--output',
      `type=oci,dest=${at('oci.tar')}`,
      at('context'),
    ])
    await succeed('skopeo', [
      'copy',
      '--quiet',
      `oci-archive:${at('oci.tar')}`,
      `docker-archive:${at('skopeo.tar')}:${tag}`,
    ])
    for (const name of ['saved', 'old']) await mkdir(at(name))
    await succeed('tar', ['--extract', '--file', at('skopeo.tar'), '--directory', at('saved')])
    await asSavedBefore25(at('saved'), at('old'))
    // Entries are in the order of their names, as engines wrote them, so a link may come before its target.
    await succeed('tar', [
      '--create',
      '--file',
      at('old.tar'),
      '--directory',
      at('old'),
      ...(await readdir(at('old'))).toSorted(),
    ])
    await succeed('gzip', ['--keep', '--fast', at('old.tar')])
    await succeed('zstd', ['--quiet', '-1', at('old.tar')])

    const expected = numbers(await inspect(`docker-archive:${at('skopeo.tar')}`))
    const found = await inspect(`docker-archive:${at('old.tar')}:${tag}`)
    expect(layersOf(found)).toHaveLength(5)
    expect(
      layersOf(found)
        .map(({ digest, entries, fileBytes, whiteouts }) => [digest, entries, fileBytes, whiteouts])
        .slice(2),
    ).toEqual([
      [null, expect.any(Number), 10_000_000, 0],
      [null, expect.any(Number), 0, 0],
      [null, expect.any(Number), 0, 1],
    ])
    expect(found.images[0]!.stages[0]!.waste).not.toBeNull()
    const places = [
      `docker-archive:${at('old.tar')}`,
      at('old.tar'),
      at('old.tar.gz'),
      at('old.tar.zst'),
      `docker-archive:${at('old.tar.gz')}:@0`,
    ]
    for (const source of places) expect([source, numbers(await inspect(source))]).toEqual([source, expected])
    expect(numbers(found)).toEqual(expected)

    const env = { DOCKER_HOST: rig.overlay2 }
    await succeed('docker', ['load', '--input', at('old.tar')], { env })
    try {
      const diffIds = JSON.parse(
        await succeed('docker', ['image', 'inspect', '--format', '{{json .RootFS.Layers}}', tag], { env }),
      ) as string[]
      expect(diffIds).toEqual(layersOf(found).map(({ diffId }) => diffId))
    } finally {
      await succeed('docker', ['image', 'rm', tag], { env })
    }
  },
)

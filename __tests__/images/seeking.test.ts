/** Large uncompressed layers of local files: only their headers are read, and unverified results are not stored. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { Readable } from 'node:stream'
import { openIndexStore } from '../../src/layer/index-store.ts'
import { readLayer } from '../../src/layer/read-layer.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { blobs, inspect, sha256, tarOf, temporary, types, writeLayout } from '../support/layouts.ts'
import { succeed } from '../support/program.ts'

const size = 12_000_000
const tar = await tarOf('a', 'x'.repeat(size))
/** Where the payload of its file is, and where the checksum of its header. */
const [inPayload, inHeader] = [6_000_000, 150]

const layer = (footprint: Footprint) => footprint.images[0]!.stages[0]!.layers[0]!

async function files(folder: string): Promise<readonly string[]> {
  return readdir(folder, { recursive: true }).catch(() => [])
}

test.each([['oci'], ['oci-archive'], ['docker-archive']])(
  '%s: takes the figures from the headers without storing them, and finds damage that breaks the tar',
  async (kind) => {
    await using folder = await temporary()
    const at = (name: string): string => join(folder.path, name)
    const read = async (change: number | null, indexes = at('indexes')): Promise<Footprint> => {
      const made = blobs()
      const image = made.image(tar, { mediaType: types.layer })
      const hurt = Buffer.from(tar)
      if (change !== null) hurt[change]! ^= 1
      made.blobs.set(sha256(tar), hurt)
      await writeLayout(at('layout'), made, [image])
      const config = [...made.blobs].find(([, bytes]) => bytes.includes('diff_ids'))![0].slice(7)
      await writeFile(
        at('layout/manifest.json'),
        JSON.stringify([
          { Config: `blobs/sha256/${config}`, RepoTags: ['a:1'], Layers: [`blobs/sha256/${sha256(tar).slice(7)}`] },
        ]),
      )
      const names = kind === 'docker-archive' ? ['blobs', 'manifest.json'] : ['blobs', 'index.json', 'oci-layout']
      await succeed('tar', ['--create', '--file', at('image.tar'), '--directory', at('layout'), ...names])
      return inspect(`${kind}:${at(kind === 'oci' ? 'layout' : 'image.tar')}`, { indexFolder: indexes })
    }
    const sound = await read(null)
    expect(layer(sound)).toMatchObject({
      diffId: sha256(tar),
      uncompressedSize: tar.length,
      fileBytes: size,
      entries: 1,
      contents: { files: [{ path: 'a', fileBytes: size }], complete: true },
    })
    expect(await read(inPayload)).toEqual(sound)
    await expect(read(inHeader)).rejects.toMatchObject({
      code: 'UNREADABLE_INPUT',
      message: expect.stringContaining('checksum'),
    })
    expect(await files(at('indexes'))).toEqual([])

    // What was read and verified elsewhere is used, so nothing has to be read.
    await mkdir(at('known'))
    await openIndexStore(at('known')).put(
      await readLayer(Readable.from([tar]), { digest: sha256(tar), size: tar.length }),
    )
    const known = await read(inHeader, at('known'))
    // Only the checksums of files need their contents.
    const checksum = crc32('x'.repeat(size))
    expect(layer(known).contents?.files).toEqual([{ path: 'a', fileBytes: size, checksum }])
    expect(JSON.parse(JSON.stringify(known).replaceAll(`,"checksum":${checksum}`, ''))).toEqual(sound)
  },
  60_000,
)

test('verifies and stores a small layer', async () => {
  await using folder = await temporary()
  const made = blobs()
  const image = made.image(await tarOf('a', 'small'), { mediaType: types.layer })
  await writeLayout(join(folder.path, 'layout'), made, [image])
  await inspect(join(folder.path, 'layout'), { indexFolder: join(folder.path, 'indexes') })
  expect(
    (await files(join(folder.path, 'indexes'))).map((name) => name.replace(/[0-9a-f]{64}/, 'DIGEST')).toSorted(),
  ).toEqual([
    'v13',
    'v13/DIGEST.contents.json',
    'v13/DIGEST.entries',
    'v13/DIGEST.json',
    'v13/derived',
    'v13/derived/DIGEST.json',
  ])
})

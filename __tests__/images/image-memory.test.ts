import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { openImageMemory, type RememberedImages } from '../../src/images/image-memory.ts'
import { sha256, temporary, types } from '../support/layouts.ts'

const digest = sha256(Buffer.from('x'))
const remembered: RememberedImages = {
  imageId: digest,
  images: [
    {
      names: ['a:1'],
      platform: { os: 'linux', architecture: 'arm', variant: 'v7', 'os.version': '1', 'os.features': ['f'] },
      contradicted: { os: 'linux', architecture: 'arm64' },
      config: {
        os: 'linux',
        architecture: 'arm',
        variant: 'v7',
        rootfs: { diff_ids: [digest] },
        history: [{ empty_layer: true }, {}],
      },
      instructions: [null],
      configDigest: digest,
      manifestDigest: null,
      layers: [
        {
          blob: { mediaType: types.layer, digest, size: 3 },
          digest: null,
          diffId: digest,
          mediaType: types.layer,
          compressedSize: null,
        },
      ],
      attested: true,
      build: {
        steps: [
          {
            source: 'local://',
            places: [{ start: 1, end: 2 }],
            chains: [[{ digest, mediaType: '', size: 1 }]],
            kind: 'source',
            on: [],
            uses: [],
            llbDigest: null,
            exported: true,
          },
        ],
        stages: [
          {
            index: 0,
            name: null,
            base: 'scratch',
            line: 1,
            endLine: 1,
            needed: true,
            final: true,
            uses: [{ via: 'copy', stageIndex: null, reference: 'b', line: 2, endLine: 2 }],
            instructions: [{ keyword: 'COPY', text: 'COPY --from=b / /', line: 2, endLine: 2 }],
          },
        ],
      },
      base: { by: 'labels', base: { reference: 'a:1', digest, layers: 1 }, why: null },
    },
  ],
  platforms: [{ os: 'linux', architecture: 'arm', variant: 'v7' }],
  absent: [{ mediaType: types.manifest, digest, size: 3, platform: { os: 'linux', architecture: 'amd64' } }],
}

test('returns what it stored, only under the same name', async () => {
  await using folder = await temporary()
  const memory = openImageMemory(folder.path)
  expect(await memory.recall('a')).toBeNull()
  await memory.remember('a', remembered)
  expect(await openImageMemory(folder.path).recall('a')).toEqual({ reference: 'a', ...remembered })
  expect(await memory.recall('b')).toBeNull()
  await memory.remember('a', { ...remembered, absent: [] })
  expect((await memory.recall('a'))?.absent).toEqual([])
})

test('ignores a file that is torn, foreign or stored under another name', async () => {
  await using folder = await temporary()
  const memory = openImageMemory(folder.path)
  await memory.remember('a', remembered)
  const [name = ''] = await readdir(join(folder.path, 'images-v2'))
  const whole = { reference: 'a', ...remembered }
  for (const text of [
    '',
    '{',
    '[]',
    JSON.stringify(whole).slice(0, -1),
    JSON.stringify({ ...whole, reference: 'b' }),
    JSON.stringify({ ...whole, imageId: 'x' }),
    JSON.stringify({ ...whole, platforms: [] }),
  ]) {
    await writeFile(join(folder.path, 'images-v2', name), text)
    expect([text, await memory.recall('a')]).toEqual([text, null])
  }
})

test('deletes the oldest entries, and accepts a folder that cannot be made', async () => {
  await using folder = await temporary()
  const memory = openImageMemory(folder.path)
  for (let nth = 0; nth < 205; nth += 1) await memory.remember(String(nth), remembered)
  expect((await readdir(join(folder.path, 'images-v2'))).length).toBeLessThanOrEqual(200)
  expect([await memory.recall('0'), (await memory.recall('204'))?.imageId]).toEqual([null, digest])
  await writeFile(join(folder.path, 'file'), '')
  const none = openImageMemory(join(folder.path, 'file'))
  await none.remember('a', remembered)
  expect(await none.recall('a')).toBeNull()
})

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { createBlobFolder } from '../../src/docker/blob-folder.ts'
import { openDerivedStore } from '../../src/layer/derived-store.ts'
import { openIndexStore } from '../../src/layer/index-store.ts'
import type { Digest } from '../../src/oci/digest.ts'
import { createLayerReader, type LayerBlobs, type LayerStores } from '../../src/weigh/layer-reader.ts'
import { header, payload, sha256, trailer } from '../support/tar-bytes.ts'

const storesIn = (folder: string): LayerStores => ({
  indexes: openIndexStore(join(folder, 'store')),
  derived: openDerivedStore(join(folder, 'store')),
})

test('reads a blob once, frees its bytes and leaves a placeholder, which also works in the next run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sf-reader-'))
  try {
    const tar = Buffer.alloc(1024)
    const digest: Digest = `sha256:${createHash('sha256').update(tar).digest('hex')}`
    const descriptor = { digest, size: tar.length, mediaType: 'application/vnd.oci.image.layer.v1.tar' }
    const stores = storesIn(folder)
    const blobs = await createBlobFolder(join(folder, 'one'), [])
    await writeFile(blobs.pathOf(digest), tar, { mode: 0o444 })

    const seen: number[] = []
    const reader = createLayerReader(stores, blobs, ({ readBytes }) => seen.push(readBytes))
    const [first, second] = await Promise.all([reader.index(descriptor), reader.index(descriptor)])
    expect(first).toMatchObject({ digest, diffId: digest, uncompressedSize: 1024, entries: 0 })
    expect(second).toBe(first)
    expect(seen.at(-1)).toBe(1024)
    expect(await readFile(blobs.pathOf(digest), 'utf8')).toBe('')

    const next = await createBlobFolder(join(folder, 'two'), await openIndexStore(join(folder, 'store')).known())
    expect(await readFile(next.pathOf(digest), 'utf8')).toBe('')
    expect(await createLayerReader(storesIn(folder), next, () => undefined).index(descriptor)).toEqual(first)
    expect(await readdir(join(next.folder, 'sha256'))).toEqual([digest.slice('sha256:'.length)])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('keeps the packages of a layer in this run, and of verified layers also for the next', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sf-reader-'))
  try {
    const manifest = Buffer.from('{"version":"1.2.3"}')
    const small = Buffer.concat([header('node_modules/a/package.json', manifest.length), payload(manifest), trailer])
    const large = Buffer.concat([
      header('node_modules/b/b.node', 9_000_000),
      payload(Buffer.alloc(9_000_000)),
      header('node_modules/b/package.json', manifest.length),
      payload(manifest),
      trailer,
    ])
    const layers = [small, large].map((tar) => ({
      tar,
      path: join(folder, sha256(tar).slice(7)),
      descriptor: { digest: sha256(tar), size: tar.length, mediaType: 'application/vnd.oci.image.layer.v1.tar' },
    }))
    for (const { path, tar } of layers) await writeFile(path, tar)
    const pathOf = (digest: string): string => join(folder, digest.slice(7))
    const blobs: LayerBlobs = {
      open: ({ digest }) => createReadStream(pathOf(digest)),
      part: ({ digest, size }) =>
        Promise.resolve({ path: pathOf(digest), start: 0, bytes: size, signal: new AbortController().signal }),
    }
    const reader = createLayerReader(storesIn(folder), blobs, () => undefined)
    const found: unknown[] = []
    for (const { descriptor } of layers) {
      await reader.index(descriptor)
      found.push(
        (await reader.packages(descriptor.digest))?.packages.map(({ name, version, fileBytes }) => [
          name,
          version,
          fileBytes,
        ]),
      )
    }
    expect(found).toEqual([[['a', '1.2.3', 19]], [['b', '1.2.3', 9_000_019]]])
    const next = createLayerReader(storesIn(folder), blobs, () => undefined)
    expect(await next.packages(layers[0]!.descriptor.digest)).toEqual(
      await reader.packages(layers[0]!.descriptor.digest),
    )
    expect(await next.packages(layers[1]!.descriptor.digest)).toBeNull()
  } finally {
    await rm(folder, { recursive: true })
  }
})

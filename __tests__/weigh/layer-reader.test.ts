import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { createBlobFolder } from '../../src/docker/stage-export.ts'
import { openIndexStore } from '../../src/layer/index-store.ts'
import type { Digest } from '../../src/oci/digest.ts'
import { createLayerReader } from '../../src/weigh/layer-reader.ts'

test('a blob is read once, then its bytes are freed and a placeholder stands for it, also in the next run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sf-reader-'))
  try {
    const tar = Buffer.alloc(1024)
    const digest: Digest = `sha256:${createHash('sha256').update(tar).digest('hex')}`
    const descriptor = { digest, size: tar.length, mediaType: 'application/vnd.oci.image.layer.v1.tar' }
    const store = openIndexStore(join(folder, 'store'))
    const blobs = await createBlobFolder(join(folder, 'one'), [])
    await writeFile(blobs.pathOf(digest), tar, { mode: 0o444 })

    const seen: number[] = []
    const reader = createLayerReader(store, blobs, ({ readBytes }) => seen.push(readBytes))
    const [first, second] = await Promise.all([reader.index(descriptor), reader.index(descriptor)])
    expect(first).toMatchObject({ digest, diffId: digest, uncompressedSize: 1024, entries: 0 })
    expect(second).toBe(first)
    expect(seen.at(-1)).toBe(1024)
    expect(await readFile(blobs.pathOf(digest), 'utf8')).toBe('')

    const next = await createBlobFolder(join(folder, 'two'), await openIndexStore(join(folder, 'store')).known())
    expect(await readFile(next.pathOf(digest), 'utf8')).toBe('')
    expect(await createLayerReader(openIndexStore(join(folder, 'store')), next, () => undefined).index(descriptor)).toEqual(first)
    expect(await readdir(join(next.folder, 'sha256'))).toEqual([digest.slice('sha256:'.length)])
  } finally {
    await rm(folder, { recursive: true })
  }
})

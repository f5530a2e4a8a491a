/** Reads what a builder exports, and refuses what it should not export. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { Descriptor } from '../../src/oci/manifest.ts'
import { readLayoutImage } from '../../src/weigh/stage-layout.ts'
import { blobs, sha256, temporary, types, writeLayout, type Blobs } from '../support/layouts.ts'

const tar = Buffer.alloc(1024)

async function layoutOf(
  made: Blobs,
  manifests: readonly object[],
  broken: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<unknown> {
  await using folder = await temporary()
  await writeLayout(folder.path, made, manifests)
  await broken(folder.path)
  return await readLayoutImage(folder.path)
}

const pathOf = (folder: string, { digest }: Descriptor): string => join(folder, 'blobs/sha256', digest.slice(7))

test('reads an image in an index beside an attestation, with placeholders as layers', async () => {
  const made = blobs()
  const image = made.image(tar)
  const attestation = {
    ...made.add(types.manifest, { schemaVersion: 2, config: made.add(types.config, {}), layers: [] }),
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  }
  const index = made.add(types.index, { schemaVersion: 2, manifests: [image, attestation] })
  const { layers } = JSON.parse(made.blobs.get(image.digest)!.toString()) as { layers: Descriptor[] }
  const found = await layoutOf(made, [index], (folder) => writeFile(pathOf(folder, layers[0]!), ''))
  expect(found).toMatchObject({
    manifest: { layers },
    manifestDigest: image.digest,
    config: { os: 'linux', rootfs: { diff_ids: [sha256(tar)] } },
  })
})

test("does not blame the user's input for a damaged export", async () => {
  const made = blobs()
  const image = made.image(tar)
  const damages: readonly (readonly [string, (folder: string) => Promise<void>])[] = [
    ['is not JSON', (folder) => writeFile(join(folder, 'index.json'), '{')],
    ['does not follow the OCI image-spec', (folder) => writeFile(join(folder, 'index.json'), '{}')],
    ['bytes, and its descriptor says', (folder) => writeFile(pathOf(folder, image), '{}')],
    ['has the digest', (folder) => writeFile(pathOf(folder, image), ' '.repeat(image.size))],
  ]
  for (const [message, damage] of damages) {
    await expect(layoutOf(made, [image], damage)).rejects.toMatchObject({
      code: 'LAYER',
      message: expect.stringContaining(message),
    })
  }
  await expect(layoutOf(blobs(), [image])).rejects.toMatchObject({
    code: 'LAYER',
    message: expect.stringContaining(image.digest),
  })
})

test('refuses an export with no image or several', async () => {
  const made = blobs()
  const [one, other] = [made.image(tar), made.image(Buffer.alloc(2048))]
  await expect(layoutOf(made, [])).rejects.toMatchObject({
    code: 'WEIGHING_FAILED',
    message: 'the builder exported 0 images instead of one',
  })
  await expect(layoutOf(made, [one, other])).rejects.toMatchObject({
    code: 'WEIGHING_FAILED',
    message: 'the builder exported 2 images instead of one',
  })
})

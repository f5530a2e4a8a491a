/** What reading the layers of a source reports while it runs. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { compareFootprints } from '../../src/compare/compare.ts'
import { succeed } from '../support/program.ts'
import { blobs, inspect, randomImage, tarOf, temporary, writeLayout } from '../support/layouts.ts'

/** Returns the names that the progress mentions, each once. */
async function named(source: string): Promise<readonly (string | null)[]> {
  const names = new Set<string | null>()
  await inspect(source, { onProgress: ({ stageName }) => names.add(stageName) })
  return [...names].sort()
}

test('the progress names the image, and the platform if there are several', async () => {
  await using folder = await temporary()
  const { made, image } = await randomImage()
  await writeLayout(join(folder.path, 'app'), made, [image])
  expect(await named(`oci:${join(folder.path, 'app')}`)).toEqual(['app'])

  const both = blobs()
  const platforms = await Promise.all(
    ['amd64', 'arm64'].map(async (architecture) => both.image(await tarOf('a', architecture), { architecture })),
  )
  await writeLayout(join(folder.path, 'both'), both, platforms)
  expect(await named(join(folder.path, 'both'))).toEqual(['both linux/amd64', 'both linux/arm64'])
})

test('two images that differ in the times of files have the same contents if they are compared', async () => {
  await using folder = await temporary()
  await writeFile(join(folder.path, 'a'), 'a'.repeat(5_000))
  const layouts = ['@100', '@200'].map((time) => join(folder.path, `image-${time.slice(1)}`))
  for (const [nth, time] of ['@100', '@200'].entries()) {
    await succeed('tar', ['--create', `--mtime=${time}`, '--file', 't.tar', 'a'], { cwd: folder.path })
    const made = blobs()
    await writeLayout(layouts[nth]!, made, [made.image(await readFile(join(folder.path, 't.tar')))])
  }
  const growth = async (some: { readonly isCompared?: boolean }) => {
    const [before, after] = await Promise.all(layouts.map((layout) => inspect(`oci:${layout}`, some)))
    const given = { kind: 'given', commit: null, reference: null } as const
    const { images } = compareFootprints(before!, after!, given, { sameBuilder: false })
    return images[0]!.final.layers.map(({ kind }) => kind)
  }
  expect(await growth({ isCompared: true })).toEqual(['same'])
  // Reading an image for itself does not take the time for this.
  expect(await growth({})).toEqual(['changed'])
})

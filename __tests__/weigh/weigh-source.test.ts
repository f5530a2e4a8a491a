/** What reading the layers of a source reports while it runs. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { compareFootprints } from '../../src/compare/compare.ts'
import type { InspectOptions } from '../../src/weigh/weigh-source.ts'
import { succeed } from '../support/program.ts'
import { blobs, inspect, randomImage, tarOf, temporary, types, writeLayout } from '../support/layouts.ts'

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

describe('two images that differ in the times of files', () => {
  /** Returns what changed between them. Both are read as plain tars, of which usually only the headers are read. */
  async function changes(bytes: number, before: Partial<InspectOptions>, then: Partial<InspectOptions>) {
    await using folder = await temporary()
    await writeFile(join(folder.path, 'a'), 'a'.repeat(bytes))
    const layouts = ['100', '200'].map((time) => join(folder.path, `image-${time}`))
    for (const [nth, time] of ['@100', '@200'].entries()) {
      await succeed('tar', ['--create', `--mtime=${time}`, '--file', 't.tar', 'a'], { cwd: folder.path })
      const made = blobs()
      const image = made.image(await readFile(join(folder.path, 't.tar')), { mediaType: types.layer })
      await writeLayout(layouts[nth]!, made, [image])
    }
    const indexFolder = join(folder.path, 'indexes')
    for (const layout of layouts) await inspect(`oci:${layout}`, { indexFolder, ...before })
    const [one, other] = await Promise.all(layouts.map((layout) => inspect(`oci:${layout}`, { indexFolder, ...then })))
    const given = { kind: 'given', commit: null, reference: null } as const
    const { images } = compareFootprints(one!, other!, given, { sameBuilder: false })
    return images[0]!.final.layers.map(({ kind }) => kind)
  }

  test.each([5_000, 9_000_000])(
    'have the same contents, also if they were read for something else before: %i',
    async (bytes) => {
      expect(await changes(bytes, { isCompared: true }, { isCompared: true })).toEqual(['same'])
      expect(await changes(bytes, {}, { isCompared: true })).toEqual(['same'])
    },
  )

  test.each([5_000, 9_000_000])('are not told from others if they are not to be compared: %i', async (bytes) => {
    // Reading an image for itself does not take the time for the digests.
    expect(await changes(bytes, {}, {})).toEqual(['changed'])
  })
})

/** What reading the layers of a source reports while it runs. */
import { join } from 'node:path'
import { expect, jest, test } from '@jest/globals'
import { blobs, inspect, randomImage, tarOf, temporary, writeLayout } from '../support/layouts.ts'

jest.setTimeout(30_000)

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

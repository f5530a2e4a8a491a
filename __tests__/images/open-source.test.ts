/** What is said where a source has no image to weigh. */
import { expect, test } from '@jest/globals'
import { imageOf, indexOf } from '../support/images.ts'
import { blobs, inspect, temporary, writeLayout } from '../support/layouts.ts'
import { testRegistry } from '../support/registry.ts'

test('a registry and a layout are named with the tag that was asked for', async () => {
  const made = blobs()
  const empty = indexOf(made, [])
  await using registry = await testRegistry(made, { '1.2': empty.digest })
  await expect(inspect(`docker://${registry.address}/some/app:1.2`)).rejects.toThrow(
    `docker://${registry.address}/some/app:1.2 holds no image`,
  )
  await using folder = await temporary()
  await writeLayout(folder.path, made, [{ ...empty, annotations: { 'org.opencontainers.image.ref.name': '1.2' } }])
  await expect(inspect(`oci:${folder.path}:1.2`)).rejects.toThrow(`${folder.path}:1.2 holds no image`)
  await expect(inspect(`oci:${folder.path}`)).rejects.toThrow(`${folder.path} holds no image`)
})

test('words that stand for images are called their names', async () => {
  await using folder = await temporary()
  const made = blobs()
  const image = imageOf(made, { layers: [] })
  await writeLayout(
    folder.path,
    made,
    ['1', '2'].map((name) => ({ ...image, annotations: { 'org.opencontainers.image.ref.name': name } })),
  )
  await expect(inspect(`oci:${folder.path}:3`)).rejects.toThrow('has no image 3: its images are named 1, 2')
})

test('a layout without any image says so, whatever was asked for', async () => {
  await using folder = await temporary()
  await writeLayout(folder.path, blobs(), [])
  await expect(inspect(`oci:${folder.path}:1.2`)).rejects.toThrow(`${folder.path} has no image 1.2: it holds none`)
  await expect(inspect(`oci:${folder.path}:@0`)).rejects.toThrow(`${folder.path} has no image @0: it holds none`)
  await expect(inspect(`oci:${folder.path}`)).rejects.toThrow(`${folder.path} holds no image`)
})

/** The message if a source has no image to weigh. */
import { expect, test } from '@jest/globals'
import { imageOf, indexOf } from '../support/images.ts'
import { blobs, inspect, temporary, writeLayout } from '../support/layouts.ts'
import { testRegistry } from '../support/registry.ts'

test('names a registry and a layout with the requested tag', async () => {
  const made = blobs()
  const empty = indexOf(made, [])
  await using registry = await testRegistry(made, { '1.2': empty.digest })
  await expect(inspect(`docker://${registry.address}/some/app:1.2`)).rejects.toThrow(
    `docker://${registry.address}/some/app:1.2 contains no image`,
  )
  await using folder = await temporary()
  await writeLayout(folder.path, made, [{ ...empty, annotations: { 'org.opencontainers.image.ref.name': '1.2' } }])
  await expect(inspect(`oci:${folder.path}:1.2`)).rejects.toThrow(`${folder.path}:1.2 contains no image`)
  await expect(inspect(`oci:${folder.path}`)).rejects.toThrow(`${folder.path} contains no image`)
})

test('calls the texts that select an image their names', async () => {
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

test('says that a layout has no image, whatever was asked for', async () => {
  await using folder = await temporary()
  await writeLayout(folder.path, blobs(), [])
  await expect(inspect(`oci:${folder.path}:1.2`)).rejects.toThrow(`${folder.path} has no image 1.2: it holds none`)
  await expect(inspect(`oci:${folder.path}:@0`)).rejects.toThrow(`${folder.path} has no image @0: it holds none`)
  await expect(inspect(`oci:${folder.path}`)).rejects.toThrow(`${folder.path} contains no image`)
})

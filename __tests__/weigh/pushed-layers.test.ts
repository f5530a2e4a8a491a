/** Reads layers of a pushed image from real HTTP servers. */
import { buffer } from 'node:stream/consumers'
import { beforeAll, expect, test } from '@jest/globals'
import { CallFailed } from '../../src/builder/grpc.ts'
import type { Descriptor } from '../../src/oci/manifest.ts'
import { openPushedImage } from '../../src/weigh/pushed-layers.ts'
import { randomImage, type Blobs } from '../support/layouts.ts'
import { testRegistry } from '../support/registry.ts'

let made: Blobs
let image: Descriptor
let layer: Descriptor
beforeAll(async () => {
  ;({ made, image, layer } = await randomImage())
})

const signal = new AbortController().signal

test('reads the layers of an image from the repository that it was pushed to', async () => {
  await using registry = await testRegistry(made, { latest: image.digest })
  const open = await openPushedImage(`${registry.address}/some/app`, image.digest, null, signal)
  expect(await buffer(open!(layer))).toEqual(made.blobs.get(layer.digest))
})

test('returns null if the registry does not have the image', async () => {
  await using registry = await testRegistry(made, {})
  const other = `sha256:${'0'.repeat(64)}`
  expect(await openPushedImage(`${registry.address}/some/app`, other, null, signal)).toBeNull()
  expect(await openPushedImage('localhost:1/some/app', image.digest, null, signal)).toBeNull()
  expect(await openPushedImage('No Name', image.digest, null, signal)).toBeNull()
  expect(await openPushedImage(`${registry.address}/some/app`, 'no digest', null, signal)).toBeNull()
})

test('fails so that the layers are exported instead if the registry does not have one of them', async () => {
  await using registry = await testRegistry(made, { latest: image.digest }, ({ url }, response) => {
    if (!url.includes(layer.digest)) return false
    response.writeHead(404).end()
    return true
  })
  const open = await openPushedImage(`${registry.address}/some/app`, image.digest, null, signal)
  await expect(buffer(open!(layer))).rejects.toThrow(CallFailed)
})

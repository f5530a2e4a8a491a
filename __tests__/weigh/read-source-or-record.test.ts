import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { Footprint } from '../../src/record/footprint.ts'
import { readSourceOrRecord } from '../../src/weigh/read-source-or-record.ts'
import { footprintOf, image } from '../support/footprints.ts'
import { blobs, inspect, sourceOptions, tarOf, temporary, writeLayout } from '../support/layouts.ts'

const record = footprintOf([image()])

async function read(text: string, folder: string): Promise<Footprint> {
  return readSourceOrRecord(text, {
    ...sourceOptions(folder),
    readStdin: () => Promise.resolve(Buffer.from(JSON.stringify(record))),
  })
}

test('reads a record from a file or standard input, and a source', async () => {
  await using folder = await temporary()
  const file = join(folder.path, 'record.json')
  await writeFile(file, JSON.stringify(record, null, 2))
  expect(await read(file, folder.path)).toEqual(record)
  expect(await read('-', folder.path)).toEqual(record)

  const made = blobs()
  const layout = join(folder.path, 'layout')
  await writeLayout(layout, made, [made.image(await tarOf('a', 'x'))])
  expect(await read(layout, folder.path)).toEqual(await inspect(`oci:${layout}`))
})

test('reads only the requested platforms of a record', async () => {
  await using folder = await temporary()
  const file = join(folder.path, 'record.json')
  const arm = image({ platform: { os: 'linux', architecture: 'arm64' } })
  await writeFile(file, JSON.stringify(footprintOf([image(), arm])))
  const platformsIn = async (platform: string): Promise<readonly string[]> =>
    (
      await readSourceOrRecord(file, {
        ...sourceOptions(folder.path),
        platform,
        readStdin: () => Promise.reject(new Error('not read')),
      })
    ).images.map(({ platform: { architecture } }) => architecture)
  expect(await platformsIn('linux/arm64')).toEqual(['arm64'])
  expect(await platformsIn('linux/arm64,linux/amd64')).toEqual(['amd64', 'arm64'])
  await expect(platformsIn('linux/s390x')).rejects.toThrow(
    `the record ${file} has no image for linux/s390x: it has linux/amd64, linux/arm64`,
  )
})

test('refuses JSON that is not a record, and anything else', async () => {
  await using folder = await temporary()
  const file = join(folder.path, 'package.json')
  await writeFile(file, '{"name":"x"}')
  await expect(read(file, folder.path)).rejects.toThrow(`${file} is not a record: it has no schemaVersion`)
  await expect(read(join(folder.path, 'nosuch'), folder.path)).rejects.toMatchObject({ code: 'UNREADABLE_INPUT' })
  await expect(read('dir:x', folder.path)).rejects.toMatchObject({ code: 'USAGE' })
})

test('accepts a record with instructions without lines', async () => {
  await using folder = await temporary()
  const made = blobs()
  const layout = join(folder.path, 'layout')
  await writeLayout(layout, made, [made.image(await tarOf('a', 'x'))])
  const weighed = await inspect(layout)
  const file = join(folder.path, 'record.json')
  await writeFile(file, JSON.stringify(weighed))
  expect(await read(file, folder.path)).toEqual(weighed)
  expect(weighed.images[0]!.stages[0]!.layers[0]!.instruction).toEqual({ text: 'COPY a /a', line: null, endLine: null })
})

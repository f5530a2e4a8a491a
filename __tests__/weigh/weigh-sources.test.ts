import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { Footprint } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { renderRecord } from '../../src/report/record.ts'
import { weighImages } from '../../src/weigh/weigh-sources.ts'
import { blobs, inspect, sourceOptions, tarOf, temporary, writeLayout } from '../support/layouts.ts'

const weigh = (sources: readonly string[], folder: string): Promise<Footprint> =>
  weighImages(sources, {
    ...sourceOptions(folder),
    readStdin: () => Promise.reject(new Error('nothing is piped in')),
  })

test("puts several sources into one record, with each image's name, and notes once or with their source", async () => {
  await using folder = await temporary()
  const made = blobs()
  const at = (name: string): string => join(folder.path, name)
  const one = made.image(await tarOf('a', 'x'))
  await writeLayout(at('one'), made, [one])
  await writeLayout(at('two'), made, [
    made.image(await tarOf('a', 'other')),
    made.image(await tarOf('b', 'y'), { architecture: 'arm64' }),
  ])
  await writeFile(
    at('record.json'),
    JSON.stringify({
      ...(await inspect(at('one'))),
      images: (await inspect(at('one'))).images.map((image) => ({ ...image, name: 'kept' })),
      notes: ['Only here.'],
    }),
  )

  const found = await weigh([`oci:${at('one')}`, at('two'), at('record.json')], folder.path)
  expect(parseRecord(renderRecord(found), 'it')).toEqual(found)
  expect(found.images.map(({ name, platform }) => [name, platform.architecture])).toEqual([
    ['one', 'amd64'],
    ['two', 'amd64'],
    ['two', 'arm64'],
    ['kept', 'amd64'],
  ])
  expect(found.images.slice(0, 3)).toEqual([...(await inspect(at('one'))).images, ...(await inspect(at('two'))).images])
  const [note] = (await inspect(at('one'))).notes ?? []
  expect(note).toBeDefined()
  expect(found.notes).toEqual([
    `oci:${at('one')}: ${note ?? ''}`,
    `${at('two')}: ${note ?? ''}`,
    `${at('record.json')}: Only here.`,
  ])
  expect((await weigh([at('one'), at('two')], folder.path)).notes).toEqual([note])
})

test('names images by their sources if they share name and platform', async () => {
  await using folder = await temporary()
  const made = blobs()
  const at = (name: string): string => join(folder.path, name)
  await writeLayout(at('a/app'), made, [
    made.image(await tarOf('a', 'x')),
    made.image(await tarOf('a', 'x'), { architecture: 'arm64' }),
  ])
  await writeLayout(at('b/app'), made, [made.image(await tarOf('a', 'longer'))])
  const { images } = await weigh([at('a/app'), at('b/app')], folder.path)
  expect(images.map(({ name, platform }) => [name, platform.architecture])).toEqual([
    [at('a/app'), 'amd64'],
    [at('a/app'), 'arm64'],
    [at('b/app'), 'amd64'],
  ])
})

test('fails with the error of the first source that cannot be weighed', async () => {
  await using folder = await temporary()
  await expect(weigh([join(folder.path, 'nosuch')], folder.path)).rejects.toMatchObject({ code: 'UNREADABLE_INPUT' })
})

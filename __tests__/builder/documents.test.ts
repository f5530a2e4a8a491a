import { createHash } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { openDocuments } from '../../src/builder/documents.ts'
import { folderWith } from '../support/program.ts'

const noConnection = { to: () => Promise.resolve(null) }
const platform = { os: 'linux', architecture: 'amd64' }
const text = '{"schemaVersion": 2}\n'
const digestOf = (bytes: string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

test('knows a kept document in the next run, without asking the builder', async () => {
  await using folder = await folderWith({})
  await openDocuments(join(folder.path, 'documents'), noConnection).keep(text)
  const next = openDocuments(join(folder.path, 'documents'), noConnection)
  expect(await next.known(digestOf(text))).toEqual({ schemaVersion: 2 })
  expect(await next.fromBuilder(digestOf(text), platform)).toEqual({ schemaVersion: 2 })
})

test('rejects a document that somebody else replaced', async () => {
  await using folder = await folderWith({})
  const documents = openDocuments(folder.path, noConnection)
  await documents.keep(text)
  const [name = ''] = await readdir(folder.path)
  await writeFile(join(folder.path, name), '{"schemaVersion": 3}')
  expect(await documents.known(digestOf(text))).toBeNull()
})

test.each([[''], ['latest'], ['sha256:../../x'], [digestOf('another')]])('knows nothing of %j', async (digest) => {
  await using folder = await folderWith({})
  const documents = openDocuments(join(folder.path, 'documents'), noConnection)
  expect([await documents.known(digest), await documents.fromBuilder(digest, platform)]).toEqual([null, null])
})

test('knows in the next run what an engine said about the layers of an image, but not of another image', async () => {
  await using folder = await folderWith({})
  const config = digestOf('config')
  await openDocuments(join(folder.path, 'documents'), noConnection).keepLayersOf(config, '["sha256:a"]\n')
  const next = openDocuments(join(folder.path, 'documents'), noConnection)
  expect([await next.layersOf(config), await next.layersOf(digestOf('x')), await next.layersOf('../x')]).toEqual([
    '["sha256:a"]\n',
    null,
    null,
  ])
  expect(await next.known(config)).toBeNull()
})

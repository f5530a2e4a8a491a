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

test('a document that was kept is known in the next run, and nobody is asked for it', async () => {
  await using folder = await folderWith({})
  await openDocuments(join(folder.path, 'documents'), noConnection).keep(text)
  const next = openDocuments(join(folder.path, 'documents'), noConnection)
  expect(await next.known(digestOf(text))).toEqual({ schemaVersion: 2 })
  expect(await next.fromBuilder(digestOf(text), platform)).toEqual({ schemaVersion: 2 })
})

test('what somebody else wrote in its place is not believed', async () => {
  await using folder = await folderWith({})
  const documents = openDocuments(folder.path, noConnection)
  await documents.keep(text)
  const [name = ''] = await readdir(folder.path)
  await writeFile(join(folder.path, name), '{"schemaVersion": 3}')
  expect(await documents.known(digestOf(text))).toBeNull()
})

test.each([[''], ['latest'], ['sha256:../../x'], [digestOf('another')]])('of %j nothing is known', async (digest) => {
  await using folder = await folderWith({})
  const documents = openDocuments(join(folder.path, 'documents'), noConnection)
  expect([await documents.known(digest), await documents.fromBuilder(digest, platform)]).toEqual([null, null])
})

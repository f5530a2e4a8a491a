/** What a path contains, if it is no image. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { recognisePath } from '../../src/images/recognise-path.ts'
import { temporary } from '../support/layouts.ts'

const { signal } = new AbortController()

test('says that a file is empty', async () => {
  await using folder = await temporary()
  const file = join(folder.path, 'empty.json')
  await writeFile(file, '')
  await expect(recognisePath(file, signal)).rejects.toThrow(`${file} is empty: it is neither an image nor a record`)
})

test.each(['utf8', 'utf16le'] as const)('takes JSON with a byte order mark for a record: %s', async (encoding) => {
  await using folder = await temporary()
  const file = join(folder.path, 'record.json')
  await writeFile(file, '\uFEFF{"schemaVersion":1}', encoding)
  expect(await recognisePath(file, signal)).toBe('record')
})

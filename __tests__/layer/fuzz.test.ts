import { expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLayoutImage } from '../../src/inspect/layout.ts'
import { parseRecord } from '../../src/inspect/record.ts'
import { fuzz } from '../../script/lib/fuzz.ts'
import { remove, sha256, temporaryFolder } from './helpers.ts'

test('damaged layers and documents are read rightly or refused with a code', async () => {
  const { cases, outcomes, failure } = await fuzz({ seconds: 10, seed: 5 })
  expect(failure === null ? null : { ...failure, input: failure.input.toString('latin1').slice(0, 2000) }).toBeNull()
  expect(cases).toBeGreaterThan(100)
  // Were all refused, or all read, it would find nothing.
  for (const outcome of ['tar read', 'tar refused', 'record read', 'record refused']) expect(outcomes.get(outcome)).toBeGreaterThan(0)
}, 60_000)

test('found: a version that is nested too deep to be shown', () => {
  const text = `{"schemaVersion":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
  expect(() => parseRecord(text, 'r')).toThrow(expect.objectContaining({ code: 'UNREADABLE_INPUT' }))
})

test('found: a layout that names a blob that it has not', async () => {
  const folder = temporaryFolder()
  const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: sha256(Buffer.from('gone')), size: 4 }
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }))
  await expect(readLayoutImage(folder)).rejects.toMatchObject({ code: 'LAYER', message: expect.stringContaining(descriptor.digest) })
  remove(folder)
})

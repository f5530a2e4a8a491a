/** The user's files in the folder of a context are written after weighing. */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { holdFiles } from '../../src/run/held-files.ts'
import { temporary } from '../support/layouts.ts'

const none = { metadataFile: null, iidFile: null, buildContexts: new Map<string, string>() }

/** Folders `context`, `other`, `elsewhere` and `held`, and a link to `context`. */
async function place() {
  const folder = await temporary()
  const at = (path: string): string => join(folder.path, path)
  for (const name of ['context/sub', 'other', 'elsewhere', 'held']) await mkdir(at(name), { recursive: true })
  await symlink('context', at('link'))
  return { at, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

test('those in a context are held back, whether it is named, reached by a link, or the main one', async () => {
  await using folder = await place()
  const { at } = folder
  const hold = (metadataFile: string, kind: 'local' | 'remote' = 'local', context = at('context')) =>
    holdFiles(
      { ...none, metadataFile, buildContexts: new Map([['o', at('other')], ['i', 'docker-image://alpine']]) }, // prettier-ignore
      { kind, context },
      at('held'),
    )
  for (const path of ['context/m.json', 'context/sub/m.json', 'link/m.json', 'other/m.json'].map(at))
    expect(await hold(path)).toMatchObject({
      words: ['--metadata-file', at('held/held--metadata-file')],
      metadataFile: at('held/held--metadata-file'),
    })
  expect((await hold(at('context/m.json'), 'local', at('link'))).words).not.toEqual([])
  for (const path of ['elsewhere/m.json', 'no/such/folder/m.json'].map(at))
    expect(await hold(path)).toMatchObject({ words: [], metadataFile: path })
  expect((await hold(at('context/m.json'), 'remote', 'https://example.com/a.git')).words).toEqual([])
})

test('they are written in the end, as far as the build made them', async () => {
  await using folder = await place()
  const { at } = folder
  const wanted = { ...none, metadataFile: at('context/m.json'), iidFile: at('context/iid') }
  await writeFile(wanted.metadataFile, 'of an earlier build')
  await writeFile(wanted.iidFile, 'of an earlier build')
  const held = await holdFiles(wanted, { kind: 'local', context: at('context') }, at('held'))
  expect(held.words).toEqual(['--iidfile', at('held/held--iidfile'), '--metadata-file', at('held/held--metadata-file')])
  // The client, too, leaves the metadata of an earlier build there, but not its image ID.
  expect(await readFile(wanted.metadataFile, 'utf8')).toBe('of an earlier build')
  await expect(readFile(wanted.iidFile)).rejects.toThrow('ENOENT')
  await writeFile(at('held/held--metadata-file'), '{}')
  await held.deliver()
  expect(await readFile(wanted.metadataFile, 'utf8')).toBe('{}')
  await expect(readFile(wanted.iidFile)).rejects.toThrow('ENOENT')

  await writeFile(at('held/held--iidfile'), 'sha256:1')
  await mkdir(wanted.iidFile)
  await expect(held.deliver()).rejects.toMatchObject({
    code: 'UNREADABLE_INPUT',
    message: `--iidfile ${wanted.iidFile} cannot be written: it is a folder`,
  })
})

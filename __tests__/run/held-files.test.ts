/** The user's files in the folder of a context are written after weighing. */
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { holdFiles } from '../../src/run/held-files.ts'
import { temporary } from '../support/layouts.ts'
import { root, run } from '../support/program.ts'

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
  expect(await held.deliver()).toBeNull()
  expect(await readFile(wanted.metadataFile, 'utf8')).toBe('{}')
  await expect(readFile(wanted.iidFile)).rejects.toThrow('ENOENT')

  await writeFile(at('held/held--iidfile'), 'sha256:1')
  await writeFile(at('held/held--metadata-file'), '{"new":1}')
  await mkdir(wanted.iidFile)
  expect(await held.deliver()).toMatchObject({
    code: 'BUILD_FAILED',
    message: `--iidfile ${wanted.iidFile} cannot be written: it is a folder`,
  })
  // The other one is still written.
  expect(await readFile(wanted.metadataFile, 'utf8')).toBe('{"new":1}')
})

test('a link in the context is not followed, as the client does not follow it', async () => {
  await using folder = await place()
  const { at } = folder
  const metadataFile = at('context/m.json')
  await writeFile(at('elsewhere/precious'), 'precious')
  for (const target of ['../elsewhere/precious', '../elsewhere/new']) {
    await symlink(target, metadataFile)
    const held = await holdFiles({ ...none, metadataFile }, { kind: 'local', context: at('context') }, at('held'))
    await writeFile(at('held/held--metadata-file'), '{}')
    expect(await held.deliver()).toMatchObject({
      code: 'BUILD_FAILED',
      message: `--metadata-file ${metadataFile} cannot be written: it is a symbolic link`,
    })
    await inProcess({ metadataFile, iidFile: null }, at('context'), at('held'), '', '')
    await rm(metadataFile)
  }
  expect(await readdir(at('elsewhere'))).toEqual(['precious'])
  expect(await readFile(at('elsewhere/precious'), 'utf8')).toBe('precious')
})

test('an image ID of an earlier build that cannot be removed stays with the client, which refuses to build', async () => {
  await using folder = await place()
  const { at } = folder
  const hold = (iidFile: string) =>
    holdFiles({ ...none, iidFile }, { kind: 'local', context: at('context') }, at('held'))
  await writeFile(at('context/sub/file'), '')
  expect(await hold(at('context/sub'))).toMatchObject({ words: [] })
  // The client replaces an empty folder.
  await mkdir(at('context/empty'))
  expect((await hold(at('context/empty'))).words).toEqual(['--iidfile', at('held/held--iidfile')])
  expect(await readdir(at('context'))).toEqual(['sub'])
})

/** Runs a script that holds files back in a process of its own. It ends with 130. */
async function inProcess(files: object, context: string, held: string, before: string, after: string) {
  const script = `
    import { chmodSync, rmSync, writeFileSync } from 'node:fs'
    import { atExit } from '${root}/src/at-exit.ts'
    import { holdFiles } from '${root}/src/run/held-files.ts'
    const [context, folder] = ${JSON.stringify([context, held])}
    ${before}
    const files = { ...${JSON.stringify(files)}, buildContexts: new Map() }
    const held = await holdFiles(files, { kind: 'local', context }, folder)
    writeFileSync(folder + '/held--metadata-file', '{}')
    ${after}
    process.exit(130)`
  expect(await run(process.execPath, ['--input-type=module', '--eval', script])).toMatchObject({ status: 130 })
}

test('they are also written if the process ends at once, before its temporary folder is removed', async () => {
  await using folder = await place()
  const { at } = folder
  const wanted = { metadataFile: at('context/metadata'), iidFile: at('context/iid') }
  await inProcess(wanted, at('context'), at('held'), 'atExit(() => rmSync(folder, { recursive: true }))', '')
  expect(await readdir(at(''))).toEqual(['context', 'elsewhere', 'link', 'other'])
  expect((await readdir(at('context'))).toSorted()).toEqual(['metadata', 'sub'])
  expect(await readFile(wanted.metadataFile, 'utf8')).toBe('{}')
})

test.each([
  ['in the end', 'if (await held.deliver() !== null) process.exit(1)'],
  ['if the process ends at once', ''],
])('a file that may not be written to is replaced as by the client, %s', async (_, after) => {
  await using folder = await place()
  const { at } = folder
  const metadataFile = at('context/metadata')
  await writeFile(metadataFile, 'of an earlier build', { mode: 0o444 })
  // A file mode does not apply to the administrator.
  const before = `chmodSync('${at('')}', 0o755)
    for (const one of [context, folder]) chmodSync(one, 0o777)
    if (process.getuid() === 0) process.setuid(65534)`
  await inProcess({ metadataFile, iidFile: null }, at('context'), at('held'), before, after)
  expect(await readFile(metadataFile, 'utf8')).toBe('{}')
})

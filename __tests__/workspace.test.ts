/** The temporary folder of a run, and what killed runs left beside it. */
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createWorkspace, requireFreeSpace } from '../src/workspace.ts'
import { testWith } from './support/rig.ts'

let parent = ''
beforeEach(async () => {
  parent = await realpath(await mkdtemp(join(tmpdir(), 'sf-workspace-')))
})
afterEach(() => rm(parent, { recursive: true, force: true }))

const there = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

interface Left {
  readonly name?: string
  readonly hours?: number
  readonly mode?: number
  readonly marker?: boolean
  readonly user?: number
}

/** A folder as a killed run leaves it. */
async function left({
  name = 'stage-footprint-Ab3xYz',
  hours = 25,
  mode = 0o700,
  marker = true,
  user,
}: Left): Promise<string> {
  const path = join(parent, name)
  await mkdir(path)
  if (marker) await writeFile(join(path, '.stage-footprint'), '')
  await mkdir(join(path, 'head'))
  await writeFile(join(path, 'head', 'blob'), 'bytes')
  if (user !== undefined) for (const each of [path, join(path, '.stage-footprint')]) await chown(each, user, user)
  await chmod(path, mode)
  await old(path, hours)
  return path
}

async function old(path: string, hours: number): Promise<void> {
  const time = new Date(Date.now() - hours * 3_600_000)
  await utimes(path, time, time)
}

async function aRun(): Promise<void> {
  const workspace = await createWorkspace([parent])
  await workspace.remove()
  expect(await there(workspace.folder)).toBe(false)
}

describe('the folder of a killed run', () => {
  test('is removed by a later run after a day', async () => {
    const path = await left({})
    await aRun()
    expect(await readdir(parent)).toEqual([])
    expect(await there(path)).toBe(false)
  })

  test('is removed by one of several concurrent runs', async () => {
    await Promise.all(['aaaaaa', 'bbbbbb', 'cccccc'].map((end) => left({ name: `stage-footprint-${end}` })))
    await Promise.all(Array.from({ length: 6 }, aRun))
    expect(await readdir(parent)).toEqual([])
  })

  test('is removed even if a folder in it cannot be read by its name', async () => {
    const path = await left({ hours: 0 })
    await writeFile(join(path, Buffer.from([0xff, 0x0a]).toString('latin1')), '')
    await old(path, 30)
    await aRun()
    expect(await readdir(parent)).toEqual([])
  })

  test('is looked for only where the new folder is made', async () => {
    const path = await left({})
    const other = join(parent, 'other')
    await mkdir(other)
    const workspace = await createWorkspace([other, parent])
    await workspace.remove()
    expect(await there(path)).toBe(true)
  })
})

describe('a later run does not remove', () => {
  test.each<[string, Left]>([
    ['of a run that may still be active', { hours: 23 }],
    ['from the future', { hours: -1 }],
    ['without our marker', { marker: false }],
    ['open to others', { mode: 0o755 }],
    ['writable by a group', { mode: 0o720 }],
    ['with a longer name', { name: 'stage-footprint-backups' }],
    ['with a hostile name', { name: 'stage-footprint-..\n..' }],
    ['with another name', { name: 'other-footprint-Ab3xYz' }],
  ])('a folder %s', async (_, what) => {
    const path = await left(what)
    await aRun()
    expect(await there(join(path, 'head', 'blob'))).toBe(true)
  })

  testWith('root')('a folder of another user', async () => {
    const path = await left({ user: 12_345 })
    await aRun()
    expect(await there(join(path, 'head', 'blob'))).toBe(true)
  })

  test('a link to a folder, nor that folder', async () => {
    const target = await left({ name: 'precious' })
    await symlink(target, join(parent, 'stage-footprint-Ab3xYz'))
    await aRun()
    expect(await there(join(parent, 'stage-footprint-Ab3xYz'))).toBe(true)
    expect(await there(join(target, 'head', 'blob'))).toBe(true)
  })

  test('a folder whose marker is a link', async () => {
    const path = await left({ marker: false })
    await symlink('/etc/passwd', join(path, '.stage-footprint'))
    await old(path, 25)
    await aRun()
    expect(await there(join(path, 'head', 'blob'))).toBe(true)
  })

  test('what a link in a leftover folder names', async () => {
    const target = join(parent, 'precious')
    await mkdir(target)
    await writeFile(join(target, 'file'), 'bytes')
    const path = await left({})
    await symlink(target, join(path, 'head', 'link'))
    await symlink(target, join(path, 'link'))
    await old(path, 25)
    await aRun()
    expect(await readdir(parent)).toEqual(['precious'])
    expect(await readdir(target)).toEqual(['file'])
  })
})

describe('the temporary folder', () => {
  test('is made in the first writable folder, and a warning says why not in another', async () => {
    await writeFile(join(parent, 'file'), '')
    const workspace = await createWorkspace([join(parent, 'absent'), join(parent, 'file'), '/proc', parent])
    expect(workspace.warnings).toEqual([
      `no temporary folder can be made in ${join(parent, 'absent')} (there is no such file or folder) or ${join(parent, 'file')} (a part of its path is not a folder) or /proc (there is no such file or folder): ${parent} is used instead`,
    ])
    await workspace.remove()
    expect(await readdir(parent)).toEqual(['file'])
  })

  test('gives an error that says what to do if it cannot be made anywhere', async () => {
    await expect(createWorkspace(['/proc', join(parent, 'absent')])).rejects.toMatchObject({
      code: 'WEIGHING_FAILED',
      message: `no temporary folder can be made in /proc (there is no such file or folder) or ${join(parent, 'absent')} (there is no such file or folder): set TMPDIR (RUNNER_TEMP on a runner) to a writable folder`,
    })
  })

  test('cannot be opened by other users', async () => {
    const workspace = await createWorkspace([parent])
    expect((await lstat(workspace.folder)).mode & 0o777).toBe(0o700)
    await workspace.remove()
  })
})

test('a disk with too little free space is an error with what to do', async () => {
  await expect(requireFreeSpace(parent, 1)).resolves.toBeUndefined()
  await expect(requireFreeSpace(parent, Infinity)).rejects.toMatchObject({
    code: 'DISK_SPACE',
    message: expect.stringMatching(/^only \d+ MB are free in .+; free some space, or set TMPDIR /),
  })
})

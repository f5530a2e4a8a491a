import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { EntryListWriter } from '../../src/layer/entry-list.ts'
import { openIndexStore, type IndexStore } from '../../src/layer/index-store.ts'
import type { LayerContents, LayerIndex, LayerPackagesAndOthers } from '../../src/layer/layer-index.ts'
import { remove, sha256, temporaryFolder } from '../support/tar-bytes.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => remove(folder))

function indexOf(nth: number): LayerIndex {
  return {
    digest: sha256(Buffer.from(`blob ${nth}`)),
    diffId: sha256(Buffer.from(`tar ${nth}`)),
    compressedSize: nth,
    uncompressedSize: nth * 2,
    fileBytes: nth,
    entries: 3,
    whiteouts: 1,
    opaqueWhiteouts: 0,
    timelessDigest: null,
  }
}
const contents: LayerContents = {
  files: [{ path: 'usr/bin/a', fileBytes: 7 }],
  directories: [{ path: 'usr', fileBytes: 7, files: 1 }],
  complete: true,
}
const packages: LayerPackagesAndOthers = {
  packages: [
    {
      ecosystem: 'golang',
      name: 'example.org/a',
      version: null,
      path: 'usr/bin/a',
      fileBytes: 7,
      files: 1,
      parts: [{ name: 'stdlib', version: 'go1.26.1', fileBytes: null }],
    },
  ],
  folded: { packages: 1, fileBytes: 2, files: 3 },
  complete: false,
  owners: 'cGFja2Vk',
  others: {
    files: [{ path: 'etc/b', fileBytes: 3 }],
    directories: [{ path: 'etc', fileBytes: 3, files: 1 }],
    complete: true,
  },
}
const facts = 'AAA='
function listOf(index: LayerIndex): Buffer {
  const writer = new EntryListWriter()
  writer.add({ path: 'usr/bin/a', kind: 'file', fileBytes: 7 })
  return writer.list(index.digest)!
}
async function pathsOf(store: IndexStore, index: LayerIndex): Promise<string[] | null> {
  const paths: string[] = []
  return (await store.entries(index.digest, ({ path, pathLength }) => paths.push(path.toString('utf8', 0, pathLength))))
    ? paths
    : null
}
const fileOf = (index: LayerIndex): string => join(folder, 'v13', `${index.digest.slice(7)}.json`)
const contentsFileOf = (index: LayerIndex): string => join(folder, 'v13', `${index.digest.slice(7)}.contents.json`)
const entriesFileOf = (index: LayerIndex): string => join(folder, 'v13', `${index.digest.slice(7)}.entries`)

test('returns what was put, also from another store', async () => {
  const index = indexOf(1)
  expect(await openIndexStore(folder).get(index.digest)).toBeNull()
  await openIndexStore(folder).put({ index: index, contents, packages, facts, entries: listOf(index) })
  const store = openIndexStore(folder)
  expect(await store.known()).toEqual([index.digest])
  expect(await store.get(index.digest)).toEqual(index)
  expect(await store.contents(index.digest)).toEqual(contents)
  expect(await store.contents(indexOf(2).digest)).toBeNull()
  expect(await store.packages(index.digest)).toEqual(packages)
  expect(await store.packages(indexOf(2).digest)).toBeNull()
  expect(await pathsOf(store, index)).toEqual(['usr/bin/a'])
  expect(await pathsOf(store, indexOf(2))).toBeNull()
  expect(await store.entryList(index.digest)).toEqual(listOf(index))
  expect(await store.entryList(indexOf(2).digest)).toBeNull()
})

test('forgets a layer once its packages turn out to be foreign', async () => {
  const index = indexOf(1)
  await openIndexStore(folder).put({ index, contents, packages, facts, entries: listOf(index) })
  const whole = readFileSync(contentsFileOf(index), 'utf8')
  const foreign = whole.replace('golang', 'gopher')
  expect(foreign).not.toBe(whole)
  writeFileSync(contentsFileOf(index), foreign)
  const store = openIndexStore(folder)
  expect(await store.contents(index.digest)).toEqual(contents)
  expect(await store.packages(index.digest)).toBeNull()
  expect(await openIndexStore(folder).known()).toEqual([])
})

test('stores a layer without its packages', async () => {
  const index = indexOf(1)
  await openIndexStore(folder).put({ index, contents, packages: null, facts, entries: listOf(index) })
  const store = openIndexStore(folder)
  expect(await store.contents(index.digest)).toEqual(contents)
  expect(await store.packages(index.digest)).toBeNull()
})

test('does not know a layer that an earlier release stored, so the layer is read again', async () => {
  const index = indexOf(1)
  await openIndexStore(folder).put({ index, contents, packages, facts, entries: listOf(index) })
  renameSync(join(folder, 'v13'), join(folder, 'v4'))
  expect(await openIndexStore(folder).get(index.digest)).toBeNull()
  expect(await openIndexStore(folder).known()).toEqual([])
})

test('a list of entries that is too large is dropped', () => {
  const { digest } = indexOf(1)
  for (const [maxBytes, kept] of [
    [1000, true],
    [10, false],
  ] as const) {
    const writer = new EntryListWriter(maxBytes)
    writer.add({ path: 'usr/bin/a', kind: 'file', fileBytes: 7 })
    expect(writer.list(digest) !== null).toBe(kept)
    expect(writer.list(digest) !== null).toBe(kept)
  }
})

test('stores a layer without its entries', async () => {
  const index = indexOf(1)
  await openIndexStore(folder).put({ index: index, contents, packages, facts, entries: listOf(index) })
  await openIndexStore(folder).put({ index: index, contents, packages, facts, entries: null })
  expect(readdirSync(join(folder, 'v13'))).toHaveLength(2)
  const store = openIndexStore(folder)
  expect(await store.get(index.digest)).toEqual(index)
  expect(await pathsOf(store, index)).toBeNull()
  expect(await openIndexStore(folder).known()).toEqual([index.digest])
})

test('does not know a layer whose entries are missing or have another length, and forgets it once they turn out damaged', async () => {
  const index = indexOf(1)
  await openIndexStore(folder).put({ index: index, contents, packages, facts, entries: listOf(index) })
  const whole = readFileSync(entriesFileOf(index))
  for (const act of [
    () => rmSync(entriesFileOf(index)),
    () => writeFileSync(entriesFileOf(index), whole.subarray(1)),
  ]) {
    act()
    expect(await openIndexStore(folder).known()).toEqual([])
    await openIndexStore(folder).put({ index: index, contents, packages, facts, entries: listOf(index) })
  }
  let noticed = 0
  for (let at = 0; at < whole.length; at += 1) {
    await openIndexStore(folder).put({ index: index, contents, packages, facts, entries: listOf(index) })
    const damaged = Buffer.from(whole)
    damaged[at] = (damaged[at] ?? 0) ^ 0x20
    writeFileSync(entriesFileOf(index), damaged)
    const store = openIndexStore(folder)
    expect(await store.known()).toEqual([index.digest])
    const paths = await pathsOf(store, index)
    // Some bits of a compressed frame do not matter.
    if (paths === null) noticed += 1
    else expect(paths).toEqual(['usr/bin/a'])
    expect(await openIndexStore(folder).known()).toEqual(paths === null ? [] : [index.digest])
  }
  expect(noticed).toBeGreaterThanOrEqual(whole.length - 2)
})

test('deletes the least recently used layers beyond its limit of bytes, also those of another store', async () => {
  const size = (): number =>
    readdirSync(join(folder, 'v13')).reduce((sum, name) => sum + statSync(join(folder, 'v13', name)).size, 0)
  await openIndexStore(folder).put({ index: indexOf(0), contents, packages, facts, entries: listOf(indexOf(0)) })
  const one = size()
  const store = openIndexStore(folder, { bytes: Math.floor(3.5 * one) })
  for (let nth = 1; nth < 6; nth += 1) {
    const past = new Date(Date.now() - (10 - nth) * 24 * 3600 * 1000)
    utimesSync(fileOf(indexOf(nth - 1)), past, past)
    await store.put({ index: indexOf(nth), contents, packages, facts, entries: listOf(indexOf(nth)) })
  }
  expect((await openIndexStore(folder).known()).sort()).toEqual([3, 4, 5].map((nth) => indexOf(nth).digest).sort())
  expect(size()).toBeLessThanOrEqual(3.5 * one)
})

test('does not know a layer without its contents', async () => {
  const index = indexOf(1)
  await openIndexStore(folder).put({ index: index, contents, packages, facts, entries: listOf(index) })
  const whole = readFileSync(contentsFileOf(index), 'utf8')
  const spoil: (() => void)[] = [
    () => rmSync(contentsFileOf(index)),
    () => writeFileSync(contentsFileOf(index), ''),
    () => writeFileSync(contentsFileOf(index), whole.slice(0, -5)),
    () => writeFileSync(contentsFileOf(index), `${whole} `),
  ]
  for (const act of spoil) {
    act()
    const store = openIndexStore(folder)
    expect(await store.known()).toEqual([])
    expect(await store.get(index.digest)).toBeNull()
    expect(await store.contents(index.digest)).toBeNull()
    await store.put({ index: index, contents, packages, facts, entries: listOf(index) })
    expect(await openIndexStore(folder).contents(index.digest)).toEqual(contents)
  }
})

test('forgets a layer once its contents turn out to be those of another layer', async () => {
  const index = indexOf(1)
  await openIndexStore(folder).put({ index: index, contents, packages, facts, entries: listOf(index) })
  const whole = readFileSync(contentsFileOf(index), 'utf8')
  const foreign = whole.replace(index.digest, indexOf(2).digest)
  const negative = whole.replace('"fileBytes":7', '"fileBytes":-')
  for (const text of ['\0'.repeat(whole.length), foreign, negative]) {
    expect(text).toHaveLength(whole.length)
    await openIndexStore(folder).put({ index: index, contents, packages, facts, entries: listOf(index) })
    writeFileSync(contentsFileOf(index), text)
    const store = openIndexStore(folder)
    expect(await store.known()).toEqual([index.digest])
    expect(await store.contents(index.digest)).toBeNull()
    expect(await store.get(index.digest)).toBeNull()
    expect(await openIndexStore(folder).known()).toEqual([])
  }
})

test('ignores torn, foreign and invalid files, and replaces them', async () => {
  const index = indexOf(1)
  await openIndexStore(folder).put({ index: index, contents, packages, facts, entries: listOf(index) })
  const whole = readFileSync(fileOf(index), 'utf8')
  const negative = JSON.stringify({ ...index, entries: -1 })
  for (const text of ['', whole.slice(0, 40), '[]', 'null', negative, JSON.stringify(indexOf(2)), '\0'.repeat(200)]) {
    writeFileSync(fileOf(index), text)
    const store = openIndexStore(folder)
    expect(await store.known()).toEqual([])
    expect(await store.get(index.digest)).toBeNull()
  }
  await openIndexStore(folder).put({ index: index, contents, packages, facts, entries: listOf(index) })
  expect(await openIndexStore(folder).get(index.digest)).toEqual(index)
})

test('leaves other files alone', async () => {
  mkdirSync(join(folder, 'v13'))
  writeFileSync(join(folder, 'v13', 'notes.json'), '{}')
  await openIndexStore(folder, { count: 1 }).put({
    index: indexOf(1),
    contents,
    packages,
    facts,
    entries: listOf(indexOf(1)),
  })
  expect(await openIndexStore(folder).known()).toEqual([indexOf(1).digest])
  expect(readdirSync(join(folder, 'v13'))).toContain('notes.json')
})

test('leaves whole files and no drafts after many concurrent writes', async () => {
  const stores = [openIndexStore(folder), openIndexStore(folder), openIndexStore(folder)]
  const indexes = Array.from({ length: 40 }, (_, nth) => indexOf(nth))
  await Promise.all(
    stores.flatMap((store) =>
      indexes.map((index) => store.put({ index: index, contents, packages, facts, entries: listOf(index) })),
    ),
  )
  const fresh = openIndexStore(folder)
  expect((await fresh.known()).sort()).toEqual(indexes.map((index) => index.digest).sort())
  expect(readdirSync(join(folder, 'v13'))).toHaveLength(120)
})

test('deletes the least recently used layers first', async () => {
  const store = openIndexStore(folder, { count: 3 })
  for (let nth = 0; nth < 3; nth += 1) {
    await store.put({ index: indexOf(nth), contents, packages, facts, entries: listOf(indexOf(nth)) })
    const past = new Date(Date.now() - (10 - nth) * 24 * 3600 * 1000)
    utimesSync(fileOf(indexOf(nth)), past, past)
  }
  await store.get(indexOf(0).digest)
  await store.put({ index: indexOf(3), contents, packages, facts, entries: listOf(indexOf(3)) })
  const left = await openIndexStore(folder).known()
  expect(left.sort()).toEqual([0, 2, 3].map((nth) => indexOf(nth).digest).sort())
  expect(readdirSync(join(folder, 'v13'))).toHaveLength(9)
})

test('updates the time of use at most once a day', async () => {
  const store = openIndexStore(folder)
  const index = indexOf(1)
  await store.put({ index: index, contents, packages, facts, entries: listOf(index) })
  const hourAgo = new Date(Date.now() - 3600 * 1000)
  utimesSync(fileOf(index), hourAgo, hourAgo)
  await store.get(index.digest)
  expect(statSync(fileOf(index)).mtimeMs).toBeLessThan(Date.now() - 3000 * 1000)
})

test('deletes old drafts and old contents without an index, and keeps new ones', async () => {
  mkdirSync(join(folder, 'v13'))
  for (const end of ['.tmp', '.contents.json', '.entries']) {
    const [old, recent] = [`old${end}`, `recent${end}`].map((name) => join(folder, 'v13', name))
    for (const file of [old, recent]) writeFileSync(file ?? '', '')
    utimesSync(old ?? '', 0, 0)
  }
  await openIndexStore(folder).put({ index: indexOf(1), contents, packages, facts, entries: listOf(indexOf(1)) })
  utimesSync(contentsFileOf(indexOf(1)), 0, 0)
  await openIndexStore(folder).put({ index: indexOf(2), contents, packages, facts, entries: listOf(indexOf(2)) })
  const [one, two] = [indexOf(1), indexOf(2)].map((index) => index.digest.slice(7))
  expect(readdirSync(join(folder, 'v13')).sort()).toEqual(
    [
      `${one}.json`,
      `${one}.contents.json`,
      `${one}.entries`,
      `${two}.json`,
      `${two}.contents.json`,
      `${two}.entries`,
      'recent.tmp',
      'recent.contents.json',
      'recent.entries',
    ].sort(),
  )
})

test('deletes folders of older versions after a day without writes, and keeps other folders', async () => {
  const old = join(folder, 'v2')
  const dayAgo = new Date(Date.now() - 25 * 3600 * 1000)
  for (const name of ['v1', 'v2', 'v14', 'v13', 'v1.5', 'vx', 'other']) {
    mkdirSync(join(folder, name, 'derived'), { recursive: true })
    writeFileSync(join(folder, name, 'derived', 'a'), '')
    utimesSync(join(folder, name), dayAgo, dayAgo)
  }
  utimesSync(join(folder, 'v1'), new Date(), new Date())
  mkdirSync(join(folder, 'linked'))
  symlinkSync('linked', join(folder, 'v0'))
  await openIndexStore(folder).get(indexOf(1).digest)
  expect(readdirSync(folder)).toContain('v2')
  const store = openIndexStore(folder)
  await store.put({ index: indexOf(1), contents, packages, facts, entries: null })
  expect(readdirSync(folder).sort()).toEqual(['linked', 'other', 'v0', 'v1', 'v1.5', 'v13', 'v14', 'vx'])
  expect(await openIndexStore(folder).known()).toEqual([indexOf(1).digest])
  // Once per run is enough.
  mkdirSync(old)
  utimesSync(old, dayAgo, dayAgo)
  await store.put({ index: indexOf(2), contents, packages, facts, entries: null })
  expect(readdirSync(folder)).toContain('v2')
})

test('works without a folder that cannot be made', async () => {
  writeFileSync(join(folder, 'file'), '')
  for (const impossible of [join(folder, 'file'), join(folder, 'file', 'sub')]) {
    const store = openIndexStore(impossible)
    await store.put({ index: indexOf(1), contents, packages, facts, entries: listOf(indexOf(1)) })
    expect(await store.get(indexOf(1).digest)).toEqual(indexOf(1))
    expect(await store.contents(indexOf(1).digest)).toEqual(contents)
    expect(await pathsOf(store, indexOf(1))).toEqual(['usr/bin/a'])
    expect(await openIndexStore(impossible).known()).toEqual([])
    expect(await openIndexStore(impossible).get(indexOf(1).digest)).toBeNull()
  }
})

describe('files that somebody else put into the folder', () => {
  const index = indexOf(1)
  const files = [
    ['index', fileOf],
    ['contents', contentsFileOf],
    ['entries', entriesFileOf],
  ] as const
  beforeEach(() => openIndexStore(folder).put({ index: index, contents, packages, facts, entries: listOf(index) }))

  /** None of them is returned, whether it is requested alone or with all layers. */
  async function expectUnknown(): Promise<void> {
    const store = openIndexStore(folder)
    expect(await store.known()).toEqual([])
    expect([await store.get(index.digest), await store.contents(index.digest), await pathsOf(store, index)]).toEqual([
      null,
      null,
      null,
    ])
  }

  test.each(files)('are ignored: a link in place of the %s is not followed', async (_what, of) => {
    renameSync(of(index), join(folder, 'elsewhere'))
    symlinkSync(join(folder, 'elsewhere'), of(index))
    await expectUnknown()
  })

  test.each(files)(
    'are ignored: a pipe in place of the %s is not waited for',
    async (_what, of) => {
      rmSync(of(index))
      execFileSync('mkfifo', [of(index)])
      await expectUnknown()
    },
    20_000,
  )

  test.each(files)(
    'are ignored: a folder in place of the %s does not prevent writing and deleting',
    async (_what, of) => {
      rmSync(of(index))
      mkdirSync(join(of(index), 'full'), { recursive: true })
      await expectUnknown()
      const store = openIndexStore(folder, { count: 1 })
      await store.put({ index: index, contents, packages, facts, entries: listOf(index) })
      expect(await store.get(index.digest)).toEqual(index)
      await store.put({ index: indexOf(2), contents, packages, facts, entries: null })
    },
  )

  test.each(files)(
    'are ignored: a device in place of the %s is not read',
    async (_what, of) => {
      rmSync(of(index))
      symlinkSync('/dev/zero', of(index))
      await expectUnknown()
    },
    20_000,
  )

  test('are ignored: a long index is not read completely', async () => {
    const text = readFileSync(fileOf(index), 'utf8')
    writeFileSync(fileOf(index), `${text.slice(0, -1)},"x":"${'x'.repeat(10_000)}"}`)
    await expectUnknown()
  })

  test('are kept: nothing is deleted behind a link in place of the folder', async () => {
    const elsewhere = join(folder, 'elsewhere')
    renameSync(join(folder, 'v13'), elsewhere)
    writeFileSync(join(elsewhere, 'mine.tmp'), '')
    utimesSync(join(elsewhere, 'mine.tmp'), 1, 1)
    symlinkSync('elsewhere', join(folder, 'v13'))
    await openIndexStore(folder).put({ index: indexOf(2), contents, packages, facts, entries: null })
    expect(readdirSync(elsewhere)).toContain('mine.tmp')
    expect(readdirSync(elsewhere)).toHaveLength(4)
  })
})

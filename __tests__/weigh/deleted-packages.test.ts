/** Packages of layers that the final file system does not have. */
import { expect, test } from '@jest/globals'
import { FileSystem } from '../../src/filesystem/file-system.ts'
import { EntryListWriter, readEntryList } from '../../src/layer/entry-list.ts'
import type { LayerEntry, LayerPackagesAndOthers } from '../../src/layer/layer-index.ts'
import { OwnerRuns } from '../../src/packages/owner-runs.ts'
import { noPackages, type Ecosystem } from '../../src/packages/package.ts'
import { deletedPackages, layersWithDeletedFiles } from '../../src/weigh/deleted-packages.ts'

const digest = `sha256:${'0'.repeat(64)}` as const
const file = (path: string, fileBytes = 10): LayerEntry => ({ path, kind: 'file', fileBytes })
const gone = (path: string): LayerEntry => ({ path: path.replace(/[^/]*$/, '.wh.$&'), kind: 'whiteout', fileBytes: 0 })

/** A file belongs to the package that its first letter names: `app/NAME/…` to the package NAME. */
function fileSystemOf(layers: readonly (readonly LayerEntry[])[], ecosystem: Ecosystem = 'pypi') {
  const fileSystem = new FileSystem()
  const known = new Map<number, LayerPackagesAndOthers>()
  for (const [position, entries] of layers.entries()) {
    const writer = new EntryListWriter()
    const names: string[] = []
    const runs = new OwnerRuns()
    for (const entry of entries) {
      writer.add(entry)
      if (entry.kind !== 'file') continue
      const name = /^(?:app|etc)\/(\w+)\//.exec(entry.path)?.[1]
      if (name !== undefined && !names.includes(name)) names.push(name)
      runs.add(name === undefined ? -1 : names.indexOf(name))
    }
    const packages = names.map((name) => ({
      ...{ ecosystem, name, version: '1', path: `app/${name}`, fileBytes: 10, files: 1, parts: [] },
    }))
    known.set(position, { ...noPackages, others: null, packages, owners: runs.packed((owner) => owner) })
    fileSystem.beginLayer()
    expect(readEntryList(writer.list(digest)!, digest, (entry) => fileSystem.add(entry))).toBe(true)
    fileSystem.endLayer()
  }
  return { fileSystem, known }
}

function found(...layers: readonly (readonly LayerEntry[])[]): unknown {
  const { fileSystem, known } = fileSystemOf(layers)
  return deletedPackages(fileSystem, known).map(({ name, addedBy, deletedBy }) => [name, addedBy, deletedBy])
}

test('a package is deleted if higher layers delete all of its files', () => {
  const first = [file('app/a/x'), file('app/a/y'), file('app/b/x'), file('other')]
  expect(found(first, [gone('app/a/x')], [gone('app/a/y'), gone('app/b')])).toEqual([
    ['a', 0, 2],
    ['b', 0, 2],
  ])
  expect(found(first, [gone('app/a/x')])).toEqual([])
})

test('a file that a higher layer replaces is there, unless the new one is deleted too', () => {
  const [first, again] = [[file('app/a/x')], [file('app/a/x', 11)]]
  expect(found(first, again)).toEqual([])
  expect(found(first, again, [gone('app/a')])).toEqual([
    ['a', 0, 2],
    ['a', 1, 2],
  ])
  // Installed again.
  expect(found(first, [gone('app/a')], again)).toEqual([['a', 0, 1]])
})

test('settings that a package leaves below /etc do not make it present', () => {
  expect(found([file('app/a/x'), file('etc/a/conf')], [gone('app/a')])).toEqual([['a', 0, 1]])
  expect(found([file('app/a/x'), file('app/a/etc/conf')], [gone('app/a/x')])).toEqual([])
})

test('only layers that lost files are asked for their packages', () => {
  const { fileSystem } = fileSystemOf([[file('x')], [file('y')], [gone('y')]])
  expect(layersWithDeletedFiles(fileSystem)).toEqual([1])
})

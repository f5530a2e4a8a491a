/** What a record keeps of a layer's packages: the list is bounded, and every byte is counted somewhere. */
import { describe, expect, test } from '@jest/globals'
import type { LayerContents, LayerPackagesAndOthers } from '../../src/layer/layer-index.ts'
import type { LayerPackage } from '../../src/packages/package.ts'
import type { RecordedPackages } from '../../src/record/contents.ts'
import { parseRecord, recordOf } from '../../src/record/parse-record.ts'
import {
  basePackagesForRecord,
  contentsForRecord,
  type BaseLayerContents,
} from '../../src/weigh/contents-for-record.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

const contents: LayerContents = { files: [{ path: 'a', fileBytes: 7 }], directories: [], complete: true }
const one = (name: string, fileBytes: number, more: Partial<LayerPackage> = {}): LayerPackage => ({
  ecosystem: 'npm',
  name,
  version: '1.0.0',
  path: `app/node_modules/${name}`,
  fileBytes,
  files: 2,
  parts: [],
  ...more,
})
const recorded = (packages: readonly LayerPackage[], more: Partial<LayerPackagesAndOthers> = {}): RecordedPackages => {
  const { packages: found } = contentsForRecord(contents, {
    packages: packages.toSorted((a, b) => b.fileBytes - a.fileBytes),
    folded: { packages: 0, fileBytes: 0, files: 0 },
    complete: true,
    others: contents,
    ...more,
  })
  if (!found) throw new Error('no packages')
  return found
}
const throughRecord = (packages: RecordedPackages | null): unknown => {
  const written = JSON.stringify(
    recordOf(
      footprintOf([
        image({
          stages: [stage({ layers: [layer({ contents: { files: [], directories: [], complete: true, packages } })] })],
        }),
      ]),
    ),
  )
  return parseRecord(written, 'x').images[0]?.stages[0]?.layers[0]?.contents?.packages
}

test('a record returns what was put into it', () => {
  const packages = recorded([
    one('a', 100),
    one('server', 50, {
      ecosystem: 'golang',
      version: null,
      parts: [{ name: 'stdlib', version: 'go1.26', fileBytes: null }],
    }),
  ])
  expect(packages).toEqual({
    packages: [
      { ecosystem: 'npm', name: 'a', version: '1.0.0', path: 'app/node_modules/a', fileBytes: 100, files: 2 },
      {
        ecosystem: 'golang',
        name: 'server',
        version: null,
        path: 'app/node_modules/server',
        fileBytes: 50,
        files: 2,
        parts: [{ name: 'stdlib', version: 'go1.26' }],
      },
    ],
    folded: { packages: 0, fileBytes: 0, files: 0 },
    complete: true,
    others: contents,
  })
  expect(throughRecord(packages)).toEqual(packages)
  expect(throughRecord(null)).toBeNull()
  expect(contentsForRecord(contents, null)).toEqual({ ...contents, packages: null })
})

test('keeps at most 500 packages, with all copies of a name or none, and sums the rest', () => {
  const light = Array.from({ length: 600 }, (_, nth) => one(`p${nth}`, 1_000 + nth))
  const copies = [one('twice', 1_590, { path: 'p' }), one('twice', 1, { path: 'q' })]
  const { packages, folded, complete } = recorded([...light, ...copies], {
    folded: { packages: 1, fileBytes: 5, files: 3 },
  })
  expect(packages).toHaveLength(500)
  expect(packages.filter(({ name }) => name === 'twice').map(({ fileBytes }) => fileBytes)).toEqual([1_590, 1])
  expect(folded).toEqual({
    packages: 103,
    fileBytes: 5 + Array.from({ length: 102 }, (_, nth) => 1_000 + nth).reduce((sum, size) => sum + size, 0),
    files: 3 + 2 * 102,
  })
  // The layer's own list was cut, perhaps between copies of one name.
  expect(complete).toBe(false)
  expect(recorded([...light, ...copies]).complete).toBe(true)
})

test('shortens the list if paths are long', () => {
  const { packages, folded } = recorded(
    Array.from({ length: 100 }, (_, nth) => one(`p${nth}`, 100 + nth, { path: 'x'.repeat(4_000) })),
  )
  expect([packages.length, folded.packages]).toEqual([24, 76])
})

test('keeps all parts of a package or none', () => {
  const parts = (count: number): LayerPackage['parts'] =>
    Array.from({ length: count }, (_, nth) => ({ name: `m${nth}`, version: 'v1', fileBytes: null }))
  const { packages } = recorded([
    one('a', 9, { parts: parts(1_001) }),
    one('b', 8, { parts: parts(1_000) }),
    one('c', 7, { parts: parts(999) }),
    one('d', 6, { parts: parts(2) }),
    one('e', 5, { parts: parts(1) }),
    one('f', 4),
  ])
  expect(packages.map((each) => (each.parts ? each.parts.length : each.parts))).toEqual([
    null,
    1_000,
    999,
    null,
    1,
    undefined,
  ])
})

test('a record refuses names, versions and lists beyond their limits', () => {
  const good = recorded([one('a', 1)])
  const [first] = good.packages
  for (const packages of [
    [{ ...first, name: 'x'.repeat(201) }],
    [{ ...first, version: 'x'.repeat(101) }],
    [{ ...first, ecosystem: 'x'.repeat(51) }],
    Array.from({ length: 501 }, () => first),
    [{ ...first, fileBytes: -1 }],
  ]) {
    expect(() => throughRecord({ ...good, packages } as RecordedPackages)).toThrow(
      'x is not a valid record: images.0.stages.0',
    )
  }
})

test('a layer with a full list of packages takes less than 200 kB of a record', () => {
  const others: LayerContents = {
    files: Array.from({ length: 300 }, (_, nth) => ({
      path: `${'some/longer/path/'.repeat(4)}${nth}`,
      fileBytes: 1_000 - nth,
    })),
    directories: [],
    complete: true,
  }
  const packages = recorded(
    Array.from({ length: 1_500 }, (_, nth) =>
      one(`@scope/some-package-${nth}`, 10_000 - nth, {
        path: `app/node_modules/.pnpm/some-package-${nth}@1.0.0/node_modules/some-package-${nth}`,
      }),
    ),
    { others },
  )
  expect([packages.others?.files.length, packages.others?.complete]).toEqual([100, false])
  expect(Buffer.byteLength(JSON.stringify(packages))).toBeLessThan(200_000)
})

describe('the packages of a base image', () => {
  const layerWith = (
    packages: readonly LayerPackage[],
    more: Partial<LayerPackagesAndOthers> = {},
  ): LayerPackagesAndOthers => ({
    packages: [...packages],
    folded: { packages: 0, fileBytes: 0, files: 0 },
    complete: true,
    others: null,
    ...more,
  })
  const told = (name: string, fileBytes: number, version = '1.0.0'): object => ({
    ...{ ecosystem: 'npm', name, version },
    ...{ fileBytes, files: 2 },
  })

  const lists = (...files: readonly (readonly [path: string, fileBytes: number])[]): LayerContents => ({
    files: files.map(([path, fileBytes]) => ({ path, fileBytes })),
    directories: [{ path: 'bin', fileBytes: files.reduce((sum, [, bytes]) => sum + bytes, 0), files: files.length }],
    complete: true,
  })
  const read = (packages: LayerPackagesAndOthers | null, contents: LayerContents | null = null): BaseLayerContents => ({
    packages,
    contents,
  })

  test('are those of all of its layers, and a record returns them', () => {
    const found = basePackagesForRecord([
      read(layerWith([one('a', 100), one('b', 20)], { others: lists(['bin/node', 900], ['bin/sh', 10]) })),
      read(layerWith([one('c', 60), one('b', 50, { version: '2.0.0' })], { others: lists(['bin/node', 950]) })),
      // A layer without packages.
      read(layerWith([]), lists(['bin/tool', 20])),
    ])
    expect(found).toEqual({
      packages: [told('a', 100), { ...told('b', 20), isReplaced: true }, told('b', 50, '2.0.0'), told('c', 60)],
      folded: { packages: 0, fileBytes: 0, files: 0 },
      complete: true,
      others: {
        files: [
          { path: 'bin/node', fileBytes: 1_850 },
          { path: 'bin/tool', fileBytes: 20 },
          { path: 'bin/sh', fileBytes: 10 },
        ],
        directories: [{ path: 'bin', fileBytes: 1_880, files: 4 }],
        complete: true,
      },
    })
    const base = { reference: 'debian:13', digest: null, layers: 2, packages: found }
    const written = JSON.stringify(recordOf(footprintOf([image({ stages: [stage({ base })] })])))
    expect(parseRecord(written, 'x').images[0]?.stages[0]?.base).toEqual(base)
  })

  test('are bounded, and the lightest are summed up with those that the layers left out', () => {
    const many = Array.from({ length: 400 }, (_, nth) => one(`p${nth}`, 1_000 - nth))
    const others = Array.from({ length: 200 }, (_, nth) => one(`q${nth}`, 300 - nth))
    const found = basePackagesForRecord([
      read(layerWith(many, { folded: { packages: 3, fileBytes: 30, files: 6 } })),
      read(layerWith(others)),
    ])
    expect(found?.packages).toHaveLength(500)
    expect(found?.folded).toEqual({
      packages: 103,
      fileBytes: 30 + others.slice(100).reduce((sum, { fileBytes }) => sum + fileBytes, 0),
      files: 6 + 200,
    })
    expect(found?.complete).toBe(false)
  })

  test('have the rest of the files, at most 100 of them, if those of each layer are known', () => {
    const many = Array.from({ length: 101 }, (_, nth) => [`bin/${nth}`, 200 - nth] as const)
    const { others } = basePackagesForRecord([read(layerWith([one('a', 1)], { others: lists(...many) }))])!
    expect([others?.files.length, others?.files.at(-1), others?.complete]).toEqual([
      100,
      { path: 'bin/99', fileBytes: 101 },
      false,
    ])
    expect(basePackagesForRecord([read(layerWith([one('a', 1)])), read(layerWith([]))])?.others).toBeNull()
  })

  test('are not known if those of one layer are not', () => {
    expect(basePackagesForRecord([read(layerWith([one('a', 100)])), read(null)])).toBeNull()
    expect(
      basePackagesForRecord([read(layerWith([one('a', 100)])), read(layerWith([], { complete: false }))])?.complete,
    ).toBe(false)
  })
})

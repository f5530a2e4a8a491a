/** The table of packages, if the records of both sides list only some of them. */
import { expect, test } from '@jest/globals'
import { renderPage } from '../../src/page/page.ts'
import type { Base, Layer, Stage } from '../../src/record/footprint.ts'
import { compare } from '../support/compared.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

const sha = (digit: string): string => `sha256:${digit.repeat(64)}`

/** A layer of the base image. A record lists no packages of it. */
const base = (digit: string): Layer =>
  layer({ digest: sha(digit), diffId: sha(digit), origin: 'base', instruction: null, contents: null })

function own(digit: string, packages: Readonly<Record<string, number>>): Layer {
  const fileBytes = Object.values(packages).reduce((sum, bytes) => sum + bytes, 0)
  const listed = Object.entries(packages).map(([name, bytes]) => ({
    ...{ ecosystem: 'pypi', name, version: '1.0', path: `site/${name}`, fileBytes: bytes, files: 3 },
  }))
  const folded = { packages: 0, fileBytes: 0, files: 0 }
  return layer({
    ...{ digest: sha(digit), diffId: sha(digit), fileBytes, uncompressedSize: fileBytes },
    contents: {
      ...{ files: [], directories: [], complete: false },
      packages: { packages: listed, folded, complete: true, others: null },
    },
  })
}

/** Returns the cells of each row: name, version before, version after, and growth. */
function rowsFor(before: readonly Layer[], after: readonly Layer[]): readonly (readonly string[])[] {
  return rowsOf(stage({ layers: [...before] }), stage({ layers: [...after] }))
}

function rowsOf(before: Stage, after: Stage): readonly (readonly string[])[] {
  const [old, now] = [before, after].map((one) => footprintOf([image({ stages: [one] })]))
  const page = renderPage(reportWith(compare(old!, now!), { footprint: now! }), null, { script: '', style: '' })
  const section = page.slice(page.indexOf('id="packages-0"'))
  return [...section.slice(0, section.indexOf('</table>')).matchAll(/<tr class="[^"]*">([^]*?)<\/tr>/g)].map(
    ([, row]) => {
      const cells = row!.split('</td>').map((cell) => cell.replaceAll(/<[^>]*>/g, '').trim())
      return [cells[0]!, cells[2]!, cells[3]!, cells[6]!]
    },
  )
}

test('a package that only one side has is new or gone, whatever is in the base image of both', () => {
  const [few, many] = [{ click: 900_000 }, { click: 900_000, anyio: 1_310_000 }]
  expect(rowsFor([base('a'), own('b', few)], [base('a'), own('c', many)])).toEqual([
    ['anyio', 'new', '1.0', '+1.31 MB'],
    ['click', '1.0', '1.0', ''],
  ])
  expect(rowsFor([base('a'), own('c', many)], [base('a'), own('b', few)])).toEqual([
    ['anyio', '1.0', 'gone', '−1.31 MB'],
    ['click', '1.0', '1.0', ''],
  ])
})

test('a package that another base image may have on the other side is not known there', () => {
  const [few, many] = [{ click: 900_000 }, { click: 900_000, anyio: 1_310_000 }]
  expect(rowsFor([base('a'), own('b', few)], [base('d'), own('c', many)])).toEqual([
    ['anyio', 'not known', '1.0', 'not known'],
    ['click', '1.0', '1.0', ''],
  ])
  expect(rowsFor([base('a'), own('c', many)], [base('d'), own('b', few)])).toEqual([
    ['click', '1.0', '1.0', ''],
    ['anyio', '1.0', 'not known', 'not known'],
  ])
})

/** A base image whose packages a record lists together. */
const baseWith = (digit: string, packages: Readonly<Record<string, string>>, complete = true): NonNullable<Base> => ({
  ...{ reference: 'base', digest: sha(digit), layers: 1 },
  packages: {
    packages: Object.entries(packages).map(([name, version]) => ({
      ...{ ecosystem: 'pypi', name, version, fileBytes: 100_000, files: 2 },
    })),
    ...{ folded: { packages: 0, fileBytes: 0, files: 0 }, complete },
  },
})

test('the packages of a base image that moved are those of its record', () => {
  const before = stage({
    base: baseWith('a', { pip: '24.0', wheel: '0.4', setuptools: '70' }),
    layers: [base('a'), own('b', { click: 900_000 })],
  })
  const after = {
    base: baseWith('d', { pip: '25.0', wheel: '0.4', setuptools: '70' }),
    layers: [base('d'), own('c', { click: 900_000, anyio: 1_310_000 })],
  }
  expect(rowsOf(before, stage(after))).toEqual([
    ['anyio', 'new', '1.0', '+1.31 MB'],
    ['click', '1.0', '1.0', ''],
    ['pip', '24.0', '25.0', ''],
    ['setuptools', '70', '70', ''],
    ['wheel', '0.4', '0.4', ''],
  ])
  // Such a list names no paths.
  const gone = {
    ...{ ecosystem: 'pypi', name: 'wheel', version: '0.4', path: 'site/wheel', fileBytes: 100_000 },
    files: 2,
  }
  const deletedPackages = [{ ...gone, addedBy: 0, deletedBy: 1 }]
  expect(rowsOf(before, stage({ ...after, deletedPackages }))).toContainEqual(['wheel', '0.4', 'deleted', ''])
  // A package that is not in an incomplete list may be there all the same.
  expect(rowsOf(stage({ ...before, base: baseWith('a', { pip: '24.0' }, false) }), stage(after))).toContainEqual([
    ...['anyio', 'not known', '1.0', 'not known'],
  ])
  expect(rowsOf(stage({ ...before, base: { ...before.base!, packages: null } }), stage(after))).toEqual([
    ['anyio', 'not known', '1.0', 'not known'],
    ['click', '1.0', '1.0', ''],
  ])
})

test('says that system packages without files are left out, as the package manager counts them', () => {
  const note = 'Packages without any bytes in these layers, such as metapackages, are not in the table.'
  const page = (ecosystem: string): string => {
    const one = own('b', { click: 900_000 })
    const packages = one.contents!.packages!
    const contents = {
      ...one.contents!,
      packages: { ...packages, packages: packages.packages.map((each) => ({ ...each, ecosystem })) },
    }
    const footprint = footprintOf([image({ stages: [stage({ layers: [{ ...one, contents }] })] })])
    return renderPage(reportWith(null, { footprint }), null, { script: '', style: '' })
  }
  for (const ecosystem of ['deb', 'apk', 'rpm']) expect(page(ecosystem)).toContain(note)
  expect(page('npm')).not.toContain(note)
})

test('a package that a higher layer deletes is not shown as present', () => {
  const layers = [base('a'), own('b', { click: 900_000, anyio: 1_310_000 }), own('c', { click: 800_000 })]
  const gone = (name: string) => ({
    ...{ ecosystem: 'pypi', name, version: '1.0', path: `site/${name}`, fileBytes: 9, addedBy: 1, deletedBy: 2 },
  })
  const footprint = (...names: readonly string[]) =>
    footprintOf([image({ stages: [stage({ layers, deletedPackages: names.map(gone) })] })])
  const now = footprint('anyio', 'click')
  const pageOf = (report: Parameters<typeof renderPage>[0]): string => {
    const page = renderPage(report, null, { script: '', style: '' })
    return page
      .slice(page.indexOf('id="packages-0"'))
      .replaceAll(/<[^>]*>|\s+/g, ' ')
      .replaceAll(/ +/g, ' ')
  }
  const alone = pageOf(reportWith(null, { footprint: now }))
  expect(alone).toContain(' anyio pypi deleted 1 1.31 MB ')
  // The copy above it is still there.
  expect(alone).toContain(' click pypi 1.0 2, 1 hidden, 1 deleted 1.70 MB ')
  expect(alone).toContain(' 2 packages have copies that a higher layer deletes. ')
  const compared = pageOf(reportWith(compare(footprint(), now), { footprint: now }))
  expect(compared).toContain(' anyio pypi 1.0 deleted 1 1.31 MB ')
})

test('what is left of an uninstalled package does not make it present', () => {
  const [lower, left] = [own('b', { dbus: 900_000 }), own('c', { dbus: 3_150 })]
  const packages = left.contents!.packages!
  const listed = packages.packages.map((one) => ({ ...one, version: null }))
  const upper = { ...left, contents: { ...left.contents!, packages: { ...packages, packages: listed } } }
  const gone = {
    ...{ ecosystem: 'pypi', name: 'dbus', version: '1.0', path: 'site/dbus', fileBytes: 900_000 },
    ...{ addedBy: 1, deletedBy: 2 },
  }
  const cellsOf = (deletedPackages: readonly (typeof gone)[]): string => {
    const layers = [base('a'), lower, upper]
    const footprint = footprintOf([image({ stages: [stage({ layers, deletedPackages: [...deletedPackages] })] })])
    const page = renderPage(reportWith(null, { footprint }), null, { script: '', style: '' })
    return page
      .slice(page.indexOf('id="packages-0"'))
      .replaceAll(/<[^>]*>|\s+/g, ' ')
      .replaceAll(/ +/g, ' ')
  }
  expect(cellsOf([gone])).toContain(' dbus pypi deleted 2')
  expect(cellsOf([])).toContain(' dbus pypi 1.0 2')
})

test('the caption counts what the final stage has, and what is gone apart', () => {
  const [few, many] = [{ click: 900_000 }, { click: 900_000, anyio: 1_310_000 }]
  const captionFor = (before: readonly Layer[], after: readonly Layer[]): string | undefined => {
    const [old, now] = [before, after].map((layers) =>
      footprintOf([image({ stages: [stage({ layers: [...layers] })] })]),
    )
    const page = renderPage(reportWith(compare(old!, now!), { footprint: now! }), null, { script: '', style: '' })
    return /<caption>\s*(.*?)\s*<\/caption>/.exec(page.slice(page.indexOf('id="packages-0"')))?.[1]
  }
  expect(captionFor([own('b', few)], [own('c', many)])).toBe('2 packages of the final stage')
  expect(captionFor([own('c', many)], [own('b', few)])).toBe('1 package of the final stage, and 1 that is gone')
  expect(captionFor([base('a'), own('c', many)], [base('d'), own('b', few)])).toBe(
    '1 package of the final stage, and 1 that may be gone',
  )
})

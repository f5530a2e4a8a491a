/** Packages that a line of the Dockerfile uninstalls, and what is left of them. */
import { expect, test } from '@jest/globals'
import type { DeletedPackage } from '../../src/record/final-files.ts'
import type { Layer, Stage } from '../../src/record/footprint.ts'
import { causeLimits, rowCauses } from '../../src/report/cause-words.ts'
import { changeRows } from '../../src/report/growth-rows.ts'
import { grownAndShrunk } from '../../src/report/growth-tables.ts'
import { compareFinal } from '../support/compared.ts'
import { stageOf, type Step } from '../support/footprints.ts'

interface One {
  readonly name: string
  readonly version: string | null
  readonly fileBytes: number
}

const pathOf = (name: string): string => `var/lib/dpkg/info/${name}.list`

/** A step whose layer has these Debian packages. */
function step(text: string, ...packages: readonly One[]): Step {
  const lists = { files: [], directories: [], complete: true }
  const fileBytes = packages.reduce((sum, one) => sum + one.fileBytes, 0)
  const listed = packages.map((one) => ({ ecosystem: 'deb', path: pathOf(one.name), files: 3, ...one }))
  const some: Partial<Layer> = {
    ...{ fileBytes, uncompressedSize: fileBytes + 1_024, compressedSize: fileBytes + 100 },
    contents: {
      ...lists,
      packages: {
        packages: listed,
        folded: { packages: 0, fileBytes: 0, files: 0 },
        complete: true,
        others: lists,
      },
    },
  }
  return [text, JSON.stringify([text, packages]), some]
}

/** The base image has one layer, so the layer of the first step is at position 1. */
const side = (steps: readonly Step[], deletedPackages: readonly DeletedPackage[] | null = []): Stage =>
  stageOf({
    role: 'final',
    base: ['debian', 'debian', 'debian'],
    steps,
    some: { deletedPackages: deletedPackages && [...deletedPackages] },
  })

const gone = (name: string, fileBytes: number, addedBy = 1, deletedBy = 2): DeletedPackage => ({
  ...{ ecosystem: 'deb', name, version: '1', path: pathOf(name), fileBytes, addedBy, deletedBy },
})

/** Returns the words about the layer of the last step. */
function words(before: Stage, after: Stage): readonly string[] {
  const row = changeRows(compareFinal(before, after)).findLast(({ status }) => status !== 'same')
  return row ? rowCauses(row, (name) => name, { limits: causeLimits, left: (left) => left }).lines : []
}

const installed = step(
  'RUN apt-get install -y dbus jq',
  { name: 'dbus', version: '1', fileBytes: 400_000 },
  { name: 'jq', version: '1', fileBytes: 80_000 },
)
const left = { name: 'dbus', version: null, fileBytes: 3_150 }
const old = side([installed])

test('a new line that uninstalls packages names them, and says that their bytes are still shipped', () => {
  const now = side([installed, step('RUN apt-get purge -y jq dbus')], [gone('dbus', 400_000), gone('jq', 80_000)])
  expect(words(old, now)).toEqual(['new layer', 'removes dbus 1 and jq 1 of line 2, whose 480 kB are still shipped'])
})

test('what dpkg keeps of a package is not called the package', () => {
  const now = side([installed, step('RUN apt-get remove -y dbus', left)], [gone('dbus', 400_000)])
  expect(words(old, now)).toEqual([
    'new layer',
    'removes dbus 1 of line 2, whose 400 kB are still shipped',
    'what is left of dbus 1, +3.15 kB',
  ])
  expect(words(now, old)).toEqual(['layer removed', 'no longer removes dbus 1', 'what was left of dbus 1, −3.15 kB'])
  // Not known to be uninstalled, as in a record of an earlier release.
  expect(words(old, side([installed, step('RUN apt-get remove -y dbus', left)], null)).join()).not.toMatch(
    /remove|left/,
  )
})

test('many packages are counted, and those of several layers have no line', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const all = names.map((name, nth) => gone(name, 1_000 * (nth + 1), nth % 2))
  expect(words(old, side([installed, step('RUN apt-get autoremove -y')], all))).toContain(
    'removes e 1, d 1, c 1 and 2 more packages of lower layers, whose 15.0 kB are still shipped',
  )
  const ofBase = names.slice(0, 4).map((name) => gone(name, 1_000, 0))
  expect(words(old, side([installed, step('RUN apt-get autoremove -y')], ofBase))).toContain(
    'removes a 1, b 1, c 1 and d 1 of the base image, whose 4.00 kB are still shipped',
  )
})

test('a line that removed the same package before does not remove it now', () => {
  const of = (bytes: number, ...deleted: readonly DeletedPackage[]): Stage =>
    side(
      [installed, step('RUN apt-get purge -y jq', { ...left, name: 'other', version: '1', fileBytes: bytes })],
      deleted,
    )
  const [both, jq] = [[gone('jq', 80_000), gone('dbus', 400_000)], [gone('jq', 80_000)]]
  expect(words(of(10, ...jq), of(20_000, ...both))).toContain(
    'removes dbus 1 of line 2, whose 400 kB are still shipped',
  )
  expect(words(of(10, ...both), of(20_000, ...jq))).toContain('no longer removes dbus 1')
  expect(words(of(10, ...jq), of(20_000, ...jq)).join()).not.toContain('remove')
  // If a side does not know them, nothing is said.
  expect(words({ ...of(10), deletedPackages: null }, of(20_000, ...both)).join()).not.toContain('remove')
})

test('a package that a higher line installs again, or in another version, is not removed', () => {
  const again = step('RUN apt-get install -y jq=2', { name: 'jq', version: '2', fileBytes: 90_000 })
  expect(words(old, side([installed, again], [gone('jq', 80_000)])).join()).not.toContain('remove')
})

test('a layer that only removes packages is named although it adds no bytes to pull', () => {
  const of = (content: string, ...deleted: readonly DeletedPackage[]): Stage =>
    side([installed, ['RUN dpkg -P jq', content]], deleted)
  const found = grownAndShrunk(compareFinal(of('a'), of('b', gone('jq', 80_000))))
  expect(found.level.map(({ removes }) => removes?.packages.map(({ name }) => name))).toEqual([['jq']])
})

test('a record has no room for all packages that a line may remove', () => {
  const many = Array.from({ length: 1_000 }, (_, nth) => gone(`p${nth}`, 10))
  const now = side([installed, step('RUN rm -rf /app/node_modules')], many)
  expect(words(old, now)).toContain(
    'removes p0 1, p1 1, p2 1 and at least 997 more packages of line 2, whose bytes are still shipped',
  )
})

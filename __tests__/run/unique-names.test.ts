import { describe, expect, test } from '@jest/globals'
import type { Footprint } from '../../src/record/footprint.ts'
import { lostTargets } from '../../src/record/lost-targets.ts'
import { withDisplayNames, joinRecords, withUniqueNames } from '../../src/run/unique-names.ts'
import { footprintOf, image, stage } from '../support/footprints.ts'

const arm = { os: 'linux', architecture: 'arm64' }
const measured = (name: string, index = 0, some: Partial<Footprint> = {}): Footprint => ({
  ...footprintOf([image({ name, stages: [stage({ index })] })]),
  ...some,
})
const at = (weighedAt: number, settings = 's'): Partial<Footprint> => ({
  revision: { commit: 'c'.repeat(40), branch: null, weighedAt, settings },
})
const namesOf = (...records: readonly (readonly [string, Footprint])[]): readonly string[] =>
  joinRecords(withUniqueNames(records.map(([path, footprint]) => ({ path, footprint })))).images.map(({ name }) => name)

describe('records with distinct images', () => {
  test('keep their names and get no note', () => {
    const records = [
      { path: 'a.json', footprint: measured('api') },
      { path: 'b.json', footprint: measured('web') },
      { path: 'c.json', footprint: footprintOf([image({ name: 'api', platform: arm })]) },
    ]
    const { images, notes } = joinRecords(withUniqueNames(records))
    expect(images).toEqual(records.flatMap(({ footprint }) => footprint.images))
    expect(notes).toEqual([])
  })

  test('count once if the same record is found twice, also if it was weighed again', () => {
    expect(
      namesOf(
        ['a/x.json', measured('api', 0, at(1))],
        ['b/x.json', measured('api', 0, at(2))],
        ['c/x.json', measured('web')],
      ),
    ).toEqual(['api', 'web'])
  })
})

test('a target that one record lost is lost in all of them, also if another record has an image of that name', () => {
  const joined = joinRecords(
    withUniqueNames([
      { path: 'a.json', footprint: measured('api', 0, { unweighedTargets: ['web', 'docs'] }) },
      { path: 'b.json', footprint: measured('web') },
    ]),
  )
  expect(lostTargets(joined)).toEqual(['web (a.json)', 'docs'])
})

describe('two records of one name and platform', () => {
  test.each([
    [
      'artifact',
      ['records/footprint-debug/api.record.json', 'records/footprint-release/api.record.json'],
      ['footprint-debug', 'footprint-release'],
    ],
    ['file', ['records/api-1.record.json', 'records/api-2.record.json'], ['api-1', 'api-2']],
    [
      'folder outside of the workspace',
      ['../_temp/r/one/x.record.json', '../_temp/r/two/x.record.json'],
      ['one', 'two'],
    ],
    ['path, if one is below the other', ['x.json', 'sub/x.json'], ['x', 'sub/x']],
    ['path, if there are three', ['r/a/1/x.json', 'r/a/2/x.json', 'r/b/1/x.json'], ['a/1', 'a/2', 'b/1']],
  ])('are named by %s', (_, paths, parts) => {
    expect(namesOf(...paths.map((path, nth) => [path, measured('api', nth)] as const))).toEqual(
      parts.map((part) => `api (${part})`),
    )
  })

  test('are two images if only their settings differ', () => {
    expect(
      namesOf(['a/x.json', measured('api', 0, at(1, 'debug'))], ['b/x.json', measured('api', 0, at(1, 'release'))]),
    ).toEqual(['api (a)', 'api (b)'])
  })

  test('get one note, and the other images of these records keep their names', () => {
    const one = footprintOf(
      [image({ name: 'api' }), image({ name: 'api', platform: arm }), image({ name: 'web' })],
      ['a note'],
    )
    const told = withUniqueNames([
      { path: 'a/x.json', footprint: one },
      { path: 'b/x.json', footprint: measured('api', 3) },
      { path: 'c/x.json', footprint: footprintOf([image({ name: 'api', platform: arm, stages: [] })]) },
    ])
    const { images, notes } = joinRecords(told)
    expect(images.map(({ name, platform }) => `${name} ${platform.architecture}`)).toEqual([
      'api (a) amd64',
      'api (a) arm64',
      'web amd64',
      'api (b) amd64',
      'api (c) arm64',
    ])
    expect(notes).toEqual([
      'a note',
      expect.stringMatching(/^Several records are of api on the same platform: .*\(input name\)\.$/),
    ])
  })

  test('are each compared with the image of that name in the baseline', () => {
    const told = withUniqueNames([
      { path: 'a/x.json', footprint: measured('api') },
      { path: 'b/x.json', footprint: measured('api', 1) },
      { path: 'c/x.json', footprint: measured('web') },
    ])
    const before = footprintOf([image({ name: 'api' }), image({ name: 'web' })])
    expect(withDisplayNames(before, told).images.map(({ name }) => name)).toEqual(['api (a)', 'api (b)', 'web'])
    expect(withDisplayNames(before, told.slice(1)).images.map(({ name }) => name)).toEqual(['api (b)', 'web'])
  })
})

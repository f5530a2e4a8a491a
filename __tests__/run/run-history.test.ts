/** What a run reads of its trend. */
import { expect, test } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { noBaseline } from '../../src/base/find-baseline.ts'
import { readHistory, type RunHistory } from '../../src/run/run-history.ts'
import { lineOf } from '../../src/trend/point.ts'
import { folderWith } from '../support/program.ts'
import { pointsOf, recordAt } from '../support/trend-points.ts'

/** Weighs a commit whose point, of an application of 1 MB to pull, is in the trend. */
async function again(app: number, adds: boolean): Promise<RunHistory> {
  await using folder = await folderWith({})
  const place = join(folder.path, 'trend.jsonl')
  await writeFile(
    place,
    pointsOf([{ app: 1_000_000 }])
      .map(lineOf)
      .join(''),
  )
  return await readHistory(recordAt(1, { app }), noBaseline, null, {
    ...{ place, branches: ['main'], adds, recordFolder: null },
    checkout: { folder: folder.path, env: {}, signal: new AbortController().signal },
  })
}

test('notes that another image has the same name, and adds no point for it', async () => {
  const { added, notes } = await again(9_000_000, true)
  expect(added).toEqual([])
  expect(notes).toEqual([
    'the trend has app at this commit with 360 MB unpacked instead of 440 MB; if two steps build different images, give each its own input name',
  ])
})

test('has no note if a commit is built again with nearly the same size, or if nothing is added', async () => {
  expect((await again(1_000_900, true)).notes).toEqual([])
  expect((await again(9_000_000, false)).notes).toEqual([])
})

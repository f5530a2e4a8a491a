/** A record is read from what the user named, with a limit on its size. */
import { execFileSync, spawn } from 'node:child_process'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { readRecordFile } from '../../src/weigh/read-record-file.ts'
import { lineOf } from '../../src/trend/point.ts'
import { footprintOf, image } from '../support/footprints.ts'
import { temporary } from '../support/layouts.ts'
import { pointsOf } from '../support/trend-points.ts'

const record = footprintOf([image()])
const noStdin = (): Promise<Buffer> => Promise.reject(new Error('not read'))

test('reads a record from a file, from standard input and from a pipe', async () => {
  await using folder = await temporary()
  const [file, pipe] = [join(folder.path, 'record.json'), join(folder.path, 'pipe')]
  await writeFile(file, JSON.stringify(record))
  execFileSync('mkfifo', [pipe])
  spawn('cp', [file, pipe], { stdio: 'ignore' })
  expect(await readRecordFile(file, noStdin)).toEqual(record)
  expect(await readRecordFile(pipe, noStdin)).toEqual(record)
  expect(await readRecordFile('-', () => Promise.resolve(Buffer.from(JSON.stringify(record))))).toEqual(record)
})

test('refuses a record that is too large, and an endless device', async () => {
  await using folder = await temporary()
  const file = join(folder.path, 'record.json')
  await writeFile(file, '{')
  await truncate(file, 64_000_001)
  for (const path of [file, '/dev/zero'])
    await expect(readRecordFile(path, noStdin)).rejects.toMatchObject({
      code: 'UNREADABLE_INPUT',
      message: `the record ${path} cannot be read: it has more than 64 MB`,
    })
})

test('limits what it reads from standard input', async () => {
  let limit = 0
  await readRecordFile('-', (maxBytes) => {
    limit = maxBytes
    return Promise.resolve(Buffer.from(JSON.stringify(record)))
  })
  expect(limit).toBe(64_000_000)
})

test('points from a trend to the command for it', async () => {
  await using folder = await temporary()
  const file = join(folder.path, 'trend.jsonl')
  const lines = pointsOf([{ app: 1_000 }, { app: 2_000 }]).map(lineOf)
  for (const text of [lines.join(''), lines[0]!, lines[0]!.trim()]) {
    await writeFile(file, text)
    await expect(readRecordFile(file, noStdin)).rejects.toMatchObject({
      code: 'UNREADABLE_INPUT',
      message: `${file} is a trend, not a record: run "stage-footprint trend ${file}"`,
    })
  }
  await expect(readRecordFile('-', () => Promise.resolve(Buffer.from(lines.join(''))))).rejects.toThrow(
    'standard input is a trend, not a record: run "stage-footprint trend -"',
  )
})

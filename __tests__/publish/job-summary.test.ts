import { expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { appendJobSummary } from '../../src/publish/job-summary.ts'
import { folderWith } from '../support/program.ts'

const most = 1024 * 1024

test('is appended to what other steps of the job wrote', async () => {
  await using folder = await folderWith({ summary: 'before\n' })
  expect(await appendJobSummary('report', join(folder.path, 'summary'))).toBe(true)
  expect(await readFile(join(folder.path, 'summary'), 'utf8')).toBe('before\nreport\n')
})

test.each([undefined, ''])('is not written without a file: %p', async (path) => {
  expect(await appendJobSummary('report', path)).toBe(false)
})

test.each<[string, string, readonly string[], string]>([
  ['the whole text if it just fits', 'x'.repeat(most - 8), [], 'x'.repeat(most - 8)],
  ['a shorter text if the bytes do not fit, although the characters would', 'ä'.repeat(most / 2), ['short'], 'short'],
  [
    'the longest text that fits',
    'x'.repeat(most),
    ['y'.repeat(most), 'z'.repeat(900_000), 'short'],
    'z'.repeat(900_000),
  ],
  [
    'a sentence if no text fits',
    'x'.repeat(most),
    [],
    'The report is too long for a job summary: the output `markdown` names the file that has it.',
  ],
])('takes up to 1 MiB: %s', async (_what, whole, shorter, written) => {
  await using folder = await folderWith({ summary: 'before\n' })
  const path = join(folder.path, 'summary')
  expect(await appendJobSummary(whole, path, shorter)).toBe(written === whole)
  const text = await readFile(path, 'utf8')
  expect(text === `before\n${written}\n`).toBe(true)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most)
})

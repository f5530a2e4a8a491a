import { readFile } from 'node:fs/promises'
import { FootprintError } from '../errors.ts'
import { reasonOf } from '../files.ts'
import type { Footprint } from '../record/footprint.ts'
import { parseRecord } from '../record/parse-record.ts'

/**
 * Reads a record from a file.
 *
 * @param path `-` for standard input
 * @throws FootprintError UNREADABLE_INPUT if it cannot be read or is not a record
 */
export async function readRecordFile(path: string, readStdin: () => Promise<Buffer>): Promise<Footprint> {
  if (path === '-') return parseRecord((await readStdin()).toString('utf8'), 'standard input')
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FootprintError('UNREADABLE_INPUT', `the record ${path} cannot be read: ${reasonOf(cause)}`, { cause })
  })
  return parseRecord(text, path)
}

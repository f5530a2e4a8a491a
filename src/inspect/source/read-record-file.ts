import { readFile } from 'node:fs/promises'
import { FootprintError, messageOf } from '../../errors.ts'
import type { Footprint } from '../footprint.ts'
import { parseRecord } from '../record.ts'

/**
 * @param path `-` for standard input
 * @throws FootprintError UNREADABLE_INPUT
 */
export async function readRecordFile(path: string, readStdin: () => Promise<Buffer>): Promise<Footprint> {
  if (path === '-') return parseRecord((await readStdin()).toString('utf8'), 'standard input')
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FootprintError('UNREADABLE_INPUT', `the record ${path} cannot be read: ${messageOf(cause)}`, { cause })
  })
  return parseRecord(text, path)
}

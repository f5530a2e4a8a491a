/** Reads a record that the command line names. */
import { readFile } from 'node:fs/promises'
import { FootprintError } from '../errors.ts'
import { reasonOf, systemErrorCode } from '../files.ts'
import { parseSource } from '../images/parse-source.ts'
import { intendedSource } from '../inputs/transports.ts'
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
    throw new FootprintError(
      'UNREADABLE_INPUT',
      (systemErrorCode(cause) === 'ENOENT' ? adviceForImage(path) : null) ??
        `the record ${path} cannot be read: ${reasonOf(cause)}`,
      { cause },
    )
  })
  return parseRecord(text, path)
}

/** Returns a message that says how to weigh an image that was named in place of a record, or null for other texts. */
function adviceForImage(text: string): string | null {
  if (isImage(text))
    return `${text} is an image, not a record: run "stage-footprint inspect ${text}" to weigh it, with --json FILE to write its record`
  const source = intendedSource(text)
  return source === null
    ? null
    : `there is no record ${text}; to weigh the image ${source}, run "stage-footprint inspect ${source}"`
}

/** Returns whether a text names an image with a transport, such as `docker-daemon:app`. */
function isImage(text: string): boolean {
  try {
    return parseSource(text).kind !== 'path'
  } catch {
    return false
  }
}

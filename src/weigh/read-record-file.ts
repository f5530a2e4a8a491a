/** Reads a record that the command line names. */
import { FootprintError } from '../errors.ts'
import { readNamedFile, reasonUnread } from '../files.ts'
import { parseSource } from '../images/parse-source.ts'
import { intendedSource } from '../inputs/transports.ts'
import type { Footprint } from '../record/footprint.ts'
import { parseRecord } from '../record/parse-record.ts'

/** Size limit for a record, in bytes. */
const maxRecordBytes = 64_000_000

/**
 * Reads a record from a file.
 *
 * @param path `-` for standard input
 * @param readStdin reads standard input to its end, up to this number of bytes
 * @throws FootprintError UNREADABLE_INPUT if it cannot be read, is too large or is not a record
 */
export async function readRecordFile(
  path: string,
  readStdin: (maxBytes: number) => Promise<Buffer>,
): Promise<Footprint> {
  if (path === '-') return parseRecord((await readStdin(maxRecordBytes)).toString('utf8'), 'standard input')
  const read = await readNamedFile(path, maxRecordBytes)
  if (!('why' in read)) return parseRecord(read.toString('utf8'), path)
  throw new FootprintError(
    'UNREADABLE_INPUT',
    (read.why === 'ENOENT' ? adviceForImage(path) : null) ??
      `the record ${path} cannot be read: ${reasonUnread(read, maxRecordBytes)}`,
  )
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

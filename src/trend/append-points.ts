/** Adds points to a file of lines, or to a folder with one file for each month. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FootprintError } from '../errors.ts'
import { isFolder, makeFolder, reasonOf } from '../files.ts'
import { lineOf, type Point } from './point.ts'
import { hasLines } from './read-lines.ts'

/**
 * Appends lines and changes nothing before them. A path that ends with a slash, or that is a folder, gets files such as
 * `2026-11.jsonl`. Git stores a file only once if it no longer changes.
 *
 * @throws FootprintError UNREADABLE_INPUT if it cannot be written
 */
export async function appendPoints(path: string, points: readonly Point[]): Promise<void> {
  const files =
    path.endsWith('/') || (await isFolder(path))
      ? Map.groupBy(points, ({ time }) => join(path, `${new Date(time).toISOString().slice(0, 7)}.jsonl`))
      : new Map([[path, points]])
  for (const [file, ofFile] of files) {
    if (ofFile.length === 0) continue
    try {
      await makeFolder(dirname(file))
      await appendLines(file, ofFile.map(lineOf).join(''))
    } catch (cause) {
      throw new FootprintError('UNREADABLE_INPUT', `the trend cannot be written to ${file}: ${reasonOf(cause)}`, {
        cause,
      })
    }
  }
}

// A symbolic link is not followed, because a checkout may contain one to any file.
async function appendLines(path: string, lines: string): Promise<void> {
  const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await open(path, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0o666)
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new Error('it is not a file')
    if (!(await hasLines(file, path))) throw new Error('it is not a file of points')
    // The last line has no newline if somebody edited the file, or if a process was killed while it wrote.
    const last = Buffer.alloc(1)
    const isOpen = found.size > 0 && (await file.read(last, 0, 1, found.size - 1)).bytesRead === 1 && last[0] !== 0x0a
    await file.appendFile(isOpen ? `\n${lines}` : lines)
  } finally {
    await file.close()
  }
}

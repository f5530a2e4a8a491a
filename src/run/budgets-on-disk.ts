/** A file of budgets that a checkout or a user has: what a commit brings along leads nowhere else. */
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FootprintError } from '../errors.ts'
import { currentFolder, insideOf, readRegularFile, reasonOf } from '../files.ts'

/** Of one file. */
export const mostBytes = 256 * 1024

/**
 * @param path from the current folder
 * @param root of what strangers may have written, such as the workspace: a file of it is no link, and lies in it. Null
 *   where there is no such folder; then links are the user's own
 * @returns null where there is no such file
 * @throws FootprintError UNREADABLE_INPUT where it is something else; no content of it is shown
 */
export async function budgetsOnDisk(path: string, root: string | null): Promise<string | null> {
  const full = resolve(currentFolder(), path)
  const real = await realpath(full).catch(() => null)
  if (
    root !== null &&
    real !== null &&
    insideOf(root, full) !== null &&
    insideOf(await realpath(root), real) === null
  ) {
    throw refusal(path, 'is a link that leads out of the repository: name a file of the repository itself')
  }
  const read = await readRegularFile(root === null ? (real ?? full) : full, mostBytes)
  if (!('why' in read)) return read.toString('utf8')
  switch (read.why) {
    case 'ENOENT':
    case 'ENOTDIR':
      return null
    case 'ELOOP':
      throw refusal(path, 'is a symbolic link: name the file that it leads to')
    case 'no-file':
    case 'ENXIO':
      throw refusal(path, 'is not a regular file')
    case 'too-large':
      throw refusal(path, `has more than ${mostBytes / 1024} KiB`)
    default:
      throw refusal(path, `cannot be read: ${reasonOf({ code: read.why })}`)
  }
}

const refusal = (path: string, what: string): FootprintError =>
  new FootprintError('UNREADABLE_INPUT', `the budgets file ${path} ${what}`)

/** Reads a budget file of a checkout or a user. A file from a commit cannot lead to a place outside of the checkout. */
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FootprintError } from '../errors.ts'
import { currentFolder, insideOf, readRegularFile, reasonOf } from '../files.ts'

/** Size limit of one budget file, in bytes. */
export const maxBudgetBytes = 256 * 1024

/**
 * Returns the text of a budget file.
 *
 * @param path relative to the current folder
 * @param root folder with untrusted files, such as the workspace. A file must not be a link and must be inside of it.
 * Null if there is no such folder; links are then the user's own.
 * @returns null if the file does not exist
 * @throws FootprintError UNREADABLE_INPUT if it is not such a file. The message does not show its content.
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
  const read = await readRegularFile(root === null ? (real ?? full) : full, maxBudgetBytes)
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
      throw refusal(path, `has more than ${maxBudgetBytes / 1024} KiB`)
    default:
      throw refusal(path, `cannot be read: ${reasonOf({ code: read.why })}`)
  }
}

const refusal = (path: string, what: string): FootprintError =>
  new FootprintError('UNREADABLE_INPUT', `the budgets file ${path} ${what}`)

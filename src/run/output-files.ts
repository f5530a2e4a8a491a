/** Checks that a file to write does not replace another one that the command reads or writes. */
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FootprintError } from '../errors.ts'

/** A file that a command writes. */
export interface OutputFile {
  /** The flag that names it, such as `--html`. */
  readonly flag: string
  /** Null if the flag was not given. */
  readonly path: string | null
}

/**
 * Checks files before anything is read or written. Paths that lead to the same file count as one. Devices such as
 * `/dev/null` may be written several times.
 *
 * @param inputs what the command reads. What is no file is ignored, such as the reference of an image
 * @throws FootprintError USAGE if two outputs are the same file, or if an output is also an input
 */
export async function requireOwnFiles(
  outputs: readonly OutputFile[],
  inputs: readonly (string | null)[],
): Promise<void> {
  const read = new Set(await Promise.all(inputs.filter((path) => path !== null).map(identityOf)))
  const written = new Map<string, string>()
  for (const { flag, path } of outputs) {
    const identity = path === null ? null : await identityOf(path)
    if (identity === null) continue
    if (read.has(identity))
      throw new FootprintError('USAGE', `${flag} would replace ${path}, which this command reads: name another file`)
    const other = written.get(identity)
    if (other !== undefined)
      throw new FootprintError('USAGE', `${other} and ${flag} name the same file, ${path}: name two files`)
    written.set(identity, flag)
  }
}

/** Returns what is equal for two paths of one file. Null if there cannot be a regular file. */
async function identityOf(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null)
  if (found !== null) return found.isFile() ? `${found.dev} ${found.ino}` : null
  const folder = await realpath(dirname(path)).catch(() => null)
  return folder === null ? null : join(folder, basename(path))
}

/** Recognises that a file is missing because nothing was checked out. */
import { opendir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { currentFolder, isFolder } from '../files.ts'

/**
 * Returns a clause that says why a path does not exist and what to do, if the deepest folder above it that exists is
 * empty. Returns null if it has other files.
 */
export async function whyMissing(path: string): Promise<string | null> {
  let folder = dirname(resolve(currentFolder(), path))
  while (!(await isFolder(folder)) && dirname(folder) !== folder) folder = dirname(folder)
  return (await isEmptyFolder(folder)) ? emptyFolderAdvice(folder) : null
}

/** Returns a clause that says that a folder is empty, and what to do. */
export function emptyFolderAdvice(folder: string): string {
  return `the folder ${folder} is empty; in a workflow, actions/checkout has to come before this step`
}

/** Returns whether a folder can be read and has no entries. */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  try {
    const entries = await opendir(folder)
    const first = await entries.read()
    await entries.close()
    return first === null
  } catch {
    return false
  }
}

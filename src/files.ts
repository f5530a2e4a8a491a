/** What every part that reads or writes files needs. */
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Code of an error of the operating system, such as `ENOENT`; empty for anything else. */
export function systemErrorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** Whether the operating system refused something, as opposed to a fault of this program. */
export function isSystemError(error: unknown): boolean {
  return /^E[A-Z0-9]{2,}$/.test(systemErrorCode(error)) || systemErrorCode(error).startsWith('ERR_FS_')
}

/** The current folder; `/` where it has been deleted, for uses that only need a folder that exists. */
export function currentFolder(): string {
  try {
    return process.cwd()
  } catch {
    return '/'
  }
}

/**
 * Makes a folder and the folders above it, as `mkdir -p` does. Node's own `recursive` never returns where a file system
 * answers ENOENT although the parent is there, as `/proc` does.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (await isFolder(path)) return
    const parent = dirname(path)
    if (systemErrorCode(error) !== 'ENOENT' || parent === path) throw error
    await makeFolder(parent)
    await mkdir(path).catch(async (again: unknown) => {
      // Another process may have made it meanwhile.
      if (!(await isFolder(path))) throw again
    })
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then((found) => found.isDirectory(), () => false)
}

/** Null for what is no JSON: what validates it refuses that as it does any other answer. */
export function parseJson(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Others see the old file or the new one, never a part: it is written beside and renamed. */
export async function writeWhole(path: string, text: string | Buffer): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(draft, text, { flag: 'wx' })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw error
  }
}

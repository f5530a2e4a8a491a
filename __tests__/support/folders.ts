/** Temporary folders of tests. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes a new folder. Its path has no symbolic links. */
export function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'sf-test-')))
}

/** Removes a folder and everything in it. */
export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

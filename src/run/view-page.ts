/** Writes the page of a report to a file and opens it in the browser. */
import { join, resolve } from 'node:path'
import { currentFolder } from '../files.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import type { Report } from '../report/report.ts'
import { createLastingFolder } from '../workspace.ts'
import { openInBrowser } from './open-browser.ts'
import { writePage } from './write-report.ts'

/** Where the page goes, and what opens it. */
export interface View {
  /** Data of the layers that were read; null if there is none. */
  readonly lists: LayerLists | null
  /** The file for the page. Null for a file in a new temporary folder, which a later run removes. */
  readonly file: string | null
  readonly tempFolders: readonly string[]
  /** A value of `process.platform`. */
  readonly platform: string
  readonly env: Environment
  readonly signal: AbortSignal
}

/** The page that was written. */
export interface Viewed {
  /** Absolute. */
  readonly path: string
  /** Why no browser was opened, as a sentence without a full stop. Null if one was. */
  readonly notOpened: string | null
}

/**
 * Writes the page and opens it.
 *
 * @throws FootprintError UNREADABLE_INPUT if the file cannot be written
 */
export async function viewPage(report: Report, view: View): Promise<Viewed> {
  const path =
    view.file === null
      ? join(await createLastingFolder(view.tempFolders), 'page.html')
      : resolve(currentFolder(), view.file)
  await writePage(report, view.lists, path)
  return { path, notOpened: await openInBrowser(path, view) }
}

/** What all commands that make a report have in common before they read anything. */
import { FootprintError, type ExitStatus } from '../errors.ts'
import { readWithin, reasonUnread } from '../files.ts'
import type { ReportOptions } from '../inputs/own-flags.ts'
import { indexFolderOf, type Places } from '../inputs/places.ts'
import { LayerLists } from '../layer/layer-lists.ts'
import type { ReadOptions } from '../weigh/read-source-or-record.ts'
import { budgetSourcesOf } from './budgets.ts'
import { placesOnThisMachine, warnOfMissingPlaces } from './places-on-this-machine.ts'
import { noProgress, progressPrinter, type ProgressPrinter } from './progress.ts'
import { warn } from './terminal-messages.ts'

/** What the commands have in common: folders, data for a page, and the signal that stops them. */
export interface Setting {
  readonly places: Places
  /** Collects what a page needs of each layer. Null if no page was requested. */
  readonly lists: LayerLists | null
  readonly signal: AbortSignal
}

/**
 * Runs a command in its setting.
 *
 * @param command whether it weighs something, so that missing folders are reported, and whether it makes a page
 */
export async function withSetting(
  command: { readonly weighs: boolean; readonly page: boolean; readonly signal: AbortSignal },
  run: (setting: Setting) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const places = placesOnThisMachine(process.env, false)
  const warning = command.weighs ? warnOfMissingPlaces(places, warn) : Promise.resolve()
  try {
    return await run({ places, signal: command.signal, lists: command.page ? new LayerLists() : null })
  } finally {
    await warning
  }
}

/** Returns whether a report is shown as a page. */
export const showsPage = ({ html, format }: ReportOptions): boolean => html !== null || format === 'html'

/** Returns the budgets that flags name. */
export const rulesOf = ({ budgets }: ReportOptions): ReturnType<typeof budgetSourcesOf> =>
  budgetSourcesOf('flag', budgets)

/** Returns the options for reading images and records. */
export function readOptions(
  platform: string | null,
  options: ReportOptions,
  { places, lists, signal }: Setting,
): ReadOptions {
  return {
    platform,
    indexFolder: indexFolderOf(places),
    tempFolders: places.tempFolders,
    dockerConfigFolder: places.dockerConfigFolder,
    signal,
    onProgress: progressOf(options).onProgress,
    lists,
    readStdin,
    // A record may be compared later.
    isCompared: options.baseline !== null || options.json !== null || options.format === 'json',
  }
}

/** Returns what shows progress. */
export function progressOf({ quiet }: ReportOptions): ProgressPrinter {
  return quiet ? noProgress : progressPrinter(process.stderr)
}

/**
 * Reads standard input to its end.
 *
 * @param maxBytes size limit in bytes. There is none for a context, which the client sends to the builder
 * @throws FootprintError UNREADABLE_INPUT if there is more
 */
export async function readStdin(maxBytes = Infinity): Promise<Buffer> {
  const read = await readWithin(process.stdin, maxBytes)
  if (!('why' in read)) return read
  throw new FootprintError('UNREADABLE_INPUT', `standard input cannot be read: ${reasonUnread(read, maxBytes)}`)
}

/** Writes a report where the command line requested it: standard output and files. */
import { reasonOf, writeNamedFile } from '../files.ts'
import type { ReportOptions } from '../inputs/own-flags.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import { renderPage } from '../page/page.ts'
import { readPageAssets } from '../page/page-assets.ts'
import { escapeTerminal } from '../report/escape.ts'
import { renderMarkdown } from '../report/markdown/report.ts'
import { renderRecord } from '../report/record.ts'
import type { Report } from '../report/report.ts'
import { renderTerminal, type TerminalOptions } from '../report/terminal/report.ts'
import { exceededSentences, unjudgedSentences } from '../report/verdict-lines.ts'
import { unwritable } from './report-files.ts'

/** Number of columns if standard output is not a terminal. */
const usualWidth = 100

/**
 * Writes a report. If a file cannot be written, standard output and the other files are still complete.
 *
 * @param lists data of the layers that were read, for the page; null if there is none
 * @throws FootprintError UNREADABLE_INPUT if a file cannot be written
 */
export async function writeReport(report: Report, options: ReportOptions, lists: LayerLists | null): Promise<void> {
  const page = await pageOf(report, options, lists)
  const files: readonly [string | null, () => string][] = [
    [options.json, () => renderRecord(report.footprint)],
    [options.markdown, () => renderMarkdown(report)],
    [options.html, () => page],
  ]
  process.stdout.write(formatted(report, options, page))
  warnOfBudgets(report, options.format)
  const written = await Promise.allSettled(
    files.map(async ([path, render]) => {
      if (path !== null) await write(path, render())
    }),
  )
  for (const each of written) if (each.status === 'rejected') throw each.reason
}

/**
 * Prints the budgets that did not pass, unless the report on standard output shows them. Those that were not judged are
 * left out only on a terminal: other reports may be read only in part, and a gate must not pass in silence.
 */
export function warnOfBudgets({ verdict }: Report, format: ReportOptions['format']): void {
  if (verdict === null || (format === 'terminal' && process.stdout.isTTY)) return
  const exceeded = format === 'terminal' || format === 'markdown' ? [] : exceededSentences(verdict, escapeTerminal)
  for (const sentence of [...exceeded, ...unjudgedSentences(verdict, escapeTerminal)])
    process.stderr.write(`stage-footprint: ${sentence}\n`)
}

/** Returns the width of standard output, and whether it shows colours. */
export function terminalHere({ color }: Pick<ReportOptions, 'color'>): TerminalOptions {
  return {
    width: process.stdout.isTTY ? process.stdout.columns : usualWidth,
    color: color ?? process.stdout.isTTY,
  }
}

/** Makes the page once. Returns an empty string if none was requested. */
async function pageOf(report: Report, { html, format }: ReportOptions, lists: LayerLists | null): Promise<string> {
  return html === null && format !== 'html' ? '' : renderPage(report, lists, await readPageAssets())
}

function formatted(report: Report, options: ReportOptions, page: string): string {
  switch (options.format) {
    case 'html':
      return page
    case 'json':
      return renderRecord(report.footprint)
    case 'markdown':
      return renderMarkdown(report)
    case 'terminal':
      return renderTerminal(report, { ...terminalHere(options), all: options.all })
  }
}

/**
 * Writes the page of a report.
 *
 * @param lists data of the layers that were read; null if there is none
 * @throws FootprintError UNREADABLE_INPUT if the file cannot be written
 */
export async function writePage(report: Report, lists: LayerLists | null, path: string): Promise<void> {
  await write(path, renderPage(report, lists, await readPageAssets()))
}

async function write(path: string, text: string): Promise<void> {
  await writeNamedFile(path, text).catch((cause: unknown) => {
    throw unwritable(path, reasonOf(cause), cause)
  })
}

/** A report where the command line was asked to put it: standard output, and files besides. */
import { stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FootprintError } from '../errors.ts'
import { reasonOf } from '../files.ts'
import type { ReportOptions } from '../inputs/own-flags.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import { renderPage } from '../page/page.ts'
import { readPageAssets } from '../page/page-assets.ts'
import { escapeTerminal } from '../report/escape.ts'
import { renderMarkdown } from '../report/markdown/report.ts'
import { renderRecord } from '../report/record.ts'
import type { Report } from '../report/report.ts'
import { renderTerminal, type TerminalOptions } from '../report/terminal/report.ts'
import { unjudgedSentences } from '../report/verdict-lines.ts'

/** Columns where standard output is no terminal. */
const usualWidth = 100

/**
 * Whether files of the report have a place: said before anything is built.
 *
 * @throws FootprintError UNREADABLE_INPUT
 */
export async function requireReportFolders({ json, markdown, html }: ReportOptions): Promise<void> {
  for (const path of [json, markdown, html].filter((path) => path !== null)) {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    )
    if (isFolder) throw unwritable(path, 'it is a folder')
    await stat(dirname(path)).catch((cause: unknown) => {
      throw unwritable(path, `there is no folder ${dirname(path)}`, cause)
    })
  }
}

/**
 * @param lists of the layers that were read, for the page; null where there are none
 * @throws FootprintError UNREADABLE_INPUT where a file cannot be written
 */
export async function writeReport(report: Report, options: ReportOptions, lists: LayerLists | null): Promise<void> {
  const page = await pageOf(report, options, lists)
  const files: readonly [string | null, () => string][] = [
    [options.json, () => renderRecord(report.footprint)],
    [options.markdown, () => renderMarkdown(report)],
    [options.html, () => page],
  ]
  await Promise.all(
    files.map(async ([path, render]) => {
      if (path !== null) await write(path, render())
    }),
  )
  process.stdout.write(formatted(report, options, page))
  tellUnjudged(report, options)
}

/** A terminal's report says it itself. Of the others only a part may ever be read, and a gate must not open in silence. */
function tellUnjudged({ verdict }: Report, { format }: ReportOptions): void {
  if (verdict === null || format === 'terminal') return
  for (const sentence of unjudgedSentences(verdict, escapeTerminal))
    process.stderr.write(`stage-footprint: ${sentence}\n`)
}

/** How wide standard output is, and whether it shows colours. */
export function terminalHere({ noColor }: Pick<ReportOptions, 'noColor'>): TerminalOptions {
  return {
    width: process.stdout.isTTY ? process.stdout.columns : usualWidth,
    color: process.stdout.isTTY && !noColor,
  }
}

/** Made once; empty where none is asked for. */
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
      return renderTerminal(report, terminalHere(options))
  }
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: unknown) => {
    throw unwritable(path, reasonOf(cause), cause)
  })
}

const unwritable = (path: string, why: string, cause?: unknown): FootprintError =>
  new FootprintError('UNREADABLE_INPUT', `the report cannot be written to ${path}: ${why}`, { cause })

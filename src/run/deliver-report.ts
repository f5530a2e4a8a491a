/** Shows a report on the runner: job summary, outputs, files, annotations, and the job's result. */
import { join } from 'node:path'
import { messageOf } from '../errors.ts'
import { isSystemError, reasonOf, writeWhole } from '../files.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import { renderPage } from '../page/page.ts'
import { readPageAssets } from '../page/page-assets.ts'
import { writeAnnotations } from '../publish/annotations.ts'
import { appendJobSummary } from '../publish/job-summary.ts'
import { runnerLog } from '../publish/runner-log.ts'
import { setOutputs } from '../publish/step-outputs.ts'
import { budgetAnnotations } from '../report/budget-annotations.ts'
import { escapeMarkdown } from '../report/escape.ts'
import { logLines } from '../report/log-lines.ts'
import { renderMarkdown } from '../report/markdown/report.ts'
import { reportOutputs } from '../report/outputs.ts'
import { renderRecord } from '../report/record.ts'
import type { Report } from '../report/report.ts'
import { renderBadge } from '../report/trend/json.ts'
import { renderTrendMarkdown } from '../report/trend/markdown.ts'
import { verdictCounts } from '../report/verdict-lines.ts'
import { lineOf } from '../trend/point.ts'
import type { Published } from './publish-report.ts'
import type { RunHistory } from './run-history.ts'

/** A report and where it goes on the runner. */
export interface ReportDelivery {
  readonly published: Published
  /** Data of the layers that were read, for the page. */
  readonly lists: LayerLists
  /** Null if there is no trend. */
  readonly history: RunHistory | null
  /** Name of the report's files without a suffix. */
  readonly fileName: string
  /** Folders for these files. The first one that can be written to is used. */
  readonly folders: readonly string[]
  readonly summaryPath: string | undefined
}

/**
 * Writes files, outputs and summary before a failed budget fails the step. If one place cannot be written, the others
 * and the verdict are not affected.
 *
 * @returns sentences without a full stop that say where the report could not be written
 */
export async function deliverReport(delivery: ReportDelivery): Promise<readonly string[]> {
  const { report, comment, sentences } = delivery.published
  const problems: (string | null)[] = []
  try {
    const text = renderMarkdown(report)
    const files = await writeFiles(
      delivery,
      [`${delivery.fileName}.record.json`, renderRecord(report.footprint)],
      [`${delivery.fileName}.md`, text],
    )
    problems.push(files.problem)
    const [record = '', markdown = ''] = files.paths
    const page = await writePage(delivery)
    problems.push(page.problem)
    const points = await writePoints(delivery)
    problems.push(points.problem)
    problems.push(
      setOutputs([
        ...reportOutputs(report),
        ['record', record],
        ['markdown', markdown],
        ['html', page.path],
        ['trend', points.trend],
        ['badge', points.badge],
        ['comment-url', comment?.url ?? ''],
      ]),
    )
    // The reader sees that the comment was written, so this is not repeated.
    const written =
      comment !== null && ['created', 'updated', 'unchanged'].includes(comment.status) ? comment.sentence : null
    const remaining = sentences.filter((sentence) => sentence !== written)
    const summary = [text.trimEnd(), ...remaining.map(escapeMarkdown)].join('\n\n')
    const trend = report.trend === null ? '' : `\n${renderTrendMarkdown(report.trend)}`
    problems.push(
      await writeJobSummary(`${summary}\n${trend}`, delivery.summaryPath, [
        `${summary}\n`,
        `${renderMarkdown(report, { maxBytes: 100_000 })}\n`,
      ]),
    )
    for (const sentence of sentences) (comment?.status === 'failed' ? runnerLog.warning : runnerLog.info)(sentence)
  } finally {
    reportVerdict(report)
    for (const line of logLines(report)) runnerLog.info(line)
  }
  return problems.filter((problem) => problem !== null)
}

/** Writes the page. An error here does not affect the rest of the report. */
async function writePage({
  published,
  lists,
  fileName,
  folders,
}: ReportDelivery): Promise<{ readonly path: string; readonly problem: string | null }> {
  try {
    const page = renderPage(published.report, lists, await readPageAssets())
    const { paths, problem } = await writeFiles({ folders }, [`${fileName}.html`, page])
    return { path: paths[0] ?? '', problem }
  } catch (error) {
    return { path: '', problem: `the page of the report could not be made: ${messageOf(error)}` }
  }
}

/** Writes the points that this run added to the trend, and the badge. Their paths are empty if it added none. */
async function writePoints({ history, fileName, folders }: ReportDelivery): Promise<{
  readonly trend: string
  readonly badge: string
  readonly problem: string | null
}> {
  if (history === null || history.latest === null) return { trend: '', badge: '', problem: null }
  const { paths, problem } = await writeFiles(
    { folders },
    [`${fileName}.trend.jsonl`, history.added.map(lineOf).join('')],
    [`${fileName}.badge.json`, renderBadge(history.latest)],
  )
  const [trend = '', badge = ''] = paths
  return { trend: history.added.length === 0 ? '' : trend, badge, problem }
}

type NamedText = readonly [name: string, text: string]

/** Writes all files into one folder. */
async function writeFiles(
  { folders }: Pick<ReportDelivery, 'folders'>,
  ...files: readonly NamedText[]
): Promise<{ readonly paths: readonly string[]; readonly problem: string | null }> {
  const refused: string[] = []
  for (const folder of folders) {
    const paths = files.map(([name]) => join(folder, name))
    try {
      await Promise.all(files.map(([, text], nth) => writeWhole(paths[nth] ?? '', text)))
      return { paths, problem: null }
    } catch (error) {
      if (!isSystemError(error)) throw error
      refused.push(`${folder} (${reasonOf(error)})`)
    }
  }
  return { paths: [], problem: `the files of the report cannot be written to ${refused.join(' or ')}` }
}

/** Writes the job summary. Returns a sentence without a full stop if that fails. */
export async function writeJobSummary(
  markdown: string,
  path: string | undefined,
  shorter: readonly string[] = [],
): Promise<string | null> {
  try {
    await appendJobSummary(markdown, path, shorter)
    return null
  } catch (error) {
    return `the job summary cannot be written: ${reasonOf(error)}`
  }
}

function reportVerdict({ verdict, footprint }: Report): void {
  if (verdict === null) return
  const failed = verdict.outcome === 'fail'
  writeAnnotations(budgetAnnotations(verdict, footprint), runnerLog, { error: failed ? 1 : 0, warning: 0 })
  if (failed) runnerLog.setFailed(`Over budget: ${verdictCounts(verdict.results)}; the report is in the job summary`)
}

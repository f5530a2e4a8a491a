/** A report where the runner shows it: job summary, outputs, files, annotations, and the job's result. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as core from '@actions/core'
import { writeAnnotations } from '../publish/annotations.ts'
import { appendJobSummary } from '../publish/job-summary.ts'
import { growthAnnotations } from '../render/annotations.ts'
import { escapeMarkdown, escapeTerminal } from '../render/escape.ts'
import { renderMarkdown } from '../render/markdown.ts'
import { reportOutputs } from '../render/outputs.ts'
import { renderRecord } from '../render/record.ts'
import { verdictCounts } from '../render/verdict-lines.ts'
import type { Published } from './publish-report.ts'

export interface Telling {
  readonly published: Published
  /** What files of the report are called, without a suffix. */
  readonly fileName: string
  readonly folder: string
  /** Path of the Dockerfile in the repository; null where it is not known. */
  readonly dockerfile: string | null
  readonly summaryPath: string | undefined
}

/** The report is in the files, the outputs and the summary before a failed budget fails the step. */
export async function tellReport({ published, fileName, folder, dockerfile, summaryPath }: Telling): Promise<void> {
  const { report, comment, sentences } = published
  const record = join(folder, `${fileName}.record.json`)
  const markdown = join(folder, `${fileName}.md`)
  const text = renderMarkdown(report)
  await Promise.all([writeFile(record, renderRecord(report.footprint)), writeFile(markdown, text)])
  const outputs = [
    ...reportOutputs(report),
    ['record', record],
    ['markdown', markdown],
    ['comment-url', comment?.url ?? ''],
  ] as const
  for (const [name, value] of outputs) core.setOutput(name, value)
  // That the comment was written, its reader sees.
  const written = comment !== null && ['created', 'updated', 'unchanged'].includes(comment.status) ? comment.sentence : null
  const untold = sentences.filter((sentence) => sentence !== written)
  const told = [text.trimEnd(), ...untold.map(escapeMarkdown)].join('\n\n')
  await appendJobSummary(`${told}\n`, summaryPath, [`${renderMarkdown(report, { maxBytes: 100_000 })}\n`])
  for (const sentence of sentences) (comment?.status === 'failed' ? core.warning : core.info)(escapeTerminal(sentence))
  const { verdict } = report
  if (verdict === null) return
  const annotations = growthAnnotations(verdict, dockerfile ?? 'Dockerfile')
  const failed = verdict.outcome === 'fail'
  writeAnnotations(
    annotations.map(({ level, title, message, file, line }) => ({ kind: level, title, message, file: dockerfile === null ? null : file, line: dockerfile === null ? null : line })),
    core,
    { error: failed ? 1 : 0, warning: 0 },
  )
  if (failed) core.setFailed(`Over budget: ${verdictCounts(verdict.results)}; the report is in the job summary`)
}

/** The report for a terminal. Pure. */
import { baseImagesSentence } from '../base-image-sentences.ts'
import { comparedSentence, imagesSentence } from '../change-sentences.ts'
import { driftSentence } from '../drift-sentence.ts'
import { reportNotes } from '../comparison-notes.ts'
import { escapeTerminal } from '../escape.ts'
import { imageReports, otherResults, type ImageReport, type Report } from '../report.ts'
import { forkSentence, nothingToCompare } from '../sentences.ts'
import { verdictCounts } from '../verdict-lines.ts'
import { editedSentence } from '../verdict-sentence.ts'
import { budgetLines, renderImage } from './image.ts'
import { name, narrowest, painter, styled, wrap, type Paint } from './styled-text.ts'

/** What the terminal can show. */
export interface TerminalOptions {
  /** In columns. */
  readonly width: number
  readonly color: boolean
  /** Whether all rows are shown, and not only the largest. Default: false. */
  readonly all?: boolean
}

/** Returns the report for a terminal. */
export function renderTerminal(report: Report, { width, color, all = false }: TerminalOptions): string {
  const paint = painter(color)
  const columns = Math.max(width, narrowest)
  const images = imageReports(report)
  const override = report.verdict?.override ?? null
  const edited = report.verdict?.edited
    ? [`Warning: ${editedSentence(report.verdict.edited, name, escapeTerminal)}`]
    : []
  const single = images.length === 1
  const blocks = [
    opening(report, images, columns, paint),
    ...(single ? [] : edited.map((sentence) => styled(paint, 'yellow', sentence, columns))),
    ...images.map((image) => [
      renderImage(
        image,
        {
          dockerfile: image.image.dockerfile ?? undefined,
          title: single ? report.title : null,
          override,
          belowBudgets: single ? edited : [],
          all,
        },
        columns,
        paint,
      ),
    ]),
    closing(report).flatMap((sentence) => wrap(sentence, columns)),
  ]
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`
}

function opening(report: Report, images: readonly ImageReport[], columns: number, paint: Paint): string[] {
  const { verdict, reportedByFork, invalidRules } = report
  const several = images.length > 1 && verdict !== null && verdict.results.length > 0
  return [
    ...(reportedByFork ? styled(paint, 'yellow', forkSentence, columns) : []),
    ...(invalidRules === undefined ? [] : styled(paint, 'red', escapeTerminal(invalidRules), columns)),
    ...(several
      ? styled(paint, 'bold', `Verdict over ${images.length} images: ${verdictCounts(verdict.results)}.`, columns)
      : []),
    ...budgetLines(otherResults(report, images), verdict?.override ?? null, columns, paint),
  ]
}

function closing(report: Report): string[] {
  const { comparison, baselineNotes } = report
  const notes = reportNotes(report).map((note) => `Note: ${escapeTerminal(note)}`)
  const reasons = baselineNotes.map(escapeTerminal)
  if (!comparison) return [...(reasons.length === 0 ? [] : [`${nothingToCompare} ${reasons.join(' ')}`]), ...notes]
  const sentences = [
    comparedSentence(comparison, name),
    baseImagesSentence(comparison, name),
    driftSentence(comparison),
    imagesSentence(comparison, name),
    ...reasons,
  ]
  return [sentences.filter((sentence) => sentence !== null).join(' '), ...notes]
}

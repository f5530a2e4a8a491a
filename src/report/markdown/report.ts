/** The report in GitHub's Markdown, for a comment or a job summary. Pure. */
import type { EditedBudgets } from '../../budget/verdict.ts'
import { baseImagesSentence } from '../base-image-sentences.ts'
import { comparedSentence, headingGrowth, imagesSentence } from '../change-sentences.ts'
import { driftSentence } from '../drift-sentence.ts'
import { reportNotes } from '../comparison-notes.ts'
import { escapeMarkdown } from '../escape.ts'
import { imageReports, platformOf, titleName, type Report } from '../report.ts'
import { forkSentence, nothingToCompare } from '../sentences.ts'
import { faultSentence, judgedSentence } from '../verdict-sentence.ts'
import { imagesWorstFirst } from '../worst-first.ts'
import { renderBrief } from './brief.ts'
import { imageBlocks } from './image.ts'
import { overviewBlocks } from './overview.ts'
import { alert, headingOf, leftOut, name } from './parts.ts'
import { tiers, type Tier } from './tiers.ts'
import { formatCount } from '../units.ts'

/** Where the report has to fit. */
export interface MarkdownOptions {
  /**
   * The platform's limit for the UTF-8 length of the text, less what the caller adds around it, in bytes. Details are
   * left out first. Verdict and totals, which take up to 1,500 bytes, are always kept.
   */
  readonly maxBytes?: number
}

/** GitHub's limit for the job summary of a step, in bytes. */
const jobSummaryLimit = 1_048_576

/** Returns the report within the size limit, with as many details as possible. */
export function renderMarkdown(report: Report, options: MarkdownOptions = {}): string {
  const limit = options.maxBytes ?? jobSummaryLimit
  for (const tier of tiers) {
    const text = renderTier(report, tier)
    if (Buffer.byteLength(text) <= limit) return text
  }
  return renderBrief(report, limit)
}

function renderTier(report: Report, tier: Tier): string {
  const { verdict } = report
  const images = imagesWorstFirst(report, imageReports(report))
  const several = images.length !== 1
  const edited = verdict?.edited ? [editedBlock(verdict.edited)] : []
  const options = { override: verdict?.override ?? null, several, belowBudgets: several ? [] : edited }
  const heading = titleName(report)
  const blocks = [
    headingOf(heading === null ? '' : name(heading), headingGrowth(report), report),
    ...(report.reportedByFork ? [alert('NOTE', [forkSentence])] : []),
    ...(report.invalidRules === undefined ? [] : [alert('CAUTION', [escapeMarkdown(report.invalidRules)])]),
    ...(several ? [...overviewBlocks(report, images), ...edited] : []),
    ...images.flatMap((image) => [
      ...(several ? [`#### ${name(image.image.name)} · ${name(platformOf(image.image))}`] : []),
      ...imageBlocks(image, { ...options, dockerfile: image.image.dockerfile ?? undefined }, tier),
    ]),
    ...(report.pageUrl === undefined ? [] : [pageLink(report.pageUrl)]),
    ...closing(report),
    ...(tier.left === null ? [] : [leftOut(tier.left)]),
  ]
  return `${blocks.join('\n\n')}\n`
}

/** @param url normalized, so that it contains no space and no angle bracket */
function pageLink(url: string): string {
  // Markdown would read a backslash and a character reference in it.
  const address = url.replaceAll('\\', '%5C').replaceAll('&', '&amp;')
  return `[The report as a page](<${address}>), with a treemap of every stage`
}

/** Limit for the rules of each kind that are shown for an edited file. */
const maxRules = 10

function editedBlock({ file, judgedBy, added, removed, fault }: EditedBudgets): string {
  const list = (sign: string, rules: readonly string[]): string[] => [
    ...rules.slice(0, maxRules).map((rule) => `- ${sign} ${name(rule)}`),
    ...(rules.length > maxRules ? [`- ${sign} ${formatCount(rules.length - maxRules, 'more rule')}`] : []),
  ]
  return alert('WARNING', [
    `This change edits the budgets in ${name(file)}. ${judgedSentence(judgedBy)}`,
    '',
    ...list('removed', removed),
    ...list('added', added),
    ...(fault === null ? [] : ['', faultSentence(fault, escapeMarkdown)]),
  ])
}

/** Returns what the head was compared with, or why it was not compared, followed by the notes. */
function closing(report: Report): string[] {
  const { comparison, baselineNotes } = report
  const reasons = baselineNotes.map(escapeMarkdown)
  return [
    ...(comparison
      ? [
          [
            comparedSentence(comparison, name),
            baseImagesSentence(comparison, name),
            driftSentence(comparison),
            imagesSentence(comparison, name),
            ...reasons,
          ]
            .filter((sentence) => sentence !== null)
            .join(' '),
        ]
      : []),
    ...(!comparison && reasons.length > 0 ? [`${nothingToCompare} ${reasons.join(' ')}`] : []),
    ...reportNotes(report).map((note) => `Note: ${escapeMarkdown(note)}`),
  ]
}

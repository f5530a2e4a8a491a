/** The report on one image for a terminal, in the same order as in Markdown. Pure. */
import type { BudgetResult, Override } from '../../budget/verdict.ts'
import type { StageChange } from '../../compare/comparison.ts'
import type { Stage } from '../../record/footprint.ts'
import { buildersSentence } from '../builder-stages.ts'
import { causesSentence, changeFigures, pullCostSentence, stagesSentence } from '../change-sentences.ts'
import { fit } from '../display-width.ts'
import { escapeTerminal } from '../escape.ts'
import { headlineOf, type Headline } from '../headline.ts'
import { unchangedWords } from '../other-blobs.ts'
import { platformOf, type ImageReport } from '../report.ts'
import {
  addedSentence,
  capital,
  isNew,
  repeatedSentence,
  shippedWarning,
  smallerSentence,
  unbuiltSentence,
} from '../sentences.ts'
import { formatBytes, formatCount } from '../units.ts'
import { verdictLines, type Mark } from '../verdict-lines.ts'
import { growthBlocks } from './growth.ts'
import { savingsBlock } from './savings.ts'
import { renderStage } from './stages.ts'
import { growthStyle, name, styled, wrap, type Paint } from './styled-text.ts'

/** What the report on one image shows besides its own figures. */
export interface ImageOptions {
  /** Path of the Dockerfile in the repository, if it is known. */
  readonly dockerfile: string | undefined
  /** Replaces the image's own name. Null to use that name. */
  readonly title: string | null
  readonly override: Override | null
  /** Warnings that belong below the budgets. */
  readonly belowBudgets: readonly string[]
  /** Whether all rows are shown, and not only the largest. */
  readonly all: boolean
}

/** Returns the report on one image within `width` columns. */
export function renderImage(report: ImageReport, options: ImageOptions, width: number, paint: Paint): string {
  const { image, comparison } = report
  const headline = headlineOf(image)
  const warning = shippedWarning(image)
  const unbuilt = unbuiltSentence(image, escapeTerminal, '--uncached-stages=build')
  const changeOf = (stage: Stage): StageChange | null =>
    comparison?.stages.find(({ kind, after }) => kind === 'matched' && after?.index === stage.index) ?? null
  const notBuilt = image.stagesNotBuilt ?? []
  const blocks = [
    [
      paint(
        'bold',
        fit(`${escapeTerminal(options.title ?? image.name)} · ${escapeTerminal(platformOf(image))}`, width),
      ),
    ],
    ...(headline ? [renderHeadline(report, headline, options, width, paint)] : []),
    ...(warning === null ? [] : [styled(paint, 'yellow', `Warning: ${warning}`, width)]),
    ...(unbuilt === null ? [] : [styled(paint, 'yellow', unbuilt, width)]),
    ...(comparison ? growthBlocks(comparison, options.all, width, paint) : []),
    ...(headline ? [savingsBlock(headline.final, options, width, paint)] : []),
    ...image.stages
      .toSorted((a, b) => a.index - b.index)
      .map((stage) => renderStage(stage, changeOf(stage), isNew(stage, comparison), options.dockerfile, width, paint)),
    ...(notBuilt.length === 0
      ? []
      : [
          wrap(
            `Not needed, and not built for this image: ${notBuilt.map((stage) => `stage ${escapeTerminal(stage.name)}`).join(', ')}`,
            width,
          ),
        ]),
  ]
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')
}

function renderHeadline(
  report: ImageReport,
  headline: Headline,
  { override, belowBudgets }: ImageOptions,
  width: number,
  paint: Paint,
): string[] {
  const { comparison, image, results } = report
  const smaller = smallerSentence(headline, escapeTerminal)
  const repeated = repeatedSentence(headline)
  const good = headline.smaller !== null && headline.smaller > 0
  const about = comparison
    ? [
        pullCostSentence(comparison),
        buildersSentence(comparison.stages, name),
        stagesSentence(comparison.stages, image, name),
      ]
    : []
  return [
    ...figures(report, headline, width, paint),
    ...budgetLines(results, override, width, paint),
    ...belowBudgets.flatMap((sentence) => styled(paint, 'yellow', sentence, width)),
    ...(smaller === null ? [] : wrap(smaller, width).map((line) => (good ? paint('green', line) : line))),
    ...wrap(addedSentence(headline, escapeTerminal), width),
    ...(repeated === null ? [] : wrap(repeated, width)),
    ...about.flatMap((sentence) => (sentence === null ? [] : wrap(sentence, width))),
  ]
}

function figures({ comparison }: ImageReport, { final: { totals } }: Headline, width: number, paint: Paint): string[] {
  const inLayers = `in ${formatCount(totals.layers, 'layer')}`
  const now = `To pull: ${formatBytes(totals.compressedSize)}; unpacked: ${formatBytes(totals.uncompressedSize)}, ${inLayers}.`
  if (!comparison || comparison.unchanged)
    return styled(paint, 'bold', comparison ? `${capital(unchangedWords([comparison]))}. ${now}` : now, width)
  const { compressedSize, uncompressedSize } = comparison.final.growth.total
  const style = growthStyle(compressedSize === null || compressedSize === 0 ? uncompressedSize : compressedSize)
  const causes = causesSentence(comparison, name)
  return [
    ...styled(paint, 'bold', `${changeFigures(comparison.final)}${causes === null ? '.' : ','}`, width).map((line) =>
      style ? paint(style, line) : line,
    ),
    ...(causes === null ? [] : wrap(`${causes}.`, width)),
  ]
}

/** Returns the budget results as lines. */
export function budgetLines(
  results: readonly BudgetResult[],
  override: Override | null,
  width: number,
  paint: Paint,
): string[] {
  return verdictLines(results, override, name, escapeTerminal).flatMap(({ mark, lead, sentence }) =>
    wrap(sentence === '' ? `${lead}.` : `${lead}: ${sentence}`, width).map((line) => markStyle(mark, line, paint)),
  )
}

function markStyle(mark: Mark, line: string, paint: Paint): string {
  const style = { fail: 'red', warn: 'yellow', 'not-judged': 'yellow', pass: 'green', elsewhere: null } as const
  return style[mark] === null ? line : paint(style[mark], line)
}

/** What the report says of one image in a terminal: the order is that of the Markdown. Pure. */
import type { BudgetResult, Override } from '../../budget/verdict.ts'
import type { StageChange } from '../../compare/comparison.ts'
import type { Stage } from '../../record/footprint.ts'
import { causeWords, mostCauses } from '../cause-words.ts'
import {
  buildersSentence,
  causesSentence,
  changeFigures,
  codecSentence,
  pullCostSentence,
  stagesSentence,
} from '../change-sentences.ts'
import { fit } from '../display-width.ts'
import { escapeTerminal } from '../escape.ts'
import { grownAndShrunk, smallWords, type GrowthRow, type GrowthRows } from '../growth-rows.ts'
import { headlineOf, type Headline } from '../headline.ts'
import { platformOf, type ImageReport } from '../report.ts'
import {
  addedSentence,
  isNew,
  repeatedSentence,
  shippedWarning,
  smallerSentence,
  unbuiltSentence,
} from '../sentences.ts'
import { formatBytes, formatCount, formatGrowth } from '../units.ts'
import { verdictLines, type Mark } from '../verdict-lines.ts'
import { savingsBlock } from './savings.ts'
import { renderStage } from './stages.ts'
import { growthStyle, name, paintStart, styled, wrap, type Paint } from './styled-text.ts'

export interface ImageOptions {
  /** Path of the Dockerfile in the repository, if it is known. */
  readonly dockerfile: string | undefined
  /** In place of the image's own name; null for that. */
  readonly title: string | null
  readonly override: Override | null
  /** Warnings that belong to the budgets. */
  readonly belowBudgets: readonly string[]
}

export function renderImage(report: ImageReport, options: ImageOptions, width: number, paint: Paint): string {
  const { image, comparison } = report
  const headline = headlineOf(image)
  const warning = shippedWarning(image)
  const unbuilt = unbuiltSentence(image, escapeTerminal)
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
    ...(comparison ? growth(comparison.final, width, paint) : []),
    ...(headline ? [savingsBlock(headline.final, options.dockerfile, width, paint)] : []),
    ...image.stages
      .toSorted((a, b) => a.index - b.index)
      .map((stage) => renderStage(stage, changeOf(stage), isNew(stage, comparison), width, paint)),
    ...(notBuilt.length === 0
      ? []
      : [
          wrap(
            `Not needed, not built: ${notBuilt.map((stage) => `stage ${escapeTerminal(stage.name)}`).join(', ')}`,
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
  const { comparison, results } = report
  const smaller = smallerSentence(headline, escapeTerminal)
  const repeated = repeatedSentence(headline)
  const good = headline.smaller !== null && headline.smaller > 0
  const about = comparison
    ? [pullCostSentence(comparison), buildersSentence(comparison.stages, name), stagesSentence(comparison.stages, name)]
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
    return styled(paint, 'bold', comparison ? `Nothing changed. ${now}` : now, width)
  const { compressedSize, uncompressedSize } = comparison.final.growth.total
  const style = growthStyle(compressedSize === null || compressedSize === 0 ? uncompressedSize : compressedSize)
  const causes = causesSentence(comparison.final, name)
  return [
    ...styled(paint, 'bold', `${changeFigures(comparison.final)}${causes === null ? '.' : ','}`, width).map((line) =>
      style ? paint(style, line) : line,
    ),
    ...(causes === null ? [] : wrap(`${causes}.`, width)),
  ]
}

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

/** Most rows of what grew and of what shrank: the tables below have each. */
const mostRows = 8

function growth(change: StageChange, width: number, paint: Paint): string[][] {
  const { grew, shrank, notKnown } = grownAndShrunk(change)
  const codec = codecSentence(change)
  return [
    rowsBlock('What grew', grew, width, paint),
    rowsBlock('What shrank', shrank, width, paint),
    codec === null ? [] : wrap(codec, width),
    notKnown.length === 0
      ? []
      : wrap(`Not known how much grew or shrank: ${formatCount(notKnown.length, 'layer')}.`, width),
  ]
}

function rowsBlock(title: string, { rows, small }: GrowthRows, width: number, paint: Paint): string[] {
  if (rows.length === 0) return []
  const shown = rows.slice(0, mostRows)
  const figuresOf = ({ growth, codec }: GrowthRow): readonly [string, string] => [
    codec === null ? formatGrowth(growth.compressedSize) : 'not counted',
    formatGrowth(growth.uncompressedSize),
  ]
  const [pullWidth, unpackedWidth] = ([0, 1] as const).map((column) =>
    Math.max(...shown.map((row) => figuresOf(row)[column].length), ['to pull', 'unpacked'][column]?.length ?? 0),
  )
  const text = (pull: string, unpacked: string, what: string): string =>
    fit(`  ${pull.padStart(pullWidth ?? 0)}  ${unpacked.padStart(unpackedWidth ?? 0)}  ${what}`, width).trimEnd()
  return [
    paint('bold', title),
    paint('dim', text('to pull', 'unpacked', '')),
    ...shown.flatMap((row) => {
      const style = growthStyle(row.growth.compressedSize ?? row.growth.uncompressedSize)
      const first = text(...figuresOf(row), where(row))
      const figures = 4 + (pullWidth ?? 0) + (unpackedWidth ?? 0)
      return [
        style ? paintStart(first, figures, style, paint) : first,
        ...causeWords(row, name, mostCauses).map((words) => text('', '', `  ${words}`)),
      ]
    }),
    ...(rows.length > shown.length ? [text('', '', `and ${rows.length - shown.length} more`)] : []),
    ...(small.length === 0 ? [] : [text('', '', smallWords(small))]),
  ]
}

function where({ kind, line, status, foreign }: GrowthRow): string {
  if (kind === 'base') return `base image ${name(foreign)}`
  const at = line === null ? 'line not known' : `${status === 'removed' ? 'was line' : 'line'} ${line}`
  return `${at}: ${escapeTerminal(foreign)}`
}

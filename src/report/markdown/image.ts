/** The report on one image in Markdown: headline, budgets, builder against final stage, what grew and why. Pure. */
import type { Override } from '../../budget/verdict.ts'
import type { ImageComparison, StageChange } from '../../compare/comparison.ts'
import type { Stage } from '../../record/footprint.ts'
import { buildersSentence } from '../builder-stages.ts'
import { causesSentence, changeFigures, pullCostSentence, stagesSentence } from '../change-sentences.ts'
import { escapeMarkdown } from '../escape.ts'
import { rowFiles } from '../row-names.ts'
import { headlineOf, type Headline } from '../headline.ts'
import { otherBlobs, unchangedWords } from '../other-blobs.ts'
import type { ImageReport } from '../report.ts'
import {
  addedSentence,
  againstWords,
  capital,
  recordedWords,
  repeatedSentence,
  shippedWarning,
  smallerSentence,
  stageOnBase,
  unbuiltSentence,
  type Name,
} from '../sentences.ts'
import { formatBytes, formatChange, formatCount } from '../units.ts'
import { verdictLines, type VerdictLine } from '../verdict-lines.ts'
import { verdictSentence } from '../verdict-sentence.ts'
import { growthBlocks } from './growth.ts'
import { alert, folded, name, signs, strong, table } from './parts.ts'
import { savingsBlocks } from './savings.ts'
import { stageBlocks } from './stages.ts'
import type { Tier } from './tiers.ts'

/** What the report on one image shows besides its own figures. */
export interface ImageOptions {
  readonly dockerfile: string | undefined
  readonly override: Override | null
  /**
   * Whether there are several images, with a table of all above. What did not change or passed is then said briefly.
   */
  readonly several: boolean
  /** Blocks that belong below the budgets. */
  readonly belowBudgets: readonly string[]
}

/** Returns everything below the image's heading, as blocks. */
export function imageBlocks(report: ImageReport, options: ImageOptions, tier: Tier): string[] {
  const { image, comparison } = report
  const headline = headlineOf(image)
  if (!headline) return ['This record has no final stage.']
  const warning = shippedWarning(image)
  const unbuilt = unbuiltSentence(image, name)
  const brief = options.several && comparison?.unchanged === true ? comparison : null
  return [
    imageFigures(report, headline, name),
    ...budgetBlocks(report, options),
    ...options.belowBudgets,
    ...(warning === null ? [] : [alert('WARNING', [warning])]),
    ...(unbuilt === null ? [] : [unbuilt]),
    ...(comparison ? growthBlocks(comparison, rowFiles(comparison), tier) : []),
    ...(brief ? pulledAgain(brief) : [fatAgainstSlim(headline, comparison?.stages ?? []), sentences(report, headline)]),
    ...(tier.savings && (!brief || exceedsSavings(report)) ? savingsBlocks(headline.final, options.dockerfile) : []),
    ...(tier.passed ? passedBlock(report, options) : []),
    ...stageBlocks(report, tier),
  ]
}

/** Returns whether a budget says that too much could be saved. The reader then has to see what. */
function exceedsSavings({ results }: ImageReport): boolean {
  return results.some(({ rule, outcome }) => rule.measure === 'savings' && (outcome === 'fail' || outcome === 'warn'))
}

/** Returns what a client downloads although no contents changed. Empty if it downloads nothing. */
function pulledAgain(comparison: ImageComparison): string[] {
  const sentence = otherBlobs(comparison.final).length === 0 ? null : pullCostSentence(comparison)
  return sentence === null ? [] : [sentence]
}

/** Returns the line that is always shown: sizes before and after, and the causes of the growth. */
export function imageFigures({ comparison }: ImageReport, { final: { totals } }: Headline, nameOf: Name): string {
  const inLayers = `in ${formatCount(totals.layers, 'layer')}`
  const figures = `To pull: ${formatBytes(totals.compressedSize)}; unpacked: ${formatBytes(totals.uncompressedSize)}`
  if (!comparison) return `${strong(figures)}, ${inLayers}.`
  if (comparison.unchanged) return `${strong(`${capital(unchangedWords([comparison]))}.`)} ${figures}, ${inLayers}.`
  const causes = causesSentence(comparison, nameOf)
  return `${strong(changeFigures(comparison.final))}${causes === null ? '' : `, ${causes}`}.`
}

function budgetBlocks({ results }: ImageReport, { override, several }: ImageOptions): string[] {
  const lines = verdictLines(results, override, name, escapeMarkdown)
  return (several ? lines.filter(({ mark }) => mark !== 'pass') : lines).map(budgetLine)
}

/** Returns the line for a budget result. */
export function budgetLine({ mark, lead, sentence }: VerdictLine): string {
  return `${signs[mark]} ${strong(sentence === '' ? `${lead}.` : `${lead}:`)}${sentence === '' ? '' : ` ${sentence}`}`
}

/** Returns the budgets that passed and have no lines of their own. */
function passedBlock({ results }: ImageReport, { several }: ImageOptions): string[] {
  const passed = results.filter(({ outcome }) => outcome === 'pass')
  if (passed.length < (several ? 1 : 2)) return []
  return [
    folded(
      `Budgets that passed: ${passed.length}`,
      passed.map((result) => `- ${verdictSentence(result, name, escapeMarkdown)}`).join('\n'),
    ),
  ]
}

function sentences({ comparison, image }: ImageReport, headline: Headline): string {
  return [
    // The table contains this too, except that every stage is shipped.
    comparison && headline.fat ? null : smallerSentence(headline, name),
    addedSentence(headline, name),
    repeatedSentence(headline),
    ...(comparison
      ? [
          pullCostSentence(comparison),
          buildersSentence(comparison.stages, name),
          stagesSentence(comparison.stages, image, name),
        ]
      : []),
  ]
    .filter((sentence) => sentence !== null)
    .join(' ')
}

function fatAgainstSlim({ final, fat, shipped, smaller, added }: Headline, changes: readonly StageChange[]): string {
  const beforeOf = (stage: Pick<Stage, 'index'>): Stage | null =>
    changes.find(({ after }) => after?.index === stage.index)?.before ?? null
  const finalBefore = beforeOf(final)
  const change = (pick: (stage: Stage) => number | null): string =>
    formatChange(pick(finalBefore ?? final), pick(final))
  const fatBefore = fat && beforeOf(fat)
  return table(
    ['', 'layers:', 'to pull:', 'unpacked:'],
    [
      ...(fat
        ? [
            [
              `Fat: ${stageOnBase(fat, name)}`,
              layers(fat, fatBefore),
              fat.recorded ? `not shipped, ${recordedWords(fat.recorded, name)}` : 'not shipped',
              formatChange((fatBefore ?? fat).totals.uncompressedSize, fat.totals.uncompressedSize),
            ],
          ]
        : []),
      [
        strong(fat ? `Slim: ${stageOnBase(final, name)}` : capital(stageOnBase(final, name))),
        strong(layers(final, finalBefore)),
        strong(change(({ totals }) => totals.compressedSize)),
        strong(change(({ totals }) => totals.uncompressedSize)),
      ],
      ...(fat && smaller !== null
        ? [
            [
              'Slim compared with fat',
              fewer(fat.totals.layers - final.totals.layers),
              '',
              strong(againstWords(smaller)),
            ],
          ]
        : []),
      ...(!fat && shipped && added.layers !== null
        ? [
            [
              `Of it, added to ${name(final.base?.reference ?? 'the base image')}`,
              String(added.layers),
              formatBytes(added.compressedSize),
              formatBytes(added.uncompressedSize),
            ],
          ]
        : []),
    ],
  )
}

function fewer(difference: number): string {
  if (difference === 0) return 'as many'
  return difference > 0 ? `${difference} fewer` : `${-difference} more`
}

function layers({ totals }: Pick<Stage, 'totals'>, before: Stage | null): string {
  const was = before && before.totals.layers !== totals.layers ? `${before.totals.layers} → ` : ''
  if (totals.baseLayers === null) return `${was}${totals.layers}`
  return `${was}${totals.layers} (${totals.baseLayers} base + ${totals.layers - totals.baseLayers} added)`
}

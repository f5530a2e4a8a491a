/** The report in GitHub's Markdown. Pure. */
import type { Footprint, Image, Stage } from '../inspect/footprint.ts'
import { escapeMarkdown, markdownCode, shorten } from './escape.ts'
import { headlineOf, type Headline } from './headline.ts'
import { renderMermaid } from './mermaid.ts'
import { addedSentence, shippedWarning, sizeWord, smallerSentence } from './sentences.ts'
import { stageRows, type StageRow } from './stage-table.ts'
import { formatBytes, formatCount, formatShare } from './units.ts'

export interface MarkdownOptions {
  /** In place of the image's own name. */
  readonly title?: string
  /** The platform's limit on the text's UTF-8 length. Details go first, headlines and totals last. Bytes. */
  readonly maxBytes?: number
}

/** GitHub's limit on the job summary of a step. Bytes. */
export const jobSummaryLimit = 1_048_576

/** What is left out, in this order, where the whole would be too long. */
const tiers = [
  { graph: true, builderTables: true, finalTable: true, left: null },
  { graph: false, builderTables: true, finalTable: true, left: 'the stage graph' },
  { graph: false, builderTables: false, finalTable: true, left: 'the stage graph and the layers of builder stages' },
  { graph: false, builderTables: false, finalTable: false, left: 'the stage graph and the layers of every stage' },
] as const

type Tier = (typeof tiers)[number]

export function renderMarkdown(footprint: Footprint, options: MarkdownOptions = {}): string {
  const limit = options.maxBytes ?? jobSummaryLimit
  for (const tier of tiers) {
    const text = renderTier(footprint, options, tier)
    if (Buffer.byteLength(text) <= limit) return text
  }
  return renderHeadlines(footprint, options, limit)
}

function renderTier(footprint: Footprint, { title }: MarkdownOptions, tier: Tier): string {
  const several = footprint.images.length > 1
  return [
    ...footprint.images.map((image) => [...summary(image, title, several), ...details(image, tier)].join('\n\n')),
    ...(footprint.notes ?? []).map((note) => `Note: ${escapeMarkdown(note)}`),
    ...(tier.left === null ? [] : [leftOut(tier.left)]),
    '',
  ].join('\n\n').trimEnd() + '\n'
}

/** The last resort: as many headlines as fit, and a word on how many did not. */
function renderHeadlines(footprint: Footprint, { title }: MarkdownOptions, limit: number): string {
  const several = footprint.images.length > 1
  const parts: string[] = []
  const rest = (count: number): string => `${leftOut(`all details, the notes, and ${formatCount(count, 'image')}`)}\n`
  for (const [done, image] of footprint.images.entries()) {
    const next = [...parts, `${summary(image, title, several).join('\n\n')}\n`]
    if (Buffer.byteLength([...next, rest(footprint.images.length - done - 1)].join('\n')) > limit) break
    parts.push(next.at(-1) ?? '')
  }
  return [...parts, rest(footprint.images.length - parts.length)].join('\n')
}

function leftOut(what: string): string {
  return `_Left out, since the report would be too long here: ${what}. The record has it all._`
}

/** Heading, headline, fat against slim, what was added. */
function summary(image: Image, title: string | undefined, several: boolean): string[] {
  const { os, architecture, variant } = image.platform
  const platform = several ? ` · ${markdownCode([os, architecture, ...(variant === undefined ? [] : [variant])].join('/'))}` : ''
  const heading = `### Stage Footprint · ${name(title ?? image.name)}${platform}`
  const headline = headlineOf(image)
  if (!headline) return [heading, 'This record has no final stage.']
  const { totals } = headline.final
  const warning = shippedWarning(image)
  return [
    heading,
    `**To pull: ${formatBytes(totals.compressedSize)}; unpacked: ${formatBytes(totals.uncompressedSize)}**, in ${formatCount(totals.layers, 'layer')}.`,
    ...(warning === null ? [] : [`> [!WARNING]\n> ${warning}`]),
    fatAgainstSlim(headline),
    [smallerSentence(headline, name), addedSentence(headline, name)].filter((sentence) => sentence !== null).join(' '),
  ]
}

function fatAgainstSlim({ final, fat, smaller }: Headline): string {
  const rows = ['|  | layers | to pull | unpacked |', '| --- | ---: | ---: | ---: |']
  if (fat) rows.push(`| Fat: stage ${on(fat)} | ${layers(fat)} | not shipped | ${formatBytes(fat.totals.uncompressedSize)} |`)
  rows.push(
    `| **${fat ? 'Slim: final' : 'Final'} stage ${on(final)}** | **${layers(final)}** | **${formatBytes(final.totals.compressedSize)}** | **${formatBytes(final.totals.uncompressedSize)}** |`,
  )
  if (fat && smaller !== null)
    rows.push(`| Slim is | ${fewer(fat.totals.layers - final.totals.layers)} |  | **${smaller === 0 ? 'as large' : `${formatShare(smaller)} ${sizeWord(smaller)}`}** |`)
  return rows.join('\n')
}

function fewer(difference: number): string {
  if (difference === 0) return 'as many'
  return difference > 0 ? `${difference} fewer` : `${-difference} more`
}

function on(stage: Stage): string {
  return `${name(stage.name)}${stage.base ? ` on ${name(stage.base.reference)}` : ''}`
}

function layers({ totals }: Stage): string {
  if (totals.baseLayers === null) return String(totals.layers)
  return `${totals.layers} = ${totals.baseLayers} base + ${totals.layers - totals.baseLayers} added`
}

function details(image: Image, tier: Tier): string[] {
  const builders = image.stages.filter((stage) => stage.role === 'builder')
  const finals = image.stages.filter((stage) => stage.role === 'final')
  const shown = [...(tier.finalTable ? finals : []), ...(tier.builderTables ? builders : [])]
  const notBuilt = image.stagesNotBuilt ?? []
  return [
    ...(shown.length === 0 ? [] : [folded('Every stage, layer by layer', shown.map(stageTable).join('\n\n'))]),
    ...(tier.graph ? [folded('Stages and what they carry', `\`\`\`mermaid\n${renderMermaid(image)}\n\`\`\``)] : []),
    ...(tier.builderTables && notBuilt.length > 0
      ? [
          folded(
            `Stages that the final stage does not need: ${notBuilt.length}, not built`,
            notBuilt.map((stage) => `- ${name(stage.name)}${stage.line === null ? '' : `, line ${stage.line}`}`).join('\n'),
          ),
        ]
      : []),
  ]
}

function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}

function stageTable(stage: Stage): string {
  const final = stage.role === 'final'
  return [
    `**${final ? 'Final stage' : 'Stage'} ${on(stage)}**`,
    '',
    `| line | what | ${final ? 'to pull' : 'compressed'} | unpacked | files in it | entries |`,
    '| ---: | --- | ---: | ---: | ---: | ---: |',
    ...stageRows(stage).map(tableRow),
  ].join('\n')
}

function tableRow(row: StageRow): string {
  const strong = (text: string): string => (row.kind === 'total' && text !== '' ? `**${text}**` : text)
  const what = [row.foreign === '' ? '' : instruction(row.foreign), row.words].filter((part) => part !== '').join(', ')
  const cells = [
    row.line === null ? '' : String(row.line),
    what,
    formatBytes(row.compressedSize),
    formatBytes(row.uncompressedSize),
    formatBytes(row.fileBytes),
    String(row.entries),
  ]
  return `| ${cells.map(strong).join(' | ')} |`
}

function name(text: string): string {
  return markdownCode(shorten(text, 100))
}

function instruction(text: string): string {
  return markdownCode(shorten(text, 120))
}

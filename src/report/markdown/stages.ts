/** The folded parts below an image: every stage layer by layer, the graph, and stages that were not built. Pure. */
import type { StageChange } from '../../compare/comparison.ts'
import type { Stage, UnbuiltStage } from '../../record/footprint.ts'
import type { ImageReport } from '../report.ts'
import { capital, isNew, recordedWords, stageOnBase } from '../sentences.ts'
import { absenceWords, stageWords } from '../stage-words.ts'
import {
  changedStageRows,
  levelRows,
  levelWords,
  stageRows,
  type ChangedStageRow,
  type StageRow,
} from '../stage-table.ts'
import { formatBytes, formatCount, formatGrowth } from '../units.ts'
import { renderMermaid } from './mermaid.ts'
import { folded, instruction, name, strong, table } from './parts.ts'
import type { Tier } from './tiers.ts'

/** Returns the folded parts below an image, as blocks. */
export function stageBlocks({ image, comparison }: ImageReport, tier: Tier): string[] {
  const builders = image.stages.filter((stage) => stage.role === 'builder')
  const finals = image.stages.filter((stage) => stage.role === 'final')
  const shown = [...(tier.finalTable ? finals : []), ...(tier.builderTables ? builders : [])]
  const changeOf = (stage: Stage): StageChange | null =>
    comparison?.stages.find(({ kind, after }) => kind === 'matched' && after?.index === stage.index) ?? null
  const tables = [
    ...shown.map((stage) =>
      stageTable(stage, changeOf(stage), isNew(stage, comparison), image.dockerfile ?? null, tier),
    ),
    ...(tier.builderTables ? (image.unbuiltStages ?? []).map(unbuiltLine) : []),
  ]
  return [
    ...(tables.length === 0 ? [] : [folded('Every stage, layer by layer', tables.join('\n\n'))]),
    ...(tier.graph ? [folded('Graph of the stages', `\`\`\`mermaid\n${renderMermaid(image)}\n\`\`\``)] : []),
    ...notBuilt(image.stagesNotBuilt ?? [], tier),
  ]
}

function unbuiltLine(stage: UnbuiltStage): string {
  const { recorded } = stage
  const figures = recorded
    ? ` ${formatBytes(recorded.totals.uncompressedSize)} unpacked in ${formatCount(recorded.totals.layers, 'layer')}, ${recordedWords(recorded, name)}`
    : ' its figures are not known'
  return `${strong(capital(stageWords(stage, name)))} was ${absenceWords(stage)}:${figures}.`
}

function notBuilt(stages: readonly { readonly name: string; readonly line: number | null }[], tier: Tier): string[] {
  if (stages.length === 0 || !tier.builderTables) return []
  const list = stages.map((stage) => `- ${name(stage.name)}${stage.line === null ? '' : `, line ${stage.line}`}`)
  return [folded(`Stages that the final stage does not need: ${stages.length}, not built for it`, list.join('\n'))]
}

function stageTable(
  stage: Stage,
  change: StageChange | null,
  added: boolean,
  dockerfile: string | null,
  tier: Tier,
): string {
  const pull = stage.role === 'final' ? 'to pull:' : 'compressed:'
  const title = `${capital(stageOnBase(stage, name))}${dockerfile === null ? '' : ` in ${name(dockerfile)}`}`
  if (!change) {
    const titles = ['line:', 'what', pull, 'unpacked:', 'files in it:', 'entries:']
    return `${strong(title)}${added ? ' is new' : ''}\n\n${table(titles, stageRows(stage).map(plainRow))}`
  }
  const rows = changedStageRows(change)
  if (rows.every(({ growth }) => growth === null))
    return `${strong(title)}: ${levelWords(change)}\n\n${table(['line:', 'what', pull, 'unpacked:', 'files in it:', 'entries:'], levelRows(stage, change).map(plainRow))}`
  const shown = tier.sameLayers ? rows : rows.filter(({ kind, growth }) => growth !== null || kind === 'total')
  return `${strong(title)}\n\n${table(['line:', 'what', pull, 'change:', 'unpacked:', 'change:'], shown.map(changedRow))}`
}

function plainRow(row: StageRow): string[] {
  return [
    ...whereAndWhat(row),
    formatBytes(row.compressedSize),
    formatBytes(row.uncompressedSize),
    formatBytes(row.fileBytes),
    row.entries === null ? 'not known' : String(row.entries),
  ].map((cell) => inRow(row, cell))
}

function changedRow(row: ChangedStageRow): string[] {
  const gone = row.status === 'removed'
  const growth = row.growth
  const pullGrowth =
    growth === null
      ? ''
      : row.recoded && growth.compressedSize === null
        ? 'not counted'
        : formatGrowth(growth.compressedSize)
  const [line = '', what = ''] = whereAndWhat(row)
  return [
    gone ? '' : line,
    what,
    gone ? '' : formatBytes(row.compressedSize),
    pullGrowth,
    gone ? '' : formatBytes(row.uncompressedSize),
    growth === null ? '' : formatGrowth(growth.uncompressedSize),
  ].map((cell) => inRow(row, cell))
}

function whereAndWhat(row: StageRow): string[] {
  const what = [row.foreign === '' ? '' : instruction(row.foreign), row.words].filter((part) => part !== '').join(', ')
  return [row.line === null ? '' : String(row.line), what]
}

function inRow(row: StageRow, cell: string): string {
  return row.kind === 'total' ? strong(cell) : cell
}

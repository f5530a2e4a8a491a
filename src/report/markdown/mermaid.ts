/** The graph of the stages: boxes with unpacked sizes, and arrows with the file bytes that COPY takes. Pure. */
import type { Image, Stage, UnbuiltStage } from '../../record/footprint.ts'
import type { Use } from '../../record/use.ts'
import { escapeMermaid, shorten } from '../escape.ts'
import { recordedWords } from '../sentences.ts'
import { absenceWords, stageWords } from '../stage-words.ts'
import { formatBytes } from '../units.ts'

const maxLabelLength = 60

/** Returns the text of a Mermaid flowchart without the fence. Ids are our own; names only occur in labels. */
export function renderMermaid(image: Image): string {
  const label = (text: string): string => escapeMermaid(shorten(text, maxLabelLength))
  const stages = [...image.stages, ...(image.unbuiltStages ?? [])]
  const idOfName = new Map(stages.map((stage) => [stage.name, `s${stage.index}`]))
  const outside = new Map<string, string>()
  const idOf = (reference: string): string => {
    const known = idOfName.get(reference) ?? outside.get(reference)
    if (known !== undefined) return known
    const id = `b${outside.size}`
    outside.set(reference, id)
    return id
  }
  const boxes = stages.map((stage) => `  s${stage.index}["${stageWords(stage, label)}<br>${sizeOf(stage)}"]`)
  const arrows = stages.flatMap((stage) => [
    ...baseArrow(stage, idOf),
    ...stage.uses.map((use) => `  ${idOf(use.stage)} ${arrow(use)} s${stage.index}`),
  ])
  const sources = [...outside].map(([reference, id]) => `  ${id}(["${label(reference)}"])`)
  const finals = image.stages
    .filter((stage) => stage.role === 'final')
    .map((stage) => `  style s${stage.index} stroke-width:3px`)
  return ['flowchart LR', ...boxes, ...sources, ...arrows, ...finals].join('\n')
}

function sizeOf(stage: Stage | UnbuiltStage): string {
  if (stage.totals !== null) return `${formatBytes(stage.totals.uncompressedSize)} unpacked`
  return stage.recorded
    ? `${absenceWords(stage)}<br>${formatBytes(stage.recorded.totals.uncompressedSize)} unpacked, ${recordedWords(stage.recorded, escapeMermaid)}`
    : absenceWords(stage)
}

function baseArrow(stage: Stage | UnbuiltStage, idOf: (reference: string) => string): string[] {
  const fromStage = stage.uses.some((use) => use.via === 'from')
  const base = 'built' in stage ? stage.baseReference : stage.base?.reference
  if (fromStage || base === undefined || base === 'scratch') return []
  return [`  ${idOf(base)} -->|FROM| s${stage.index}`]
}

function arrow({ via, carriedBytes }: Use): string {
  const carried = carriedBytes === null ? '' : ` ${formatBytes(carriedBytes)}`
  switch (via) {
    case 'copy':
      return `-->|COPY${carried}|`
    case 'from':
      return '-->|FROM|'
    case 'mount':
      return '-.->|mount|'
  }
}

/** The Dockerfile with the bytes of each line in the margin, as far as the record contains its text. Pure. */
import type { LayerChange, StageChange } from '../../compare/comparison.ts'
import type { Instruction, Layer, Stage, UnbuiltStage } from '../../record/footprint.ts'
import { sumOf } from '../../record/layer-sums.ts'
import { escapeLines } from '../../report/escape.ts'
import type { ImageReport } from '../../report/report.ts'
import { formatBytes, formatGrowth } from '../../report/units.ts'
import { foreign, html, nothing, type Html } from '../html.ts'
import { directionOf, section } from './parts.ts'

/** Limit for the characters of one instruction. */
const longestText = 4_000

/** Returns the section with the Dockerfile. */
export function dockerfileOf({ image, comparison }: ImageReport, at: number, dockerfile: string | undefined): Html {
  const changes = comparison?.stages ?? []
  const stages = [...image.stages, ...(image.unbuiltStages ?? [])].toSorted((a, b) => a.index - b.index)
  const hasInstructions = stages.some((stage) => instructionsOf(stage).length > 0)
  if (!hasInstructions) return nothing
  const most = Math.max(1, ...image.stages.flatMap(({ layers }) => layers.map((layer) => layer.uncompressedSize ?? 0)))
  const bodies = stages.map((stage) =>
    stageOf(stage, changes.find(({ after }) => after?.index === stage.index) ?? null, at, most),
  )
  return section(
    `dockerfile-${at}`,
    'Dockerfile',
    html`<div class="dockerfile scroll" tabindex="0" role="region" aria-label="Dockerfile">${bodies}</div>`,
    html`<p class="hint">
      ${dockerfile === undefined ? null : html`<code>${foreign(dockerfile, 200)}</code>. `}The unpacked bytes that each
      line adds, and how they changed. Comments are not in the record.
    </p>`,
  )
}

type AnyStage = Stage | UnbuiltStage

const instructionsOf = (stage: AnyStage): readonly Instruction[] =>
  stage.instructions ??
  stage.layers.flatMap(({ origin, instruction }) => (origin === 'own' && instruction !== null ? [instruction] : []))

function stageOf(stage: AnyStage, change: StageChange | null, at: number, most: number): Html {
  const isBuilt = !('built' in stage)
  const base = stage.layers.filter(({ origin }) => origin === 'base')
  const changes = change?.layers ?? []
  const baseGrowth = growthOf(changes.filter(({ after, before }) => (after ?? before)?.origin === 'base'))
  const from = isBuilt ? stage.base?.reference : stage.baseReference
  const inherits = stage.uses.find(({ via }) => via === 'from')?.stage
  const name = /^\d+$/.test(stage.name) ? null : html` <b>AS</b> ${foreign(stage.name, 100)}`
  const head = row(
    {
      line: stage.line ?? null,
      code: html`<b>FROM</b> ${foreign(inherits ?? from ?? 'not known', 200)}${name}`,
      bytes: base.length === 0 ? null : sumOf(base.map(({ uncompressedSize }) => uncompressedSize)),
      growth: baseGrowth,
      target: isBuilt && base.length > 0 ? goTo(at, stage.name, 'base') : null,
      note: isBuilt ? '' : 'not built in this run',
    },
    most,
  )
  return html`<table class="code ${isBuilt && stage.role === 'final' ? 'final' : ''}">
    <caption>
      Stage ${foreign(stage.name, 100)}
    </caption>
    <tbody>
      ${head}${instructionsOf(stage).map((instruction) => lineOf(instruction, stage, changes, at, most))}
    </tbody>
  </table>`
}

function lineOf(
  instruction: Instruction,
  stage: AnyStage,
  changes: readonly LayerChange[],
  at: number,
  most: number,
): Html {
  const isIt = (layer: Layer | null): boolean =>
    layer?.origin === 'own' &&
    layer.instruction?.line === instruction.line &&
    layer.instruction.text === instruction.text
  const layers: readonly Layer[] = stage.layers.filter(isIt)
  const [first] = layers
  return row(
    {
      line: instruction.line,
      code: codeOf(instruction.text),
      bytes: layers.length === 0 ? null : sumOf(layers.map(({ uncompressedSize }) => uncompressedSize)),
      growth: growthOf(changes.filter(({ after }) => isIt(after))),
      target: first === undefined ? null : goTo(at, stage.name, `layer-${stage.layers.indexOf(first) + 1}`),
      note: '',
    },
    most,
  )
}

const growthOf = (changes: readonly LayerChange[]): number | null =>
  sumOf(changes.map(({ growth }) => growth.uncompressedSize))

/** Returns the address of a layer in the treemap. It has no effect without scripts. */
function goTo(at: number, stage: string, node: string): string {
  return `#/${at}/in/${encodeURIComponent(foreign(stage, 100))}/${node}`
}

interface Row {
  readonly line: number | null
  readonly code: Html
  readonly bytes: number | null
  readonly growth: number | null
  readonly target: string | null
  readonly note: string
}

function row({ line, code, bytes, growth, target, note }: Row, most: number): Html {
  const share = (((bytes ?? 0) / most) * 100).toFixed(2)
  const figure =
    bytes === null
      ? null
      : target === null
        ? html`${formatBytes(bytes)}`
        : html`<a href="${target}">${formatBytes(bytes)}</a>`
  return html`<tr>
    <td class="n delta ${directionOf(growth)}" data-v="${growth ?? ''}">
      ${growth === null || growth === 0 ? null : formatGrowth(growth)}
    </td>
    <td class="n size" data-v="${bytes ?? ''}">${figure}</td>
    <td class="bar">
      <svg aria-hidden="true" width="100%" height="10"><rect class="own" width="${share}%" height="100%" /></svg>
    </td>
    <td class="n line">${line}</td>
    <td class="text">
      <pre>${code}</pre>
      ${note === '' ? null : html` <small>${note}</small>`}
    </td>
  </tr> `
}

/** Emphasises the keyword and keeps line breaks. */
function codeOf(text: string): Html {
  const shown = escapeLines(text.length > longestText ? `${text.slice(0, longestText)}…` : text)
  const keyword = /^\s*[A-Za-z]{1,20}/.exec(shown)?.[0] ?? ''
  return html`<b>${keyword}</b>${shown.slice(keyword.length)}`
}

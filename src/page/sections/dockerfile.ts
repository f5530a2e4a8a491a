/** The Dockerfile with the bytes of each line in the margin, as far as the record contains its text. Pure. */
import type { LayerChange, StageChange } from '../../compare/comparison.ts'
import type { Image, Instruction, Layer, Stage, UnbuiltStage } from '../../record/footprint.ts'
import { sumOf } from '../../record/layer-sums.ts'
import { isUnnamed } from '../../record/stage-name.ts'
import { escapeLines } from '../../report/escape.ts'
import type { ImageReport } from '../../report/report.ts'
import { absenceWords } from '../../report/stage-words.ts'
import { formatBytes, formatCount, formatGrowth } from '../../report/units.ts'
import { breakable, code, foreign, html, maxNameLength, nothing, type Html } from '../html.ts'
import { landmark, type ImagePart } from '../image-part.ts'
import { fromId } from '../map-node.ts'
import { directionOf, section } from './parts.ts'

/** Limit for the characters of one instruction. */
const maxTextLength = 4_000

/** Returns the section with the Dockerfile. */
export function dockerfileOf(
  { image, comparison }: ImageReport,
  part: ImagePart,
  dockerfile: string | undefined,
): Html {
  const changes = comparison?.stages ?? []
  const built: readonly AnyStage[] = [...image.stages, ...(image.unbuiltStages ?? [])]
  const stages = [...built, ...(image.stagesNotBuilt ?? [])].toSorted((a, b) => a.index - b.index)
  const hasInstructions = built.some((stage) => instructionsOf(stage).length > 0)
  if (!hasInstructions) return nothing
  const isCompared = comparison !== null
  const parts = stages.map((stage) => {
    const change = changes.find(({ after }) => after?.index === stage.index) ?? null
    const isFinal = 'role' in stage && stage.role === 'final'
    return { isFinal, rows: 'role' in stage ? rowsOf(stage, change, part.at) : [unneededRow(stage)] }
  })
  const globals = globalRows(built)
  const maxBytes = parts
    .flatMap(({ rows }) => rows)
    .reduce((most, { bytes }) => Math.max(most, asNumber(bytes.after)), 1)
  const bodies = [...(globals.length === 0 ? [] : [{ isFinal: false, rows: globals }]), ...parts].map(
    ({ isFinal, rows }) =>
      html`<tbody class="${isFinal ? 'final' : ''}">
        ${rows.map((row) => htmlOf(row, maxBytes, isCompared))}
      </tbody> `,
  )
  const titles = [...(isCompared ? ['Change', 'Before', 'After'] : ['Bytes']), '', 'Line', 'Instruction']
  return section(
    `dockerfile-${part.at}`,
    'Dockerfile',
    html`<div class="dockerfile scroll" tabindex="0" role="region" aria-label="${landmark('Dockerfile', part)}">
      <table class="code">
        <caption>
          Dockerfile with the bytes of each line
        </caption>
        <thead>
          <tr>
            ${titles.map((title) => (title === '' ? html`<td></td>` : html`<th scope="col" class="${title.toLowerCase()}">${title}</th> `))}
          </tr>
        </thead>
        ${bodies}
      </table>
    </div>`,
    html`<p class="hint">
      ${dockerfile === undefined ? null : html`${code(foreign(dockerfile, 200))}. `}The unpacked bytes that each line
      adds${isCompared ? html`<span class="if-wide">, before and after</span>` : null}. Comments between instructions
      are not in the record.
    </p>`,
  )
}

type AnyStage = Stage | UnbuiltStage

/** Returns the instructions of a stage, or else those of its layers, each once. */
function instructionsOf(stage: AnyStage): readonly Instruction[] {
  if (stage.instructions !== undefined) return stage.instructions
  const own = stage.layers.flatMap(({ origin, instruction }) =>
    origin === 'own' && instruction !== null ? [instruction] : [],
  )
  return [...new Map(own.map((instruction) => [keyOf(instruction), instruction])).values()]
}

const keyOf = ({ line, text }: Instruction): string => `${line} ${text}`

interface Row {
  /** Line of the head's Dockerfile. Null if it is not known, or the instruction was removed. */
  readonly line: number | null
  readonly code: Html
  readonly bytes: Sizes
  /** Address of the layer in the treemap. Null if it made no layer. */
  readonly target: string | null
  readonly note: string
}

/** Unpacked bytes on both sides. */
interface Sizes {
  readonly before: Size
  readonly after: Size
}

/** `none` if there is no layer on that side, and null if its size is not known. */
type Size = number | 'none' | null

/**
 * Returns the rows of a stage: `FROM` with every layer that it brings, which may be those of another stage, then its
 * instructions, and those that were removed. They add up to the stage.
 */
function rowsOf(stage: AnyStage, change: StageChange | null, at: number): readonly Row[] {
  const isBuilt = !('built' in stage)
  const changes = change?.layers ?? []
  const brought = stage.layers.filter(({ origin }) => origin !== 'own')
  const base = sizesOf(
    brought,
    changes.filter(({ after, before }) => (after ?? before)?.origin !== 'own'),
  )
  const place = brought.some(({ origin }) => origin === 'inherited') ? fromId : 'base'
  const from = isBuilt ? stage.base?.reference : stage.baseReference
  const inherits = stage.uses.find(({ via }) => via === 'from')?.stage
  const source = foreign(inherits ?? from ?? 'not known', maxNameLength)
  const removed = changes.filter(({ after, before }) => after === null && before?.origin === 'own')
  const made = layersMadeBy(stage.layers, changes)
  const instructions = instructionsOf(stage)
  return [
    {
      line: stage.line ?? null,
      code: html`<b>FROM</b> ${breakable(source)}${nameOf(stage.name)}`,
      bytes: base,
      target: isBuilt && base.after !== 'none' ? goTo(at, stage.name, place) : null,
      note: 'built' in stage ? absenceWords(stage) : '',
    },
    ...instructions.map((instruction) => lineOf(instruction, made(instruction), stage.name, at)),
    ...otherRows(stage, changes, new Set(instructions.map(keyOf))),
    ...removed.map((one): Row => ({
      line: null,
      code: codeOf(one.before?.instruction?.text ?? 'not known'),
      bytes: sizesOf([], [one]),
      target: null,
      note: 'removed',
    })),
  ]
}

/** Returns a row for the stage's own layers of which no instruction is known. */
function otherRows(stage: AnyStage, changes: readonly LayerChange[], known: ReadonlySet<string>): readonly Row[] {
  const isOther = (layer: Layer | null): boolean =>
    layer?.origin === 'own' && (layer.instruction === null || !known.has(keyOf(layer.instruction)))
  const layers = stage.layers.filter(isOther)
  if (layers.length === 0) return []
  const bytes = sizesOf(
    layers,
    changes.filter(({ after }) => isOther(after)),
  )
  const note = `${formatCount(layers.length, 'layer')} of instructions that are not known`
  return [{ line: null, code: nothing, bytes, target: null, note }]
}

/** Returns the rows of the ARGs before the first FROM. Each stage that declares one of them again has them all. */
function globalRows(stages: readonly AnyStage[]): readonly Row[] {
  const globals = stages.flatMap(({ globalArguments }) => globalArguments ?? [])
  return [...new Map(globals.map((each) => [keyOf(each), each])).values()].map(({ line, text }): Row => ({
    line,
    code: codeOf(text),
    bytes: { before: 'none', after: 'none' },
    target: null,
    note: '',
  }))
}

/** Returns the row of a stage that the final stage does not need. The record has only its name and line. */
function unneededRow({ name, line }: NonNullable<Image['stagesNotBuilt']>[number]): Row {
  return {
    line,
    code: html`<b>FROM</b> …${nameOf(name)}`,
    bytes: { before: 'none', after: 'none' },
    target: null,
    note: 'not built for this image: the final stage does not need it',
  }
}

/** Returns ` AS name`. Empty if the stage has no name, because then its name in the record is its position. */
const nameOf = (name: string): Html => (isUnnamed(name) ? nothing : html` <b>AS</b> ${foreign(name, maxNameLength)}`)

/** The layers of the head that an instruction made, with their changes. */
interface Made {
  readonly layers: readonly Layer[]
  readonly changes: readonly LayerChange[]
  /** Position of the lowest of these layers in the stage, from 1. Null if there is none. */
  readonly position: number | null
}

/** Returns a function that finds what an instruction made. It reads the layers once, for all instructions. */
function layersMadeBy(layers: readonly Layer[], changes: readonly LayerChange[]): (instruction: Instruction) => Made {
  const makerOf = (layer: Layer | null): string | null =>
    layer?.origin === 'own' && layer.instruction !== null ? keyOf(layer.instruction) : null
  const positions = Map.groupBy(layers.keys(), (position) => makerOf(layers[position] ?? null))
  const changed = Map.groupBy(changes, ({ after }) => makerOf(after))
  return (instruction) => {
    const at = positions.get(keyOf(instruction)) ?? []
    const [first] = at
    return {
      layers: at.flatMap((position) => layers[position] ?? []),
      changes: changed.get(keyOf(instruction)) ?? [],
      position: first === undefined ? null : first + 1,
    }
  }
}

function lineOf({ line, text }: Instruction, { layers, changes, position }: Made, stage: string, at: number): Row {
  return {
    line,
    code: codeOf(text),
    bytes: sizesOf(layers, changes),
    target: position === null ? null : goTo(at, stage, `layer-${position}`),
    note: '',
  }
}

/** @param layers those of the head, also if nothing was compared */
function sizesOf(layers: readonly Layer[], changes: readonly LayerChange[]): Sizes {
  const before = changes.flatMap(({ before }) => before ?? [])
  return { before: sizeOf(before), after: sizeOf(layers) }
}

const sizeOf = (layers: readonly Layer[]): Size =>
  layers.length === 0 ? 'none' : sumOf(layers.map(({ uncompressedSize }) => uncompressedSize))

/** Returns the address of a layer in the treemap. A script makes a link of it. */
function goTo(at: number, stage: string, node: string): string {
  return `#/${at}/in/${encodeURIComponent(foreign(stage, maxNameLength))}/${node}`
}

function htmlOf(
  { line, code, bytes: { before, after }, target, note }: Row,
  maxBytes: number,
  isCompared: boolean,
): Html {
  const share = ((asNumber(after) / maxBytes) * 100).toFixed(2)
  const figure = target === null ? html`${textOf(after)}` : html`<span data-to="${target}">${textOf(after)}</span>`
  const growth = growthOf(before, after)
  return html`<tr class="${note === 'removed' ? 'gone' : ''}">
    ${
      isCompared
        ? html`<td class="n delta ${directionOf(growth)}" data-k="line-growth" data-v="${growth ?? ''}">
              ${growth === null || growth === 0 ? null : formatGrowth(growth)}
            </td>
            <td class="n size before" data-k="line-before" data-v="${valueOf(before)}">${textOf(before)}</td>`
        : null
    }
    <td class="n size" data-k="line-after" data-v="${valueOf(after)}">${figure}</td>
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

const asNumber = (size: Size): number => (size === 'none' ? 0 : (size ?? 0))
const valueOf = (size: Size): number | string => (size === 'none' ? '' : (size ?? ''))
const textOf = (size: Size): string => (size === 'none' ? '' : size === null ? 'not known' : formatBytes(size))

/** Returns after minus before. Null if there is no layer on either side, or a size is not known. */
function growthOf(before: Size, after: Size): number | null {
  if (before === null || after === null || (before === 'none' && after === 'none')) return null
  return asNumber(after) - asNumber(before)
}

/** Emphasises the keyword and keeps line breaks. */
function codeOf(text: string): Html {
  const shown = escapeLines(text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text)
  const keyword = /^\s*[A-Za-z]{1,20}/.exec(shown)?.[0] ?? ''
  return html`<b>${keyword}</b>${breakable(shown.slice(keyword.length))}`
}

/** What grew and why, and the layers of every stage. Pure. */
import type { StageChange } from '../../compare/comparison.ts'
import { joinLines } from '../../dockerfile/instructions.ts'
import type { Layer, Stage } from '../../record/footprint.ts'
import { changedBuilders, maxBuilders } from '../../report/builder-stages.ts'
import { causePhrases } from '../../report/cause-phrases.ts'
import { causeLimits, rowCauses } from '../../report/cause-words.ts'
import type { GrowthRow } from '../../report/growth-rows.ts'
import { grownAndShrunk } from '../../report/growth-tables.ts'
import { otherBlobRows } from '../../report/other-blobs.ts'
import type { ImageReport } from '../../report/report.ts'
import { capital } from '../../report/sentences.ts'
import { stageWords } from '../../report/stage-words.ts'
import { formatBytes, formatCount } from '../../report/units.ts'
import { code, foreign, html, maxNameLength, name, nothing, prose, type Html } from '../html.ts'
import type { ImagePart } from '../image-part.ts'
import { bytesCell, countCell, growthCell, section, table, type Column, type TableOptions } from './parts.ts'

/** Limit for the characters of an instruction. */
const maxTextLength = 300
/** Limit for the layers of one stage that are shown separately. */
const maxLayers = 2_000

/** Returns the section on what grew and what shrank, in the final stage and in builder stages. */
export function growthOf({ comparison }: ImageReport, part: ImagePart): Html {
  if (comparison === null) return nothing
  const final = tableOf(comparison.final, 'To pull', { part, caption: 'Layers of the final stage that changed' })
  const builders = changedBuilders(comparison).flatMap((stage) => {
    const caption = `Layers of builder stage ${foreign(stage.after?.name ?? '', 100)} that changed`
    return tableOf(stage, 'Compressed', { part, caption }) ?? []
  })
  if (final === null && builders.length === 0) return nothing
  const others = builders.slice(maxBuilders)
  return section(
    `growth-${part.at}`,
    'What changed, and why',
    html`${final}${builders.slice(0, maxBuilders)}${
      others.length === 0
        ? null
        : html`<details>
            <summary>${formatCount(others.length, 'more builder stage')}</summary>
            ${others}
          </details>`
    }`,
  )
}

function tableOf(stage: StageChange, compressed: string, options: TableOptions): Html | null {
  const { tables, notKnown, level, recoded, driftNoise, noise } = grownAndShrunk(stage)
  const scored = new Set(tables.flatMap(({ rows, small }) => [...rows, ...small]))
  const rows = [
    ...scored,
    ...[...new Set([...notKnown, ...level, ...recoded, ...driftNoise, ...noise])].filter((row) => !scored.has(row)),
    ...otherBlobRows(stage).map(({ row }) => row),
  ]
  if (rows.length === 0) return null
  const columns: readonly Column[] = [
    { title: compressed, isNumber: true },
    { title: 'Unpacked', isNumber: true },
    { title: 'Line', isNumber: true },
    { title: 'Layer' },
    { title: 'Why' },
    { title: 'Cause' },
  ]
  return table(columns, rows.map(growthRow), { sortable: true, stacks: true, ...options })
}

function growthRow(row: GrowthRow): Html {
  const { lines, rest, restCount, parts } = rowCauses(row, name, {
    limits: { packages: causeLimits.packages * 2, paths: causeLimits.paths * 2 },
    left: null,
  })
  const others = [...rest, ...parts]
  // The bytes by which other file times differ have a cause, too.
  const cause = row.cause ?? ((row.growth.compressedSize ?? 0) === 0 ? null : row.isRerun ? 'change' : 'drift')
  const what =
    row.kind === 'base' ? html`base image ${code(foreign(row.foreign, maxTextLength))}` : instruction(row.foreign)
  return html`<tr>
    ${growthCell(row.growth.compressedSize, 'growth-compressed')}${growthCell(row.growth.uncompressedSize, 'growth-uncompressed')}
    <td class="n" data-v="${row.line ?? ''}">
      ${row.status === 'removed' && row.line !== null ? 'was ' : null}${row.line}
    </td>
    <td class="wide">${what}</td>
    <td class="wide">
      ${listOf(lines)}${
        others.length === 0
          ? null
          : html`<details>
              <summary>and ${formatCount(restCount + parts.length, 'more difference')}</summary>
              ${listOf(others)}
            </details>`
      }
    </td>
    <td class="cause">${cause === null ? null : causePhrases[cause].column}</td>
  </tr> `
}

const listOf = (words: readonly string[]): Html =>
  html`<ul class="plain">
    ${words.map((word) => html`<li>${prose(word)}</li>`)}
  </ul>`

const instruction = (text: string): Html => (text === '' ? html`<i>not known</i>` : code(foreign(text, maxTextLength)))

/** Returns the section with the layers of every stage. */
export function layersOf({ image, comparison }: ImageReport, part: ImagePart): Html {
  const changes = comparison?.stages ?? []
  const stages = image.stages.toSorted((a, b) => (a.role === b.role ? a.index - b.index : a.role === 'final' ? -1 : 1))
  const shared = sharedLayers(stages)
  const tables = stages.map((stage) => {
    const change = changes.find(({ after }) => after === stage) ?? null
    const rows = layerTable(stage, change, shared.get(stage) ?? null, part)
    const title = html`${prose(capital(stageWords(stage, name)))}, ${formatCount(stage.layers.length, 'layer')},
    ${formatBytes(stage.totals.uncompressedSize)} unpacked`
    return stage.role === 'final'
      ? html`<h3>${title}</h3>
          ${rows}`
      : html`<details>
          <summary>${title}</summary>
          ${rows}
        </details>`
  })
  return section(`layers-${part.at}`, 'Layers', html`${tables}`)
}

/** The lowest layers of a stage that another one, whose table comes before, has too. */
interface Shared {
  readonly count: number
  readonly stage: Stage
}

/**
 * Returns what each stage shares with one before it in the list. Both have the same layers from the lowest up, as stages
 * on the same base image do.
 */
function sharedLayers(stages: readonly Stage[]): ReadonlyMap<Stage, Shared> {
  const shared = new Map<Stage, Shared>()
  /** The first stage with a stack of layers, by the number of the stack below and the layer on top of it. */
  const stacks = new Map<string, { readonly nth: number; readonly stage: Stage }>()
  for (const stage of stages) {
    let below = 0
    for (const [at, { digest, diffId }] of stage.layers.entries()) {
      const key = `${below} ${diffId} ${digest ?? ''}`
      const known = stacks.get(key)
      if (known !== undefined && known.stage !== stage) shared.set(stage, { count: at + 1, stage: known.stage })
      const { nth } = known ?? { nth: stacks.size + 1 }
      if (known === undefined) stacks.set(key, { nth, stage })
      below = nth
    }
  }
  return shared
}

function sharedWords({ count, stage }: Shared): string {
  const which = count === 1 ? 'Layer 1 is' : `Layers 1 to ${count} are`
  return `${which} in the table of ${stage.role === 'final' ? 'the ' : ''}${stageWords(stage, name)}.`
}

const captionWords = (stage: Stage): string =>
  `${stage.role === 'final' ? 'the ' : ''}${stageWords(stage, (text) => foreign(text, maxNameLength))}`

function layerTable(stage: Stage, change: StageChange | null, shared: Shared | null, part: ImagePart): Html {
  const isCompared = change?.before != null
  const columns: readonly Column[] = [
    { title: '#', isNumber: true, sorted: 'ascending' },
    { title: 'Line', isNumber: true },
    { title: 'Instruction' },
    { title: 'From' },
    { title: 'To pull', isNumber: true },
    { title: 'Unpacked', isNumber: true },
    { title: 'Files', isNumber: true },
    { title: 'Entries', isNumber: true },
    ...(isCompared ? [{ title: 'Change, unpacked', isNumber: true }, { title: 'Cause' }] : []),
  ]
  const changes = new Map(change?.layers.map((one) => [one.after, one]))
  const first = shared?.count ?? 0
  const own = stage.layers.slice(first)
  const rows = own.slice(0, maxLayers).map((layer, at) => {
    const position = first + at
    const one = changes.get(layer)
    const compared = isCompared
      ? html`${growthCell(one?.growth.uncompressedSize ?? null, 'growth')}
          <td>${one?.cause ? causePhrases[one.cause].column : null}</td>`
      : nothing
    return html`<tr>
      <td class="n" data-v="${position + 1}">${position + 1}</td>
      <td class="n" data-v="${layer.instruction?.line ?? ''}">${layer.instruction?.line ?? null}</td>
      <td class="wide">${textOf(layer)}</td>
      <td>${stage.base === null ? 'not known' : layer.origin}</td>
      ${bytesCell(layer.compressedSize, 'compressed')}${bytesCell(layer.uncompressedSize, 'uncompressed')}${bytesCell(layer.fileBytes, 'files')}${countCell(layer.entries, 'entries')}${compared}
    </tr> `
  })
  const left = own.length - rows.length
  const lead = shared === null ? null : html`<p class="hint">${prose(sharedWords(shared))}</p>`
  if (rows.length === 0 && shared !== null) return html`${lead ?? nothing}`
  const caption = `Layers of ${captionWords(stage)}`
  return html`${lead}${table(columns, rows, { sortable: true, stacks: true, caption, part })}${left > 0 ? html`<p class="hint">And ${formatCount(left, 'more layer')} in the record.</p>` : null}`
}

function textOf({ instruction: step, digest, diffId }: Layer): Html {
  return step === null
    ? html`<code>${foreign((digest ?? diffId).slice(0, 19), 19)}…</code>`
    : instruction(joinLines(step.text))
}

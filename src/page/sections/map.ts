/**
 * The treemap of the final stage as written by the process. It can be read without scripts and explored with them.
 * Pure.
 */
import { causePhrases } from '../../report/cause-phrases.ts'
import { formatBytes, formatGrowth } from '../../report/units.ts'
import { html, Html } from '../html.ts'
import { landmark, type ImagePart } from '../image-part.ts'
import { deltaOf, mapOf, valueOf, type MapNode } from '../map-node.ts'
import type { Mode, PageData, PageImage } from '../model.ts'
import type { Detail } from '../page-data.ts'
import { drawMap, grewMark, shrankMark } from '../draw-map.ts'
import { partsCaption, sumWords } from '../words.ts'
import { section, table } from './parts.ts'

/** Size of the written picture in pixels. A browser draws its own. */
const width = 1140
const height = 420
/** Limit for the rows of the table beside it. */
const maxRows = 40

/** Returns the section with the treemap. */
export function mapSection(image: PageImage, data: Pick<PageData, 'trees'>, part: ImagePart, detail: Detail): Html {
  const [stage] = image.stages
  if (stage === undefined) return html``
  const changed = mapOf(data, stage, 'changed')
  const mode: Mode = image.compared && changed.grew + changed.shrank > 0 ? 'changed' : 'in'
  const root = mode === 'changed' ? changed : mapOf(data, stage, mode)
  const titles = image.compared ? ['Before', 'After', 'Change'] : ['Size']
  const columns = [{ title: 'Part' }, ...titles.map((title) => ({ title, isNumber: true }))]
  const caption = partsCaption(root, stage.role)
  return section(
    `map-${part.at}`,
    'Where the bytes are',
    html`<div class="map" data-image="${part.at}" data-mode="${mode}" data-compared="${String(image.compared)}">
      <div class="controls" hidden></div>
      <nav class="crumbs" aria-label="${landmark('Place in the treemap', part)}"></nav>
      <div class="canvas" tabindex="0" role="region" aria-label="${landmark('Treemap', part)}">
        ${new Html(drawMap(root, { mode, width, height, isCompared: image.compared, hrefOf: () => null }).svg)}
      </div>
      <div class="legend">${legend(image)}</div>
      <div class="beside">
        ${table(columns, rowsOf(root, mode, image.compared), { caption, part, stacks: true, foot: image.compared ? sumRow(root) : null })}
      </div>
    </div>`,
    html`<p class="hint">
      Areas stand for the bytes of files in layers, also of files that a later layer hides.${detailWords[detail]}
    </p>`,
  )
}

const detailWords: Readonly<Record<Detail, string | null>> = {
  whole: null,
  recorded:
    ' This page was made from a record, which lists the largest files, directories and packages of each layer. The rest is shown together.',
  'recorded-baseline':
    ' The baseline is a record, which lists only the largest files, directories and packages of each layer. "What changed" shows the other files of a changed layer together: each of them may be new, or was too small for the record.',
}

function legend({ stages, compared: isCompared }: PageImage): Html {
  const area = { x: 1, y: 1, width: 16, height: 10 }
  const swatch = (kind: string, words: string, mode: Mode | '' = ''): Html =>
    html`<span class="${`item ${mode}`.trim()}"
      ><svg width="18" height="12" aria-hidden="true">
        <rect class="${kind}" x="1" y="1" width="16" height="10" />
        ${new Html(kind.includes('shrank') ? shrankMark(area) : kind.includes(' up') ? grewMark(area) : '')}
      </svg>
      ${words}</span
    >`
  // If the base of a stage is not known, it is not known what was added to it.
  const unknown = stages.filter(({ base }) => base === '').length
  const origins =
    unknown === stages.length
      ? swatch('tile own', 'of the base image or added: not known', 'in')
      : html`${swatch('tile base', 'base image', 'in')}${swatch('tile own', unknown === 0 ? 'added' : 'added, or not known', 'in')}`
  if (!isCompared) return origins
  const causes = (['base-image', 'drift', 'unknown'] as const).map((cause) =>
    swatch(`hatch ${cause}`, causePhrases[cause].column, 'changed'),
  )
  return html`${swatch('tile grew', 'grew', 'changed')}${swatch('tile grew up', 'grew', 'in')}${swatch('tile shrank', 'shrank')}${swatch('tile grew new', 'new')}${swatch('tile shrank gone', 'gone', 'changed')}${causes}${origins}`
}

function rowsOf(root: MapNode, mode: Mode, isCompared: boolean): readonly Html[] {
  return root.children
    .toSorted((a, b) => valueOf(b, mode) - valueOf(a, mode))
    .slice(0, maxRows)
    .map(
      (node) =>
        html`<tr>
          <td class="wide">${node.name}</td>
          ${isCompared ? cell(node.before, node.before === null ? 'new' : formatBytes(node.before)) : null}${cell(node.after, node.after === null ? 'gone' : formatBytes(node.after))}${isCompared ? cell(deltaOf(node), deltaOf(node) === 0 ? '' : formatGrowth(deltaOf(node))) : null}
        </tr> `,
    )
}

/** Returns the row with the sums. Null if it says no more than the other rows. */
function sumRow({ before, after, grew, shrank }: MapNode): Html | null {
  if (grew === 0 || shrank === 0) return null
  const net = grew - shrank
  return html`<tr>
    <th scope="row">${sumWords(grew, shrank)}</th>
    ${cell(before, formatBytes(before ?? 0))}${cell(after, formatBytes(after ?? 0))}${cell(net, formatGrowth(net))}
  </tr> `
}

const cell = (value: number | null, text: string): Html => html`<td class="n" data-v="${value ?? ''}">${text}</td>`

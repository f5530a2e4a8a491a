/** Cuts a graph that is too wide or too high for paper into pieces, which are printed below each other. Pure. */
import { formatCount } from '../../report/units.ts'
import { html, type Html } from '../html.ts'
import { arrowOf, boxOf, boxHeight, boxWidth, columnGap, rowGap, type Box, type Graph } from './graph-shapes.ts'

const columnWidth = boxWidth + columnGap
/** What fits on paper, with text that can be read. */
const pieceColumns = 3
const pieceHeight = 12 * (boxHeight + rowGap)
/** A graph that is a little larger is made smaller instead. */
const mostColumns = pieceColumns + 1
const mostHeight = 14 * (boxHeight + rowGap)
/** With more pieces, nobody would find their way. */
const maxPieces = 60

interface Piece {
  readonly columns: { readonly first: number; readonly end: number }
  readonly top: number
  readonly height: number
  readonly words: string
}

/**
 * Returns the pieces of a graph, which are only shown on paper. Null if the whole graph fits.
 *
 * @param ends for each column, the height at which the drawing ends there, in pixels
 */
export function piecesOf(graph: Graph, ends: readonly number[]): Html | null {
  if (ends.length <= mostColumns && ends.every((end) => end <= mostHeight)) return null
  const pieces = cut(ends)
  return pieces.length > maxPieces
    ? html`<p class="pieces hint">The graph is too large for paper. The list has the same figures.</p>`
    : html`<div class="pieces">
        <p class="hint">
          The graph is printed in ${formatCount(pieces.length, 'piece')}. Each one shows the arrows that begin or end in
          it.
        </p>
        ${pieces.map((piece) => drawn(piece, graph))}
      </div>`
}

function cut(ends: readonly number[]): readonly Piece[] {
  const pieces: Piece[] = []
  for (let first = 0; first < ends.length; first += pieceColumns) {
    const end = Math.min(ends.length, first + pieceColumns)
    const lowest = ends.slice(first, end).reduce((most, one) => Math.max(most, one), 0)
    const count = Math.ceil(lowest / pieceHeight)
    const columns = end - first === 1 ? `Column ${end}` : `Columns ${first + 1} to ${end}`
    for (let nth = 0; nth < count; nth += 1) {
      const top = nth * pieceHeight
      const part = count === 1 ? '' : `, part ${nth + 1} of ${count} from the top`
      const words = `${columns} of ${ends.length}${part}`
      pieces.push({ columns: { first, end }, top, height: Math.min(pieceHeight, lowest - top), words })
    }
  }
  return pieces
}

function drawn({ columns, top, height, words }: Piece, graph: Graph): Html {
  const { boxes, arrows } = graph
  const rowHeight = boxHeight + rowGap
  const isIn = ({ column, row }: Pick<Box, 'column' | 'row'>): boolean =>
    column >= columns.first && column < columns.end && Math.floor((row * rowHeight) / pieceHeight) * pieceHeight === top
  // The space to the left of a box belongs to the column before it.
  const endsIn = ({ column, row }: Box): boolean => isIn({ column: column - 1, row })
  const shown = arrows.filter(({ from, to }) => {
    const [source, target] = [boxes.get(from), boxes.get(to)]
    return source !== undefined && target !== undefined && (isIn(source) || endsIn(target))
  })
  const width = pieceColumns * columnWidth
  return html`<p class="hint">${words}</p>
    <svg
      class="graph"
      aria-hidden="true"
      width="${width}"
      height="${height}"
      viewBox="${columns.first * columnWidth} ${top} ${width} ${height}"
    >
      ${shown.map((arrow) => arrowOf(arrow, graph, columns))}${[...boxes.values()].filter(isIn).map((box) => boxOf(box, graph))}
    </svg>`
}

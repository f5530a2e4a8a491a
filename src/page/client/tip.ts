/** The tooltip with all details of a part, beside the pointer or the focus. */
import { formatBytes } from '../../report/units.ts'
import { pathTo, type MapNode } from '../map-node.ts'
import { beforeUnknown, causeWords, changeOf, filesOf, sizesOf } from '../words.ts'
import { element } from './dom.ts'
import { joinedNames } from './names.ts'

/** The tooltip of a treemap. */
export class Tip {
  readonly #box = element('div', { class: 'tip', role: 'tooltip', hidden: true })

  constructor() {
    document.body.append(this.#box)
    // It may cover what a reader wants to see, also while the pointer rests.
    addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.hide()
    })
  }

  show(node: MapNode, isCompared: boolean, at: { readonly x: number; readonly y: number }): void {
    this.#box.replaceChildren(...linesOf(node, isCompared))
    this.#box.hidden = false
    const { width, height } = this.#box.getBoundingClientRect()
    const x = Math.max(4, Math.min(at.x + 14, innerWidth - width - 8))
    const y = at.y + 18 + height > innerHeight ? Math.max(4, at.y - height - 12) : at.y + 18
    this.#box.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`
  }

  hide(): void {
    this.#box.hidden = true
  }
}

function linesOf(node: MapNode, isCompared: boolean): readonly HTMLElement[] {
  const path = pathTo(node).filter(({ kind }) => kind !== 'stage' && kind !== 'layer' && kind !== 'base')
  const { layer } = node
  const lines = [
    element('p', { class: 'path' }, ...(path.length === 0 ? [node.name] : joinedNames(path))),
    ...(node.note === '' ? [] : [element('p', {}, node.note)]),
    element('p', {}, `${sizesOf(node, isCompared)}${node.isBeforeKnown ? '' : `, ${beforeUnknown}`}${filesOf(node)}`),
  ]
  if (isCompared && node.grew + node.shrank > 0) {
    const cause = node.cause === null ? '' : `, ${causeWords(node.cause)}`
    lines.push(element('p', { class: node.grew >= node.shrank ? 'grew' : 'shrank' }, `${changeOf(node)}${cause}`))
  }
  if (layer !== null) {
    const line = layer.line === null ? '' : `${layer.status === 'removed' ? 'Was line' : 'Line'} ${layer.line}: `
    const title = layer.title === '' ? `layer ${layer.position}` : layer.title
    lines.push(element('p', { class: 'instruction' }, `${line}${title}`))
    if (node.kind === 'layer')
      lines.push(element('p', {}, `${formatBytes(layer.pull[1])} to pull, ${formatBytes(layer.unpacked[1])} unpacked`))
  }
  return lines
}

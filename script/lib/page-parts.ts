/** Measures what the bytes of a page are for. */
import { defaultTreeAdapter as tree, parse, type DefaultTreeAdapterMap } from 'parse5'

type Parent = DefaultTreeAdapterMap['parentNode']
type Element = DefaultTreeAdapterMap['element']

/** Bytes of the parts of a page. */
export interface PageParts {
  readonly all: number
  /** The script and the style. They are the same in every page. */
  readonly program: number
  /** The packed data of the treemaps. */
  readonly packed: number
  /** Rows of tables, items of lists, and pictures. They are made from the record. */
  readonly shown: number
  /** Everything else: headings, titles of columns, legends and sentences. */
  readonly markup: number
}

/** Returns the parts of a page. They add up to all of its bytes. */
export function pageParts(html: string): PageParts {
  const all = Buffer.byteLength(html)
  const elements = elementsIn(parse(html, { sourceCodeLocationInfo: true }))
  const inside = ({ sourceCodeLocation: place }: Element): number =>
    Buffer.byteLength(html.slice(place?.startTag?.endOffset, place?.endTag?.startOffset))
  const sum = (some: readonly Element[]): number => some.reduce((bytes, one) => bytes + inside(one), 0)
  const isData = (one: Element): boolean => attributeOf(one, 'id') === 'data'
  const program = sum(elements.filter((one) => one.tagName === 'style' || (one.tagName === 'script' && !isData(one))))
  const packed = sum(elements.filter(isData))
  const shown = sum(elements.filter(isShown).filter((one) => !hasShownAround(one)))
  return { all, program, packed, shown, markup: all - program - packed - shown }
}

function elementsIn(parent: Parent): readonly Element[] {
  return parent.childNodes.flatMap((child) => (tree.isElementNode(child) ? [child, ...elementsIn(child)] : []))
}

const attributeOf = ({ attrs }: Element, name: string): string => attrs.find((one) => one.name === name)?.value ?? ''

/** The patterns and the legends are the same in every page. */
const isShown = (one: Element): boolean =>
  one.tagName === 'tbody' || one.tagName === 'ul' || (one.tagName === 'svg' && attributeOf(one, 'class') !== 'defs')

function hasShownAround({ parentNode }: Element): boolean {
  if (parentNode === null || !tree.isElementNode(parentNode)) return false
  return isShown(parentNode) || attributeOf(parentNode, 'class') === 'legend' || hasShownAround(parentNode)
}

/** Finds parts of the treemap whose path or package contains a word. */
import { formatBytes } from '../../report/units.ts'
import { pathTo, valueOf, type MapNode } from '../map-node.ts'
import type { Mode } from '../model.ts'
import { changeOf } from '../words.ts'

/** The parts of a treemap that a search found. */
export interface Found {
  /**
   * The outermost parts that match. Everything inside of them counts as found too. A layer is one of them only if its
   * instruction matches and nothing inside of it does, so that a word of an instruction does not hide packages and paths.
   */
  readonly nodes: ReadonlySet<MapNode>
  /** The ancestors of these parts. */
  readonly onTheWay: ReadonlySet<MapNode>
  /** File bytes of these parts in the head. */
  readonly bytes: number
  /** Whether other parts stand for files that the page does not list, so that these files cannot be searched. */
  readonly isPartial: boolean
}

/** A part, and the text that a search reads. It is made once, so that the first letter is found as fast as the others. */
export interface Searched {
  readonly node: MapNode
  /** A slash and its name, in lower case. */
  readonly path: string
  /** The same, and the versions of a package. */
  readonly text: string
  readonly parts: readonly Searched[]
}

/** Returns what a search in a treemap reads. */
export function searchedIn(node: MapNode): Searched {
  const path = `/${node.name}`.toLowerCase()
  const text = node.note === '' ? path : `${path} ${node.note}`.toLowerCase()
  return { node, path, text, parts: node.children.map(searchedIn) }
}

/**
 * Returns the parts below a root that contain a word. It may also be a path as the page shows it, with the layer before
 * it and spaces around its slashes.
 */
export function search(root: Searched, word: string): Found {
  const pieces = word.split(' / ')
  const found = searchFor(root, pieces.join('/').replace(/^\.\//, ''))
  return found.nodes.size > 0 || pieces.length === 1 ? found : search(root, pieces.slice(1).join(' / '))
}

function searchFor(root: Searched, word: string): Found {
  const wanted = word.toLowerCase()
  // Whatever begins in the path of a parent contains the slash after it.
  const crossesParts = wanted.includes('/')
  const nodes = new Set<MapNode>()
  const onTheWay = new Set<MapNode>()
  let bytes = 0
  let isPartial = false
  const add = (node: MapNode): void => {
    nodes.add(node)
    bytes += node.after ?? 0
    for (let at = node.parent; at !== null && !onTheWay.has(at); at = at.parent) onTheWay.add(at)
  }
  const visit = ({ node, path, text, parts }: Searched, above: string): void => {
    if (isOfStage(node)) {
      // Paths begin anew inside of a layer.
      const before = nodes.size
      for (const part of parts) visit(part, '')
      // Its name is no path and has no slash before it.
      if (nodes.size === before && text.includes(wanted, 1)) add(node)
      else isPartial ||= isUnlisted(node)
      return
    }
    if (node.kind === 'rest') {
      isPartial = true
      return
    }
    // Only what this part adds to the path can match, because otherwise its parent would have matched.
    if (text.includes(wanted) || (crossesParts && `${above}${text}`.includes(wanted))) add(node)
    else if (parts.length > 0) {
      const end = crossesParts ? tail(`${above}${path}`, wanted.length) : ''
      for (const part of parts) visit(part, end)
    } else isPartial ||= isUnlisted(node)
  }
  for (const part of root.parts) visit(part, '')
  return { nodes, onTheWay, bytes, isPartial }
}

/** Returns whether a part stands for files that the page does not list, such as a package of a record. */
function isUnlisted({ kind, children, before, after }: MapNode): boolean {
  return kind !== 'file' && children.length === 0 && ((before ?? 0) > 0 || (after ?? 0) > 0)
}

/**
 * Returns what a search found, in words, also what the picture of `shown` does not show and what was not searched. The
 * figure is what the areas of the picture stand for.
 */
export function foundWords({ nodes, bytes, isPartial }: Found, shown: MapNode, mode: Mode): string {
  const path = pathTo(shown)
  // Everything is inside of the stage.
  const outside =
    shown.parent === null ? 0 : [...nodes].filter((node) => !path.includes(node) && !isInside(node, shown)).length
  const where = outside === 0 ? '' : `, ${outside === nodes.size ? '' : `${outside} of them `}outside this part`
  const limit = isPartial ? '. Files that this page does not list are not searched' : ''
  const figure = nodes.size === 0 ? '' : `, ${mode === 'in' ? formatBytes(bytes) : changeWords([...nodes])}`
  return `${nodes.size} found${figure}${where}${limit}`
}

/** Returns how many of the parts changed, and by how much in all. */
function changeWords(nodes: readonly MapNode[]): string {
  const changed = nodes.filter((node) => valueOf(node, 'changed') > 0)
  if (changed.length === 0) return nodes.length === 1 ? 'same size' : 'none of them changed in size'
  const [grew, shrank] = (['grew', 'shrank'] as const).map((side) => changed.reduce((sum, node) => sum + node[side], 0))
  const some = changed.length === nodes.length ? '' : `${changed.length} of them changed in size: `
  return `${some}${changeOf({ grew: grew ?? 0, shrank: shrank ?? 0 })}`
}

/** Returns whether a part is the base image or a layer, whose name is a reference or an instruction and no path. */
function isOfStage({ kind }: MapNode): boolean {
  return kind === 'stage' || kind === 'base' || kind === 'layer'
}

/** Returns whether a part matches, is inside of a part that matches, or contains one. */
export function isFound(node: MapNode, { nodes, onTheWay }: Found): boolean {
  if (onTheWay.has(node)) return true
  for (let at: MapNode | null = node; at !== null; at = at.parent) if (nodes.has(at)) return true
  return false
}

function isInside(node: MapNode, part: MapNode): boolean {
  for (let at: MapNode | null = node; at !== null; at = at.parent) if (at === part) return true
  return false
}

/** Returns the end of a path that a match can still begin in. */
function tail(path: string, length: number): string {
  return path.length > length ? path.slice(-length) : path
}

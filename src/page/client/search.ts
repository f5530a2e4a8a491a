/** Parts of the treemap whose path or package holds a word. */
import { pathTo, type MapNode } from '../map-node.ts'

export interface Found {
  /** The outermost parts that match; what is in them matches with them. */
  readonly nodes: readonly MapNode[]
  /** Those, and all that they are in. */
  readonly onTheWay: ReadonlySet<MapNode>
}

export function search(root: MapNode, word: string): Found {
  const wanted = word.toLowerCase()
  const nodes: MapNode[] = []
  const visit = (node: MapNode, above: string): void => {
    const path = `${above}/${node.name} ${node.note}`.toLowerCase()
    // Only what this part adds to the path can make it match: else the one above had matched.
    if (path.trimEnd().includes(wanted)) nodes.push(node)
    else for (const child of node.children) visit(child, tail(`${above}/${node.name}`, wanted.length))
  }
  for (const child of root.children) visit(child, '')
  return { nodes, onTheWay: new Set(nodes.flatMap((node) => pathTo(node))) }
}

/** As much of a path as a match can still reach back into. */
function tail(path: string, length: number): string {
  return path.length > length ? path.slice(-length) : path
}

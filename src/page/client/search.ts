/** Finds parts of the treemap whose path or package contains a word. */
import { pathTo, type MapNode } from '../map-node.ts'

export interface Found {
  /** The outermost parts that match. Everything inside of them matches too. */
  readonly nodes: readonly MapNode[]
  /** These parts and all of their ancestors. */
  readonly onTheWay: ReadonlySet<MapNode>
}

/** Returns the parts below `root` that contain a word. */
export function search(root: MapNode, word: string): Found {
  const wanted = word.toLowerCase()
  const nodes: MapNode[] = []
  const visit = (node: MapNode, above: string): void => {
    const path = `${above}/${node.name} ${node.note}`.toLowerCase()
    // Only what this part adds to the path can match, because otherwise its parent would have matched.
    if (path.trimEnd().includes(wanted)) nodes.push(node)
    else for (const child of node.children) visit(child, tail(`${above}/${node.name}`, wanted.length))
  }
  for (const child of root.children) visit(child, '')
  return { nodes, onTheWay: new Set(nodes.flatMap((node) => pathTo(node))) }
}

/** Returns the end of a path that a match can still begin in. */
function tail(path: string, length: number): string {
  return path.length > length ? path.slice(-length) : path
}

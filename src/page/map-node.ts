/** The tree of one stage in the treemap: base image, layers, and what is in them. Also used in a browser. Pure. */
import type { Cause } from '../compare/comparison.ts'
import type { Mode, NodeKind, PageData, PageLayer, PageStage, TreeNode } from './model.ts'

/** A part of a stage. */
export interface MapNode {
  /** Distinguishes it from its siblings, in the address of the page. */
  readonly id: string
  readonly name: string
  readonly kind: NodeKind | 'stage' | 'base'
  /** File bytes; null if it does not exist on that side. */
  readonly before: number | null
  readonly after: number | null
  /** Sums over its leaves: bytes added by those that grew, and bytes removed from those that shrank. */
  readonly grew: number
  readonly shrank: number
  /** Sum of the larger of both sizes over those of its leaves that the head has. */
  readonly size: number
  readonly files: number
  readonly note: string
  readonly cause: Cause | null
  /** False for a part of the head that the record of the baseline may leave out. It counts as unchanged. */
  readonly isBeforeKnown: boolean
  /** The layer that contains it. Null for the stage and the base. */
  readonly layer: PageLayer | null
  readonly parent: MapNode | null
  readonly children: MapNode[]
}

/**
 * Returns the tree of a stage, without layers whose file bytes are not known. What changed needs files that both sides
 * list. What is in it also has those of the head whose size before is not known.
 */
export function mapOf({ trees }: Pick<PageData, 'trees'>, stage: PageStage, mode: Mode = 'changed'): MapNode {
  // The name of an unnamed stage is its position.
  const name = /^\d+$/.test(stage.name) ? `stage ${stage.name}` : stage.name
  const root = place(null, 'stage', stage.name, name, null)
  const layers = stage.layers.filter(({ files: [before, after] }) => before !== null && after !== null)
  const base = layers.filter(({ origin }) => origin === 'base')
  if (base.length > 0) {
    const node = place(root, 'base', 'base', stage.base === '' ? 'base image' : stage.base, null)
    for (const layer of base) addLayer(node, layer, trees, mode)
    node.cause = causeOf(node.children)
    root.children.push(summed(node))
  }
  for (const layer of layers) if (layer.origin !== 'base') addLayer(root, layer, trees, mode)
  return summed(root)
}

/** Returns the bytes that the area of a node stands for. */
export function valueOf(node: MapNode, mode: Mode): number {
  return mode === 'in' ? node.size : node.grew + node.shrank
}

/** Returns the cause that all nodes have that changed. Null if there are several, or nothing changed. */
export function causeOf(nodes: readonly MapNode[]): Cause | null {
  const causes = new Set(nodes.filter(({ grew, shrank }) => grew + shrank > 0).map(({ cause }) => cause))
  const [first = null] = causes
  return causes.size === 1 ? first : null
}

/** Returns the growth of a node in bytes, after minus before. */
export function deltaOf({ before, after }: Pick<MapNode, 'before' | 'after'>): number {
  return (after ?? 0) - (before ?? 0)
}

/** Returns the nodes from the stage down to this one, including both. */
export function pathTo(node: MapNode): readonly MapNode[] {
  const path: MapNode[] = []
  for (let at: MapNode | null = node; at !== null; at = at.parent) path.push(at)
  return path.reverse()
}

/** Returns the deepest node on the path of these ids. */
export function nodeAt(root: MapNode, ids: readonly string[]): MapNode {
  let node = root
  for (const id of ids) {
    const next = node.children.find((child) => child.id === id)
    if (next === undefined) break
    node = next
  }
  return node
}

type Building = { -readonly [Key in keyof MapNode]: MapNode[Key] }

function place(
  parent: MapNode | null,
  kind: MapNode['kind'],
  id: string,
  name: string,
  layer: PageLayer | null,
): Building {
  return {
    id,
    name,
    kind,
    before: null,
    after: null,
    grew: 0,
    shrank: 0,
    size: 0,
    files: 0,
    note: '',
    cause: layer?.cause ?? null,
    isBeforeKnown: true,
    layer,
    parent,
    children: [],
  }
}

function addLayer(parent: Building, layer: PageLayer, trees: readonly TreeNode[], mode: Mode): void {
  const id = `${layer.status === 'removed' ? 'gone' : 'layer'}-${layer.position}`
  const name = layer.title === '' ? `layer ${layer.position}` : layer.title
  const node = place(parent, 'layer', id, name, layer)
  const isHeadAlone = mode === 'in' && layer.headTree !== undefined
  const position = isHeadAlone ? layer.headTree : layer.tree
  const tree = position == null ? undefined : trees[position]
  // A tree that only has a rest says no more than the layer itself.
  if (tree === undefined || tree.children.length === 0 || isRestAlone(tree)) {
    node.before = layer.status === 'added' ? null : layer.files[0]
    node.after = layer.status === 'removed' ? null : layer.files[1]
    parent.children.push(leaf(node))
    return
  }
  for (const child of tree.children) node.children.push(copied(child, node, !isHeadAlone))
  summed(node)
  if (isHeadAlone) {
    // Of the whole layer, both sizes are known.
    node.before = layer.files[0]
    node.grew = Math.max(0, deltaOf(node))
    node.shrank = Math.max(0, -deltaOf(node))
  }
  parent.children.push(node)
}

const isRestAlone = ({ children: [first, ...others] }: TreeNode): boolean =>
  first?.kind === 'rest' && others.length === 0

function copied(tree: TreeNode, parent: Building, isBeforeKnown: boolean): MapNode {
  const node = place(parent, tree.kind, tree.name, tree.name, parent.layer)
  node.isBeforeKnown = isBeforeKnown
  node.note = tree.note
  node.before = tree.before
  node.after = tree.after
  node.files = tree.files
  if (tree.children.length === 0) return leaf(node)
  for (const child of tree.children) node.children.push(copied(child, node, isBeforeKnown))
  return summed(node)
}

function leaf(node: Building): Building {
  const delta = deltaOf(node)
  node.grew = Math.max(0, delta)
  node.shrank = Math.max(0, -delta)
  node.size = node.after === null ? 0 : Math.max(node.before ?? 0, node.after)
  return node
}

function summed(node: Building): Building {
  let [before, after]: [number | null, number | null] = [null, null]
  for (const child of node.children) {
    if (child.before !== null) before = (before ?? 0) + child.before
    if (child.after !== null) after = (after ?? 0) + child.after
    node.grew += child.grew
    node.shrank += child.shrank
    node.size += child.size
  }
  node.before = before
  node.after = after
  node.files = node.children.reduce((sum, { files }) => sum + files, 0)
  return node
}

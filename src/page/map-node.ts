/** The tree of one stage in the treemap: base image, layers, and what is in them. Also used in a browser. Pure. */
import type { Cause } from '../compare/comparison.ts'
import { stageWords } from '../report/stage-words.ts'
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
  /** Number of files that it has in the head, without empty ones. Null if it is not known. */
  readonly files: number | null
  /** Number of files that only the baseline has. */
  readonly goneFiles: number
  readonly note: string
  readonly cause: Cause | null
  /** False for a part of the head that the record of the baseline may leave out. It counts as unchanged. */
  readonly isBeforeKnown: boolean
  /** The layer that contains it. Null for the stage and the base. */
  readonly layer: PageLayer | null
  readonly parent: MapNode | null
  readonly children: MapNode[]
}

/** Stands in an address for all that FROM another stage brings: the base image and the layers of that stage. */
export const fromId = 'from'

/** Returns the parts of a stage that its FROM brings. */
export function broughtByFrom({ children }: MapNode): readonly MapNode[] {
  return children.filter(
    ({ kind, layer, after }) => after !== null && (kind === 'base' || layer?.origin === 'inherited'),
  )
}

/**
 * Returns the tree of a stage, without layers whose file bytes are not known. What changed needs files that both sides
 * list. What is in it also has those of the head whose size before is not known.
 */
export function mapOf({ trees }: Pick<PageData, 'trees'>, stage: PageStage, mode: Mode = 'changed'): MapNode {
  const root = place(null, 'stage', stage.name, stageWords(stage, asItIs), null)
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

const asItIs = (text: string): string => text

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
    goneFiles: 0,
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
  const recorded = isHeadAlone ? recordedNodes(layer, trees) : null
  for (const child of tree.children) node.children.push(copied(child, node, recorded))
  summed(node)
  if (recorded !== null) {
    // Of the whole layer, both sizes are known.
    node.before = layer.files[0]
    const changed = recorded.get('')
    node.grew = changed?.grew ?? Math.max(0, deltaOf(node))
    node.shrank = changed?.shrank ?? Math.max(0, -deltaOf(node))
  }
  parent.children.push(node)
}

const isRestAlone = ({ children: [first, ...others] }: TreeNode): boolean =>
  first?.kind === 'rest' && others.length === 0

/** The parts that a record of the baseline lists, by kind and path. That of the whole layer has an empty key. */
type Recorded = ReadonlyMap<string, MapNode>

function recordedNodes(layer: PageLayer, trees: readonly TreeNode[]): Recorded {
  const found = new Map<string, MapNode>()
  const tree = layer.tree === null ? undefined : trees[layer.tree]
  if (tree === undefined) return found
  const whole = place(null, 'layer', '', '', layer)
  for (const child of tree.children) whole.children.push(copied(child, whole, null))
  found.set('', summed(whole))
  const add = (node: MapNode, path: string): void => {
    if (node.kind !== 'rest') found.set(`${node.kind} ${path}`, node)
    for (const child of node.children) add(child, `${path}/${child.name}`)
  }
  for (const child of whole.children) add(child, child.name)
  return found
}

/**
 * @param recorded what is known of both sides, if the tree is that of the head alone. Null if the tree has both sizes
 * @param path that of the node, as in `recorded`
 */
function copied(tree: TreeNode, parent: Building, recorded: Recorded | null, path = tree.name): MapNode {
  const node = place(parent, tree.kind, tree.name, tree.name, parent.layer)
  node.note = tree.note
  node.before = tree.before
  node.after = tree.after
  if (tree.children.length === 0) {
    if (tree.after === null) node.goneFiles = tree.files
    // A rest of a record says nothing about the number of its files.
    else node.files = tree.kind === 'rest' && tree.files === 0 && tree.after > 0 ? null : tree.files
    leaf(node)
  } else {
    for (const child of tree.children) node.children.push(copied(child, node, recorded, `${path}/${child.name}`))
    summed(node)
  }
  return recorded === null ? node : asRecorded(node, recorded.get(`${node.kind} ${path}`))
}

/** Sets the size before, if the record lists the same part. Otherwise, the part counts as unchanged. */
function asRecorded(node: Building, known: MapNode | undefined): MapNode {
  node.isBeforeKnown = known !== undefined && known.after === node.after
  const { before, grew, shrank, goneFiles, note } =
    known !== undefined && node.isBeforeKnown
      ? known
      : { before: node.after, grew: 0, shrank: 0, goneFiles: 0, note: node.note }
  Object.assign(node, { before, grew, shrank, goneFiles, note })
  if (node.children.length === 0) node.size = Math.max(before ?? 0, node.after ?? 0)
  return node
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
  node.files = node.children.reduce<number | null>(
    (sum, { files }) => (sum === null || files === null ? null : sum + files),
    0,
  )
  node.goneFiles = node.children.reduce((sum, { goneFiles }) => sum + goneFiles, 0)
  return node
}

/** Trees of paths while they are built: leaves are added by their paths, and sums follow later. */
import type { NodeKind } from './model.ts'

/** The same file of both sides, or of one. File bytes; null where it is not there. */
export interface Leaf {
  readonly path: string
  readonly before: number | null
  readonly after: number | null
}

export interface Draft {
  readonly name: string
  readonly kind: NodeKind
  before: number | null
  after: number | null
  /** Of leaves: files that each stands for. */
  files: number
  readonly note: string
  readonly children: Map<string, Draft>
}

export function draft(name: string, kind: NodeKind, note = ''): Draft {
  return { name, kind, before: null, after: null, files: 0, note, children: new Map() }
}

/** The child of this name, made if need be. Kinds are told apart, since a path may be a file and a directory by turns. */
export function childOf(parent: Draft, name: string, kind: NodeKind, note = ''): Draft {
  const key = `${kind} ${name}`
  const found = parent.children.get(key)
  if (found !== undefined) return found
  const made = draft(name, kind, note)
  parent.children.set(key, made)
  return made
}

/** Adds a file below a directory. Two of one path add up. */
export function addLeaf(root: Draft, { path, before, after }: Leaf): void {
  const parts = path.split('/').filter((part) => part !== '')
  const name = parts.pop() ?? path
  let at = root
  for (const part of parts) at = childOf(at, part, 'directory')
  addSizes(childOf(at, name, 'file'), { before, after }, 1)
}

export function addSizes(leaf: Draft, { before, after }: Pick<Leaf, 'before' | 'after'>, files: number): void {
  if (before !== null) leaf.before = (leaf.before ?? 0) + before
  if (after !== null) leaf.after = (leaf.after ?? 0) + after
  leaf.files += files
}

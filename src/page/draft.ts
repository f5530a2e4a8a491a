/** Builds trees of paths. Leaves are added by their paths; sums are computed later. */
import type { NodeKind } from './model.ts'

/** A file on both sides or on one of them. File bytes; null if it does not exist on that side. */
export interface Leaf {
  readonly path: string
  readonly before: number | null
  readonly after: number | null
}

/** A part of a tree to which parts are still added. File bytes; null if it does not exist on that side. */
export interface Draft {
  readonly name: string
  readonly kind: NodeKind
  before: number | null
  after: number | null
  /** For a leaf: the number of files that it stands for. */
  files: number
  readonly note: string
  /** Empty for a leaf. Most nodes are leaves, and share one empty map, because a map of its own takes 200 bytes. */
  children: ReadonlyMap<string, Draft>
}

const noChildren: ReadonlyMap<string, Draft> = new Map()

/** Returns an empty node. */
export function draft(name: string, kind: NodeKind, note = ''): Draft {
  return { name, kind, before: null, after: null, files: 0, note, children: noChildren }
}

/**
 * Returns the child with this name, and makes it if needed. The kind matters too, because a path may be a file on one
 * side and a directory on the other.
 */
export function childOf(parent: Draft, name: string, kind: NodeKind, note = ''): Draft {
  const key = `${kind} ${name}`
  const found = parent.children.get(key)
  if (found !== undefined) return found
  const made = draft(name, kind, note)
  if (parent.children instanceof Map && parent.children !== noChildren) parent.children.set(key, made)
  else parent.children = new Map([[key, made]])
  return made
}

/** Adds a file below a directory. The sizes of two files with the same path are added up. */
export function addLeaf(root: Draft, { path, before, after }: Leaf): void {
  const parts = path.split('/').filter((part) => part !== '')
  const name = parts.pop() ?? path
  let at = root
  for (const part of parts) at = childOf(at, part, 'directory')
  addSizes(childOf(at, name, 'file'), { before, after }, 1)
}

/** Adds sizes and a number of files to a leaf. */
export function addSizes(leaf: Draft, { before, after }: Pick<Leaf, 'before' | 'after'>, files: number): void {
  if (before !== null) leaf.before = (leaf.before ?? 0) + before
  if (after !== null) leaf.after = (leaf.after ?? 0) + after
  leaf.files += files
}

/** Finds directories with certain names in a tree of paths. Pure. */
import { none, root, type PathTree } from '../layer/path-tree.ts'

/** A match of a pattern. */
export interface Found {
  /** Position of the pattern. */
  readonly pattern: number
  readonly node: number
  /** The match that it is inside of, as a position counted from 1; 0 for none. */
  readonly outer: number
}

/** The directories that match a list of patterns. */
export interface Places {
  readonly found: readonly Found[]
  /** For each node the match that it is, or is inside of, as a position in `found` counted from 1; 0 for none. */
  readonly placeOf: Uint32Array
}

type Part = { readonly any: true; readonly scope: boolean } | { readonly any: false; readonly name: Buffer }

interface Pattern {
  readonly position: number
  /** From the last to the first. */
  readonly parts: readonly Part[]
  readonly fromRoot: boolean
}

/**
 * Finds directories by patterns.
 *
 * @param patterns anchored at the root if they begin with a slash, otherwise anywhere. `*` matches any one name that
 * does not begin with `@`, and `@*` one that does. If several match a node, the first one counts.
 * @param nested which match counts for nodes that are inside of two
 */
export function placesIn(tree: PathTree, patterns: readonly string[], nested: 'inner' | 'outer'): Places {
  const byLength = Map.groupBy(patterns.map(parsed), ({ parts }) => lengthOf(parts[0]))
  const found: Found[] = []
  const placeOf = new Uint32Array(tree.count)
  for (let node = root + 1; node < tree.count; node += 1) {
    const outer = placeOf[tree.parent(node)] ?? 0
    if (outer !== 0 && nested === 'outer') {
      placeOf[node] = outer
      continue
    }
    const some = byLength.get(tree.nameBytes(node))
    const pattern = some?.find((one) => fits(tree, node, one))
    placeOf[node] = pattern === undefined ? outer : found.push({ pattern: pattern.position, node, outer })
  }
  return { found, placeOf }
}

function parsed(pattern: string, position: number): Pattern {
  const fromRoot = pattern.startsWith('/')
  const parts = (fromRoot ? pattern.slice(1) : pattern).split('/').map((name): Part => {
    return name === '*' || name === '@*' ? { any: true, scope: name === '@*' } : { any: false, name: Buffer.from(name) }
  })
  return { position, parts: parts.reverse(), fromRoot }
}

function lengthOf(part: Part | undefined): number {
  if (part === undefined || part.any) throw new RangeError('a pattern ends with a name')
  return part.name.length
}

const at = Buffer.from('@')

function fits(tree: PathTree, node: number, { parts, fromRoot }: Pattern): boolean {
  let here = node
  for (const part of parts) {
    if (here === root) return false
    if (part.any ? tree.startsWith(here, at) !== part.scope : !tree.isNamed(here, part.name)) return false
    here = tree.parent(here)
  }
  return !fromRoot || here === root
}

/** Returns the deepest directory that contains all of these nodes. For a single node, returns the node itself. */
export function commonOf(tree: PathTree, nodes: Iterable<number>): number {
  let common: number = none
  for (const node of nodes) {
    if (common === none) common = node
    let other = node
    // A parent always has a lower number than its children.
    while (other !== common) {
      if (other > common) other = tree.parent(other)
      else common = tree.parent(common)
    }
  }
  return common === none ? root : common
}

/** Returns the deepest path that all of these are, or are inside of. */
export function commonPath(paths: readonly string[]): string {
  const [first = '', ...others] = new Set(paths)
  let common = first.split('/')
  for (const other of others) {
    const parts = other.split('/')
    const end = common.findIndex((part, at) => part !== parts[at])
    if (end !== -1) common = common.slice(0, end)
  }
  return common.join('/')
}

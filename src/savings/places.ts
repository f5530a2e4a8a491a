/** Directories of certain names in a tree of paths. Pure. */
import { none, root, type PathTree } from '../layer/path-tree.ts'

/** Where a pattern fits. */
export interface Found {
  /** Position of the pattern. */
  readonly pattern: number
  readonly node: number
}

export interface Places {
  readonly found: readonly Found[]
  /** For each node the place that it is in, or is itself, as a position in `found` counted from 1; 0 for none. */
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
 * @param patterns from the root where they begin with a slash, else wherever they are; `*` is any one name that does
 * not begin with `@`, and `@*` one that does. Of several that fit a node, the first counts
 * @param nested which place counts for what is in two, one in the other
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
    placeOf[node] = pattern === undefined ? outer : found.push({ pattern: pattern.position, node })
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

/** The deepest directory that all of these are in; the node itself where there is one. */
export function commonOf(tree: PathTree, nodes: Iterable<number>): number {
  let common: number = none
  for (const node of nodes) {
    if (common === none) common = node
    let other = node
    // A parent is always a lower number than what is in it.
    while (other !== common) {
      if (other > common) other = tree.parent(other)
      else common = tree.parent(common)
    }
  }
  return common === none ? root : common
}

/**
 * Limits the number of leaves in trees. Small leaves are combined into a rest of their directory, so that all sums stay
 * exact. Pure.
 */
import { escapeTerminal, shorten } from '../report/escape.ts'
import { visibleSpaces } from './visible-spaces.ts'
import type { Draft } from './draft.ts'
import type { TreeNode } from './model.ts'

/** Limit for the leaves of all trees of a page. */
const maxLeaves = 20_000
/** Limit for the characters of one name. */
const maxNameLength = 240

/** Returns trees with the largest differences and the largest leaves of all trees, half of each. */
export function pruned(drafts: readonly Draft[], limit: number = maxLeaves): readonly TreeNode[] {
  const leaves = drafts.flatMap((draft) => leavesOf(draft))
  const kept = leaves.length <= limit ? null : heaviest(leaves, limit)
  return drafts.map((draft) => nodeOf(draft, kept))
}

function leavesOf(root: Draft): Draft[] {
  const leaves: Draft[] = []
  const open = [root]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.children.size === 0) leaves.push(at)
    else for (const child of at.children.values()) open.push(child)
  }
  return leaves
}

const sizeOf = ({ before, after }: Draft): number => Math.max(before ?? 0, after ?? 0)
const deltaOf = ({ before, after }: Draft): number => (after ?? 0) - (before ?? 0)

function heaviest(leaves: readonly Draft[], limit: number): ReadonlySet<Draft> {
  const changed = leaves
    .filter((leaf) => deltaOf(leaf) !== 0)
    .sort((a, b) => Math.abs(deltaOf(b)) - Math.abs(deltaOf(a)))
    .slice(0, limit / 2)
  const kept = new Set(changed)
  for (const leaf of leaves.toSorted((a, b) => sizeOf(b) - sizeOf(a))) {
    if (kept.size >= limit) break
    kept.add(leaf)
  }
  return kept
}

interface Rest {
  before: number | null
  after: number | null
  files: number
}

/**
 * What is left out below a node. Growth and reduction are kept separate, so that they do not cancel each other out, and
 * removed files so that they are not counted among those that are there.
 */
interface Rests {
  readonly grew: Rest
  readonly shrank: Rest
  readonly gone: Rest
  readonly same: Rest
}

const noRests = (): Rests => ({
  grew: emptyRest(),
  shrank: emptyRest(),
  gone: emptyRest(),
  same: emptyRest(),
})
const emptyRest = (): Rest => ({ before: null, after: null, files: 0 })

function nodeOf(draft: Draft, kept: ReadonlySet<Draft> | null): TreeNode {
  const rests = noRests()
  return built(draft, kept, rests) ?? withRests(draft, [], rests)
}

/** Returns a node, or null if nothing in it is kept and all of it is in the rests. */
function built(draft: Draft, kept: ReadonlySet<Draft> | null, rests: Rests): TreeNode | null {
  if (draft.children.size === 0) {
    if (kept === null || kept.has(draft)) return leafOf(draft)
    addRest(rests, draft)
    return null
  }
  const own = noRests()
  const children: TreeNode[] = []
  for (const child of draft.children.values()) {
    const node = built(child, kept, own)
    if (node !== null) children.push(node)
  }
  if (children.length > 0) return withRests(draft, children, own)
  for (const rest of Object.values(own) as Rest[]) addRest(rests, rest)
  return null
}

function addRest(rests: Rests, { before, after, files }: Rest): void {
  if (before === null && after === null) return
  const delta = (after ?? 0) - (before ?? 0)
  const rest = after === null ? rests.gone : delta > 0 ? rests.grew : delta < 0 ? rests.shrank : rests.same
  rest.files += files
  if (before !== null) rest.before = (rest.before ?? 0) + before
  if (after !== null) rest.after = (rest.after ?? 0) + after
}

function leafOf({ name, kind, before, after, files, note }: Draft): TreeNode {
  return { name: shown(name), kind, before, after, files, note: shown(note), children: [] }
}

function withRests(draft: Draft, children: readonly TreeNode[], rests: Rests): TreeNode {
  const all = [
    ...children,
    ...(['grew', 'shrank', 'gone', 'same'] as const).flatMap((direction): TreeNode[] => {
      const { before, after, files } = rests[direction]
      if (before === null && after === null) return []
      return [{ name: restName(direction, files), kind: 'rest', before, after, files, note: '', children: [] }]
    }),
  ]
  const [only] = all
  // A directory that contains only one other directory is joined with it.
  if (all.length === 1 && only !== undefined && draft.kind === 'directory' && only.kind === 'directory')
    return { ...only, name: `${shown(draft.name)}/${only.name}` }
  const sum = (pick: (node: TreeNode) => number | null): number | null =>
    all.reduce<number | null>((total, node) => (pick(node) === null ? total : (total ?? 0) + (pick(node) ?? 0)), null)
  return {
    name: shown(draft.name),
    kind: draft.kind,
    before: sum(({ before }) => before),
    after: sum(({ after }) => after),
    files: all.reduce((total, { files }) => total + files, 0),
    note: shown(draft.note),
    children: all,
  }
}

function restName(direction: keyof Rests, files: number): string {
  const what = `${files} smaller ${files === 1 ? 'file' : 'files'}`
  if (direction === 'gone') return `${what} that ${files === 1 ? 'is' : 'are'} gone`
  return direction === 'same' ? what : `${what} that ${direction}`
}

function shown(text: string): string {
  return shorten(escapeTerminal(visibleSpaces(text)), maxNameLength)
}

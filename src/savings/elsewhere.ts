/** Sums up what an edit made alone would also save, but another edit of the list already counts. Pure. */
import type { Saving } from '../record/savings.ts'
import type { StageFiles } from './files.ts'
import { commonOf } from './places.ts'
import type { Rule } from './rule.ts'

/** Fewer bytes than these are not worth a word. */
export const minElsewhere = 100_000

/** A file, and how many of its bytes an edit saves. */
export interface FileBytes {
  readonly file: number
  readonly bytes: number
}

interface Edit {
  readonly rule: Rule
  readonly number: number
  readonly elsewhere: readonly FileBytes[]
  /** Directories that the rule matched, as nodes. Empty if the edit names no directory. */
  readonly places: ReadonlySet<number>
}

/** @param listed the numbers of the edits in the list */
export function elsewhereOf(
  files: StageFiles,
  { rule, number, elsewhere, places }: Edit,
  { paths }: Pick<Saving, 'paths'>,
  listed: ReadonlySet<number>,
): number {
  if (elsewhere.length === 0) return 0
  const { tree, files: table } = files.fileSystem
  const isAnywhere = rule.reachesAll === true || places.size === 0
  const roots = isAnywhere ? [] : paths === undefined ? [commonOf(tree, places)] : [...places]
  return elsewhere.reduce((sum, { file, bytes }) => {
    const counter = files.counterOf(file)
    if (counter === number || !listed.has(counter)) return sum
    const isReached = isAnywhere || roots.some((root) => commonOf(tree, [root, table.nodeOf(file)]) === root)
    return isReached ? sum + bytes : sum
  }, 0)
}

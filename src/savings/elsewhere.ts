/** Sums up what an edit made alone would also save, but another edit of the list already counts. Pure. */
import type { Saving } from '../record/savings.ts'
import type { StageFiles } from './files.ts'
import { commonOf } from './places.ts'
import type { Rule } from './rule.ts'
import { gitRule } from './rules/leftovers.ts'
import { isIgnorable } from './step-reads.ts'

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

/**
 * Returns a function that sums up what the same line of an ignore file saves at other instructions.
 *
 * @param listed the edits of the list
 */
export function ignoredBytes(
  files: StageFiles,
  listed: readonly (Pick<Edit, 'rule' | 'number'> & { readonly layer: number; readonly fileBytes: number })[],
): (edit: Pick<Edit, 'number'>) => number {
  const ignored = listed.filter(({ rule, layer }) => rule === gitRule && isIgnorable(files.textOf(layer)))
  const sum = ignored.reduce((bytes, { fileBytes }) => bytes + fileBytes, 0)
  return ({ number }) => {
    const own = ignored.find((one) => one.number === number)
    return own === undefined ? 0 : sum - own.fileBytes
  }
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

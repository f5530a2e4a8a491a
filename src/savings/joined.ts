/** Finds what the join of RUN instructions also saves: what steps in between make and hide again. Pure. */
import type { Saving } from '../record/savings.ts'
import { attributeCommands, repeatable } from './commands.ts'
import type { FileBytes } from './elsewhere.ts'
import type { StageFiles } from './files.ts'
import { isRun, type Rule } from './rule.ts'
import { deletedRule, ownerRule, repeatableDeletion, replacedRule } from './rules/hidden.ts'
import { areApart, isNext } from './steps.ts'

/** An edit of one layer because of a later one. */
interface Edit {
  readonly rule: Rule
  readonly number: number
  readonly layer: number
  readonly laterLayer: number | null
  readonly elsewhere: readonly FileBytes[]
  readonly fileBytes: number
}

const hiding: readonly Rule[] = [deletedRule, replacedRule, ownerRule]

/**
 * Returns a function that sums up the bytes of files that an edit would remove because it joins more steps than its own
 * two, but that other edits of the list count.
 *
 * @param listed the numbers of the edits in the list
 */
export function joinedBytes(
  files: StageFiles,
  all: readonly Edit[],
  listed: ReadonlySet<number>,
): (edit: Edit, item: Pick<Saving, 'claim' | 'isShared'>) => number {
  // A file is hidden once, so these are different files.
  const inner = all
    .filter((edit) => areRuns(files, edit))
    .map((edit) => ({
      edit,
      bytes:
        (listed.has(edit.number) ? edit.fileBytes : 0) +
        edit.elsewhere.reduce((sum, { file, bytes }) => sum + (listed.has(files.counterOf(file)) ? bytes : 0), 0),
    }))
  return (edit, item) =>
    isJoin(files, edit, item)
      ? inner.reduce((sum, one) => sum + (one.edit !== edit && isInside(one.edit, edit) ? one.bytes : 0), 0)
      : 0
}

/** Returns whether the edit is to join RUN instructions, and not to move a command from one to another. */
function isJoin(
  files: StageFiles,
  edit: Edit,
  { claim, isShared = false }: Pick<Saving, 'claim' | 'isShared'>,
): boolean {
  const { rule, layer, laterLayer } = edit
  if (laterLayer === null || !areRuns(files, edit) || areApart(files.layers, layer, laterLayer, isShared)) return false
  const text = files.textOf(laterLayer)
  if (rule === deletedRule) return repeatableDeletion(text) === null || !isNext(files.layers, layer, laterLayer)
  return rule === replacedRule || claim !== 'sure' || repeatable(text, ...attributeCommands) === null
}

/** Returns whether both steps of an edit are among those that the join makes one. */
function isInside(one: Edit, { layer, laterLayer }: Edit): boolean {
  return one.laterLayer !== null && laterLayer !== null && one.layer >= layer && one.laterLayer <= laterLayer
}

function areRuns(files: StageFiles, { rule, layer, laterLayer }: Edit): boolean {
  if (laterLayer === null || !hiding.includes(rule)) return false
  return isRun(files.textOf(layer)) && isRun(files.textOf(laterLayer))
}

/** Whether a line copies again what an earlier line copied. Its layer does not show that if the files are the same. Pure. */
import { copiedWords, joinLines, parseInstructions } from '../dockerfile/instructions.ts'
import type { Instruction, Stage } from '../record/footprint.ts'
import { targetOf } from './joined-runs.ts'
import { mayOverlap } from './mounts.ts'
import { isCopy } from './rule.ts'

/**
 * Returns a function that tells whether a line between two layers may copy a path, which the first of them copied and the
 * second hides.
 *
 * @param stage with the instructions of its parents as well
 */
export function copiedAgain(
  { layers, instructions = [] }: Stage,
  layer: number,
  later: number,
): (path: string) => boolean {
  const [from, to] = [layer, later].map((position) => layers[position]?.instruction?.line ?? null)
  const between = instructions.filter(
    ({ text, line }) => isCopy(text) && line !== null && from != null && to != null && line > from && line < to,
  )
  const places = between.map((copy) => ({ target: targetOf(copy, instructions), names: namesOf(copy) }))
  return (path) =>
    places.some(({ target, names }) => {
      if (names !== null && !names.some((name) => path.split('/').includes(name))) return false
      return target === null || (mayOverlap(target, path, null) && target.length <= path.length + 1)
    })
}

/** Returns the names of what a COPY copies, if these are files by their names. Null if it may copy others. */
function namesOf({ text }: Instruction): readonly string[] | null {
  const rest = parseInstructions(joinLines(text)).instructions[0]?.rest ?? ''
  const words = copiedWords(rest)
  const names = words.slice(0, -1).map((source) => source.slice(source.lastIndexOf('/') + 1))
  // A file may get another name, which is that of the target then.
  const last = words.at(-1)?.replace(/\/$/, '') ?? ''
  return names.every((name) => /^[\w@+-][\w.@+-]*\.[\w-]+$/.test(name))
    ? [...names, last.slice(last.lastIndexOf('/') + 1)]
    : null
}

/** Finds downloads whose answer may differ each time. Pure. */
import { parseInstructions } from './instructions.ts'
import type { PlannedStage } from './stage.ts'

type Written = readonly { readonly text: string; readonly line: number | null }[]

/**
 * Returns the lines of each `ADD` of a URL without a checksum, counted from 1. When stages are weighed, the builder asks
 * for the URL again, and another answer makes the later steps new. A source that is a variable counts unless an
 * instruction gives the variable another kind of value. One that only begins with a variable counts if its value is
 * known to be a URL.
 */
export function unpinnedDownloads(instructions: Written): readonly number[] {
  const found = instructions.filter(({ text }) => {
    if (!/^ADD\s/i.test(text)) return false
    const [statement] = parseInstructions(text).instructions
    return (
      statement !== undefined &&
      !statement.flags.some(({ name }) => name === 'checksum') &&
      sourcesOf(statement.rest).some((source) => mayBeUrl(source, instructions))
    )
  })
  return [...new Set(found.flatMap(({ line }) => line ?? []))].sort((a, b) => a - b)
}

/** Returns the positions of the stages that have such an `ADD`, and of those that use them. */
export function stagesWithDownloads(stages: readonly PlannedStage[]): ReadonlySet<number> {
  const lines = new Set(
    unpinnedDownloads(stages.flatMap(({ globals = [], instructions }) => [...globals, ...instructions])),
  )
  const found = new Set<number>()
  // Stages use earlier ones only.
  for (const { index, instructions, uses } of stages)
    if (
      instructions.some(({ line }) => lines.has(line)) ||
      uses.some(({ stageIndex }) => stageIndex !== null && found.has(stageIndex))
    )
      found.add(index)
  return found
}

/** Returns the words of an `ADD` but the last, which is the destination. */
const sourcesOf = (rest: string): readonly string[] =>
  rest
    .split(/[\s"',[\]]+/)
    .filter((word) => word !== '')
    .slice(0, -1)

const url = /^https?:\/\//i

function mayBeUrl(source: string, instructions: Written): boolean {
  if (url.test(source)) return true
  const [whole = '', name] = /^\$\{?(\w+)\}?/.exec(source) ?? []
  if (name === undefined) return false
  const values = instructions.flatMap(({ text }) => {
    const given = /^(?:ARG|ENV)\s/i.test(text) ? new RegExp(`\\s${name}[= ]["']?(\\S)`).exec(text) : null
    return given === null ? [] : [text.slice(given.index + given[0].length - 1)]
  })
  if (values.some((value) => url.test(value))) return true
  return whole === source && (values.length === 0 || values.some((value) => value.startsWith('$')))
}

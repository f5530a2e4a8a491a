import { readFrom, parseInstructions, type FromWords, type Word } from './instructions.ts'
import { sourceLines, sourceRanges } from './logical-line.ts'
import type { PlannedStage } from './stage.ts'

/** A Dockerfile in which every stage can be a target. */
export interface NamedStages {
  /** The unchanged text if every stage already had a unique name. */
  readonly dockerfile: string
  /** Maps the position of a stage to the name for `--target`, in lower case. */
  readonly targets: ReadonlyMap<number, string>
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * Gives every stage a unique name, so that each can be a target. Lines, line breaks and positions stay the same.
 *
 * If several stages share a name, the last one keeps it, because `--target`, COPY --from and RUN --mount refer to that
 * one. Only a FROM between two such stages can refer to an earlier one, and it is rewritten to the added name. A FROM
 * with variables may name another stage on another platform, so the copy is valid only for the platform of the plan.
 *
 * @param taken names that the added names must not collide with, besides the words of the Dockerfile: build contexts
 * and values of build arguments
 */
export function nameStages(
  dockerfile: string,
  stages: readonly PlannedStage[],
  taken: Iterable<string> = [],
): NamedStages {
  const prefix = freePrefix([dockerfile, ...taken].join('\n').toLowerCase())
  const own = new Map(stages.map((stage) => [stage.name?.toLowerCase(), stage.index]))
  const added = new Map<number, string>()
  const targets = new Map<number, string>()
  for (const { name, index } of stages) {
    const lowerCase = name?.toLowerCase()
    if (lowerCase !== undefined && own.get(lowerCase) === index) {
      targets.set(index, lowerCase)
    } else {
      added.set(index, `${prefix}${String(index)}`)
      targets.set(index, `${prefix}${String(index)}`)
    }
  }
  return added.size === 0 ? { dockerfile, targets } : { dockerfile: rename(dockerfile, stages, added), targets }
}

/** Returns `stage-footprint-`, or that prefix with the first number that makes it unique in the text. */
function freePrefix(text: string): string {
  if (!text.includes('stage-footprint-')) return 'stage-footprint-'
  const taken = new Set(Array.from(text.matchAll(/stage-footprint-x(\d+)-/g), ([, count]) => count))
  let count = 1
  while (taken.has(String(count))) count++
  return `stage-footprint-x${String(count)}-`
}

function rename(dockerfile: string, stages: readonly PlannedStage[], added: ReadonlyMap<number, string>): string {
  const lines = sourceLines(dockerfile)
  const { escape } = parseInstructions(dockerfile)
  const edits = stages.flatMap((stage): readonly Edit[] => {
    const words = readFrom(lines, stage.line, escape)
    if (words === null) return []
    const base = added.get(stage.uses.find((take) => take.via === 'from')?.stageIndex ?? -1)
    const name = added.get(stage.index)
    return [
      ...(base === undefined ? [] : replaceWord(words, words.base, base)),
      ...(name === undefined ? [] : setName(words, name)),
    ]
  })
  return applyEdits(dockerfile, edits)
}

function setName(words: FromWords, name: string): readonly Edit[] {
  if (words.name !== null) return replaceWord(words, words.name, name)
  const end = sourceRanges(words.pieces, words.base.from, words.base.to).at(-1)?.end
  return end === undefined ? [] : [{ start: end, end, text: ` AS ${name}` }]
}

/**
 * Replaces a word. If it is split over several lines, the last part gets the new text, because an empty last line would
 * continue the instruction.
 */
function replaceWord({ pieces }: FromWords, { from, to }: Word, text: string): readonly Edit[] {
  return sourceRanges(pieces, from, to).map((range, index, all) => ({
    ...range,
    text: index === all.length - 1 ? text : '',
  }))
}

function applyEdits(source: string, edits: readonly Edit[]): string {
  const ordered = edits.toSorted((a, b) => a.start - b.start || a.end - b.end)
  let result = ''
  let position = 0
  for (const { start, end, text } of ordered) {
    result += source.slice(position, start) + text
    position = end
  }
  return result + source.slice(position)
}

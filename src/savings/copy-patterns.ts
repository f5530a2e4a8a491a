/** Which paths of another stage a COPY can bring. Pure. */
import { copiedWords, parseInstructions } from '../dockerfile/instructions.ts'

/** One source of a COPY. */
interface Pattern {
  /** The names before the first one that is a glob or has a variable, in UTF-8 and joined by slashes. */
  readonly lead: Buffer
  /** Number of names of the source. What is below them is placed in the target. Infinity if it is not known. */
  readonly names: number
}

/** The sources of a COPY. */
export type CopyPatterns = readonly Pattern[]

const anything: CopyPatterns = [{ lead: Buffer.alloc(0), names: Infinity }]
/** Limit for the sources of one COPY, so that each file takes limited time. A COPY with more may bring anything. */
const maxPatterns = 64
const slash = 0x2f

/** Returns the sources of a COPY from another stage. What cannot be read counts as more than it is. */
export function copyPatterns(text: string): CopyPatterns {
  const statement = parseInstructions(text).instructions[0]
  if (statement === undefined) return anything
  const words = copiedWords(statement.rest).slice(0, -1)
  return words.length === 0 || words.length > maxPatterns ? anything : words.map(patternOf)
}

function patternOf(word: string): Pattern {
  const names = word.split('/').filter((name) => name !== '' && name !== '.')
  if (names.includes('..')) return { lead: Buffer.alloc(0), names: Infinity }
  const open = names.findIndex((name) => /[*?[\]\\$"']/.test(name))
  const isClear = names.every((name) => !/[\\$"']|\*\*/.test(name))
  return {
    lead: Buffer.from((open === -1 ? names : names.slice(0, open)).join('/')),
    names: isClear ? names.length : Infinity,
  }
}

/**
 * Returns for each source that may have brought a path where the part of the path begins that it has in the target too.
 */
export function startsOf(patterns: CopyPatterns, path: Buffer, pathLength: number): readonly number[] {
  return patterns.flatMap(({ lead, names }) => {
    if (pathLength < lead.length || lead.compare(path, 0, lead.length) !== 0) return []
    if (lead.length > 0 && pathLength > lead.length && path[lead.length] !== slash) return []
    return [afterNames(path, pathLength, names)]
  })
}

/** Returns where the path goes on after so many names. If it has no more, this is where its last name begins. */
function afterNames(path: Buffer, pathLength: number, names: number): number {
  let [start, left] = [0, names]
  for (let at = 0; at < pathLength && left > 0; at += 1) {
    if (path[at] !== slash) continue
    start = at + 1
    left -= 1
  }
  return start
}

/** Reads the text of an instruction: whether two texts are equal or similar, and which inputs a step has. */
import {
  copiedWords,
  joinLines,
  jsonWords,
  maxJoinedLength,
  parseInstructions,
  type Instruction as Statement,
} from '../dockerfile/instructions.ts'
import { settingsIn, type Setting } from '../dockerfile/settings.ts'
import { mountFields, referencesOf, type Reference } from '../dockerfile/stage-references.ts'

/**
 * Returns a text that is equal for two texts that differ only in white space. It is used to find a counterpart. An
 * instruction counts as unedited only if `asParsed` gives the same for both texts.
 */
export function normalised(text: string): string {
  return text.replace(/\\?\s*\n\s*|\s+/g, ' ').trim()
}

/**
 * Returns an instruction as the builder sees it: the case of the keyword, comments, the ends of lines in it and white space
 * around its words make no other step.
 */
export function asParsed(text: string): string {
  // Of a longer text, only the beginning would be left.
  const joined = text.length > maxJoinedLength ? text : joinLines(text)
  const parsed = joined.trim().replace(/^\w+\s*/, (keyword) => `${keyword.trim().toUpperCase()} `)
  // The words of these are separated by any white space.
  if (/^(?:COPY|ADD|WORKDIR|USER) [^"'\\<\n]*$/.test(parsed)) return parsed.replace(/\s+/g, ' ')
  const start = /^\w+ (?:--\S+\s+)*/.exec(parsed)?.[0] ?? ''
  const rest = parsed.slice(start.length)
  return start.replace(/\s+/g, ' ') + (jsonOf(rest) ?? rest)
}

/** Returns a list of words in the JSON form with no white space between them. Null if it is no such list. */
function jsonOf(rest: string): string | null {
  const words = rest.startsWith('[') ? jsonWords(rest) : null
  return words === null ? null : JSON.stringify(words)
}

/** Returns what a setting sets, in one form for all that do the same. */
export const settingsOf = (text: string): readonly Setting[] => settingsIn(asParsed(text))

/** Which of the settings before a step may change what it does. */
export type SettingsNeeded = 'all' | 'workdir' | 'none'

/** A COPY or ADD uses variables that it names, and the working directory for a relative destination. */
export function settingsNeeded(text: string): SettingsNeeded {
  const statement = parseInstructions(text).instructions[0]
  if (statement === undefined || !['COPY', 'ADD'].includes(statement.keyword) || text.includes('$')) return 'all'
  return copiedWords(statement.rest).at(-1)?.startsWith('/') === true ? 'none' : 'workdir'
}

/** Returns the names that an ARG declares. Empty for any other instruction. */
export function argumentNames(text: string): readonly string[] {
  const [keyword = '', ...words] = normalised(text).split(' ')
  return keyword.toUpperCase() === 'ARG' ? words.map((word) => word.split('=', 1)[0] ?? '') : []
}

/** Number of words that are compared. Further words hardly change how similar two instructions are. */
const comparedWords = 256

/** How often each word occurs. */
export type Words = ReadonlyMap<string, number>

/** Returns how often each word occurs in an instruction. Returns null for an unknown instruction. */
export function wordsOf(text: string | null): Words | null {
  if (text === null) return null
  const [keyword = '', ...words] = normalised(text).split(' ', comparedWords)
  return countOf([keyword.toUpperCase(), ...words])
}

/** Returns how often each item occurs. */
export function countOf(items: readonly string[]): Words {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

/**
 * Returns the Sørensen–Dice coefficient, from 0 to 1: twice the number of shared words, divided by the words of both.
 */
export function similarity(a: Words, b: Words): number {
  const size = (counts: Words): number => [...counts.values()].reduce((total, count) => total + count, 0)
  const all = size(a) + size(b)
  if (all === 0) return 1
  const [few, many] = a.size <= b.size ? [a, b] : [b, a]
  let shared = 0
  for (const [item, count] of few) shared += Math.min(count, many.get(item) ?? 0)
  return (2 * shared) / all
}

/** Returns the keyword of an instruction in upper case. */
export function keywordOf(text: string): string {
  return /^\s*(\w*)/.exec(text)?.[1]?.toUpperCase() ?? ''
}

/** What a step takes its input from. */
export interface StepInputs {
  readonly references: readonly Reference[]
  /** `content`: it copies files from the build context. `mount`: a RUN that mounts the context. */
  readonly context: 'content' | 'mount' | null
  /** Whether it makes its layer by running a command in the file system below it. */
  readonly runs: boolean
}

/** Returns what a step takes its input from. */
export function inputsOf(text: string): StepInputs {
  const statement = parseInstructions(text).instructions[0]
  if (statement === undefined) return { references: [], context: null, runs: true }
  const copies = statement.keyword === 'COPY' || statement.keyword === 'ADD'
  return { references: referencesOf(statement), context: contextUse(statement), runs: !copies }
}

function contextUse(statement: Statement): StepInputs['context'] {
  if (statement.keyword === 'RUN') return statement.flags.some(mountsContext) ? 'mount' : null
  if (statement.keyword !== 'COPY' && statement.keyword !== 'ADD') return null
  if (statement.flags.some((flag) => flag.name === 'from')) return null
  const remote = (source: string): boolean =>
    statement.keyword === 'ADD' && /^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i.test(source)
  return sourcesOf(statement.rest).every((source) => source.startsWith('<<') || remote(source)) ? null : 'content'
}

/** Returns whether a flag is a bind mount of the context. A mount without a type is a bind mount. */
function mountsContext({ name, value }: Statement['flags'][number]): boolean {
  if (name !== 'mount') return false
  const fields = mountFields(value ?? '')
  return (fields.get('type') ?? 'bind').toLowerCase() === 'bind' && !fields.get('from')
}

/** Returns all words except the last one, which is the destination. */
function sourcesOf(rest: string): readonly string[] {
  return copiedWords(rest).slice(0, -1)
}

/**
 * Returns the text with other names for its references, wherever `from=` names them.
 *
 * @param names new names by reference, which is in lower case
 */
export function withReferences(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/(from=["']?)([^\s,"']+)/gi, (all, start: string, reference: string) => {
    const name = names.get(reference.toLowerCase())
    return name === undefined ? all : start + name
  })
}

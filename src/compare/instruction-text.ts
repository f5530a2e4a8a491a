/** What is read from an instruction's text: whether two are the same or alike, and what it takes its input from. */
import { jsonWords, parseInstructions, type Instruction as Statement } from '../dockerfile/instructions.ts'
import { mountFields, referencesOf, type Reference } from '../dockerfile/takes.ts'

/** The same for two texts that differ in white space alone: enough to find a counterpart, not to call it unedited. */
export function normalised(text: string): string {
  return text.replace(/\\?\s*\n\s*|\s+/g, ' ').trim()
}

/** Settings that later steps of a stage see. */
export function isSetting(text: string): boolean {
  return /^\s*(?:ENV|ARG|WORKDIR|USER|SHELL)\b/i.test(text)
}

/** More words than this do not make two instructions more or less alike. */
const comparedWords = 256

export type Words = ReadonlyMap<string, number>

/** The words of an instruction, counted; null for one that is not known. */
export function wordsOf(text: string | null): Words | null {
  if (text === null) return null
  const [keyword = '', ...words] = normalised(text).split(' ', comparedWords)
  return countOf([keyword.toUpperCase(), ...words])
}

export function countOf(items: readonly string[]): Words {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

/** Sørensen and Dice: twice what they share in what both have, from 0 to 1. */
export function similarity(a: Words, b: Words): number {
  const size = (counts: Words): number => [...counts.values()].reduce((total, count) => total + count, 0)
  const all = size(a) + size(b)
  if (all === 0) return 1
  const [few, many] = a.size <= b.size ? [a, b] : [b, a]
  let shared = 0
  for (const [item, count] of few) shared += Math.min(count, many.get(item) ?? 0)
  return (2 * shared) / all
}

export function keywordOf(text: string): string {
  return /^\s*(\w*)/.exec(text)?.[1]?.toUpperCase() ?? ''
}

export interface StepInputs {
  readonly references: readonly Reference[]
  /** `content`: what it copies is in the build context; `mount`: a RUN that the context is mounted into. */
  readonly context: 'content' | 'mount' | null
  /** Whether its layer's bytes are made by running something, in the file system below it. */
  readonly runs: boolean
}

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

/** A bind mount, which is the type of one that names none, from the context. */
function mountsContext({ name, value }: Statement['flags'][number]): boolean {
  if (name !== 'mount') return false
  const fields = mountFields(value ?? '')
  return (fields.get('type') ?? 'bind').toLowerCase() === 'bind' && !fields.get('from')
}

/** All words but the last, which is where they go. */
function sourcesOf(rest: string): readonly string[] {
  return (jsonWords(rest) ?? rest.split(/\s+/)).slice(0, -1)
}

/**
 * The text with other names in place of references, wherever `from=` names them.
 *
 * @param names by reference, in lower case
 */
export function withReferences(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/(from=["']?)([^\s,"']+)/gi, (all, start: string, reference: string) => {
    const name = names.get(reference.toLowerCase())
    return name === undefined ? all : start + name
  })
}

/**
 * The hidden first line of a comment, by which a later run knows it: whose comment it is, and what it shows.
 *
 *     <!-- stage-footprint:NAME head=SHA run=ID.ATTEMPT [override=LABEL,BY,SHA] -->
 *
 * It counts at the very start of a comment only, where nothing of the repository under test ever stands.
 */
import type { Override } from '../budget/verdict.ts'

/** A run of a workflow; of two, the one with the higher id, then the higher attempt, is the later. */
export interface Run {
  readonly id: number
  readonly attempt: number
}

export interface Marker {
  /** Whose comment this is, as in the input `name`. */
  readonly name: string
  readonly headSha: string
  readonly run: Run
  /** Accepted for the commit that it names, so that a later run of that commit need not ask again. */
  readonly override: Override | null
}

const shape = /^<!-- stage-footprint:([^\s>]*) ([^>\n]*) -->(?:\r?\n|$)/
const commit = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const digits = /^(0|[1-9]\d{0,15})\.([1-9]\d{0,5})$/

export function formatMarker({ name, headSha, run, override }: Marker): string {
  const fields = [`head=${headSha}`, `run=${run.id}.${run.attempt}`]
  if (override !== null)
    fields.push(`override=${[override.label, override.by, override.headSha].map(escapeWord).join(',')}`)
  return `<!-- stage-footprint:${escapeWord(name)} ${fields.join(' ')} -->`
}

/** Null where the text does not begin with a marker. Fields of a later version are passed over. */
export function parseMarker(body: string): Marker | null {
  const [, word, rest] = shape.exec(body) ?? []
  const name = word === undefined ? null : unescapeWord(word)
  if (name === null || rest === undefined) return null
  const fields = new Map(
    rest.split(' ').map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
  )
  const headSha = fields.get('head') ?? ''
  const [, id, attempt] = digits.exec(fields.get('run') ?? '') ?? []
  if (!commit.test(headSha) || id === undefined || attempt === undefined) return null
  return {
    name,
    headSha,
    run: { id: Number(id), attempt: Number(attempt) },
    override: parseOverride(fields.get('override')),
  }
}

function parseOverride(field: string | undefined): Override | null {
  const [label, by, headSha, ...more] = field?.split(',').map(unescapeWord) ?? []
  if (label === undefined || label === null || !by || !headSha || !commit.test(headSha) || more.length > 0) return null
  return { label, by, headSha }
}

export function isLater(one: Run, other: Run): boolean {
  return one.id === other.id ? one.attempt > other.attempt : one.id > other.id
}

/**
 * One word of ASCII for each text, and another for each other text: what could end the word, the field or the HTML
 * comment (`--` among it) is written as its code point.
 */
function escapeWord(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]|(?<=-)-/gu, (character) => `%${(character.codePointAt(0) ?? 0).toString(16)};`)
}

/** Null where no text is written so. */
function unescapeWord(word: string): string | null {
  const text = word.replace(/%([0-9a-f]{1,6});/g, (found, code: string) =>
    Number.parseInt(code, 16) <= 0x10ffff ? String.fromCodePoint(Number.parseInt(code, 16)) : found,
  )
  return escapeWord(text) === word ? text : null
}

/**
 * The hidden first line of a comment. A later run uses it to recognise the comment and to know what it shows.
 *
 *     <!-- stage-footprint:NAME head=SHA run=ID.ATTEMPT [override=LABEL,BY,SHA] -->
 *
 * It is only recognised at the very start of a comment, where text from the repository under test never appears.
 */
import type { Override } from '../budget/verdict.ts'

/** A run of a workflow. Of two runs, the later one has the higher id, or with the same id the higher attempt. */
export interface Run {
  readonly id: number
  readonly attempt: number
}

/** The contents of the hidden line. */
export interface Marker {
  /** The name that identifies the comment, as in the input `name`. */
  readonly name: string
  readonly headSha: string
  readonly run: Run
  /** An override that was accepted for the commit that it names. A later run of that commit need not check it again. */
  readonly override: Override | null
}

const shape = /^<!-- stage-footprint:([^\s>]*) ([^>\n]*) -->(?:\r?\n|$)/
const commit = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const digits = /^(0|[1-9]\d{0,15})\.([1-9]\d{0,5})$/

/** Formats a marker as a line without its line break. */
export function formatMarker({ name, headSha, run, override }: Marker): string {
  const fields = [`head=${headSha}`, `run=${run.id}.${run.attempt}`]
  if (override !== null)
    fields.push(`override=${[override.label, override.by, override.headSha].map(escapeWord).join(',')}`)
  return `<!-- stage-footprint:${escapeWord(name)} ${fields.join(' ')} -->`
}

/**
 * Parses the marker at the start of a comment. Returns null if there is none. Fields of a later version are ignored.
 */
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

/** Returns whether the first run is later than the other. */
export function isLater(one: Run, other: Run): boolean {
  return one.id === other.id ? one.attempt > other.attempt : one.id > other.id
}

/**
 * Encodes a text as one ASCII word, uniquely. Characters that could end the word, the field or the HTML comment
 * (including the second hyphen of `--`) are written as code points.
 */
function escapeWord(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]|(?<=-)-/gu, (character) => `%${(character.codePointAt(0) ?? 0).toString(16)};`)
}

/** Decodes a word of `escapeWord`. Returns null if no text is encoded like this. */
function unescapeWord(word: string): string | null {
  const text = word.replace(/%([0-9a-f]{1,6});/g, (found, code: string) =>
    Number.parseInt(code, 16) <= 0x10ffff ? String.fromCodePoint(Number.parseInt(code, 16)) : found,
  )
  return escapeWord(text) === word ? text : null
}

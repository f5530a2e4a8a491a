/** Reads the instructions that later steps run under: ENV, ARG, WORKDIR, USER and SHELL. Pure. */
import { variableWords } from './arguments.ts'

/** The keywords of settings. */
export const settingKeywords: ReadonlySet<string> = new Set(['ENV', 'ARG', 'WORKDIR', 'USER', 'SHELL'])

/** Returns whether an instruction is a setting that later steps of a stage see, or those of stages that are FROM it. */
export function isSetting(text: string): boolean {
  const [, keyword = ''] = /^\s*(?:ONBUILD\s+)?(\w+)/i.exec(text) ?? []
  return settingKeywords.has(keyword.toUpperCase())
}

/** One thing that a setting sets. */
export interface Setting {
  /** Such as `ENV PATH` or `USER`. */
  readonly name: string
  /** In one form, so that two settings with the same value do the same. Null for an ARG without a default value. */
  readonly value: string | null
}

/**
 * Returns what a setting sets, with one form for all that do the same: `ENV A 1` and `ENV A="1"` are other forms of
 * `ENV A=1`, `ENV A=1 B=2` is one of two instructions, and `WORKDIR /a/` one of `WORKDIR /a`.
 *
 * @param text the instruction in one line, with its keyword in upper case
 */
export function settingsIn(text: string): readonly Setting[] {
  const [keyword = ''] = text.split(' ', 1)
  const rest = text.slice(keyword.length).trim()
  if (keyword === 'ENV' || keyword === 'ARG') return variables(keyword, rest)
  // An ONBUILD does nothing in its own stage.
  if (keyword === 'ONBUILD') return [{ name: text, value: rest }]
  return [{ name: keyword, value: keyword === 'WORKDIR' ? withoutEnd(rest) : rest }]
}

/** Returns a path without slashes at its end. */
function withoutEnd(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end -= 1
  return path.slice(0, end)
}

/** Returns the variables of `A=1 B="2 3"`, of `A` and of the old form `A 1 2`, which only ENV has. */
function variables(keyword: 'ENV' | 'ARG', rest: string): readonly Setting[] {
  const words = variableWords(rest, '\\')
  const [first = ''] = words
  if (keyword === 'ENV' && !first.includes('=')) {
    return [{ name: `ENV ${first}`, value: unquoted(rest.slice(first.length).trim()) }]
  }
  return words.map((word) => {
    const at = word.indexOf('=')
    const [name, value] = at === -1 ? [word, null] : [word.slice(0, at), unquoted(word.slice(at + 1))]
    return { name: `${keyword} ${name}`, value }
  })
}

/** Returns a value without the quotes around it and the braces of its variables, if these make no difference. */
function unquoted(value: string): string {
  const [first = ''] = value
  const inner = value.slice(1, -1)
  const isQuoted = value.length > 1 && (first === '"' || first === "'") && value.endsWith(first)
  const plain = isQuoted && !/["'\\]/.test(inner) && !(first === "'" && inner.includes('$')) ? inner : value
  return /["'\\]/.test(plain) ? plain : plain.replace(/\$\{(\w+)\}(?!\w)/g, '$$$1')
}

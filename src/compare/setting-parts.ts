/** Reads what the settings of a stage set: variables, build arguments, folders, users and shells. Pure. */
import type { Instruction, Stage } from '../record/footprint.ts'
import { argumentNames, asParsed, isSetting, keywordOf } from './instruction-text.ts'
import { globalsBehind } from './lineage.ts'

/** One thing that a setting sets. */
export interface SettingPart {
  /** Such as `ENV PATH` or `USER`. */
  readonly name: string
  /** In one form, so that two parts with the same value do the same. */
  readonly value: string
  /** Name of its stage. Null for an ARG before the first FROM. */
  readonly stage: string | null
  /** The line of its instruction. That of an ARG before the first FROM is above the stage. */
  readonly line: number
  /** The line of the stage from which it holds: of an ARG before the first FROM, that of its declaration there. */
  readonly from: number
  /** Of an ARG before the first FROM: the name of the part that declares it. */
  readonly declaredBy: string | null
}

/**
 * Returns what the settings of a stage set, in their order. Null if its instructions are not known.
 *
 * @param stage how the stage is called, also if it had another name
 */
export function settingParts(
  { instructions, globalArguments = [] }: Stage,
  stage: string,
): readonly SettingPart[] | null {
  if (!instructions) return null
  return instructions.flatMap(({ text, line }): readonly SettingPart[] => {
    if (line === null || !isSetting(text)) return []
    return [
      ...partsOf(text).map((part) => ({ ...part, stage, line, from: line, declaredBy: null })),
      ...argumentNames(text).flatMap((declared) => globalsOf(declared, line, globalArguments)),
    ]
  })
}

/** Returns those settings of a stage that a stage FROM it has, too. */
export const inherited = (parts: readonly SettingPart[]): readonly SettingPart[] =>
  parts.filter(({ name }) => carried.test(name)).map((part) => ({ ...part, from: 0 }))

const carried = /^(?:ENV |WORKDIR$|USER$|SHELL$)/

/** Returns the ARGs before the first FROM that give a declared one its value. */
function globalsOf(declared: string, from: number, globals: readonly Instruction[]): readonly SettingPart[] {
  return globalsBehind([declared], globals).flatMap(({ text, line }): readonly SettingPart[] => {
    const name = `${declared} by ${argumentNames(text).join(' ')}`
    return line === null
      ? []
      : [{ name, value: asParsed(text), stage: null, line, from, declaredBy: `ARG ${declared}` }]
  })
}

/**
 * Returns the parts that hold after all of these: the last one of each name, and the earlier ones that this one continues,
 * as a relative folder or `$PATH` does.
 */
export function inEffect(parts: readonly SettingPart[]): ReadonlyMap<string, SettingPart> {
  const found = new Map<string, SettingPart>()
  const continued = new Map<string, number>()
  for (const part of parts) {
    const { name, value } = part
    const count = continued.get(name) ?? 0
    const continues = value.includes('$') || (name === 'WORKDIR' && !value.startsWith('/'))
    if (!continues) for (let at = 1; at <= count; at += 1) found.delete(`${name} (${at})`)
    continued.set(name, continues ? count + 1 : 0)
    found.set(continues ? `${name} (${count + 1})` : name, part)
  }
  return found
}

type Part = Pick<SettingPart, 'name' | 'value'>

function partsOf(text: string): readonly Part[] {
  const keyword = keywordOf(text)
  const rest = asParsed(text).slice(keyword.length).trim()
  if (keyword === 'ENV' || keyword === 'ARG') return variablesIn(rest).map(({ name, value }) => ({ name: `${keyword} ${name}`, value })) // prettier-ignore
  // An ONBUILD does nothing in its own stage.
  return [{ name: keyword === 'ONBUILD' ? `ONBUILD ${rest}` : keyword, value: keyword === 'WORKDIR' ? folder(rest) : rest }] // prettier-ignore
}

function folder(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end -= 1
  return path.slice(0, end)
}

/** Returns the variables of `A=1 B="2 3"`, of `A` and of the old form `A 1 2`. */
function variablesIn(rest: string): readonly Part[] {
  const words = wordsIn(rest)
  const [first = ''] = words
  if (words.length > 1 && !first.includes('=')) return [{ name: first, value: plain(rest.slice(first.length).trim()) }]
  return words.map((word) => {
    const at = word.indexOf('=')
    return at === -1 ? { name: word, value: '' } : { name: word.slice(0, at), value: plain(word.slice(at + 1)) }
  })
}

/** Splits at white space that is neither in quotes nor after a backslash. */
function wordsIn(text: string): readonly string[] {
  const words: string[] = []
  let [start, quote] = [0, '']
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at] ?? ' '
    if (char === '\\' && quote !== "'") at += 1
    else if (quote !== '') quote = char === quote && at < text.length ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (/\s/.test(char)) {
      if (at > start) words.push(text.slice(start, at))
      start = at + 1
    }
  }
  return start < text.length ? [...words, text.slice(start)] : words
}

/** Returns a value without quotes around it, if these make no difference. */
function plain(value: string): string {
  const inner = value.slice(1, -1)
  const isQuoted = value.length > 1 && value[0] === value.at(-1) && (value[0] === '"' || value[0] === "'")
  return isQuoted && !/["'\\$]/.test(inner) ? inner : value
}

/**
 * Texts on which a regular expression may take more than linear time: a text that leads to a loop, repeated, and a text
 * that makes it fail.
 */
import type { AST } from '@eslint-community/regexpp'
import { atomMatcher, parse, TooManySteps, workOf } from './regexp-steps.ts'

const pool = [
  ...Array.from({ length: 127 }, (_, code) => String.fromCharCode(code)),
  '\u00a0',
  '\u0301',
  '\u2028',
  'é',
  '→',
  '中',
  '\ud800',
]

export interface Attack {
  readonly before: string
  readonly pumped: string
  readonly after: string
}

const times = 60
/**
 * A step of a linear expression visits one position of the text at most this often. For other expressions the number
 * grows with the text.
 */
const maxVisits = 25

/** Returns the first text on which an expression is not linear, or null if none was found. */
export function superLinearAttack(expression: RegExp): Attack | null {
  const { letters, words, leads } = partsOf(expression)
  // Without a loop, an expression looks no further than its own length.
  if (leads.length === 0) return null
  const few = letters.slice(0, 6)
  const pairs = few.flatMap((one) => few.filter((other) => other !== one).map((other) => one + other))
  const pumps = [
    ...letters,
    ...words,
    ...leads.filter((lead) => lead.length > 1),
    ...pairs,
    ...words.flatMap((word) => few.map((letter) => word + letter)),
  ]
  for (const before of new Set(['', ...few.slice(0, 2), ...leads]))
    for (const pumped of pumps)
      for (const after of ['', ...letters]) {
        expression.lastIndex = 0
        if (isBusyWith(expression, before + pumped.repeat(times) + after)) return { before, pumped, after }
      }
  return null
}

function isBusyWith(expression: RegExp, text: string): boolean {
  try {
    return workOf(expression, text, { countVisits: true, maxSteps: 200_000 }).visits > maxVisits
  } catch (error) {
    if (error instanceof TooManySteps) return true
    throw error
  }
}

interface Parts {
  /** One character of each kind that no atom can distinguish. */
  readonly letters: readonly string[]
  /** Runs of characters as they are written. */
  readonly words: readonly string[]
  /** A text for each loop that leads to it. */
  readonly leads: readonly string[]
}

function partsOf(expression: RegExp): Parts {
  const pattern = parse(expression)
  const atoms = new Map<string, (character: string) => boolean>()
  const words = new Set<string>()
  const leads = new Set<string>()
  const matcher = (atom: { readonly raw: string }): ((character: string) => boolean) => {
    const made = atoms.get(atom.raw) ?? atomMatcher(atom, expression)
    atoms.set(atom.raw, made)
    return made
  }
  const isAtom = (node: AST.Element): node is AST.Character | AST.CharacterSet | AST.CharacterClass =>
    node.type === 'Character' || node.type === 'CharacterSet' || node.type === 'CharacterClass'
  // If there are several ways, the longest one, since the others lead nowhere new.
  const sample = (node: AST.Element): string => {
    if (isAtom(node))
      return node.type === 'Character' ? String.fromCodePoint(node.value) : (pool.find(matcher(node)) ?? '')
    if (node.type === 'Group' || node.type === 'CapturingGroup')
      return node.alternatives
        .map(({ elements }) => sequence(elements))
        .reduce((one, other) => (other.length > one.length ? other : one))
    return node.type === 'Quantifier' ? sample(node.element).repeat(node.min) : ''
  }
  const sequence = (elements: readonly AST.Element[]): string => elements.map(sample).join('')
  const walk = (alternatives: readonly AST.Alternative[], lead: string): void => {
    for (const { elements } of alternatives) {
      let run = ''
      let before = lead
      for (const element of elements) {
        if (element.type === 'Character') run += String.fromCodePoint(element.value)
        else run = ''
        if (run.length > 1) words.add(run)
        if (element.type === 'Quantifier' && element.max === Infinity) leads.add(before)
        const inner = element.type === 'Quantifier' ? element.element : element
        if (isAtom(inner)) matcher(inner)
        else if ('alternatives' in inner) walk(inner.alternatives, before)
        before += sample(element)
      }
    }
  }
  walk(pattern.alternatives, '')
  const kinds = new Map<string, string>()
  for (const character of pool) {
    const kind = [...atoms.values()].map((matches) => (matches(character) ? '1' : '0')).join('')
    if (!kinds.has(kind)) kinds.set(kind, character)
  }
  const longest = [...words].filter((word) => ![...words].some((other) => other !== word && other.startsWith(word)))
  return { letters: [...kinds.values()].slice(0, 9), words: longest.slice(0, 4), leads: [...leads].slice(0, 8) }
}

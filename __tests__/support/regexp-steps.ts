/**
 * Counts the work of a regular expression in steps that are the same on every machine. V8 has no such count, so the
 * expression runs here in a backtracking matcher like that of V8, which tries each position of the text and the first
 * choices first.
 */
import { RegExpParser, type AST } from '@eslint-community/regexpp'

type Step =
  | { readonly kind: 'character'; readonly matches: (character: string) => boolean; readonly back: boolean }
  /** Continues at the first of these, and at the second if the first fails. */
  | { kind: 'split'; first: number; second: number }
  | { kind: 'jump'; to: number }
  | { readonly kind: 'edge'; readonly holds: (text: readonly string[], at: number) => boolean }
  | { readonly kind: 'look'; readonly inner: Program; readonly negate: boolean }
  /** The start of a loop iteration, and its end, which fails if the iteration consumed no character. */
  | { readonly kind: 'turn'; readonly loop: number }
  | { readonly kind: 'turned'; readonly loop: number }

export type Program = readonly Step[]

export interface Work {
  readonly steps: number
  /**
   * How often the busiest pair of a step and a position of the text was visited. It is bounded if the work is linear.
   */
  readonly visits: number
}

export class TooManySteps extends Error {}

const programs = new Map<string, Program>()

let last = { text: '', byPoint: false, characters: [] as readonly string[] }

/** Runs one `exec`, from `lastIndex` if the flags say so. */
export function workOf(expression: RegExp, text: string, { countVisits = false, maxSteps = Infinity } = {}): Work {
  const key = expression.toString()
  const program = programs.get(key) ?? compile(expression)
  programs.set(key, program)
  const byPoint = expression.unicode || expression.unicodeSets
  // One text is processed by many calls.
  if (last.text !== text || last.byPoint !== byPoint)
    last = { text, byPoint, characters: byPoint ? Array.from(text) : text.split('') }
  const { characters } = last
  const run = new Run(characters, maxSteps, countVisits)
  const from = expression.global || expression.sticky ? expression.lastIndex : 0
  for (let start = from; start <= characters.length; start++) {
    if (run.matchesAt(program, start) || expression.sticky) break
  }
  return { steps: run.steps, visits: run.visits }
}

/**
 * One way through the expression that is still to be tried. It uses no global, since those of a test's realm are slow.
 */
interface Thread {
  readonly at: number
  readonly step: number
  readonly turns: Turn | null
}

/** The latest iteration of a loop, and those before it. */
interface Turn {
  readonly loop: number
  readonly at: number
  readonly outer: Turn | null
}

function beginOf(turns: Turn | null, loop: number): number {
  let turn = turns
  while (turn !== null && turn.loop !== loop) turn = turn.outer
  return turn?.at ?? -1
}

class Run {
  steps = 0
  visits = 0
  private readonly text: readonly string[]
  private readonly maxSteps: number
  private readonly counts: Map<Program, Uint32Array> | null

  constructor(text: readonly string[], maxSteps: number, countVisits: boolean) {
    this.text = text
    this.maxSteps = maxSteps
    this.counts = countVisits ? new Map() : null
  }

  matchesAt(program: Program, start: number): boolean {
    const width = this.text.length + 1
    const counts = this.counts === null ? null : (this.counts.get(program) ?? new Uint32Array(program.length * width))
    if (counts !== null) this.counts?.set(program, counts)
    const waiting: Thread[] = [{ at: start, step: 0, turns: null }]
    for (let thread = waiting.pop(); thread !== undefined; thread = waiting.pop()) {
      let { at, step, turns } = thread
      for (;;) {
        const now = program[step]
        if (now === undefined) return true
        if (++this.steps > this.maxSteps) throw new TooManySteps()
        if (counts !== null) {
          const visits = ++counts[step * width + at]!
          if (visits > this.visits) this.visits = visits
        }
        step++
        if (now.kind === 'character') {
          const place = now.back ? at - 1 : at
          const character = this.text[place]
          if (character === undefined || !now.matches(character)) break
          at = now.back ? place : at + 1
        } else if (now.kind === 'split') {
          waiting.push({ at, step: now.second, turns })
          step = now.first
        } else if (now.kind === 'jump') step = now.to
        else if (now.kind === 'turn') turns = { loop: now.loop, at, outer: turns }
        else if (now.kind === 'turned') {
          if (beginOf(turns, now.loop) === at) break
        } else if (now.kind === 'edge' ? !now.holds(this.text, at) : this.matchesAt(now.inner, at) === now.negate) break
      }
    }
    return false
  }
}

function compile(expression: RegExp): Program {
  return new Compiler(expression).program(parse(expression).alternatives, false)
}

export function parse({ source, unicode, unicodeSets }: RegExp): AST.Pattern {
  return new RegExpParser().parsePattern(source, 0, source.length, { unicode, unicodeSets })
}

/** Returns a test whether one character matches an atom of an expression, which asks the engine itself. */
export function atomMatcher({ raw }: { readonly raw: string }, expression: RegExp): (character: string) => boolean {
  const atom = new RegExp(`^(?:${raw})$`, expression.flags.replace(/[gym]/g, ''))
  const known = new Map<string, boolean>()
  return (character) => {
    let answer = known.get(character)
    if (answer === undefined) known.set(character, (answer = pristineExec.call(atom, character) !== null))
    return answer
  }
}

/** Tests replace it. It is called on an expression, never by itself. */
// eslint-disable-next-line @typescript-eslint/unbound-method
export const pristineExec = RegExp.prototype.exec

class Compiler {
  private readonly expression: RegExp
  private steps: Step[] = []
  private loops = 0

  constructor(expression: RegExp) {
    this.expression = expression
  }

  program(alternatives: readonly AST.Alternative[], back: boolean): Program {
    const outer = this.steps
    this.steps = []
    this.any(alternatives, back)
    const made = this.steps
    this.steps = outer
    return made
  }

  private any([first, ...others]: readonly AST.Alternative[], back: boolean): void {
    if (first === undefined) return
    if (others.length === 0) this.sequence(first, back)
    else
      this.either(
        () => this.sequence(first, back),
        () => this.any(others, back),
      )
  }

  private either(one: () => void, other: () => void): void {
    const split: Step = { kind: 'split', first: this.steps.length + 1, second: 0 }
    this.steps.push(split)
    one()
    const jump: Step = { kind: 'jump', to: 0 }
    this.steps.push(jump)
    split.second = this.steps.length
    other()
    jump.to = this.steps.length
  }

  private sequence({ elements }: AST.Alternative, back: boolean): void {
    for (const element of back ? elements.toReversed() : elements) this.element(element, back)
  }

  private element(element: AST.Element, back: boolean): void {
    if (element.type === 'Group' || element.type === 'CapturingGroup') this.any(element.alternatives, back)
    else if (element.type === 'Quantifier') this.quantified(element, back)
    else if (element.type === 'Assertion') this.assertion(element)
    else if (element.type === 'Backreference')
      throw new Error(`a backreference is not linear: ${this.expression.source}`)
    else this.steps.push({ kind: 'character', matches: atomMatcher(element, this.expression), back })
  }

  private quantified({ element, min, max, greedy }: AST.Quantifier, back: boolean): void {
    for (let nth = 0; nth < min; nth++) this.element(element, back)
    if (max === Infinity) {
      const loop = this.loops++
      const split: Step = { kind: 'split', first: 0, second: 0 }
      const begin = this.steps.push(split)
      this.steps.push({ kind: 'turn', loop })
      this.element(element, back)
      this.steps.push({ kind: 'turned', loop }, { kind: 'jump', to: begin - 1 })
      ;[split.first, split.second] = greedy ? [begin, this.steps.length] : [this.steps.length, begin]
    } else if (max > min) {
      const rest = { ...(element.parent as AST.Quantifier), min: 0, max: max - min - 1, element }
      const once = (): void => {
        this.element(element, back)
        if (rest.max > 0) this.quantified(rest, back)
      }
      if (greedy) this.either(once, () => {})
      else this.either(() => {}, once)
    }
  }

  private assertion(assertion: AST.Assertion): void {
    if (assertion.kind === 'lookahead' || assertion.kind === 'lookbehind') {
      const inner = this.program(assertion.alternatives, assertion.kind === 'lookbehind')
      this.steps.push({ kind: 'look', inner, negate: assertion.negate })
      return
    }
    const { multiline } = this.expression
    const isBreak = (character: string | undefined): boolean =>
      character !== undefined && '\n\r\u2028\u2029'.includes(character)
    const isWord = (character: string | undefined): boolean =>
      character !== undefined && '_0123456789abcdefghijklmnopqrstuvwxyz'.includes(character.toLowerCase())
    const holds = {
      start: (text: readonly string[], at: number) => at === 0 || (multiline && isBreak(text[at - 1])),
      end: (text: readonly string[], at: number) => at === text.length || (multiline && isBreak(text[at])),
      word: (text: readonly string[], at: number) =>
        (isWord(text[at - 1]) !== isWord(text[at])) !== (assertion.kind === 'word' && assertion.negate),
    }[assertion.kind]
    this.steps.push({ kind: 'edge', holds })
  }
}

/**
 * Reads shell words as BuildKit does: quotes, escapes, `$NAME` and `${NAME…}`. One reader is used both to expand the
 * word after FROM and to find heredocs in RUN, COPY and ADD.
 */
import { exactly, Glob, type CharacterTest, type GlobPart } from './glob.ts'

/** How words are read. The `raw…` options keep quotes and escapes in the result. */
export interface ShellWordsOptions {
  readonly escape: string
  /** Returns the value of a variable, or undefined if it is not set. */
  readonly lookUp: (name: string) => string | undefined
  readonly rawQuotes?: boolean
  readonly rawEscapes?: boolean
  /** Leaves unset variables as they are written, instead of replacing them with nothing. */
  readonly keepUnset?: boolean
  /** Length limit of the expanded text, in UTF-16 code units. A longer text counts as malformed. */
  readonly maxLength?: number
}

/** A text that was read into words. */
export interface ShellWords {
  /** The whole text, expanded. */
  readonly text: string
  /** The same text, split at spaces outside of quotes. */
  readonly words: readonly string[]
}

/** The text is malformed. Thrown and caught only in this file. */
class Malformed extends Error {}

/** Limit for the nesting of `${A:-${B:-…}}`. */
const maxDepth = 100

const isSpace = (char: string): boolean => /\s/u.test(char)

/**
 * Reads a text into words. Returns null where BuildKit would reject it, for example because of an unclosed quote or a
 * bad substitution.
 */
export function readShellWords(source: string, options: ShellWordsOptions): ShellWords | null {
  try {
    return new Reader(source, options).readUntil(null, options.rawEscapes ?? false)
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}

/** Collects words as BuildKit does: an empty quoted word is dropped. */
class Words {
  readonly done: string[] = []
  private current = ''
  private inWord = false

  add(text: string): void {
    for (const char of text) {
      if (!isSpace(char)) this.addRaw(char)
      else if (this.inWord) this.end()
    }
  }

  addRaw(text: string): void {
    this.current += text
    this.inWord = true
  }

  drop(): void {
    this.current = ''
  }

  end(): readonly string[] {
    if (this.current !== '') {
      this.done.push(this.current)
      this.current = ''
      this.inWord = false
    }
    return this.done
  }
}

class Reader {
  private readonly chars: readonly string[]
  private readonly options: ShellWordsOptions
  private position = 0
  private rawEscapes = false
  private words: Words | null = null
  private depth = 0

  constructor(source: string, options: ShellWordsOptions) {
    this.chars = Array.from(source)
    this.options = options
  }

  readUntil(stop: string | null, rawEscapes: boolean): ShellWords {
    if (++this.depth > maxDepth) throw new Malformed()
    const outer = { rawEscapes: this.rawEscapes, words: this.words, depth: this.depth - 1 }
    // BuildKit forgets the current word when it reads `${NAME…word}`. This affects what counts as a heredoc.
    outer.words?.drop()
    this.rawEscapes = rawEscapes
    const words = (this.words = new Words())
    let text = ''
    for (let char = this.peek(); char !== undefined; char = this.peek()) {
      if (text.length > (this.options.maxLength ?? Infinity)) throw new Malformed()
      if (char === stop) {
        this.position++
        Object.assign(this, outer)
        return { text, words: words.end() }
      }
      if (char === '$') {
        const value = this.readDollar()
        text += value
        words.add(value)
      } else if (char === "'" || char === '"' || char === '<') {
        const value = this.readSpecial(char)
        text += value
        words.addRaw(value)
      } else if (char === this.options.escape) {
        this.position++
        const escaped = (this.rawEscapes ? char : '') + (this.next() ?? '')
        text += escaped
        words.addRaw(escaped)
      } else {
        this.position++
        text += char
        words.add(char)
      }
    }
    if (stop !== null) throw new Malformed()
    Object.assign(this, outer)
    return { text, words: words.end() }
  }

  private peek(): string | undefined {
    return this.chars[this.position]
  }

  private next(): string | undefined {
    return this.chars[this.position++]
  }

  private readSpecial(char: "'" | '"' | '<'): string {
    if (char === "'") return this.readSingleQuoted()
    return char === '"' ? this.readDoubleQuoted() : this.readPossibleHeredoc()
  }

  private quote(char: string): string {
    return this.options.rawQuotes === true ? char : ''
  }

  private readSingleQuoted(): string {
    this.position++
    const end = this.chars.indexOf("'", this.position)
    if (end < 0) throw new Malformed()
    const text = this.chars.slice(this.position, end).join('')
    this.position = end + 1
    return this.quote("'") + text + this.quote("'")
  }

  private readDoubleQuoted(): string {
    this.position++
    let text = this.quote('"')
    for (;;) {
      const char = this.peek()
      if (char === undefined) throw new Malformed()
      if (char === '$') {
        text += this.readDollar()
        continue
      }
      this.position++
      if (char === '"') return text + this.quote('"')
      if (char !== this.options.escape) {
        text += char
        continue
      }
      if (this.rawEscapes) text += char
      const escaped = this.peek()
      if (escaped === undefined) continue
      const consumed = escaped === '"' || escaped === '$' || escaped === this.options.escape
      if (consumed) this.position++
      text += consumed ? escaped : char
    }
  }

  /** Keeps the spaces after `<<`, so that `<< EOF` is one word. */
  private readPossibleHeredoc(): string {
    this.position++
    if (this.peek() !== '<') return '<'
    this.position++
    let spaces = ''
    for (let char = this.peek(); char !== undefined && /[ \t\r\n]/.test(char); char = this.peek()) {
      spaces += char
      this.position++
    }
    return '<<' + spaces
  }

  private readName(): string {
    const rest = this.chars.slice(this.position, this.position + 256).join('')
    const name = /^(?:\p{Nd}+|[@*#?\-$!0]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(rest)?.[0] ?? ''
    this.position += Array.from(name).length
    return name
  }

  private readDollar(): string {
    this.position++
    if (this.peek() !== '{') {
      const name = this.readName()
      return name === '' ? '$' : this.valueOf(name, '$' + name)
    }
    this.position++
    if (/^[{}:]?$/.test(this.peek() ?? '')) throw new Malformed()
    const name = this.readName()
    const sign = this.next()
    if (sign === '}') return this.valueOf(name, '${' + name + '}')
    if (sign === '/') return this.readReplacement(name)
    return sign === ':' ? this.readModified(name, this.next(), true) : this.readModified(name, sign, false)
  }

  private valueOf(name: string, written: string): string {
    return this.options.lookUp(name) ?? (this.options.keepUnset === true ? written : '')
  }

  /** Reads the modifiers `-`, `+`, `?`, and `#` and `%`, which cut. A colon makes an empty value count as unset. */
  private readModified(name: string, modifier: string | undefined, colon: boolean): string {
    const cuts = modifier === '#' || modifier === '%'
    if (modifier === undefined || !'-+?#%'.includes(modifier) || (colon && cuts)) throw new Malformed()
    const word = this.readUntil('}', cuts).text
    const value = this.options.lookUp(name)
    if (value === undefined && this.options.keepUnset === true) {
      return '${' + name + (colon ? ':' : '') + modifier + word + '}'
    }
    const given = value !== undefined && !(colon && value === '')
    if (cuts) return cut(value ?? '', word, modifier)
    if (modifier === '+') return given ? word : ''
    if (given) return value
    if (modifier === '?') throw new Malformed()
    return word
  }

  private readReplacement(name: string): string {
    const all = this.peek() === '/'
    if (all) this.position++
    const pattern = this.readUntil('/', true).text
    const replacement = this.readUntil('}', true).text
    const value = this.options.lookUp(name)
    if (value === undefined && this.options.keepUnset === true) return '${' + `${name}/${pattern}/${replacement}}`
    return replaced(value ?? '', new Glob(partsOf(pattern)), replacement, all)
  }
}

/** Evaluates `${NAME#pattern}` and `${NAME%pattern}`. A doubled sign removes the longest match. */
function cut(value: string, word: string, side: '#' | '%'): string {
  const greedy = word.startsWith(side)
  const parts = partsOf(greedy ? word.slice(1) : word)
  const chars = Array.from(value)
  // A suffix is found as a prefix of the reversed text.
  const ends = side === '#' ? new Glob(parts).ends(chars, 0) : new Glob(parts.toReversed()).ends(chars.toReversed(), 0)
  const gone = greedy ? ends.at(-1) : ends[0]
  if (gone === undefined) return value
  return (side === '#' ? chars.slice(gone) : chars.slice(0, chars.length - gone)).join('')
}

/**
 * Evaluates `${NAME/pattern/text}`. It replaces the longest match at the first place where there is one, or at every
 * place if `all` is set.
 */
function replaced(value: string, pattern: Glob, replacement: string, all: boolean): string {
  const chars = Array.from(value)
  let result = ''
  for (let at = 0; at <= chars.length;) {
    const end = pattern.ends(chars, at).at(-1)
    if (end !== undefined) result += replacement
    if (end === undefined || end === at) result += chars[at] ?? ''
    at = end === undefined || end === at ? at + 1 : end
    if (end !== undefined && !all) return result + chars.slice(at).join('')
    // After a non-empty match at the end, there is no empty match.
    if (at === chars.length && end !== undefined) break
  }
  return result
}

/** Parses a shell pattern: `*`, `?`, and characters escaped with a backslash. */
function partsOf(pattern: string): readonly GlobPart[] {
  return Array.from(pattern.matchAll(/\\(.)|([\s\S])/gu), ([, escaped, plain]): GlobPart => {
    if (plain === '*') return { kind: 'many', matches: inLine }
    if (plain === '?') return { kind: 'one', matches: inLine }
    return { kind: 'one', matches: exactly(escaped ?? plain ?? '') }
  })
}

const inLine: CharacterTest = (character) => !'\n\r\u2028\u2029'.includes(character)

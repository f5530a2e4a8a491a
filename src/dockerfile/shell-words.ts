/**
 * Reads shell words as BuildKit does: quotes, escapes, `$NAME` and `${NAME…}`. One reader is used both to expand the
 * word after FROM and to find heredocs in RUN, COPY and ADD.
 */
import { cut, replaced } from './shell-pattern.ts'

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
      if (char === stop) {
        this.position++
        Object.assign(this, outer)
        return { text, words: words.end() }
      }
      if (char === '$') {
        const value = this.readDollar()
        text = this.joined(text, value)
        words.add(value)
      } else if (char === "'" || char === '"' || char === '<') {
        const value = this.readSpecial(char)
        text = this.joined(text, value)
        words.addRaw(value)
      } else if (char === this.options.escape) {
        this.position++
        const escaped = (this.rawEscapes ? char : '') + (this.next() ?? '')
        text = this.joined(text, escaped)
        words.addRaw(escaped)
      } else {
        this.position++
        text = this.joined(text, char)
        words.add(char)
      }
    }
    if (stop !== null) throw new Malformed()
    Object.assign(this, outer)
    return { text, words: words.end() }
  }

  /** Joins two parts of a text. Expanded variables can double it with each line, so it must not exceed the limit. */
  private joined(text: string, more: string): string {
    if (text.length + more.length > (this.options.maxLength ?? Infinity)) throw new Malformed()
    return text + more
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
        text = this.joined(text, this.readDollar())
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
    if (cuts) return cut(value ?? '', requireShort(word), modifier)
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
    return replaced(value ?? '', requireShort(pattern), replacement, { all })
  }
}

/**
 * Length limit for a pattern, in UTF-16 code units. The name of an image has 255 at most, and matching takes time in
 * proportion to both.
 */
const maxPatternLength = 256

function requireShort(pattern: string): string {
  if (pattern.length > maxPatternLength) throw new Malformed()
  return pattern
}

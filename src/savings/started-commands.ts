/** Finds the commands that a RUN starts, as words. Pure. */
import { jsonWords, maxJoinedLength } from '../dockerfile/instructions.ts'
import { isRun } from './rule.ts'
import { readRun } from './run-script.ts'

/** Limit for commands in commands, such as `$(a $(b))`. */
const maxDepth = 20

/** What stands for the output of a command, for the value of a variable, and for what means something to the shell. */
export const unknownWord = '_'

/** A command as words, with the program first. */
export type Started = readonly string[]

/**
 * Returns the commands that a RUN starts, also those whose output is a part of another one. What is in quotes is one word.
 * Empty for other instructions. Null for a script in another language than that of the shell, for a long text, and for
 * one that cannot be read.
 */
export function startedBy(text: string): readonly Started[] | null {
  if (!isRun(text)) return []
  if (text.length > maxJoinedLength) return null
  const { form, commands } = readRun(text)
  if (form === 'foreign') return null
  const all = form === 'exec' ? [jsonWords(commands) ?? []] : new ShellReader(commands).read()
  return all && all.flatMap(withoutBeginning)
}

/** Reads a script of a shell. */
class ShellReader {
  readonly #text: string
  readonly #commands: string[][] = []
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Returns all commands, or null if quotes or brackets are not closed. */
  read(): readonly Started[] | null {
    return this.#until('', 0) ? this.#commands : null
  }

  /** Reads commands up to a character. Returns whether it is there. */
  #until(end: string, depth: number): boolean {
    if (depth > maxDepth) return false
    let words: string[] = []
    // Not narrowed to null, since the functions below set it.
    let word = null as string | null
    let isTarget = false
    let hasCase = false
    const endWord = (): void => {
      // The target of a redirection is no word of the command.
      if (word !== null && !isTarget) words.push(word)
      // The bracket of a pattern looks like the end.
      if (depth > 0 && words[0] === 'case') hasCase = true
      if (word !== null) isTarget = false
      word = null
    }
    const endCommand = (): void => {
      endWord()
      isTarget = false
      if (words.length > 0) this.#commands.push(words)
      words = []
    }
    const add = (part: string): void => void (word = (word ?? '') + part)
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? ''
      const next = this.#text[this.#at + 1] ?? ''
      this.#at += 1
      if (char === end) {
        endCommand()
        return !hasCase
      }
      if (char === '\\') {
        this.#at += 1
        if (next === '\r') this.#at += 1
        else if (next !== '\n') add(unknownWord)
      } else if (char === "'") {
        const close = this.#text.indexOf("'", this.#at)
        if (close === -1) return false
        add(plain(this.#text.slice(this.#at, close)))
        this.#at = close + 1
      } else if (char === '"') {
        const quoted = this.#quoted(depth)
        if (quoted === null) return false
        add(quoted)
      } else if (char === '$' && (next === "'" || next === '"')) {
        return false
      } else if (char === '`' || (/[$<>]/.test(char) && next === '(') || (char === '$' && next === '{')) {
        this.#at -= 1
        if (!this.#expansion(depth)) return false
        add(unknownWord)
      } else if (char === '#' && word === null) {
        this.#at = this.#endOf('\n')
      } else if (char === '>' || char === '<' || (char === '&' && next === '>')) {
        // The number of what is redirected.
        if (word !== null && /^\d+$/.test(word)) word = null
        endWord()
        while (/[<>]/.test(this.#text[this.#at] ?? '')) this.#at += 1
        const isOther = /[&|]/.test(this.#text[this.#at] ?? '')
        if (isOther) this.#at += 1
        // `>&-` closes.
        const closes = isOther && this.#text[this.#at] === '-'
        if (closes) this.#at += 1
        isTarget = !closes
      } else if (/[;&|()\n]/.test(char)) {
        endCommand()
        if (char === ';' && next === ';') this.#skipPattern()
      } else if (/\s/.test(char)) endWord()
      else add(char)
    }
    endCommand()
    return end === ''
  }

  /** Reads what is in double quotes. Null if they are not closed. */
  #quoted(depth: number): string | null {
    let word = ''
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? ''
      const next = this.#text[this.#at + 1] ?? ''
      if (char === '"') {
        this.#at += 1
        return word
      }
      if (char === '`' || (char === '$' && /[({]/.test(next))) {
        if (!this.#expansion(depth)) return null
        word += unknownWord
      } else {
        this.#at += char === '\\' ? 2 : 1
        word += char === '\\' ? unknownWord : plain(char)
      }
    }
    return null
  }

  /** Reads `$(…)`, `<(…)`, `$((…))`, `${…}` or a command in backticks. Returns whether it ends. */
  #expansion(depth: number): boolean {
    const start = this.#text.slice(this.#at, this.#at + 3)
    if (start.startsWith('`')) {
      this.#at += 1
      return this.#until('`', depth + 1)
    }
    if (start === '$((' || start.startsWith('${')) {
      const from = this.#at
      // Commands in these are not read.
      return this.#skip(start === '$((' ? '()' : '{}') && !/[`;]|\$\(/.test(this.#text.slice(from + 1, this.#at))
    }
    this.#at += 2
    return this.#until(')', depth + 1)
  }

  /** Skips what is in brackets, which may have others in them. Returns whether they are closed. */
  #skip([open, close]: string): boolean {
    let count = 0
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]
      this.#at += 1
      if (char === open) count += 1
      if (char === close) count -= 1
      if (char === close && count === 0) return true
    }
    return false
  }

  /** Skips the pattern after `;;` in a `case`. */
  #skipPattern(): void {
    const rest = /^;\s*/.exec(this.#text.slice(this.#at, this.#at + 200))?.[0] ?? ''
    this.#at += rest.length
    const end = this.#text.indexOf(')', this.#at)
    if (end !== -1 && !this.#text.startsWith('esac', this.#at)) this.#at = end + 1
  }

  #endOf(char: string): number {
    const end = this.#text.indexOf(char, this.#at)
    return end === -1 ? this.#text.length : end
  }
}

/** Returns quoted text as a part of one word. */
const plain = (text: string): string => text.replace(/[\s;&|()<>`$"'#]/g, unknownWord)

/** What may come before a program. */
const before: ReadonlySet<string> = new Set('! { do elif else env exec if nice sudo then time until while'.split(' '))
/** Options of sudo that take no word. */
const ofSudo: ReadonlySet<string> = new Set(['-E', '-H', '-n', '--preserve-env'])

/** Returns a command with its program first. Empty if it starts none. An option that is not known stands for one. */
function withoutBeginning(words: Started): readonly Started[] {
  const start = words.findIndex(
    (word, at) =>
      !before.has(word) && !/^[A-Za-z_]\w*=/.test(word) && !(ofSudo.has(word) && words.includes('sudo') && at > 0),
  )
  if (start === -1) return []
  const command = behindCorepack([nameOf(words[start] ?? ''), ...words.slice(start + 1)])
  return onlyAsks(command) ? [] : [command]
}

/** Returns the command of a package manager that Corepack starts. */
function behindCorepack(words: Started): Started {
  const [, manager] = words[0] === 'corepack' ? (/^(npm|pnpm|yarn)(?:@|$)/.exec(words[1] ?? '') ?? []) : []
  return manager === undefined ? words : [manager, ...words.slice(2)]
}

/** Returns whether a command only asks a program of the system for its version. */
const onlyAsks = ([name = '', ...rest]: Started): boolean =>
  rest.length === 1 &&
  (/^(?:-?-version|--help)$/.test(rest[0] ?? '') || (shortAsked.has(name) && /^-[vV]$/.test(rest[0] ?? ''))) &&
  /^[\w-]+$/.test(name)
/** Programs of which `-v` or `-V` asks for the version. */
const shortAsked: ReadonlySet<string> = new Set(
  'gem java nginx node npm perl php pip python python3 ruby yarn'.split(' '),
)

/** Returns a program of a system, or of an environment of Python, without its folder. */
const nameOf = (program: string): string =>
  program.replace(/^(?:\/(?:usr\/(?:local\/)?|opt\/\w*(?:conda|forge)\d*\/)?|\/?(?:[\w.-]+\/)*\.?venv\/)s?bin\//, '')

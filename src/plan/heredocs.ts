import { readShellWords } from './shell-words.ts'

export interface Heredoc {
  /** The line that ends it. */
  readonly terminator: string
  /** `<<-`: tabs before the terminator are allowed. */
  readonly stripsTabs: boolean
}

const unset = (): undefined => undefined

/** The heredocs that the logical line of a RUN, COPY or ADD opens, in order. */
export function heredocsOf(line: string): readonly Heredoc[] {
  if (!line.includes('<<')) return []
  // BuildKit takes the backslash here whatever the escape directive says.
  const options = { escape: '\\', lookUp: unset, rawQuotes: true, rawEscapes: true, keepUnset: true }
  const words = readShellWords(line, options)?.words ?? []
  return words.map(heredocOfWord).filter((heredoc) => heredoc !== null)
}

function heredocOfWord(word: string): Heredoc | null {
  const [, dash, name] = /^\d*<<(-?)\s*([^<]*)$/.exec(word) ?? []
  if (name === undefined || name === '') return null
  const names = readShellWords(name, { escape: '\\', lookUp: unset, keepUnset: true })?.words
  const terminator = names?.[0]
  return names?.length === 1 && terminator !== undefined ? { terminator, stripsTabs: dash === '-' } : null
}

/** Whether a line, without its line break, ends the heredoc. */
export function endsHeredoc(heredoc: Heredoc, line: string): boolean {
  return (heredoc.stripsTabs ? line.replace(/^\t+/, '') : line) === heredoc.terminator
}

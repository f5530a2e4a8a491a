/** Reads the commands of a line of shell, with its quotes. Pure. */

/** A word of a command. */
export interface ShellWord {
  /** Without quotes. */
  readonly text: string
  /** The part of the text before the first variable or pattern, which the shell replaces. Null if there is none. */
  readonly literal: string | null
}

/** Parts of shell words: quoted text, an escaped character, what ends a command, blanks, a redirection, and plain text. */
const tokens =
  /'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\.)*)"|\\(?<escaped>.)|(?<end>[;&|\n()`]|\$\()|(?<blank>[^\S\n]+|[<>])|(?<plain>[^\s;&|()`'"\\<>$]+|.)/gsu

/** What the shell replaces in plain text. Braces and `~` are too rare to be told apart. */
const special = /[$*?[{~]/

/**
 * Returns the words of each command, also of those in subshells. A file that a redirection names is a word, too.
 *
 * @param script without the flags of RUN
 */
export function shellCommands(script: string): readonly (readonly ShellWord[])[] {
  const commands: ShellWord[][] = [[]]
  let word: { text: string; literal: string | null } | null = null
  const endWord = (): void => {
    if (word !== null) commands.at(-1)?.push(word)
    word = null
  }
  for (const { groups = {} } of script.replace(/\\\r?\n/g, ' ').matchAll(tokens)) {
    const { single, double, escaped, end, blank, plain } = groups
    if (end !== undefined || blank !== undefined) {
      endWord()
      if (end !== undefined) commands.push([])
      continue
    }
    const part = single ?? double ?? escaped ?? plain ?? ''
    const at = double !== undefined ? part.search(/[$`]/) : plain !== undefined ? part.search(special) : -1
    word ??= { text: '', literal: null }
    if (at !== -1) word.literal ??= word.text + part.slice(0, at)
    word.text += part
  }
  endWord()
  return commands.filter((words) => words.length > 0)
}

/** Returns a word that is not in quotes. */
export function shellWordOf(text: string): ShellWord {
  const at = text.search(special)
  return { text, literal: at === -1 ? null : text.slice(0, at) }
}

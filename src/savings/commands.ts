/** Finds commands in an instruction, to repeat them in an edit. Pure. */
/** One command of a shell line. All texts are as written, and are untrusted. */
export interface Command {
  readonly name: string
  readonly options: readonly string[]
  /** The words after the options. */
  readonly words: readonly string[]
  /** The whole command, with single spaces. */
  readonly text: string
}

/** Returns the commands of an instruction as they are written, split where the shell begins another one. */
export const commandsIn = (instruction: string): readonly string[] =>
  instruction.replace(/\\\r?\n/g, ' ').split(/[;&|\n]/)

/** An option of the commands that are looked for. A mode may begin with a hyphen too, such as `-x`. */
const option = /^(-[A-Zcdfivr]+|--[a-z].*)$/

/**
 * Returns the commands with these names in the order of the instruction. A command may be missing if its words
 * are quoted or its end is not clear.
 */
export function commandsOf(instruction: string, ...names: readonly string[]): readonly Command[] {
  return instruction
    .replaceAll('\\\n', ' ')
    .split(/[;&|\n(){}`]/)
    .flatMap((part) => {
      const words = part.split(/\s/).filter((word) => word !== '')
      const at = words.findIndex((word) => names.includes(word))
      if (at === -1) return []
      const [name = '', ...rest] = words.slice(at)
      const end = rest.findIndex((word) => !option.test(word))
      const count = end === -1 ? rest.length : end
      const text = [name, ...rest].join(' ')
      return [{ name, options: rest.slice(0, count), words: rest.slice(count), text }]
    })
}

/**
 * Returns the last command that names this path, a directory above it, or something below it.
 *
 * @param path with a slash at its start
 */
export function commandFor(commands: readonly Command[], path: string): Command | null {
  const isFor = (word: string): boolean => {
    const named = word.replace(/\/\*?$/, '')
    return named.startsWith('/') && (`${path}/`.startsWith(`${named}/`) || named.startsWith(`${path}/`))
  }
  return commands.findLast(({ words }) => words.some(isFor)) ?? null
}

/** Returns the directories that `find` searches. They come before its conditions. */
export function pathsOfFind(words: readonly string[]): readonly string[] {
  const end = words.findIndex((word) => /^(?:[-!(]|\\[!(])/.test(word))
  return end === -1 ? words : words.slice(0, end)
}

/** Commands that change the owner or the mode of files. */
export const attributeCommands: readonly string[] = ['chown', 'chgrp', 'chmod']
/** Commands that delete files. */
export const deletingCommands: readonly string[] = ['rm', 'rmdir', 'find']

/** Returns whether an instruction runs only commands with these names, as far as it can be read. */
export function runsOnly(instruction: string, ...names: readonly string[]): boolean {
  return commandsIn(instruction)
    .flatMap((part) => nameIn(part) ?? [])
    .every((name) => names.includes(name))
}

/** Returns the first word of a command. Undefined if there is none. */
export const nameIn = (command: string): string | undefined =>
  command.split(/\s/).find((word) => !notCommands.has(word) && !word.startsWith('--'))

/**
 * Returns the commands of an instruction that runs nothing else, joined by `&&`, if they do the same in any directory and
 * with any settings. Otherwise returns null.
 */
export function repeatable(instruction: string, ...names: readonly string[]): string | null {
  if (!runsOnly(instruction, ...names) || /[$`"'<>#|(){}]|\s--(?:mount|network|security)\b/.test(instruction))
    return null
  const commands = commandsOf(instruction, ...names)
  const areClear = commands.every(({ name, words }) => {
    // Owners and modes come before paths, and the conditions of `find` after them.
    const paths = attributeCommands.includes(name) ? words.slice(1) : name === 'find' ? pathsOfFind(words) : words
    // In another folder, the shell may expand a pattern among the conditions.
    if (name === 'find' && words.slice(paths.length).some((word) => /[*?[]/.test(word))) return false
    return paths.length > 0 && paths.every((path) => path.startsWith('/'))
  })
  return commands.length > 0 && areClear ? commands.map(({ text }) => text).join(' && ') : null
}

const notCommands: ReadonlySet<string> = new Set(['', 'RUN'])

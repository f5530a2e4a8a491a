/** Reads how a RUN gives its commands, and which of them root runs. Pure. */
import { joinLines, jsonWords, parseInstructions } from '../dockerfile/instructions.ts'
import { commandsIn, nameIn } from './commands.ts'

/** A RUN, by the way in which it gives its commands. */
export interface RunScript {
  /**
   * `line` for a line of shell, `exec` for a list without a shell, `script` for a here-document with commands of the
   * shell, `foreign` for one in another language, and `fed` for a line of which a command reads a here-document.
   */
  readonly form: 'line' | 'exec' | 'script' | 'foreign' | 'fed'
  /** The line of shell or the script, both without comments. Of the exec form, the list. */
  readonly commands: string
  /** Whether a comment ends the line of shell. */
  readonly hasComment: boolean
  /** Whether the whole script is run by a program such as sudo. */
  readonly isRaised: boolean
}

const shells: readonly string[] = ['sh', 'ash', 'bash', 'dash', 'ksh', 'zsh']

/** Returns the parts of a RUN as it is written. */
export function readRun(text: string): RunScript {
  const joined = joinLines(text)
  const rest = parseInstructions(joined).instructions[0]?.rest ?? ''
  const [, ...document] = joined.split('\n')
  const plain = { hasComment: false, isRaised: false }
  if (jsonWords(rest) !== null) return { form: 'exec', commands: rest, ...plain }
  if (document.length === 0) {
    const commands = withoutComment(rest)
    return { form: 'line', commands, ...plain, hasComment: commands !== rest }
  }
  const [command = '', end = ''] = rest.split(/<<-?\s*[^\s<]+/)
  // The program may also stand behind the here-document.
  const [program, ...options] = `${command} ${end}`.split(/\s+/).filter((word) => word !== '' && !isRaiser(word))
  const isOnlyScript = options.every((option, at) => option.startsWith('-') || /^-\w*o$/.test(options[at - 1] ?? ''))
  const body = scriptOf(document.slice(0, -1))
  if (isOnlyScript && (program === undefined || shells.includes(baseOf(program))))
    return {
      form: program !== undefined || isOfShell(document[0] ?? '') ? 'script' : 'foreign',
      ...{ commands: body, hasComment: false, isRaised: command.split(/\s+/).some(isRaiser) },
    }
  return { form: 'fed', commands: rest, ...plain }
}

/** Returns whether a script is one of a shell by its first line. */
const isOfShell = (line: string): boolean =>
  !line.startsWith('#!') || line.split(/\s+/).some((word) => shells.includes(baseOf(word.replace('#!', ''))))

/** Returns the commands of a script: without comments, and without the text of here-documents in it. */
function scriptOf(lines: readonly string[]): string {
  let end = null as string | null
  const own = lines.filter((line) => {
    if (end === null) {
      end = /(?:^|[^<])<<-?\s*["']?([A-Za-z_]\w*)/.exec(line)?.[1] ?? null
      return !/^\s*#/.test(line)
    }
    if (line.trim() === end) end = null
    return false
  })
  // What looked like one was none, such as a shift in `$((1<<N))`.
  if (end !== null)
    return lines
      .filter((line) => !/^\s*#/.test(line))
      .map(withoutComment)
      .join('\n')
  return own.map(withoutComment).join('\n')
}

/** Returns a line of a shell without a comment at its end. One that is nothing else is left, such as `#!/bin/sh`. */
function withoutComment(line: string): string {
  let quote: string | null = null
  let isInWord = true
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? ''
    if (character === '\\' && quote !== "'") {
      at += 1
      isInWord = true
    } else if (quote !== null) quote = character === quote ? null : quote
    else if (character === '#' && !isInWord) return line.slice(0, at)
    else {
      if (character === "'" || character === '"') quote = character
      isInWord = !/[\s;&|()]/.test(character)
    }
  }
  return line
}

/** Returns commands in which all strings are empty, so that no word in one looks like a command. */
export const withoutStrings = (commands: string): string =>
  commands.replace(/\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*"/g, (part) =>
    part.startsWith('\\') ? (/\s/.test(part) ? part : '_') : '""',
  )

/**
 * Returns the command as root's if the RUN of another user gets the rights of root for its own commands, such as `sudo rm
 * x`. It does so in the same way.
 */
export function withRights(text: string, command: string): string {
  const run = readRun(text)
  if (run.isRaised || removesRaiser(run.commands)) return command
  const [own = [], ...others] = scriptsOf(run).map((script) => commandsIn(script).map(programsOf))
  const raiser = [own, ...others].flat().find(([first = '']) => isRaiser(first))?.[0]
  const name = nameIn(command) ?? ''
  const startsItself = own.some(([first]) => first === name) && !own.some(([, second]) => second === name)
  return raiser === undefined || (startsItself && !ofFiles.includes(name)) ? command : `${raiser} ${command}`
}

/** Commands for any files. The RUN may start them for files of its user only. */
const ofFiles: readonly string[] = ['rm', 'find', 'ln', 'strip', 'chown', 'chmod', 'chgrp']

/** Returns whether a word starts a program that runs a command as root, or is a variable that may name one. */
const isRaiser = (word: string): boolean => /^(?:\/\S*\/)?(?:sudo|doas)$|^\$(?:SUDO|\{SUDO\})$/.test(word)

/** Returns whether no such program is there at the end. */
const removesRaiser = (commands: string): boolean =>
  commandsIn(commands).some((command) => {
    const words = command.split(/\s+/)
    return ['purge', 'remove', 'del', 'erase'].some((verb) => words.includes(verb)) && words.includes('sudo')
  })

/** Returns the script of a RUN, in which strings with several words are empty, and then the scripts that its shells get. */
function scriptsOf({ form, commands }: RunScript): readonly string[] {
  const list = form === 'exec' ? jsonWords(commands) : null
  if (list !== null)
    return [
      list.map((word) => (/\s/.test(word) ? '""' : word)).join(' '),
      ...list.slice(1).filter((_, at) => /^-\w*c$/.test(list[at] ?? '')),
    ]
  const text = commands.replace(/\\['"]/g, '')
  const given = [...text.matchAll(/(?:^|\s)(?:-\w{0,9}c|eval)\s+\$?(?:'([^']*)'|"([^"]*)")/g)]
  return [
    text.replace(/'[^']*'|"[^"]*"/g, (quoted) => (/^.[\w/.-]+.$/.test(quoted) ? quoted.slice(1, -1) : '""')),
    ...given.map(([, one, other]) => one ?? other ?? ''),
  ]
}

/** Words before the program of a command. */
const before =
  /^(?:RUN|-.*|env|exec|eval|time|timeout|nice|nohup|xargs|if|then|else|while|until|do|!|\{|\w+=.*|[\d.]+[smh]?|)$/i

/** Returns the program of a command, and the one that it starts if it gives that one the rights of root. */
function programsOf(command: string): readonly string[] {
  const words = command.split(/[\s()]/)
  const at = words.findIndex((word) => !before.test(word))
  const first = words[at] ?? ''
  if (!isRaiser(first)) return [first]
  const started = startedAsRoot(words.slice(at + 1).filter((word) => word !== ''))
  return started === null ? [] : [first, started]
}

/**
 * Returns the program that sudo starts. Null if it has another user than root.
 *
 * @param words those after `sudo`
 */
function startedAsRoot(words: readonly string[]): string | null {
  let user = 'root'
  let at = 0
  for (; words[at]?.startsWith('-') === true; at += 1) {
    const given = userIn(words[at] ?? '')
    if (given === '') at += 1
    if (given !== undefined) user = given === '' ? (words[at] ?? '') : given
  }
  return user === 'root' ? (words.slice(at).find((word) => !before.test(word)) ?? '') : null
}

/** Returns the user that an option of sudo names: empty if it is the next word, and undefined for another option. */
function userIn(option: string): string | undefined {
  if (option.startsWith('--')) return option.startsWith('--user') ? option.slice('--user='.length) : undefined
  const at = option.indexOf('u')
  return at === -1 ? undefined : option.slice(at + 1)
}

const baseOf = (program: string): string => program.slice(program.lastIndexOf('/') + 1)

/** Finds the commands that a RUN starts, as words. Pure. */
import { jsonWords } from '../dockerfile/instructions.ts'
import { isRun } from './rule.ts'
import { readRun } from './run-script.ts'

/** Length limit of a RUN, in UTF-16 code units. */
const maxLength = 8_192

/** What stands for the output of a command and for the value of a variable. */
export const unknownWord = '_'

/**
 * Returns the commands that a RUN starts, with the program first, also those whose output is a part of another one. What
 * is in quotes is one word. Empty for other instructions; null for a script in another language than that of the shell, and for a long text.
 */
export function startedBy(text: string): readonly (readonly string[])[] | null {
  if (!isRun(text)) return []
  if (text.length > maxLength) return null
  const { form, commands } = readRun(text)
  if (form === 'foreign') return null
  if (form === 'exec') return [jsonWords(commands) ?? []]
  const inner: string[] = []
  const keep = (_: string, command: string): string => {
    inner.push(command)
    return unknownWord
  }
  const outer = commands
    .replace(/\\\r?\n/g, ' ')
    .replace(/"(?:[^"\\]|\\.)*(?:"|\\?$)|'[^']*(?:'|$)|\\./gs, (part) =>
      part.startsWith("'") ? asWord(part) : part.replace(/\\./gs, unknownWord),
    )
    .replace(/\$\{[^{}]*\}|\$\(\([^()]*\)\)/g, unknownWord)
    .replace(/`([^`]*)`/g, keep)
    .replace(/\$\(([^()]*)\)/g, keep)
    .replace(/\$\(([^()]*)\)/g, keep)
  return [outer, ...inner].flatMap(commandsOf)
}

/** Returns quoted text as one word, without the quotes and without what means something to the shell. */
const asWord = (quoted: string): string => quoted.replace(/^["']|["']$/g, '').replace(/[\s;&|()<>`$"'#]/g, unknownWord)

/** What may come before a program. */
const before: ReadonlySet<string> = new Set('! { do elif else env exec if nice sudo then time until while'.split(' '))
const isProgram = (word: string): boolean => !before.has(word) && !word.startsWith('-') && !/^[A-Za-z_]\w*=/.test(word)

const commandsOf = (line: string): readonly (readonly string[])[] =>
  line
    .replace(/"[^"]*(?:"|$)/g, asWord)
    // The pattern of a case comes before its commands.
    .replace(/;;[^();]*\)/g, ';')
    .replace(/<<-?\s*[^\s;&|]+|[\d&]?>{1,2}&?\s*[^\s;&|)]+|<\s*[^\s;&|()<]+/g, ' ')
    .split(/[;&|\n()]/)
    .map((command) => command.split(/\s/).filter((word) => word !== ''))
    .filter((words) => words.some(isProgram))
    .map((words) => [nameOf(words.find(isProgram) ?? ''), ...words.slice(words.findIndex(isProgram) + 1)])
    .map(behindCorepack)
    .filter((words) => !onlyAsks(words))

/** Returns the command of a package manager that Corepack starts. */
function behindCorepack(words: readonly string[]): readonly string[] {
  const [, manager] = words[0] === 'corepack' ? (/^(npm|pnpm|yarn)(?:@|$)/.exec(words[1] ?? '') ?? []) : []
  return manager === undefined ? words : [manager, ...words.slice(2)]
}

/** Returns whether a command only asks a program of the system for its version. */
const onlyAsks = ([name = '', ...rest]: readonly string[]): boolean =>
  rest.length === 1 && /^(?:-v|-V|-?-version|--help)$/.test(rest[0] ?? '') && /^[\w-]+$/.test(name)

/** Returns a program of a system, or of an environment of Python, without its folder. */
const nameOf = (program: string): string =>
  program.replace(/^(?:\/(?:(?:usr|opt)\/(?:[\w.-]+\/)*)?|\/?(?:[\w.-]+\/)*\.?venv\/)s?bin\//, '')

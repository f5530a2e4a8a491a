/**
 * Returns completions for the word under the cursor. The scripts of `shell-scripts.ts` ask for them. So does the docker
 * client for its plugins, with Cobra's protocol (github.com/spf13/cobra, "Shell completions").
 */
import { buildxFlags, type FlagShape } from './buildx-flags.ts'
import { commandNames, manuals, type CommandName } from './manual.ts'
import {
  buildFlags,
  inspectFlags,
  publishFlags,
  reportFlags,
  trendFlags,
  viewFlags,
  type OwnFlag,
} from './own-flag-table.ts'
import { transports } from './transports.ts'

/** The command that asks for completions. It is not listed in the help. */
export const completeCommand = '__complete'

/** Cobra's `ShellCompDirective`: what the shell adds to the candidates. */
export const directive = { files: 0, noSpace: 2, noFiles: 4, folders: 16 } as const

/** What a word can be completed to. */
export interface Candidate {
  readonly word: string
  /** Shown beside the word by zsh and fish. Empty for none. */
  readonly about: string
}

/** The completions for a word. */
export interface Completion {
  readonly candidates: readonly Candidate[]
  /** A sum of `directive` values. */
  readonly directive: number
  /**
   * The text before a path in the word, such as `@`. A shell knows only paths that are whole words, so these are listed
   * for it. Null if the word needs no list of files.
   */
  readonly filesAfter: string | null
}

/** The supported shells. */
export const shells = ['bash', 'zsh', 'fish'] as const
/** A shell that can complete our commands. */
export type Shell = (typeof shells)[number]
/** Returns whether this is the name of a supported shell. */
export const isShell = (word: string): word is Shell => shells.some((shell) => shell === word)

const nothing: Completion = { candidates: [], directive: directive.noFiles, filesAfter: null }
const files: Completion = { ...nothing, directive: directive.files }
const folders: Completion = { ...nothing, directive: directive.folders }

const flagsOf: Readonly<Record<CommandName, readonly FlagShape[]>> = {
  build: [...buildFlags, ...buildxFlags],
  inspect: inspectFlags,
  compare: inspectFlags.filter(({ name }) => name !== 'baseline'),
  render: reportFlags,
  view: viewFlags,
  publish: publishFlags,
  trend: trendFlags,
  completion: [],
  'install-plugin': [],
}

/**
 * Returns the completions for the last word.
 *
 * @param words the words after the name of the program; the last one is still being typed, and may be empty
 */
export function completionOf(words: readonly string[]): Completion {
  const current = words.at(-1) ?? ''
  const [command, ...before] = words.slice(0, -1)
  if (command === undefined) return matching(current, programWords(current))
  if (command === 'help')
    return matching(current, before.length === 0 ? commandNames.map((name) => commandWord(name)) : [])
  const name = commandNames.find((known) => known === command)
  if (name === undefined || before.includes('--')) return files
  const flags = flagsOf[name]
  const pending = flagAwaitingValue(before, flags)
  if (pending !== null) return valuesOf(pending, current, '')
  if (!current.startsWith('-')) return operandsOf(name, current, before.length)
  const equals = current.indexOf('=')
  if (equals === -1) return matching(current, flags.map(flagWord))
  const flag = flags.find((known) => current.slice(0, equals) === `--${known.name}`)
  return flag === undefined ? nothing : valuesOf(flag, current, current.slice(0, equals + 1))
}

function programWords(current: string): readonly Candidate[] {
  if (current.startsWith('-')) return ['--help', '--version'].map((word) => ({ word, about: '' }))
  return [...commandNames.map((name) => commandWord(name)), { word: 'help', about: 'Show the help of a command' }]
}

const commandWord = (name: CommandName): Candidate => ({ word: name, about: manuals[name].summary })

function flagWord(flag: FlagShape): Candidate {
  const [about = ''] = isOwn(flag) ? flag.about : []
  return { word: `--${flag.name}`, about }
}

const isOwn = (flag: FlagShape): flag is OwnFlag => 'own' in flag

/** Returns the flag whose value comes next, if the words end with one. */
function flagAwaitingValue(words: readonly string[], flags: readonly FlagShape[]): FlagShape | null {
  const last = words.at(-1) ?? ''
  const flag = last.startsWith('--')
    ? flags.find(({ name }) => last === `--${name}`)
    : flags.find(({ short }) => short !== null && last.startsWith('-') && last.endsWith(short))
  return flag?.takesValue === true ? flag : null
}

/** @param written the text before the value in the same word, such as `--format=` */
function valuesOf(flag: FlagShape, current: string, written: string): Completion {
  if (!isOwn(flag)) return files
  if (flag.isFileAfterAt && current.startsWith(`${written}@`)) return { ...nothing, filesAfter: `${written}@` }
  if (flag.choices.length === 0) return flag.isFile ? files : nothing
  return matching(
    current,
    flag.choices.map((choice) => ({ word: `${written}${choice}`, about: '' })),
  )
}

function operandsOf(name: CommandName, current: string, position: number): Completion {
  switch (name) {
    case 'build':
      return folders
    case 'render':
    case 'publish':
    case 'trend':
      return files
    case 'inspect':
    case 'compare':
    case 'view': {
      const { candidates } = matching(
        current,
        Object.values(transports).map((word) => ({ word, about: '' })),
      )
      return candidates.length === 0 ? files : { ...nothing, candidates, directive: directive.noSpace }
    }
    case 'completion':
      return position === 0
        ? matching(
            current,
            shells.map((word) => ({ word, about: '' })),
          )
        : nothing
    case 'install-plugin':
      return nothing
  }
}

function matching(current: string, candidates: readonly Candidate[]): Completion {
  return { ...nothing, candidates: candidates.filter(({ word }) => word.startsWith(current)) }
}

/** Formats completions for Cobra's protocol: one line for each candidate, and one for the directive. */
export function cobraText({ candidates, directive: sum }: Completion): string {
  const lines = candidates.map(({ word, about }) => (about === '' ? word : `${word}\t${about}`))
  return [...lines, `:${sum}`, ''].join('\n')
}

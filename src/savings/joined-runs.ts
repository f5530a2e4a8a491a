/** Whether several RUN instructions do the same as one, and a COPY between them the same above them. Pure. */
import { copiedWords, joinLines, parseInstructions } from '../dockerfile/instructions.ts'
import type { Instruction } from '../record/footprint.ts'
import { attributeCommands, commandsIn, deletingCommands, nameIn, repeatable } from './commands.ts'
import { mayOverlap, wholePath, workdirOf } from './mounts.ts'
import { isCopy, isRun, says } from './rule.ts'

/** Commands that later commands of the same shell feel, such as by another directory. */
const lasting: readonly string[] = [
  ...['cd', 'pushd', 'popd', 'umask', 'export', 'unset', 'ulimit', 'trap', '{'],
  ...['.', 'source', 'eval', 'alias', 'declare', 'typeset', 'function'],
]
/** Commands that set variables, which matter only to commands that name some. */
const setting: readonly string[] = ['for', 'select', 'read', 'readonly', 'getopts', 'mapfile', 'readarray', 'let']
/** Commands after which the shell may run no other one. */
const leaving: readonly string[] = ['exit', 'exec', 'return']

/**
 * Returns whether RUN instructions do the same in one shell as in a shell each. What a RUN leaves behind in its shell must
 * not reach those after it, unless they do the same anywhere.
 */
export function doTheSameJoined(runs: readonly string[]): boolean {
  const options = runs.map(optionsOf)
  if (options.some((one) => one === null || one !== options[0])) return false
  return runs.slice(0, -1).every((run, at) => {
    const commands = commandsIn(run)
    const names = commands.flatMap(namesIn)
    if (names.some((name) => leaving.includes(name))) return false
    const isLasting =
      /\w ?\(\)|\b(?:for|select)\s+[A-Z]/.test(run) ||
      names.some((name) => lasting.includes(name)) ||
      commands.some(
        (command) => isAssignment(command) || (says(command, 'cd', 'pushd') && !/^\s*(?:RUN\s+)?\(/i.test(command)),
      )
    const setsVariable = says(run, ...setting) || /\$\{\w+:?=|\(\(|(?:^|[\s;&|(){}])\w+=/.test(run)
    return runs
      .slice(at + 1)
      .every((later) => isSameAnywhere(later) || (!isLasting && !(setsVariable && later.includes('$'))))
  })
}

/** Words of the grammar of shells before a command, and commands that run another one in the same shell. */
const openers: readonly string[] = [
  ...['RUN', 'if', 'then', 'elif', 'else', 'while', 'until', 'do', '!', '{', 'time'],
  ...['command', 'builtin'],
]

/** Returns the words of a command. The pattern of a `case` ends a word, as in `case $x in a)export A=1`. */
const wordsIn = (command: string): readonly string[] =>
  command
    .replaceAll(')', ') ')
    .split(/\s+/)
    .filter((word) => word !== '')

const isSetting = (word: string): boolean => /^\w+\+?=/.test(word)

/** Returns the names of the commands that may start in a command: its own, and those that follow an opener. */
function namesIn(command: string): readonly string[] {
  const words = wordsIn(command)
  return words.filter((_, at) => {
    const before = words[at - 1]
    return (
      before === undefined || openers.includes(before) || before.endsWith(')') || isSetting(before) || isFlag(before)
    )
  })
}

/** Returns whether a word may be a flag of RUN. */
const isFlag = (word: string): boolean => word.startsWith('--')

/**
 * Returns whether a command only sets variables, which later commands of the shell see. In a branch, only names in upper
 * case count, since those may be in the environment already, and then other programs see them, too.
 */
function isAssignment(command: string): boolean {
  const all = wordsIn(command)
  const words = all.slice(all.findLastIndex((word) => word.endsWith(')') || openers.includes(word) || isFlag(word)) + 1)
  const isOfBranch = words.length < all.filter((word) => word !== 'RUN' && !isFlag(word)).length
  return words.length > 0 && words.every(isSetting) && (!isOfBranch || words.some((word) => /^[A-Z]/.test(word)))
}

const isSameAnywhere = (run: string): boolean => repeatable(run, ...deletingCommands, ...attributeCommands) !== null

/** Returns the options that a RUN sets in its shell, if it does so at its start. Null if it does so elsewhere. */
function optionsOf(run: string): string | null {
  const commands = commandsIn(run).filter((command) => nameIn(command)?.startsWith('<<') === false)
  const sets = commands.filter((command) => namesIn(command).some(isOption))
  if (sets.length === 0) return ''
  if (sets.length > 1 || sets[0] !== commands[0] || !isOption(nameIn(sets[0] ?? '') ?? '')) return null
  return (sets[0] ?? '').replace(/^\s*RUN\s/i, '').trim()
}

const isOption = (name: string): boolean => ['set', 'shopt'].includes(name)

/**
 * Returns whether each COPY can move above the RUN instructions that are before it: they must not be able to write where
 * it writes.
 *
 * @param steps RUN, COPY and ADD instructions, in their order
 * @param instructions all instructions of the stage
 */
export function canMoveCopies(steps: readonly Instruction[], instructions: readonly Instruction[]): boolean {
  return steps.every((copy, at) => {
    if (!isCopy(copy.text)) return true
    const target = targetOf(copy, instructions)
    return target !== null && steps.slice(0, at).every((run) => !isRun(run.text) || isApart(run, target, instructions))
  })
}

/** Returns where a COPY writes, as a path from the root. Null if it is not known. */
export function targetOf(copy: Instruction, instructions: readonly Instruction[]): string | null {
  const rest = parseInstructions(joinLines(copy.text)).instructions[0]?.rest ?? ''
  const target = copiedWords(rest).at(-1)
  return target === undefined || target.includes('$') ? null : wholePath(target, workdirOf(copy, instructions))
}

/** Returns whether a RUN surely writes nothing at a path, below it or above it, as far as its text shows. */
function isApart(run: Instruction, path: string, instructions: readonly Instruction[]): boolean {
  if (/[$`]/.test(run.text) || says(run.text, 'cd', 'pushd')) return false
  const workdir = workdirOf(run, instructions)
  if (workdir !== null && mayOverlap(workdir, path, null)) return false
  return run.text.split(/[\s"'=;&|()<>:,[\]]/).every((word) => !word.startsWith('/') || !mayOverlap(word, path, null))
}

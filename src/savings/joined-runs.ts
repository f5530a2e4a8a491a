/** Whether several RUN instructions do the same as one, and where a COPY writes. Pure. */
import { copiedWords, joinLines, parseInstructions } from '../dockerfile/instructions.ts'
import type { Instruction } from '../record/footprint.ts'
import { wholePath, workdirOf } from './mounts.ts'
import { plainCommands, type PlainCommand } from './plain-run.ts'

/**
 * Words that a shell reads itself, and that may so change what later commands of it do. All other commands are programs of
 * their own, which cannot.
 */
const ofShell: ReadonlySet<string> = new Set([
  ...['if', 'then', 'elif', 'else', 'fi', 'for', 'while', 'until', 'do', 'done', 'case', 'esac', 'select', 'function'],
  ...['time', 'coproc', '.', 'alias', 'bg', 'bind', 'break', 'builtin', 'caller', 'cd', 'chdir', 'command', 'compgen'],
  ...['complete', 'compopt', 'continue', 'declare', 'dirs', 'disown', 'enable', 'eval', 'exec', 'exit', 'export', 'fc'],
  ...['fg', 'getopts', 'hash', 'help', 'history', 'jobs', 'let', 'local', 'logout', 'mapfile', 'popd', 'pushd', 'read'],
  ...['readarray', 'readonly', 'return', 'set', 'setvar', 'shift', 'shopt', 'source', 'suspend', 'trap', 'typeset'],
  ...['ulimit', 'umask', 'unalias', 'unset', 'wait'],
])

/** Programs that a RUN does not replace by others of the same name, of which its shell would remember the first. */
const steady: ReadonlySet<string> = new Set([
  ...[
    'rm',
    'rmdir',
    'mkdir',
    'cp',
    'mv',
    'ln',
    'chown',
    'chgrp',
    'chmod',
    'cat',
    'echo',
    'printf',
    'test',
    '[',
    'true',
  ],
  ...[
    'false',
    ':',
    'find',
    'sed',
    'grep',
    'tar',
    'unzip',
    'gzip',
    'curl',
    'wget',
    'apt-get',
    'apt',
    'apk',
    'dnf',
    'yum',
  ],
  ...['microdnf', 'dpkg', 'rpm', 'install', 'touch', 'ls', 'sort', 'head', 'tail', 'useradd', 'groupadd', 'adduser'],
  ...['addgroup', 'npm', 'npx', 'yarn', 'pnpm', 'pip', 'pip3', 'go', 'cargo', 'make', 'ldconfig', 'set', 'date', 'dd'],
])

/**
 * Returns whether RUN instructions surely do the same in one shell as in a shell each, by their text alone. Nothing that
 * one leaves behind in its shell may reach the next.
 */
export function doTheSameJoined(runs: readonly string[]): boolean {
  const all = runs.map(plainCommands)
  const options = all.map((commands) => optionsOf(commands ?? []))
  if (options.some((one) => one === null || one !== options[0])) return false
  return all.slice(0, -1).every((commands, at) => {
    if (commands === null) return false
    const own = commands.slice(options[0] === '' ? 0 : 1)
    if (own.some(({ name, words }) => ofShell.has(name) || (name === 'printf' && words[0]?.text === '-v'))) return false
    return all.slice(at + 1).every((later) => staySame(own, later))
  })
}

/** Returns whether a shell that ran some commands starts the same programs for later ones. */
function staySame(own: readonly PlainCommand[], later: readonly PlainCommand[] | null): boolean {
  // A RUN that is not simple may start anything.
  const again = own.filter(({ name }) => later === null || later.some((one) => one.name === name))
  const isReplaced = (name: string): boolean => own.some(({ words }) => words.some(({ text }) => text === name))
  return again.every(({ name }) => steady.has(name) && !isReplaced(name))
}

/** Returns the options that commands set in their shell, if they do so at their start. Null if they do so elsewhere. */
function optionsOf(commands: readonly PlainCommand[]): string | null {
  const sets = commands.filter(({ name }) => name === 'set' || name === 'shopt')
  if (sets.length === 0) return ''
  if (sets.length > 1 || sets[0] !== commands[0]) return null
  return [sets[0]?.name, ...(sets[0]?.words ?? []).map(({ text }) => text)].join(' ')
}

/** Returns where a COPY writes, as a path from the root. Null if it is not known. */
export function targetOf(copy: Instruction, instructions: readonly Instruction[]): string | null {
  const rest = parseInstructions(joinLines(copy.text)).instructions[0]?.rest ?? ''
  const target = copiedWords(rest).at(-1)
  return target === undefined || target.includes('$') ? null : wholePath(target, workdirOf(copy, instructions))
}

/** The scripts of `stage-footprint completion`, run by the shells themselves. */
import { symlink } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { commandLine, folderWith, run, succeed } from './support/program.ts'
import { testWith } from './support/rig.ts'

/** What is typed, and what the line is with each candidate. */
const lines: readonly (readonly [written: string, offered: readonly string[]])[] = [
  ['ren', ['render']],
  ['build --form', ['--format']],
  ['build --format ', ['html', 'json', 'markdown', 'terminal']],
  ['build --budget ', []],
  ['inspect docker-a', ['docker-archive:']],
  ['inspect docker-daemon', ['docker-daemon:']],
  ['completion z', ['zsh']],
  ['build fol', ['folder']],
  ['render rec', ['record.json']],
]

/** A folder with `stage-footprint` in `bin`, and files to complete. */
async function place(): ReturnType<typeof folderWith> {
  const folder = await folderWith({ 'bin/.keep': '', 'folder/file': '', 'record.json': '', 'fold.txt': '' })
  await symlink(commandLine, join(folder.path, 'bin/stage-footprint'))
  return folder
}

const inFolder = (path: string): { cwd: string; env: Record<string, string> } => ({
  cwd: path,
  env: {
    HOME: path,
    PATH: [join(path, 'bin'), dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
  },
})

/** The variables of programmable completion (bash(1), "Programmable Completion"). */
const bash = `
source <(stage-footprint completion bash)
COMP_LINE="stage-footprint $1" COMP_POINT=\${#COMP_LINE}
read -ra COMP_WORDS <<<"$COMP_LINE"
[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
compopt() { options+=" $*"; }
_stage_footprint
if [[ $options == *'-o default'* ]]; then mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"); fi
printf '%s\\n' "\${COMPREPLY[@]}"
`

const fish = 'stage-footprint completion fish | source; complete --do-complete "stage-footprint $argv[1]"'

/** Replaces zsh's own completion functions, which need a terminal, by ones that print what they would show. */
const zsh = `
compdef() { :; }
_describe() { print -l -- "\${(@)\${(@)\${(@)found//\\\\:/@}%%:*}//@/:}"; }
_files() { [[ $1 == -/ ]] && print -l -- *(/) || print -l -- *; }
source <(stage-footprint completion zsh)
words=(stage-footprint "\${(@s: :)1}")
CURRENT=$#words
_stage_footprint
`

const words = (said: string): readonly string[] =>
  said
    .split('\n')
    .map((line) => (line.split('\t', 1)[0] ?? '').replace(/\/$/, ''))
    .filter((line) => line !== '')
    .toSorted()

describe('bash', () => {
  test.each(lines)('completes %j', async (written, offered) => {
    await using folder = await place()
    expect(words(await succeed('bash', ['-c', bash, 'bash', written], inFolder(folder.path)))).toEqual(offered)
  })
})

describe('fish', () => {
  testWith('fish').each(lines)('completes %j', async (written, offered) => {
    await using folder = await place()
    expect(words(await succeed('fish', ['--no-config', '-c', fish, written], inFolder(folder.path)))).toEqual(offered)
  })
})

/** Zsh itself drops candidates that do not begin with the word, and shows the colon of a word that has one. */
describe('zsh', () => {
  testWith('zsh').each(lines)('completes %j', async (written, offered) => {
    await using folder = await place()
    const said = words(await succeed('zsh', ['-f', '-c', zsh, 'zsh', written], inFolder(folder.path)))
    const word = written.split(' ').at(-1) ?? ''
    expect(said.filter((line) => line.startsWith(word.replace(/:$/, '')))).toEqual(offered)
  })

  testWith('zsh')('says what it needs if compinit was not run, and is silent after it', async () => {
    await using folder = await place()
    const loaded = (before: string): ReturnType<typeof run> =>
      run('zsh', ['-f', '-c', `${before}source <(stage-footprint completion zsh)`], inFolder(folder.path))
    expect(await loaded('')).toMatchObject({
      status: 1,
      stderr: 'stage-footprint: completion needs "autoload -Uz compinit && compinit" before this script is loaded\n',
    })
    expect(await loaded('autoload -Uz compinit && compinit -u; ')).toMatchObject({ status: 0, stderr: '' })
  })
})

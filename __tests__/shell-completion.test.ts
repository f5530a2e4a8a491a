/** The scripts of `stage-footprint completion`, run by the shells themselves. */
import { symlink, writeFile } from 'node:fs/promises'
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
  ['build --budget @rec', ['@record.json']],
  ['build --budget=@rec', ['--budget=@record.json']],
  ['build --budget @folder/fi', ['@folder/file']],
  ['build --budget @fold', ['@fold.txt', '@folder']],
  ['build --html=rec', ['--html=record.json']],
  ['build --html=folder/fi', ['--html=folder/file']],
  ['build --output=type=local,dest=fold', ['--output=type=local,dest=fold.txt', '--output=type=local,dest=folder']],
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

/**
 * The variables of programmable completion (bash(1), "Programmable Completion"). Bash replaces the text after the last
 * `=` or `:` of the word, and keeps what is before it.
 */
const bash = `
source <(stage-footprint completion bash)
COMP_LINE="stage-footprint $1" COMP_POINT=\${#COMP_LINE}
read -ra COMP_WORDS <<<"$COMP_LINE"
[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
rest=\${COMP_WORDS[COMP_CWORD]##*[=:]} kept=\${COMP_WORDS[COMP_CWORD]}
kept=\${kept%"$rest"} COMP_WORDS[COMP_CWORD]=$rest
compopt() { options+=" $*"; }
_stage_footprint
if [[ $options == *'-o default'* ]]; then mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"); fi
printf '%s\\n' "\${COMPREPLY[@]/#/$kept}"
`

const fish = 'stage-footprint completion fish | source; complete --do-complete "stage-footprint $argv[1]"'

/** Replaces zsh's own completion functions, which need a terminal, by ones that print what they would show. */
const zsh = `
compdef() { :; }
_describe() { print -l -- "\${(@)\${(@)\${(@)found//\\\\:/|}%%:*}//|/:}"; }
compset() { IPREFIX=\${(M)PREFIX##\${~2}} PREFIX=\${PREFIX#$IPREFIX}; }
_files() { local -a found; [[ $1 == -/ ]] && found=($PREFIX*(N/)) || found=($PREFIX*(N)); print -l -- $IPREFIX$^found; }
source <(stage-footprint completion zsh)
words=(stage-footprint "\${(@s: :)1}")
CURRENT=$#words IPREFIX= PREFIX=$words[-1]
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

test('bash writes the name of a file as it has to be typed', async () => {
  await using folder = await place()
  await writeFile(join(folder.path, 'two words'), '')
  const said = await succeed('bash', ['-c', bash, 'bash', 'build --budget @two'], inFolder(folder.path))
  expect(words(said)).toEqual([String.raw`@two\ words`])
})

describe('fish', () => {
  testWith('fish').each(lines)('completes %j', async (written, offered) => {
    await using folder = await place()
    expect(words(await succeed('fish', ['--no-config', '-c', fish, written], inFolder(folder.path)))).toEqual(offered)
  })
})

describe('zsh', () => {
  testWith('zsh').each(lines)('completes %j', async (written, offered) => {
    await using folder = await place()
    expect(words(await succeed('zsh', ['-f', '-c', zsh, 'zsh', written], inFolder(folder.path)))).toEqual(offered)
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

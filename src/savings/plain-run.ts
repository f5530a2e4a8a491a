/**
 * Reads RUN instructions that are simple enough to know what they do: commands with plain names, without variables in
 * place of programs, without subshells and without the grammar of shells. Pure.
 */
import { readRun } from './run-script.ts'
import { shellCommands, type ShellWord } from './shell-commands.ts'

/** A command of such a RUN. */
export interface PlainCommand {
  /** As it is written: a name, or the path of a program. */
  readonly name: string
  readonly words: readonly ShellWord[]
}

/** What this reader does not follow: subshells, groups, comments, escapes, here-documents and jobs in the background. */
const unclear = /[`(){}#\\]|<<|(?<!&)&(?!&)/

/** Returns the commands of a RUN in their order. Null if it is not that simple. */
export function plainCommands(text: string): readonly PlainCommand[] | null {
  const { form, commands } = readRun(text)
  const script = commands.replace(/\d?>&\d/g, '')
  if (form !== 'line' || unclear.test(script.replace(/\$\{\w+\}/g, '$x'))) return null
  const found: PlainCommand[] = []
  for (const [first, ...words] of shellCommands(script)) {
    if (first === undefined || first.literal !== null || !/^(?:[\w./+-]+|:|\[)$/.test(first.text)) return null
    found.push({ name: first.text, words })
  }
  return found
}

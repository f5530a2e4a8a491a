/** Writes the text of `--help`, for a terminal with 80 columns. */
import { exitStatusesOf } from './exit-statuses.ts'
import {
  commandNames,
  manuals,
  programExamples,
  programNote,
  programPurpose,
  type Block,
  type CommandName,
  type Row,
} from './manual.ts'

const width = 80
/** The column in which explanations begin, and the number of spaces before a term. */
interface Columns {
  readonly about: number
  readonly indent: number
}
const flagColumns: Columns = { about: 35, indent: 2 }
const programColumns: Columns = { about: 22, indent: 2 }

/** How the user calls the program. */
export type Caller = 'stage-footprint' | 'docker footprint'

/** Returns the help text of a command, or of the program if it is null, with usage and examples as the user calls it. */
export function helpFor(command: CommandName | null, caller: Caller = 'stage-footprint'): string {
  return command === null ? programHelp(caller) : commandHelp(command, caller)
}

function programHelp(caller: Caller): string {
  const commands = commandNames.map((name) => ({
    term: `${name} ${manuals[name].operands}`.trimEnd(),
    about: [manuals[name].summary],
  }))
  const flags = [
    { term: '-h, --help', about: [`This help; "${caller} help COMMAND" for one command`] },
    { term: '-v, --version', about: ['Print the version'] },
  ]
  return [
    `${programPurpose}\n`,
    `Usage:\n  ${caller} COMMAND [FLAGS]\n`,
    `Commands:\n${rowsText(commands, programColumns)}\n`,
    `Flags:\n${rowsText(flags, programColumns)}\n`,
    `${wrapped(programNote, width)}\n`,
    ...ending(null, programExamples, caller),
  ].join('\n')
}

function commandHelp(name: CommandName, caller: Caller): string {
  const { purpose, usage, text, sections, examples } = manuals[name]
  return [
    `${purpose}\n`,
    `Usage:\n  ${caller} ${usage}\n`,
    `${text.map((block) => blockText(block, 0)).join('\n')}\n`,
    ...sections.map(({ title, blocks }) => `${title}:\n${blocks.map((block) => blockText(block, 2)).join('\n')}\n`),
    ...ending(name, examples, caller),
  ].join('\n')
}

function ending(command: CommandName | null, examples: readonly string[], caller: Caller): readonly string[] {
  return [
    `Exit status:\n${rowsText(exitStatusesOf(command), { about: 5, indent: 2 })}\n`,
    `Examples:\n${examples.map((line) => `  ${line.replaceAll('stage-footprint ', `${caller} `)}`).join('\n')}\n`,
  ]
}

/** @param indent number of spaces before a paragraph */
function blockText(block: Block, indent: number): string {
  return typeof block === 'string' ? wrapped(block, width, indent) : rowsText(block.rows, flagColumns)
}

function rowsText(rows: readonly Row[], columns: Columns): string {
  return rows.map((row) => rowText(row, columns)).join('\n')
}

function rowText({ term, about }: Row, { about: column, indent }: Columns): string {
  const [first = '', ...values] = about
  const start = `${' '.repeat(indent)}${term}`
  const lines = wrapped(first, width, column)
  // A long term has a line of its own.
  const head = start.length < column ? `${start.padEnd(column)}${lines.slice(column)}` : `${start}\n${lines}`
  return [head, ...values.map((value) => wrapped(value, width, column, column + 2))].join('\n')
}

/**
 * Breaks a paragraph into lines, between words.
 *
 * @param columns the width that a line should not exceed
 * @param indent number of spaces before the first line
 * @param hanging number of spaces before the other lines
 */
function wrapped(text: string, columns: number, indent = 0, hanging = indent): string {
  const lines: string[] = []
  let line = ' '.repeat(indent)
  let isEmpty = true
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = ' '.repeat(hanging)
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line].join('\n')
}

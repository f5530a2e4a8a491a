/** Makes the man page from the text of `--help`. Macros: man(7). */
import { exitStatuses } from '../../src/inputs/exit-statuses.ts'
import {
  commandNames,
  manuals,
  programNote,
  programPurpose,
  type Block,
  type CommandName,
  type Row,
} from '../../src/inputs/manual.ts'

/** Escapes text for roff. */
export function roffText(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('~', '\\(ti').replaceAll('^', '\\(ha')
  // A line with such a start would be a request.
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}

/** Returns the source of stage-footprint(1). */
export function manPage(version: string): string {
  return [
    `.TH STAGE\\-FOOTPRINT 1 "" "stage\\-footprint ${version}" "User Commands"`,
    '.SH NAME',
    'stage\\-footprint \\- weigh every stage of a multi\\-stage Docker build',
    '.SH SYNOPSIS',
    ...commandNames.flatMap((name) => ['.nf', `.B stage\\-footprint ${roffText(manuals[name].usage)}`, '.fi']),
    '.SH DESCRIPTION',
    roffText(programPurpose),
    roffText(programNote),
    '.SH COMMANDS',
    ...commandNames.flatMap(commandText),
    '.SH EXIT STATUS',
    ...exitStatuses.flatMap(rowText),
    '.SH ENVIRONMENT',
    ...environment.flatMap(rowText),
    '.SH SEE ALSO',
    '.BR docker (1),',
    '.BR skopeo (1),',
    '.BR containers\\-transports (5)',
    '',
  ].join('\n')
}

const environment: readonly Row[] = [
  { term: 'DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG', about: ['As for docker(1).'] },
  { term: 'GITHUB_TOKEN', about: ['The token with which "publish" writes the comment.'] },
  { term: 'NO_COLOR', about: ['No colours, as with --no-color.'] },
  { term: 'FORCE_COLOR', about: ['Colours even if standard output is not a terminal. NO_COLOR wins over it.'] },
  { term: 'XDG_CACHE_HOME', about: ['The figures of layers are kept in its folder stage-footprint.'] },
]

function commandText(name: CommandName): readonly string[] {
  const { purpose, usage, text, sections, examples } = manuals[name]
  return [
    `.SS stage\\-footprint ${roffText(usage)}`,
    roffText(purpose),
    ...text.flatMap(blockText),
    ...sections.flatMap(({ blocks }) => blocks.flatMap(blockText)),
    '.PP',
    examples.length === 1 ? 'Example:' : 'Examples:',
    '.PP',
    '.RS 4',
    '.nf',
    ...examples.map(roffText),
    '.fi',
    '.RE',
  ]
}

function blockText(block: Block): readonly string[] {
  return typeof block === 'string' ? ['.PP', roffText(block)] : block.rows.flatMap(rowText)
}

function rowText({ term, about: [first = '', ...values] }: Row): readonly string[] {
  return ['.TP', `.B ${roffText(term.trim())}`, roffText(first), ...values.flatMap((value) => ['.br', roffText(value)])]
}

/**
 * Writes what the documentation takes from the sources: the tables of inputs and outputs from action.yml, the
 * JSON Schema of the record from the code that validates it, the picture of a report from a record, and the man page.
 * With --check nothing is written, and what differs is named.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { toJsonSchema } from '@valibot/to-json-schema'
import { RecordSchema } from '../src/record/parse-record.ts'
import { parseRecord } from '../src/record/parse-record.ts'
import { reportOf } from '../src/report/report.ts'
import { renderTerminal } from '../src/report/terminal/report.ts'
import { version } from '../src/version.ts'
import { manPage } from './lib/man-page.ts'
import { renderSvg } from './lib/svg.ts'

const root = new URL('..', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

interface Field {
  readonly name: string
  readonly description: string
  readonly default: string
}

/** The fields of `inputs` or `outputs`: names are indented by two columns, their properties by four. */
function fieldsOf(actionYml: string, section: 'inputs' | 'outputs'): readonly Field[] {
  const body = new RegExp(`^${section}:\\n((?:(?: .*)?\\n)*)`, 'm').exec(actionYml)?.[1] ?? ''
  return body
    .split(/^ {2}(?=[a-z-]+:$)/m)
    .slice(1)
    .map((part) => {
      const property = (name: string): string =>
        (new RegExp(`^ {4}${name}: (.*)$`, 'm').exec(part)?.[1] ?? '').replace(/^'(.*)'$/, '$1')
      return {
        name: part.slice(0, part.indexOf(':')),
        description: property('description'),
        default: property('default'),
      }
    })
}

/** The page with the tables of inputs and outputs. */
const inputsPage = 'docs/inputs.md'

function table(section: 'inputs' | 'outputs'): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  const rows = fieldsOf(read('action.yml'), section).map((field) =>
    section === 'inputs'
      ? `| \`${field.name}\` | ${cell(field.description)} | ${field.default === '' ? '' : `\`${field.default}\``} |`
      : `| \`${field.name}\` | ${cell(field.description)} |`,
  )
  const head =
    section === 'inputs'
      ? ['| input | what | default |', '| --- | --- | --- |']
      : ['| output | what |', '| --- | --- |']
  return [...head, ...rows].join('\n')
}

/** The text with what stands between the markers of `name` replaced. */
function between(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: made by npm run docs -->`, `<!-- ${name}: end -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${inputsPage} has no markers for ${name}`)
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`
}

function schema(): string {
  const made = toJsonSchema(RecordSchema, { target: 'draft-2020-12', errorMode: 'ignore' })
  return `${JSON.stringify({ ...made, title: 'Stage Footprint record, version 1' }, null, 2)}\n`
}

function picture(): string {
  const record = parseRecord(read('docs/report.record.json'), 'docs/report.record.json')
  return renderSvg(renderTerminal(reportOf(record), { width: 96, color: true }))
}

const files: readonly (readonly [path: string, text: string])[] = [
  [inputsPage, between(between(read(inputsPage), 'inputs', table('inputs')), 'outputs', table('outputs'))],
  ['schema/record-v1.schema.json', schema()],
  ['docs/report.svg', picture()],
  ['man/stage-footprint.1', manPage(version)],
]

function current(path: string): string | null {
  try {
    return read(path)
  } catch {
    return null
  }
}

const changed = files.filter(([path, text]) => current(path) !== text)
if (process.argv.includes('--check')) {
  for (const [path] of changed) process.stdout.write(`${path} is not what npm run docs makes\n`)
  process.exitCode = changed.length > 0 ? 1 : 0
} else for (const [path, text] of changed) writeFileSync(new URL(path, root), text)

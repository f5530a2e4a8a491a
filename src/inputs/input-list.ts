/**
 * Lists in action inputs, read as docker/actions-toolkit reads them (`Util.getInputList`, over csv-parse): one
 * record a line, fields parted by commas, quotes as in CSV and forgiven inside a field. Lines that begin with
 * `#` are values: docker/build-push-action asks for no comments in any of its inputs.
 */
import { FootprintError } from '../errors.ts'

export interface ListRules {
  /** Commas belong to the value: one value a line. */
  readonly ignoreComma?: boolean
  /** `false`: quotes belong to the value too. */
  readonly quote?: boolean
  /** `false`: blanks around the value belong to it too. */
  readonly trim?: boolean
}

/** @param name of the input, for the error. */
export function inputList(name: string, text: string, rules: ListRules = {}): string[] {
  const { ignoreComma = false, quote = true, trim = true } = rules
  return csvRecords(name, text, quote)
    .flatMap((fields) => {
      if (ignoreComma) return [fields.join(',')]
      const [first = '', ...more] = fields
      // The toolkit parts a lone field once more, quoted or not.
      return more.length === 0 ? first.split(',') : fields
    })
    .filter((value) => value.trim() !== '')
    .map((value) => (trim ? value.trim() : value))
}

/** The fields of one line, as in `type=provenance,"builder-id=a,b"`. */
export function csvFields(name: string, line: string): string[] {
  return csvRecords(name, line, true)[0] ?? []
}

/** A field as CSV says it, in quotes only where it needs them. */
export const csvField = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)

function csvRecords(name: string, text: string, quote: boolean): string[][] {
  const records: string[][] = []
  let fields: string[] = []
  let field = ''
  let quoting = false
  let wasQuoted = false
  const endField = (): void => {
    fields.push(field)
    field = ''
    wasQuoted = false
  }
  const endRecord = (): void => {
    const empty = fields.length === 0 && field === '' && !wasQuoted
    endField()
    if (!empty) records.push(fields)
    fields = []
  }
  for (let position = 0; position < text.length; position++) {
    const letter = text.charAt(position)
    const next = text.charAt(position + 1)
    if (quoting) {
      if (letter !== '"') {
        field += letter
      } else if (next === '"') {
        field += '"'
        position++
      } else {
        quoting = false
        wasQuoted = true
        // `"a"b`: those were no quotes after all, but letters of the field.
        if (!['', ',', '\n', '\r'].includes(next)) field = `"${field}"`
      }
    } else if (quote && letter === '"' && field === '' && !wasQuoted) {
      quoting = true
    } else if (letter === ',') {
      endField()
    } else if (letter === '\n' || letter === '\r') {
      if (letter === '\r' && next === '\n') position++
      endRecord()
    } else {
      field += letter
    }
  }
  if (quoting) throw new FootprintError('USAGE', `input ${name} has a quote (") that is never closed`)
  endRecord()
  return records
}

/**
 * Parses lists in action inputs as docker/actions-toolkit does (`Util.getInputList`, which uses csv-parse): one record
 * per line, fields separated by commas, with CSV quotes, which are also tolerated inside a field. A line that begins
 * with `#` is a value, because docker/build-push-action does not enable comments for any of its inputs.
 */
import { FootprintError } from '../errors.ts'

/** How a list is split. */
export interface ListRules {
  /** Commas belong to the value: one value per line. */
  readonly ignoreComma?: boolean
  /** `false`: quotes belong to the value too. */
  readonly quote?: boolean
  /** `false`: spaces around the value belong to it too. */
  readonly trim?: boolean
}

/**
 * Returns the non-empty values of a list.
 *
 * @param name name of the input, for the error
 * @throws FootprintError USAGE if a quote is not closed
 */
export function inputList(name: string, text: string, rules: ListRules = {}): string[] {
  const { ignoreComma = false, quote = true, trim = true } = rules
  return csvRecords(name, text, quote)
    .flatMap((fields) => {
      if (ignoreComma) return [fields.join(',')]
      const [first = '', ...more] = fields
      // The toolkit splits a single field once more, even if it was quoted.
      return more.length === 0 ? first.split(',') : fields
    })
    .filter((value) => value.trim() !== '')
    .map((value) => (trim ? value.trim() : value))
}

/**
 * Returns the fields of one line, such as `type=provenance,"builder-id=a,b"`.
 *
 * @throws FootprintError USAGE if a quote is not closed
 */
export function csvFields(name: string, line: string): string[] {
  return csvRecords(name, line, true)[0] ?? []
}

/** Returns a value as a CSV field, in quotes only if it needs them. */
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
        // In `"a"b`, the quotes are literal characters of the field.
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

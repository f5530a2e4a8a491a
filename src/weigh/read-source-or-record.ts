/** What `compare` and `baseline` take: a record, or anything that can be weighed. */
import { readFile } from 'node:fs/promises'
import { unreadable } from '../images/local-file.ts'
import { parseSource } from '../images/parse-source.ts'
import { recognisePath } from '../images/recognise-path.ts'
import type { Footprint } from '../record/footprint.ts'
import { parseRecord } from '../record/parse-record.ts'
import { inspectSource, type InspectOptions } from './weigh-source.ts'

export interface ReadOptions extends InspectOptions {
  /** Standard input, whole; for `-`. */
  readonly readStdin: () => Promise<Buffer>
}

/**
 * `-` is a record on standard input, a file of JSON is a record, and everything else is a SOURCE.
 *
 * @throws FootprintError as `parseRecord` and `inspectSource` do
 */
export async function readSourceOrRecord(text: string, options: ReadOptions): Promise<Footprint> {
  if (text === '-') return parseRecord((await options.readStdin()).toString('utf8'), 'standard input')
  const source = parseSource(text)
  if (source.kind !== 'path' || (await recognisePath(source.path, options.signal)) !== 'record') {
    return inspectSource(source, options)
  }
  const record = await readFile(source.path, 'utf8').catch((cause: unknown) => {
    throw unreadable(source.path, cause)
  })
  return parseRecord(record, source.path)
}

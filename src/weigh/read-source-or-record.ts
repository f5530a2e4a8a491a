/** Reads what `compare` and `baseline` accept: a record, or a SOURCE that can be weighed. */
import { readFile } from 'node:fs/promises'
import { unreadable } from '../images/local-file.ts'
import { parseSource } from '../images/parse-source.ts'
import { recognisePath } from '../images/recognise-path.ts'
import type { Footprint } from '../record/footprint.ts'
import { parseRecord } from '../record/parse-record.ts'
import { inspectSource, type InspectOptions } from './weigh-source.ts'

export interface ReadOptions extends InspectOptions {
  /** Reads all of standard input, for `-`. */
  readonly readStdin: () => Promise<Buffer>
}

/**
 * Returns the footprint of a record or a SOURCE. `-` is a record on standard input, a JSON file is a record, and
 * everything else is a SOURCE.
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

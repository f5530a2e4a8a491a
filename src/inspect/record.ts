/** Reading a record that somebody else may have written. */
import * as v from 'valibot'
import { FootprintError } from '../errors.ts'
import { RecordSchema, type Footprint } from './footprint.ts'

/** Versions that this program reads. */
const readVersions = [1]

/**
 * @param name of the file, for messages
 * @throws FootprintError UNREADABLE_INPUT where the text is no record, or one of another version
 */
export function parseRecord(text: string, name: string): Footprint {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new FootprintError('UNREADABLE_INPUT', `${name} is not a record: it is not JSON`, { cause })
  }
  const version = v.safeParse(v.object({ schemaVersion: v.unknown() }), json)
  if (!version.success || version.output.schemaVersion === undefined)
    throw new FootprintError('UNREADABLE_INPUT', `${name} is not a record: it has no schemaVersion`)
  if (!readVersions.some((known) => known === version.output.schemaVersion))
    throw new FootprintError(
      'UNREADABLE_INPUT',
      `${name} is a record of version ${versionText(version.output.schemaVersion)}; this program reads version ${readVersions.join(', ')}`,
    )
  const record = v.safeParse(RecordSchema, json)
  if (record.success) return record.output
  const issue = record.issues[0]
  throw new FootprintError(
    'UNREADABLE_INPUT',
    `${name} is not a valid record: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`,
  )
}

/** A foreign value may be nested too deep for JSON.stringify, or be very long. */
function versionText(version: unknown): string {
  if (typeof version === 'string') return JSON.stringify(version.slice(0, 40))
  return typeof version === 'number' ? String(version) : 'that is neither a number nor text'
}

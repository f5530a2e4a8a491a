/** What the rows of growth are called. Pure. */
import type { ImageComparison } from '../compare/comparison.ts'
import { shorten } from './escape.ts'
import type { GrowthRow } from './growth-rows.ts'
import type { Name } from './sentences.ts'

/** Paths of the Dockerfiles that the lines of rows refer to. Untrusted text; undefined if they are not known. */
export interface RowFiles {
  readonly before: string | undefined
  readonly after: string | undefined
}

/** Returns the Dockerfiles that the rows of an image refer to. */
export function rowFiles({ before, after }: ImageComparison): RowFiles {
  return { before: before.dockerfile ?? undefined, after: after.dockerfile ?? undefined }
}

/** Returns `vote/Dockerfile:5`, `line 5` if the file is not known, or `was Dockerfile:5` for a removed layer. */
export function rowPlace({ line, status }: GrowthRow, files: RowFiles, name: Name): string {
  if (line === null) return 'line not known'
  const gone = status === 'removed'
  const file = gone ? (files.before ?? files.after) : files.after
  return `${gone ? 'was ' : ''}${file === undefined ? `line ${line}` : name(`${file}:${line}`)}`
}

/** Returns words such as `Dockerfile:2 base image python:3.13`, for the row of a base image. */
export const baseName = (row: GrowthRow, files: RowFiles, name: Name): string =>
  `${row.line === null ? '' : `${rowPlace(row, files, name)} `}base image ${name(row.foreign)}`

/**
 * Returns what a sentence calls a row: its place, or its instruction if the line is not known.
 *
 * @param name formats untrusted names
 */
export function rowName(row: GrowthRow, files: RowFiles, name: Name): string {
  if (row.kind === 'base') return 'the base image'
  return row.line === null && row.foreign !== ''
    ? name(shorten(row.foreign, maxNameLength))
    : rowPlace(row, files, name)
}

/** In characters. */
const maxNameLength = 60

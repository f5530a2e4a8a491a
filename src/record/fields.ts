/** The types of the values in a record. */
import * as v from 'valibot'
import { digestPattern } from '../oci/digest.ts'

/** Longest text in a record, in UTF-16 code units. */
export const maxTextLength = 65_536
/** A non-negative integer that can be represented exactly. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))
/** A number of bytes. */
export const bytes = count
/** A well-formed digest. */
export const digest = v.pipe(v.string(), v.regex(digestPattern))
/** A text within the length limit. */
export const text = v.pipe(v.string(), v.maxLength(maxTextLength))

/** Returns the schema of a text with at most `maxLength` UTF-16 code units. */
export const shortText = (
  maxLength: number,
): v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.MaxLengthAction<string, number, undefined>]> =>
  v.pipe(v.string(), v.maxLength(maxLength))

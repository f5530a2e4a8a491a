/** A file that a record lists. */
import type { ContentLists } from '../record/contents.ts'

/** A file that a record lists. */
export type File = ContentLists['files'][number]

/** Returns text that is equal for files with the same bytes. */
export const keyOf = ({ fileBytes, checksum }: File): string => `${fileBytes} ${checksum ?? ''}`

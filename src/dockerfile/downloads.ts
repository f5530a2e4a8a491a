/** Finds downloads whose answer may differ each time. Pure. */
import { parseInstructions } from './instructions.ts'

/**
 * Returns the line of the first `ADD` of a URL without a checksum, counted from 1. When stages are weighed, the builder
 * asks for the URL again, and another answer makes the later steps new. Null if there is none.
 */
export function unpinnedDownload(
  instructions: readonly { readonly text: string; readonly line: number | null }[],
): number | null {
  const found = instructions.find(({ text }) => {
    if (!/^ADD\s/i.test(text)) return false
    const [statement] = parseInstructions(text).instructions
    return (
      statement !== undefined &&
      /(?:^|[\s"])https?:\/\//i.test(statement.rest) &&
      !statement.flags.some(({ name }) => name === 'checksum')
    )
  })
  return found?.line ?? null
}

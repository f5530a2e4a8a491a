/** The findings of BuildKit's checks as one sentence of the report. Pure; plain text. */
import type { BuildWarning } from '../docker/build-warnings.ts'
import { formatCount } from './units.ts'

const maxRules = 6
const maxLines = 5

/**
 * Returns a sentence with the names and lines of the findings. Messages are left out, because they may contain the
 * value of a build argument.
 *
 * @returns null if there is no warning
 */
export function buildChecksNote(warnings: readonly BuildWarning[]): string | null {
  if (warnings.length === 0) return null
  // BuildKit reports them in no reliable order.
  const inOrder = warnings.toSorted(
    (one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.message < other.message ? -1 : 1),
  )
  const byRule = [
    ...Map.groupBy(
      inOrder.filter(({ rule }) => rule !== null),
      ({ rule }) => rule ?? '',
    ),
  ]
  const shown = byRule.slice(0, maxRules).map(([rule, found]) => `${rule}${linesOf(found)}`)
  const rest = warnings.length - byRule.slice(0, maxRules).reduce((sum, [, found]) => sum + found.length, 0)
  const parts = [
    ...shown,
    ...(rest === 0 ? [] : [shown.length === 0 ? 'see the log of the build' : formatCount(rest, 'more warning')]),
  ]
  return `The build gave ${warnings.length} warning${warnings.length === 1 ? '' : 's'}: ${listed(parts)}.`
}

/** Returns ` (lines 3, 7)`, or an empty string if no line is known. */
function linesOf(warnings: readonly BuildWarning[]): string {
  const lines = [...new Set(warnings.flatMap(({ line }) => line ?? []))].toSorted((one, other) => one - other)
  if (lines.length === 0) return ''
  const more = lines.length > maxLines ? ', …' : ''
  return ` (line${lines.length === 1 ? '' : 's'} ${lines.slice(0, maxLines).join(', ')}${more})`
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`
}

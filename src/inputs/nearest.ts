/** Finds the word that was probably meant by a mistyped one. */
import { FootprintError } from '../errors.ts'

/** Returns the known word nearest to `word`, or null if none is near enough. */
export function nearest<Known extends string>(word: string, known: readonly Known[]): Known | null {
  let best: Known | null = null
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(word, candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  if (best !== null) return best
  // For example, `--meta` for `--metadata-file`.
  return word.length < 3 ? null : (known.find((candidate) => candidate.startsWith(word)) ?? null)
}

/**
 * Returns the error USAGE for a word that is none of the known ones. It suggests the one that was probably meant.
 *
 * @param kind what the words name, in the singular
 */
export function unknownWordError(kind: string, word: string, known: readonly string[]): FootprintError {
  const near = nearest(word, known)
  const advice = near === null ? `${kind}s are ${known.join(', ')}` : `did you mean "${near}"?`
  return new FootprintError('USAGE', `unknown ${kind} "${word}"; ${advice}`)
}

/**
 * Returns how many letters must be added, removed, replaced or swapped with a neighbour to turn one word into the
 * other.
 */
function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity
  for (let row = 1; row <= from.length; row++) {
    const distances = [row]
    rows.push(distances)
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      distances.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (same ? 0 : 1),
          swapped ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      )
    }
  }
  return at(from.length, to.length)
}

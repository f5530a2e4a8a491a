/** Aligns two sequences: finds the elements that are in the same order on both sides. */

/** An element of a sequence, as numbers that are equal for equal properties. */
export interface Alignable {
  /** Equal numbers mean equal content. Null if the content does not distinguish this element from others. */
  readonly content: number | null
  /** Equal numbers mean equal text, ignoring white space. Null if there is no text. */
  readonly text: number | null
  /** Equal numbers mean exactly equal text, or no text on both sides. */
  readonly written: number
}

/** Positions of a matched element in the two sequences. */
export type Pair = readonly [before: number, after: number]

/** Limit for the size of the table. It allows eight times Docker's limit of 127 layers on both sides. */
const maxCells = 1_000_000

/** Returns how well two elements match, from 0 (not at all) to `full`. */
function score(a: Alignable, b: Alignable): number {
  const content = a.content !== null && a.content === b.content
  const text = a.text !== null && a.text === b.text
  if (content && a.written === b.written) return full
  return content && text ? 4 : content ? 3 : text ? 2 : 0
}

const full = 5

/**
 * Returns the alignment with the highest score. Like a longest common subsequence, it is not shifted by insertions or
 * removals. Equal elements at both ends of the sequences are matched first. If the rest is very long, quadratic time is
 * avoided: equal elements are paired one by one, and the longest run of pairs that do not cross is kept.
 *
 * @returns pairs in the order of both sequences
 */
export function align(before: readonly Alignable[], after: readonly Alignable[]): readonly Pair[] {
  const least = Math.min(before.length, after.length)
  const equalAt = (i: number, j: number): boolean => {
    const [a, b] = [before[i], after[j]]
    return a !== undefined && b !== undefined && score(a, b) === full
  }
  let head = 0
  while (head < least && equalAt(head, head)) head++
  let tail = 0
  while (tail < least - head && equalAt(before.length - 1 - tail, after.length - 1 - tail)) tail++
  const middleBefore = before.slice(head, before.length - tail)
  const middleAfter = after.slice(head, after.length - tail)
  const middle =
    middleBefore.length * middleAfter.length <= maxCells
      ? bestAlignment(middleBefore, middleAfter)
      : longestWithoutCrossing(pairEquals(middleBefore, middleAfter, keyOfBoth))
  return [
    ...Array.from({ length: head }, (_, i): Pair => [i, i]),
    ...middle.map(([i, j]): Pair => [i + head, j + head]),
    ...Array.from({ length: tail }, (_, i): Pair => [before.length - tail + i, after.length - tail + i]),
  ]
}

function bestAlignment(before: readonly Alignable[], after: readonly Alignable[]): readonly Pair[] {
  const width = after.length + 1
  // Highest score from positions i and j to the ends: at most 5 for each of 1,000,000 elements.
  const best = new Uint32Array((before.length + 1) * width)
  const at = (i: number, j: number): number => best[i * width + j] ?? 0
  for (let i = before.length - 1; i >= 0; i--) {
    const a = before[i] as Alignable
    for (let j = after.length - 1; j >= 0; j--) {
      const points = score(a, after[j] as Alignable)
      const paired = points === 0 ? 0 : points + at(i + 1, j + 1)
      best[i * width + j] = Math.max(paired, at(i + 1, j), at(i, j + 1))
    }
  }
  const pairs: Pair[] = []
  let [i, j] = [0, 0]
  while (i < before.length && j < after.length) {
    const points = score(before[i] as Alignable, after[j] as Alignable)
    if (points > 0 && at(i, j) === points + at(i + 1, j + 1)) pairs.push([i++, j++])
    else if (at(i, j) === at(i + 1, j)) i++
    else j++
  }
  return pairs
}

/** Returns a key that is equal for elements that may be a pair. Null for an element that is not paired by this key. */
export type KeyOf = (element: Alignable) => string | null

/** Returns a key for content and exact text. Returns null if the content does not distinguish the element. */
export const keyOfBoth: KeyOf = ({ content, written }) => (content === null ? null : `${content} ${written}`)
/** Returns a key for content. Returns null if the content does not distinguish the element. */
export const keyOfContent: KeyOf = ({ content }) => (content === null ? null : String(content))
/** Returns a key for text, ignoring white space. Returns null if there is no text. */
export const keyOfText: KeyOf = ({ text }) => (text === null ? null : String(text))

/** Pairs the first element of each key with the first one on the other side, the second with the second, and so on. */
export function pairEquals<T extends Alignable>(
  before: readonly T[],
  after: readonly T[],
  keyOf: KeyOf,
): readonly Pair[] {
  const waiting = Map.groupBy(
    before.map((_, i) => i),
    (i) => keyOf(before[i] as T),
  )
  const taken = new Map<string, number>()
  return after.flatMap((element, j): readonly Pair[] => {
    const key = keyOf(element)
    if (key === null) return []
    const turn = taken.get(key) ?? 0
    const i = waiting.get(key)?.[turn]
    if (i === undefined) return []
    taken.set(key, turn + 1)
    return [[i, j]]
  })
}

/**
 * Returns the longest subsequence with increasing first positions, in O(n log n). The pairs must be ordered by their
 * second position.
 */
function longestWithoutCrossing(pairs: readonly Pair[]): readonly Pair[] {
  // For each length, the run that ends lowest, as an index into pairs.
  const ends: number[] = []
  const previous: (number | undefined)[] = []
  pairs.forEach(([first], index) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[ends[middle] ?? 0]?.[0] ?? 0) < first) low = middle + 1
      else high = middle
    }
    previous[index] = ends[low - 1]
    ends[low] = index
  })
  const run: Pair[] = []
  for (let index = ends.at(-1); index !== undefined; index = previous[index]) run.push(pairs[index] as Pair)
  return run.reverse()
}

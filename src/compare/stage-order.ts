/** Sorts stages so that each stage comes after the stages that it takes from. */
import type { Stage } from '../record/footprint.ts'
import type { StagePair } from './match-stages.ts'
import type { Side } from './side.ts'

interface Visit {
  readonly pair: StagePair
  readonly sources: readonly StagePair[]
  next: number
}

/**
 * Returns every pair once, sources first. A record may contain stages that take from each other, which no build can
 * have. Their order is arbitrary. Long chains are possible too, so the function is not recursive.
 */
export function sourcesFirst(
  pairs: readonly StagePair[],
  sides: { readonly before: Side; readonly after: Side },
): readonly StagePair[] {
  const pairOf = new Map(pairs.flatMap((pair) => [[pair.before, pair] as const, [pair.after, pair] as const]))
  const sourcesOf = ({ before, after }: StagePair): readonly StagePair[] => {
    const sources = [...takenFrom(before, sides.before), ...takenFrom(after, sides.after)]
    return sources.flatMap((source) => pairOf.get(source) ?? [])
  }
  const ordered: StagePair[] = []
  const seen = new Set<StagePair>()
  for (const start of pairs) {
    if (seen.has(start)) continue
    seen.add(start)
    const path: Visit[] = [{ pair: start, sources: sourcesOf(start), next: 0 }]
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const source = visit.sources[visit.next++]
      if (source === undefined) {
        ordered.push(visit.pair)
        path.pop()
      } else if (!seen.has(source)) {
        seen.add(source)
        path.push({ pair: source, sources: sourcesOf(source), next: 0 })
      }
    }
  }
  return ordered
}

/**
 * Returns the stages that the instructions of its layers refer to. A stage that it is built FROM is part of its own
 * layers.
 */
function takenFrom(stage: Stage | null, side: Side): readonly Stage[] {
  const texts = new Set(
    (stage?.layers ?? []).flatMap(({ instruction }) => (instruction === null ? [] : instruction.text)),
  )
  return [...texts]
    .filter((text) => /from=/i.test(text))
    .flatMap((text) => side.inputsOf(text).references)
    .flatMap((reference) => side.resolve(reference) ?? [])
}

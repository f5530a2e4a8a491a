/** An order in which stages come after those that they take from. */
import type { Stage } from '../record/footprint.ts'
import type { StagePair } from './match-stages.ts'
import type { Side } from './side.ts'

interface Visit {
  readonly pair: StagePair
  readonly sources: readonly StagePair[]
  next: number
}

/**
 * Every pair once. A record may hold stages that take from each other, which no build can: there the order is any.
 * It may hold long lines of them too, so nothing here calls itself.
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

/** Stages that its layers' instructions name. What it is FROM is part of its own layers. */
function takenFrom(stage: Stage | null, side: Side): readonly Stage[] {
  const texts = new Set(
    (stage?.layers ?? []).flatMap(({ instruction }) => (instruction === null ? [] : instruction.text)),
  )
  return [...texts]
    .filter((text) => /from=/i.test(text))
    .flatMap((text) => side.inputsOf(text).references)
    .flatMap((reference) => side.resolve(reference) ?? [])
}

/**
 * Finds out whether layers below a COPY explain why it differs, from those layers and from what grew in its source. Pure.
 */
import type { Stage } from '../record/footprint.ts'
import { copyOf, type CopyLayer } from './growth-of-others.ts'
import { growthOf } from './growth.ts'
import type { LayerPair } from './layer-pair.ts'
import { filesTest, leftOut, pathsOnce, type Below, type Has, type InSource, type LeftOut } from './left-out.ts'
import type { File } from './listed-file.ts'
import { defaultNoise } from './noise.ts'
import type { Side } from './side.ts'

/** What the sources of a COPY are known by. */
export interface SourceSurroundings {
  readonly before: Side
  readonly after: Side
  /** Returns by how many file bytes what a COPY takes from a stage of the head grew there. Null if it is not known. */
  readonly growthOfSource: (stage: Stage, from: CopyLayer, to: CopyLayer) => number | null
}

/**
 * Returns `leftOut` for the copies of one stage. If it is known what grew in the source, that decides: what a COPY has
 * more or less than its source was left out because of the layers below it. It does not decide if some files certainly
 * were: others of their size may have come in their place, and compress differently.
 */
export function leftOutOf(sides: SourceSurroundings): (pair: LayerPair, below: Below) => LeftOut {
  const [isInSource, byPath] = [sourceTest(sides), pathsOnce()]
  return (pair, below) => {
    const found = leftOut(pair, below, isInSource(pair), byPath)
    const source = found === 'all' || found === 'part' ? null : growthInSource(pair, sides)
    if (source === null) return found
    const rest = (growthOf(pair.before, pair.after).fileBytes ?? 0) - source
    return Math.abs(rest) <= defaultNoise ? 'none' : 'some'
  }
}

/** Returns by how many file bytes what a COPY takes from a stage grew there. Null if that is not known. */
function growthInSource({ before, after }: LayerPair, sides: SourceSurroundings): number | null {
  const [from, to] = [before, after].map((layer) => layer && copyOf(layer))
  const [reference] = sides.after.inputsOf(to?.text ?? '').references
  const stage = reference === undefined ? null : sides.after.resolve(reference)
  return stage === null || !from || !to ? null : sides.growthOfSource(stage, from, to)
}

/** Returns whether a step copies from another stage or an image, onto the layers below it. `--link` does not. */
export function isCopyOntoOthers(
  { before, after }: LayerPair,
  sides: Pick<SourceSurroundings, 'before' | 'after'>,
): boolean {
  const text = (after ?? before)?.instruction?.text
  return (
    text !== undefined &&
    !/\s--link(?:=true)?\s/.test(text) &&
    sides[after === null ? 'before' : 'after'].inputsOf(text).references.some(({ via }) => via === 'copy')
  )
}

/** Returns a function that returns, for a COPY from a stage, on which sides that has a file. */
function sourceTest(sides: Pick<SourceSurroundings, 'before' | 'after'>): (pair: LayerPair) => InSource | null {
  const known = new Map<Stage, (file: File) => Has>()
  const testOf = (stage: Stage): ((file: File) => Has) => {
    const found = known.get(stage) ?? filesTest(stage)
    known.set(stage, found)
    return found
  }
  return (pair) => {
    const [old, now] = (['before', 'after'] as const).map((side) => {
      const [reference] = sides[side].inputsOf(pair[side]?.instruction?.text ?? '').references
      return reference === undefined ? null : sides[side].resolve(reference)
    })
    return old == null || now == null ? null : (file) => [testOf(old)(file), testOf(now)(file)]
  }
}

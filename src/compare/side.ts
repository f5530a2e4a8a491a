/** The stages of one side of a comparison, as its instructions name them. */
import type { Reference } from '../dockerfile/takes.ts'
import type { Stage } from '../record/footprint.ts'
import { inputsOf, withReferences, type StepInputs } from './instruction-text.ts'

export interface Side {
  /** The stage that COPY --from or a mount names; null if it is an image or a build context. */
  readonly resolve: (reference: Reference) => Stage | null
  /** The stage that this one is FROM; null if it is FROM an image. */
  readonly parentOf: (stage: Stage) => Stage | null
  /** An instruction with its references to stages in the words of both sides, so that a renamed stage edits none. */
  readonly canonical: (text: string) => string
  readonly inputsOf: (text: string) => StepInputs
}

/** @param labels what a stage and its counterpart are called on both sides */
export function sideOf(stages: readonly Stage[], labels: ReadonlyMap<Stage, string>): Side {
  // The last one of a name and the one at a position, as BuildKit looks them up.
  const named = new Map(stages.map((stage) => [stage.name.toLowerCase(), stage]))
  const placed = new Map(stages.map((stage) => [stage.index, stage]))
  const byName = Map.groupBy(stages, ({ name }) => name.toLowerCase())
  const known = new Map<string, StepInputs>()
  const resolve = ({ via, reference }: Reference): Stage | null => {
    if (via === 'copy' && /^\d+$/.test(reference)) return placed.get(Number(reference)) ?? null
    return named.get(reference.toLowerCase()) ?? null
  }
  const inputs = (text: string): StepInputs => {
    const found = known.get(text) ?? inputsOf(text)
    known.set(text, found)
    return found
  }
  const canonical = new Map<string, string>()
  const labelsIn = (text: string): ReadonlyMap<string, string> =>
    new Map(
      inputs(text).references.flatMap((reference) => {
        const stage = resolve(reference)
        const label = stage === null ? undefined : labels.get(stage)
        return label === undefined ? [] : [[reference.reference.toLowerCase(), label] as const]
      }),
    )
  return {
    resolve,
    inputsOf: inputs,
    // FROM takes the nearest stage of the name before it, so no line of parents ends where it began.
    parentOf: (stage) => {
      const name = stage.uses.find(({ via }) => via === 'from')?.stage.toLowerCase()
      if (name === undefined) return null
      return byName.get(name)?.findLast(({ index }) => index < stage.index) ?? null
    },
    canonical: (text) => {
      if (!/from=/i.test(text)) return text
      const found = canonical.get(text) ?? withReferences(text, labelsIn(text))
      canonical.set(text, found)
      return found
    },
  }
}

/** The stages of one side of a comparison, as its instructions refer to them. */
import type { Reference } from '../dockerfile/stage-references.ts'
import type { Stage } from '../record/footprint.ts'
import { asParsed, inputsOf, withReferences, type StepInputs } from './instruction-text.ts'

/** The stages of one side. */
export interface Side {
  /** Returns the stage that a COPY --from or a mount refers to. Returns null for an image or a build context. */
  readonly resolve: (reference: Reference) => Stage | null
  /** Returns the stage that a stage is built FROM. Returns null if that is an image. */
  readonly parentOf: (stage: Stage) => Stage | null
  /**
   * Returns an instruction as the builder sees it, with names for its stages that are common to both sides, so that
   * renaming a stage does not count as an edit.
   */
  readonly canonical: (text: string) => string
  readonly inputsOf: (text: string) => StepInputs
}

/**
 * Returns one side of a comparison.
 *
 * @param labels the name of each stage that is common to it and its counterpart
 */
export function sideOf(stages: readonly Stage[], labels: ReadonlyMap<Stage, string>): Side {
  // BuildKit looks up the last stage with a name, or the stage at a position.
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
  const canonicalOf = (text: string): string => {
    const parsed = asParsed(text)
    return /from=/i.test(parsed) ? withReferences(parsed, labelsIn(text)) : parsed
  }
  return {
    resolve,
    inputsOf: inputs,
    // FROM refers to the nearest earlier stage with the name, so a chain of parents never returns to its start.
    parentOf: (stage) => {
      const name = stage.uses.find(({ via }) => via === 'from')?.stage.toLowerCase()
      if (name === undefined) return null
      return byName.get(name)?.findLast(({ index }) => index < stage.index) ?? null
    },
    canonical: (text) => {
      const found = canonical.get(text) ?? canonicalOf(text)
      canonical.set(text, found)
      return found
    },
  }
}

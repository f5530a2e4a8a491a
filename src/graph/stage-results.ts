/**
 * Finds the stages of a build in BuildKit's graph: the step that makes the result of each stage, and its layers if the
 * builder has them. Pure.
 */
import { lineageOf, parentOf } from '../dockerfile/stage-parents.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import { exportedStep } from './attribution.ts'
import type { BuildStep, ChainLayer } from './provenance.ts'

/** The result of a stage in the graph of a build. */
export type StageResult =
  /** Position of its step. */
  | { readonly kind: 'step'; readonly position: number }
  /** The stage is FROM scratch and nothing in it makes a layer. */
  | { readonly kind: 'empty' }

/**
 * Returns the result of a stage: the only step from its lines that no other step from its lines uses. A stage without
 * steps has the result of its base.
 *
 * @returns null if the graph does not determine it
 */
export function resultOfStage(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[],
): StageResult | null {
  if (stage.final) return exportedResult(stage, stages, steps)
  const lineage = lineageOf(stage, stages)
  for (const each of lineage) {
    if (each.final) return null
    const own = ownSteps(each, stages, steps)
    if (own.length > 0) return topOf(own, steps)
    if (each.instructions.some(makesLayer)) return null
  }
  return resultOfBase(lineage.at(-1) ?? stage, stages, steps)
}

/** Returns the only one of these steps that no other of them uses, or null if there are several. */
function topOf(own: readonly number[], steps: readonly BuildStep[]): StageResult | null {
  const used = new Set(own.flatMap((position) => steps[position]?.uses ?? []))
  const [top, ...others] = own.filter((position) => !used.has(position))
  return top === undefined || others.length > 0 ? null : { kind: 'step', position: top }
}

/** Returns the result of the base image of a stage. */
function resultOfBase(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[],
): StageResult | null {
  if (stage.base.toLowerCase() === 'scratch') return { kind: 'empty' }
  const [source, ...more] = positionsIn(stage, stages, steps).filter((position) => steps[position]?.kind === 'source')
  return source === undefined || more.length > 0 ? null : { kind: 'step', position: source }
}

/** The exported step is the result of the target, whatever made it. */
function exportedResult(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[],
): StageResult | null {
  const position = exportedStep(steps)
  if (position >= 0) return { kind: 'step', position }
  const parent = parentOf(stage, stages)
  const isEmpty = parent
    ? resultOfStage(parent, stages, steps)?.kind === 'empty'
    : stage.base.toLowerCase() === 'scratch'
  return isEmpty && !stage.instructions.some(makesLayer) ? { kind: 'empty' } : null
}

/**
 * Returns whether the build ran steps of this stage. This is also true if only an ONBUILD of a base image takes from
 * it.
 */
export function isInGraph(stage: PlannedStage, stages: readonly PlannedStage[], steps: readonly BuildStep[]): boolean {
  return ownSteps(stage, stages, steps).length > 0
}

function ownSteps(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[],
): readonly number[] {
  return positionsIn(stage, stages, steps).filter((position) => steps[position]?.kind !== 'source')
}

/** Returns the positions of the steps that come from the lines of the stage. */
function positionsIn(
  { index, line }: PlannedStage,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[],
): readonly number[] {
  const next = stages[index + 1]?.line ?? Infinity
  return steps.flatMap(({ places }, position) =>
    places.some(({ start }) => line <= start && start < next) ? [position] : [],
  )
}

/** Returns whether an instruction makes a layer. */
export const makesLayer = ({ keyword, text }: PlannedStage['instructions'][number]): boolean =>
  ['RUN', 'COPY', 'ADD'].includes(keyword) || (keyword === 'WORKDIR' && !/^\s*WORKDIR\s+\/\s*$/i.test(text))

/** Returns the stage whose steps make the result of a stage, which may only rename its base. */
export function stageWithSteps(stage: PlannedStage, stages: readonly PlannedStage[]): PlannedStage {
  const lineage = lineageOf(stage, stages)
  return lineage.find(({ instructions }) => instructions.some(makesLayer)) ?? lineage.at(-1) ?? stage
}

/** The layers of a stage's result. */
export interface StageChain {
  readonly layers: readonly ChainLayer[]
  /** Whether the builder's caches hold several results of the same step, of which this is one. */
  readonly oneOfSeveral: boolean
}

/** Returns the layers of a step's result, or null if the builder does not have them. */
export function chainOf(steps: readonly BuildStep[], position: number): StageChain | null {
  return chainsOf(steps, position)[0] ?? null
}

/** Returns all candidates for the layers of a step's result, the most likely first. */
export function chainsOf(steps: readonly BuildStep[], position: number): readonly StageChain[] {
  const chains = steps[position]?.chains ?? []
  if (chains.length <= 1) return chains.map((layers) => ({ layers, oneOfSeveral: false }))
  const all = chains.map((layers) => ({ layers, oneOfSeveral: true }))
  const below = firstBelow(chains, descendants(steps, position))
  return below === undefined
    ? all
    : [{ layers: below, oneOfSeveral: false }, ...all.filter(({ layers }) => layers !== below)]
}

/** Returns the chains of the steps that build on this one, as far as these have only one chain. */
function descendants(steps: readonly BuildStep[], position: number): readonly (readonly ChainLayer[])[] {
  const on = new Set([position])
  return steps.flatMap(({ on: [below], chains }, user) => {
    if (below === undefined || !on.has(below)) return []
    on.add(user)
    const [only, ...others] = chains
    return only === undefined || others.length > 0 ? [] : [only]
  })
}

interface ChainNode {
  readonly next: Map<string, ChainNode>
  /** Position of the first chain that ends here. */
  end: number | null
}

/**
 * Returns the first of the chains that a longer chain begins with. A trie is used because a builder may report any
 * number of both.
 */
function firstBelow(
  chains: readonly (readonly ChainLayer[])[],
  longer: readonly (readonly ChainLayer[])[],
): readonly ChainLayer[] | undefined {
  const root: ChainNode = { next: new Map(), end: null }
  for (const [position, chain] of chains.entries()) {
    let node = root
    for (const { digest } of chain) {
      const next: ChainNode = node.next.get(digest) ?? { next: new Map(), end: null }
      node.next.set(digest, next)
      node = next
    }
    node.end ??= position
  }
  let first = Infinity
  for (const chain of longer) {
    let node: ChainNode | undefined = root
    for (const { digest } of chain) {
      first = Math.min(first, node.end ?? Infinity)
      node = node.next.get(digest)
      if (node === undefined) break
    }
    first = Math.min(first, node?.end ?? Infinity)
  }
  return chains[first]
}
